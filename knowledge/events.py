"""Port: what knowledge tells the packages above it, inside its own transaction.

They register once, in ``apps.py``; operations call them between *change* and *record*.
"""

from collections.abc import Callable, Sequence

from core.actors import Actor
from engagements.models import Engagement
from knowledge.models import Deliverable, KnowledgeAgreement

AgreedListener = Callable[[KnowledgeAgreement, Actor], None]

FilesListener = Callable[[], None]

HandoverListener = Callable[[Deliverable, Actor], None]

LeftBehindListener = Callable[[Engagement, Actor], None]

_agreed_listeners: list[AgreedListener] = []
_left_behind_listeners: list[LeftBehindListener] = []
_handover_listeners: list[HandoverListener] = []
_files_listeners: list[FilesListener] = []


def register_agreed(listener: AgreedListener) -> None:
    """Add what a package does when a version of the agreement comes into force."""
    _agreed_listeners.append(listener)


def agreed_listeners() -> Sequence[AgreedListener]:
    """Return who is told; the engagement of the agreement is locked."""
    return tuple(_agreed_listeners)


def register_files_waiting(listener: FilesListener) -> None:
    """Add who hears, inside the transaction, that files wait to be read."""
    _files_listeners.append(listener)


def tell_files_waiting() -> None:
    """Say that files wait to be read."""
    for listener in _files_listeners:
        listener()


def register_left_behind(listener: LeftBehindListener) -> None:
    """Add what a package does when there is more for whoever takes over."""
    _left_behind_listeners.append(listener)


def tell_left_behind(engagement: Engagement, actor: Actor) -> None:
    """Say that a handover was accepted or a topic agreed on; the engagement is locked."""
    for listener in _left_behind_listeners:
        listener(engagement, actor)


def register_handover(listener: HandoverListener) -> None:
    """Add what a package does when a handover is handed in, accepted or withdrawn."""
    _handover_listeners.append(listener)


def tell_handover(deliverable: Deliverable, actor: Actor) -> None:
    """Say that a handover was handed in, accepted or withdrawn; its engagement is locked."""
    for listener in _handover_listeners:
        listener(deliverable, actor)
