"""Rules of the portal. No ORM, no clock."""

from typing import Final

# Versions of one handover are one event: a later version outweighs any change of an earlier one.
CHANGES_PER_VERSION: Final = 1000


def sequence_of(version: int, changes: int) -> int:
    """Return how a calendar numbers a session, so that it takes over a later one.

    Args:
        version: number of the version of the handover, from 1.
        changes: changes of the session within that version, from 0.
    """
    return version * CHANGES_PER_VERSION + changes
