"""What a predecessor left behind, as tasks in the welcome list of the successor."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.wording import listed
from engagements.models import Engagement
from knowledge.models import Deliverable, LibraryReader, Topic
from knowledge.queries import Pack, is_open, pack_of
from notifications import operations as notices
from offboarding import rules
from offboarding.models import Anchor, BatonItem, Checklist, ChecklistItem, OwnerRole, Phase
from offboarding.operations.items import lock_engagement

Kind = BatonItem.Kind
# A list that nobody finishes helps nobody; the pack itself shows the rest.
MOST_OF_A_KIND: Final = 10
CODE: Final = "BT"
LONGEST: Final = 200  # characters of a task
# Days after the first one: read first, then meet people, then have things explained.
DAYS: Final = {Kind.PACK: 2, Kind.HANDOVER: 10, Kind.CONTACT: 14, Kind.TOPIC: 20}


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """One thing that a successor gets a task about."""

    kind: BatonItem.Kind
    deliverable: Deliverable | None = None
    topic: Topic | None = None
    names: tuple[str, ...] = ()

    def is_about(self, other: BatonItem, predecessor: Engagement) -> bool:
        if self.kind == Kind.PACK:
            return other.kind == Kind.PACK and other.predecessor_id == predecessor.pk
        deliverable = self.deliverable.pk if self.deliverable else None
        topic = self.topic.pk if self.topic else None
        return (other.deliverable_id, other.topic_id) == (deliverable, topic)

    def text(self, predecessor: Engagement, language: str) -> str:
        with translation.override(language):
            return Truncator(self._sentence(predecessor)).chars(LONGEST)

    def _sentence(self, predecessor: Engagement) -> str:
        if self.kind == Kind.PACK:
            words = {"name": predecessor.freelancer.full_name}
            return _("Open the handover pack of %(name)s") % words
        if self.deliverable is not None:
            words = {"title": self.deliverable.title}
            if self.kind == Kind.CONTACT:
                return _("Get to know the contact “%(title)s”") % words
            return _("Read “%(title)s” and ask what is unclear") % words
        words = {"title": self.topic.title if self.topic else "", "names": listed(self.names)}
        if self.names:
            return _("Have “%(title)s” explained by %(names)s") % words
        return _("Find out who can explain “%(title)s”") % words


@transaction.atomic
def pass_baton(*, predecessor: Engagement, successor: Engagement, actor: Actor) -> int:
    """Add to the welcome list of a successor what is not in it yet.

    Done again whenever the predecessor leaves something more behind; tasks that are there stay as
    they are. What the successor may not see in the library is no task either.

    Args:
        predecessor: its row is locked.
        successor: its row is locked after it.
        actor: by whose deed there is something to pass.

    Returns:
        How many tasks were added.
    """
    lists = Checklist.objects.filter(engagement=successor, phase=Phase.ONBOARDING)
    checklist = lists.select_related("version").first()
    if checklist is None or not successor.is_running or predecessor.cancelled_at is not None:
        return 0
    have = list(BatonItem.objects.filter(engagement=successor))
    new = [
        wanted
        for wanted in _wanted(predecessor, successor)
        if not any(wanted.is_about(one, predecessor) for one in have)
    ]
    first = checklist.items.filter(code__startswith=CODE).count()
    items = [
        _item(wanted, checklist, predecessor, successor, first + place)
        for place, wanted in enumerate(new, start=1)
    ]
    ChecklistItem.objects.bulk_create(items)
    BatonItem.objects.bulk_create(
        BatonItem(
            organisation_id=successor.organisation_id,
            item=item,
            engagement=successor,
            predecessor=predecessor,
            kind=wanted.kind,
            deliverable=wanted.deliverable,
            topic=wanted.topic,
        )
        for item, wanted in zip(items, new, strict=True)
    )
    _record("passed", checklist, items, successor, actor)
    return len(items)


@transaction.atomic
def pass_more(*, predecessor: Engagement, actor: Actor) -> None:
    """Pass on to every successor what an engagement left behind just now; its row is locked."""
    keys = Engagement.objects.running().filter(succeeds=predecessor).order_by("pk")
    for key in list(keys.values_list("pk", flat=True)):
        successor = lock_engagement(key)
        if successor.succeeds_id == predecessor.pk:
            pass_baton(predecessor=predecessor, successor=successor, actor=actor)


@transaction.atomic
def drop_baton(*, predecessor: Engagement, successor: Engagement, actor: Actor) -> int:
    """Cancel what is open of a handover pack: it was not the right predecessor.

    Returns:
        How many tasks were cancelled.
    """
    batons = BatonItem.objects.filter(engagement=successor, predecessor=predecessor)
    items = list(
        ChecklistItem.objects.open()
        .filter(baton__in=batons)
        .select_for_update(of=("self",))
        .select_related("checklist")
        .order_by("pk")
    )
    for item in items:
        item.state = ChecklistItem.State.CANCELLED
        item.settled_at, item.settled_by = timezone.now(), actor.label[:150]
        notices.cancel_for_item(item=item.public_id)
    ChecklistItem.objects.bulk_update(items, ["state", "settled_at", "settled_by"])
    # Named once more, they come back as new tasks.
    batons.filter(item__in=items).delete()
    if items:
        _record("dropped", items[0].checklist, items, successor, actor)
    return len(items)


def _wanted(predecessor: Engagement, successor: Engagement) -> Iterator[_Wanted]:
    today = successor.organisation.today()
    successor.succeeds = predecessor
    pack = pack_of(successor, LibraryReader(today=today, freelancer_id=successor.freelancer_id))
    yield _Wanted(kind=Kind.PACK)
    for kind, found in ((Kind.HANDOVER, pack.handovers), (Kind.CONTACT, pack.contacts)):
        for one in found[:MOST_OF_A_KIND]:
            yield _Wanted(kind=kind, deliverable=one.item.deliverable)
    is_here = predecessor.is_here(today)
    for shown in [one for one in pack.topics if is_open(one)][:MOST_OF_A_KIND]:
        names = _names(pack, shown.topic)
        if not names and is_here:
            names = (predecessor.freelancer.full_name,)
        yield _Wanted(kind=Kind.TOPIC, topic=shown.topic, names=names)


def _names(pack: Pack, topic: Topic) -> tuple[str, ...]:
    """Return who knows a topic, by name; two are enough for a task."""
    found = [
        knower.contact.name
        for knower in pack.knowers
        if any(held == topic for held, _best in knower.holds)
    ]
    return tuple(found[:2])


def _item(
    wanted: _Wanted,
    checklist: Checklist,
    predecessor: Engagement,
    successor: Engagement,
    place: int,
) -> ChecklistItem:
    today = successor.organisation.today()
    item = ChecklistItem(
        organisation_id=successor.organisation_id,
        checklist=checklist,
        engagement=successor,
        owner_id=successor.freelancer.business_contact_id,
        code=f"{CODE}{place}",
        phase=Phase.ONBOARDING,
        text_nl=wanted.text(predecessor, "nl"),
        text_en=wanted.text(predecessor, "en"),
        owner_role=OwnerRole.FREELANCER,
        anchor=Anchor.START,
        offset_days=DAYS[wanted.kind],
        position=1000 + place,
        dated_on=today,
    )
    calendar = successor.organisation.calendar
    item.due_on = rules.passed_due_on(
        rules.due_on(item, successor.starts_on, successor.ends_on, calendar),
        today,
        item.offset_days,
    )
    return item


def _record(
    past: str,
    checklist: Checklist,
    items: Iterable[ChecklistItem],
    successor: Engagement,
    actor: Actor,
) -> None:
    keys = [item.pk for item in items]
    if keys:
        audit.record(
            f"offboarding.baton.{past}",
            subject=checklist,
            actor=actor,
            dossier=successor.public_id,
            data={"count": len(keys), "items": keys},
        )
