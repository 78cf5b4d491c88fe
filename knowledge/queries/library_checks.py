"""Who is asked whether something in the library is still right, and what has to change."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import F

from core.models import Contact
from engagements.models import Engagement
from knowledge.models import (
    Confirmation,
    Deliverable,
    DeliverableQuerySet,
    LibraryItem,
    Receiver,
)
from knowledge.queries.library import with_context

# As long before its day as the first mail goes out.
AHEAD: Final = timedelta(days=14)
MOST: Final = 10
LOOKED_AT: Final = 20 * MOST
RANKS: Final = ("performed", "explained", "received")  # who knows it best answers for it


def asked_to_check(
    contacts: Collection[int], today: date, *, engagement: Engagement | None = None
) -> list[LibraryItem]:
    """Return what somebody should say something about now, what waits longest first.

    Args:
        contacts: keys of the reader's own addresses.
        today: where the organisation is.
        engagement: only what was handed over there.
    """
    if not contacts:
        return []
    handovers = Deliverable.objects.filter(check_on__lte=today + AHEAD).order_by()
    if engagement is not None:
        handovers = handovers.filter(engagement=engagement)
    keys = _answered_for(contacts, handovers)
    if not keys:
        return []
    due = with_context(LibraryItem.objects.to_check(today + AHEAD)).filter(deliverable__in=keys)
    items = list(due.order_by("deliverable__check_on", "pk")[:LOOKED_AT])
    owners = owners_of(items)
    return [item for item in items if _is_one_of(owners[item.pk], contacts)][:MOST]


def is_check_near(deliverable: Deliverable, today: date) -> bool:
    """Say whether a handover is old enough to ask whether it is still right."""
    return deliverable.check_on is not None and deliverable.check_on <= today + AHEAD


def _answered_for(contacts: Collection[int], handovers: DeliverableQuerySet) -> set[int]:
    """Return keys of those handovers of which one of these may answer: few, and mostly none.

    Each part by its own index, and fetched: joined, the database begins with all that is due.
    """
    received = Receiver.objects.live().filter(contact__in=contacts)
    parts = (
        handovers.filter(library_item__owner__in=contacts),
        handovers.filter(engagement__freelancer__business_contact__in=contacts),
        handovers.filter(engagement__manager__in=contacts),
        handovers.filter(topic_links__topic__receivers__in=received),
    )
    keys = [part.values_list("pk") for part in parts]
    return {key for (key,) in keys[0].union(*keys[1:])}


def may_check(item: LibraryItem, contacts: Collection[int]) -> bool:
    """Say whether somebody answers for an item."""
    return _is_one_of(owner_of(item), contacts)


def _is_one_of(owner: Contact | None, contacts: Collection[int]) -> bool:
    return owner is not None and owner.pk in contacts


def changes_wanted() -> list[LibraryItem]:
    """Return items of which somebody said that they are not right any more, oldest first."""
    waiting = LibraryItem.objects.shelved().exclude(change_wanted="")
    keys = list(waiting.order_by("change_wanted_at", "pk").values_list("pk", flat=True)[:MOST])
    if not keys:
        return []
    items = with_context(LibraryItem.objects.filter(pk__in=keys))
    return list(items.order_by("change_wanted_at", "pk"))


def owner_of(item: LibraryItem) -> Contact | None:
    """Return who answers for an item; None leaves it to HR."""
    return owners_of([item])[item.pk]


def owners_of(items: Collection[LibraryItem]) -> dict[int, Contact | None]:
    """Return who answers for each of many items, by key; None leaves it to HR.

    Whoever was chosen; else the professional as long as they work here; then the receiver inside
    who can do most with it, and then the hiring manager.

    Args:
        items: with deliverable, engagement, organisation, manager and professional.
    """
    owners = {item.pk: _chosen(item) for item in items}
    rest = [item for item in items if owners[item.pk] is None]
    receivers = _best_receivers([item.deliverable_id for item in rest]) if rest else {}
    for item in rest:
        manager = item.deliverable.engagement.manager
        last = manager if manager.is_reachable else None
        owners[item.pk] = receivers.get(item.deliverable_id, last)
    return owners


def _chosen(item: LibraryItem) -> Contact | None:
    """Return whoever was chosen, else the professional as long as they work here."""
    engagement = item.deliverable.engagement
    if item.owner is not None and item.owner.is_reachable:
        return item.owner
    business = engagement.freelancer.business_contact
    is_here = engagement.is_here(engagement.organisation.today())
    return business if is_here and business.is_reachable else None


def _best_receivers(deliverables: Collection[int]) -> dict[int, Contact]:
    """Return the receiver inside who can do most with each handover, where there is one."""
    receivers: list[Any] = list(
        Receiver.objects.live()
        .filter(
            topic__handovers__deliverable__in=deliverables,
            contact__is_external=False,
            contact__is_active=True,
            contact__bounced_at=None,
        )
        .exclude(contact__email="")
        .annotate(handover=F("topic__handovers__deliverable"))
        .select_related("contact")
        .order_by("named_at", "pk")
    )
    said = dict.fromkeys((receiver.pk for receiver in receivers), len(RANKS))
    words = Confirmation.objects.in_force().filter(receiver__in=said, answer__in=RANKS)
    for receiver_id, answer in words.values_list("receiver", "answer"):
        said[receiver_id] = min(said[receiver_id], RANKS.index(answer))
    best: dict[int, Any] = {}
    for receiver in receivers:
        known = best.get(receiver.handover)
        if known is None or said[receiver.pk] < said[known.pk]:
            best[receiver.handover] = receiver
    return {handover: receiver.contact for handover, receiver in best.items()}
