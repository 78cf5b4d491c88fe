"""Port: what knowledge tells the packages above it, inside its own transaction.

They register once, in ``apps.py``; operations call them between *change* and *record*.
"""

from collections.abc import Callable, Sequence

from core.actors import Actor
from knowledge.models import KnowledgeAgreement

AgreedListener = Callable[[KnowledgeAgreement, Actor], None]

_agreed_listeners: list[AgreedListener] = []


def register_agreed(listener: AgreedListener) -> None:
    """Add what a package does when a version of the agreement comes into force."""
    _agreed_listeners.append(listener)


def agreed_listeners() -> Sequence[AgreedListener]:
    """Return who is told; the engagement of the agreement is locked."""
    return tuple(_agreed_listeners)
