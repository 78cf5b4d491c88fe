"""The handover pack: what somebody leaves behind, for whoever takes over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from core.models import Contact
from engagements.models import Engagement
from knowledge.models import (
    Confirmation,
    Deliverable,
    LibraryItem,
    LibraryReader,
    Topic,
)
from knowledge.queries.library import with_context
from knowledge.queries.topics import RANKS, ShownReceiver, ShownTopic, topics_of

# The form of transfer in which somebody is introduced to somebody else.
WARM_CONTACT: Final = "warm-contact"


@dataclass(frozen=True, slots=True)
class PackItem:
    """An accepted handover in the pack.

    Attributes:
        item: with its deliverable and form.
        is_stale: nobody said in time that it is still right.
    """

    item: LibraryItem
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Knower:
    """Somebody who can be asked, with what they know by their own word.

    Attributes:
        contact: who.
        holds: topics with the highest that they said of each.
    """

    contact: Contact
    holds: tuple[tuple[Topic, Confirmation], ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """All that a handover pack shows; nothing left to query.

    Attributes:
        predecessor: whose work is taken over.
        successor: who takes over.
        handovers: accepted ones that this reader may see, the newest first.
        contacts: the same, of people to whom the successor is introduced.
        topics: what there is to know, what stays least on top.
        knowers: who knows it now, the successor left out.
        coming: how many handovers wait for review.
        taken_out: how many were taken out of the library since.
    """

    predecessor: Engagement
    successor: Engagement
    handovers: tuple[PackItem, ...]
    contacts: tuple[PackItem, ...]
    topics: tuple[ShownTopic, ...]
    knowers: tuple[Knower, ...]
    coming: int
    taken_out: int

    @property
    def open_topics(self) -> list[ShownTopic]:
        """Topics that nobody holds well enough yet."""
        return [one for one in self.topics if is_open(one)]

    @property
    def covered_topics(self) -> list[ShownTopic]:
        """Topics of which enough stays."""
        return [one for one in self.topics if not is_open(one)]

    @property
    def received(self) -> set[int]:
        """Keys of the topics that the successor receives."""
        own = self.successor.freelancer.contact_ids
        return {
            one.topic.pk
            for one in self.topics
            for receiver in one.receivers
            if receiver.receiver.contact_id in own
        }

    @property
    def to_receive(self) -> int:
        """How many topics the successor does not receive yet."""
        return len(self.topics) - len(self.received)


def is_open(shown: ShownTopic) -> bool:
    """Say whether a part of a topic would still leave with the predecessor."""
    return shown.figures is not None and shown.figures.percent < 100  # noqa: PLR2004 - per cent


def pack_of(successor: Engagement, reader: LibraryReader) -> Pack:
    """Return the pack for an engagement that takes over from another one.

    Args:
        successor: with `succeeds`, its organisation, professional and department fetched.
        reader: who looks; handovers that they may not see are neither shown nor counted.
    """
    predecessor = successor.succeeds
    assert predecessor is not None  # noqa: S101 - for the type checker
    items = [
        PackItem(item, item.is_stale(reader.today)) for item in pack_items(predecessor, reader)
    ]
    agreed = [one for one in topics_of(predecessor) if one.figures is not None]
    agreed.sort(key=lambda one: one.figures.percent if one.figures else 0)
    handed = Deliverable.objects.filter(engagement=predecessor, is_quick_log=False)
    return Pack(
        predecessor=predecessor,
        successor=successor,
        handovers=tuple(one for one in items if not is_warm(one.item.deliverable)),
        contacts=tuple(one for one in items if is_warm(one.item.deliverable)),
        topics=tuple(agreed),
        knowers=tuple(_knowers(agreed, successor.freelancer.contact_ids)),
        coming=handed.filter(state=Deliverable.State.SUBMITTED).count(),
        taken_out=handed.filter(library_item__retired_at__isnull=False).count(),
    )


def pack_items(predecessor: Engagement, reader: LibraryReader) -> QuerySet[LibraryItem]:
    """Return what a reader may see of what somebody handed over, the newest first."""
    own = LibraryItem.objects.visible_to(reader).filter(
        deliverable__engagement=predecessor, deliverable__is_quick_log=False
    )
    return with_context(own).order_by("-accepted_at", "-pk")


def is_warm(deliverable: Deliverable) -> bool:
    """Say whether a handover introduces somebody to somebody else."""
    return deliverable.form.code == WARM_CONTACT


def _knowers(topics: Sequence[ShownTopic], without: Iterable[int]) -> list[Knower]:
    """Return who holds what, who holds most on top."""
    holds: dict[Contact, list[tuple[Topic, Confirmation]]] = {}
    for shown in topics:
        for one in shown.receivers:
            if _counts(one) and one.receiver.contact_id not in set(without):
                assert one.best is not None  # noqa: S101 - for the type checker
                holds.setdefault(one.receiver.contact, []).append((shown.topic, one.best))
    return sorted(
        (Knower(contact, tuple(held)) for contact, held in holds.items()),
        key=lambda one: (
            one.contact.is_external,
            -sum(RANKS[best.answer] for _t, best in one.holds),
        ),
    )


def _counts(one: ShownReceiver) -> bool:
    return one.best is not None and one.receiver.contact.is_active
