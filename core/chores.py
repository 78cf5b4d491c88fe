"""Port: work that the dispatcher does when no worker does it.

A package registers a chore once, in its ``apps.py``. It runs beside the mail, never before it, and
stands in for a worker: what a worker took up meanwhile is not there any more.
"""

from collections.abc import Callable, Mapping

# Takes what says that it should stop, asked between two pieces of work.
Chore = Callable[[Callable[[], bool]], object]

_chores: dict[str, Chore] = {}


def register_chore(name: str, chore: Chore) -> None:
    """Add a chore; called once, when the package starts."""
    _chores[name] = chore


def chores() -> Mapping[str, Chore]:
    """Return the registered chores by name."""
    return dict(_chores)
