"""Port: what engagements ask of the packages above them.

The engagement is the ground that everything stands on, yet planning one starts a checklist,
moving its end shifts items, and closing it asks whether points are met. Upper packages answer in
their ``listeners.py`` and register once, in ``apps.py``; engagement operations call them inside
their own transaction, between *change* and *record*, in the order of registration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from accounts.models import Membership
from core.actors import Actor
from core.models import Contact
from engagements.models import Engagement, Freelancer


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a move of the end would do to one thing, for the preview.

    Attributes:
        label: the thing, in the active language.
        old_on: its date now.
        new_on: its date after the move.
        owner: who it belongs to, may be empty.
    """

    label: str
    old_on: date | None
    new_on: date | None
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Something that is missing before an engagement can be closed.

    Attributes:
        code: stable name, e.g. ``item:<uuid>`` or ``points``; a waiver refers to it.
        label: what is missing, in the active language.
        url: where to mend it, may be empty.
    """

    code: str
    label: str
    url: str = ""


class EngagementListener(Protocol):
    """What an upper package does when something happens to an engagement."""

    def planned(self, engagement: Engagement, actor: Actor) -> None:
        """An engagement was made."""

    def planned_many(self, engagements: Sequence[Engagement], actor: Actor) -> None:
        """An import made these, some hundreds at a time; answer with bulk queries, not one each.

        ``freelancer``, ``department`` and ``manager`` are loaded, contacts included.
        """

    def traces_on(self, engagements: Sequence[Engagement]) -> Mapping[int, Sequence[str]]:
        """Return, by key of the engagement, what people did with it since it was planned.

        Each trace is a few words in the active language ("2 tasks done"). What ``planned_many``
        made by itself is no trace. An import is undone only where nobody left any; writes nothing.
        """

    def unplanned_many(self, engagements: Sequence[Engagement], actor: Actor) -> None:
        """The import that made these is undone: delete what ``planned_many`` made.

        Called after ``traces_on`` found nothing, in bulk; the engagements are deleted next.
        """

    def end_moved(self, engagement: Engagement, old_ends_on: date, actor: Actor) -> None:
        """The last day (or the first day) was changed; ``engagement`` has the new dates."""

    def effects_of_moving_end(self, engagement: Engagement, new_ends_on: date) -> Sequence[Effect]:
        """Return what a move would shift; writes nothing."""

    def manager_changed(self, engagement: Engagement, actor: Actor) -> None:
        """Another hiring manager took over; ``engagement`` has the new one."""

    def blockers_to_closing(self, engagement: Engagement) -> Sequence[Blocker]:
        """Return what is missing before closing."""

    def closed(self, engagement: Engagement, actor: Actor) -> None:
        """The file was closed."""

    def cancelled(self, engagement: Engagement, actor: Actor) -> None:
        """The engagement will not take place, or was undone."""


_listeners: list[EngagementListener] = []


def register(listener: EngagementListener) -> None:
    """Add a package's listener; called once, when the package starts."""
    _listeners.append(listener)


def listeners() -> Sequence[EngagementListener]:
    """Return who listens, lowest package first."""
    return tuple(_listeners)


_closing_previews: list[Callable[[Engagement], Sequence[Effect]]] = []


def register_closing_preview(preview: Callable[[Engagement], Sequence[Effect]]) -> None:
    """Add what tells which open work a closed file takes along; called once, at the start."""
    _closing_previews.append(preview)


def cancelled_by_closing(engagement: Engagement) -> list[Effect]:
    """Return the open work that is cancelled when the file is closed; writes nothing."""
    return [effect for preview in _closing_previews for effect in preview(engagement)]


class SuccessionListener(Protocol):
    """What an upper package does when somebody takes over from somebody else."""

    def swap_decided(
        self, engagement: Engagement, successor: Freelancer | None, actor: Actor
    ) -> None:
        """HR confirmed that somebody else takes over, perhaps not yet who."""

    def successor_proposed(
        self, engagement: Engagement, successor: Freelancer, actor: Actor
    ) -> None:
        """The hiring manager said who takes over."""

    def successor_named(self, predecessor: Engagement, successor: Engagement, actor: Actor) -> None:
        """HR said which engagement takes over; both rows are locked, the predecessor first."""

    def successor_dropped(
        self, predecessor: Engagement, successor: Engagement, actor: Actor
    ) -> None:
        """That was a mistake; both rows are locked, the predecessor first."""


_succession_listeners: list[SuccessionListener] = []


def register_succession(listener: SuccessionListener) -> None:
    """Add who hears of successors; called once, when the package starts."""
    _succession_listeners.append(listener)


def succession_listeners() -> Sequence[SuccessionListener]:
    """Return who hears of successors, lowest package first."""
    return tuple(_succession_listeners)


_hr_roles: list[Callable[[], Sequence[Contact]]] = []


def register_hr_role(holders: Callable[[], Sequence[Contact]]) -> None:
    """Add who answers for HR by name; called once, by the package that gives roles away."""
    _hr_roles.append(holders)


def hr_contacts() -> list[Contact]:
    """Return whom HR's mail goes to: the holder of the role, else every member of HR.

    One answer for every mail to HR: who is named in the settings reads all of it.
    """
    named = [contact for holders in _hr_roles for contact in holders() if contact.is_reachable]
    if named:
        return named
    members = Membership.objects.hr().select_related("contact").order_by("pk")
    return [member.contact for member in members if member.contact.is_reachable]
