"""What needs somebody at HR: gathered from every package, the most urgent on top."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, DateField, DateTimeField, F, Min, QuerySet, Value, Window
from django.db.models.functions import Cast, RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.wording import as_day, date_short, from_now, in_days, listed, moment_short
from engagements.models import Engagement, EngagementChange
from engagements.queries import swaps_to_plan
from knowledge.models import Deliverable
from knowledge.queries import FoundSample, found_samples
from notifications.models import Message
from offboarding.models import ChecklistItem
from offboarding.queries import late_lots, late_tasks, unowned_items

# Of each kind; whoever has more has another problem, and a list of that kind.
MOST: Final = 100
# Working out the farewell takes some time; after this an open file asks for attention.
CLOSE_WITHIN: Final = timedelta(days=14)
# Of what is no matter of being late.
KINDS: Final = {
    "change": "now",
    "successor": "now",
    "unowned": "info",
    "message": "info",
    "file": "info",
}
COLUMNS: Final = ("source", "pk", "day", "moment", "number_of", "holds_up")
# What only HR can do comes before what others are late with.
ORDER: Final = {"now": 0, "bad": 1, "info": 2}


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button beside a row; a POST when it changes something."""

    label: str
    url: str
    is_post: bool = False


@dataclass(frozen=True, kw_only=True)
class AttentionRow:
    """One thing that asks for a decision.

    Attributes:
        kind: ``now`` (HR decides), ``bad`` (somebody is late) or ``info``.
        since: the day it is counted from; older is more urgent.
        holds_up: a file cannot be closed without it; more urgent than others of its kind.
    """

    kind: str
    since: date
    title: str
    meta: str
    url: str
    actions: tuple[Action, ...] = ()
    holds_up: bool = False

    @property
    def word(self) -> str:
        """What the colour says, for a screen reader."""
        return {"bad": _("Late"), "now": _("Your turn")}.get(self.kind, _("Notice"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that asks for attention, as little of it as its place in the list takes.

    Attributes:
        source: what it is; `SHOWN` says how its row is made.
        key: of the row behind it.
        moment: since when, where its source knows that.
        number: how many things it stands for.
        sample: of words that stand out, the newest.
    """

    source: str
    kind: str
    since: date
    key: int = 0
    holds_up: bool = False
    moment: datetime | None = None
    number: int = 1
    sample: FoundSample | None = None


def everything_waiting(today: date) -> list[Waiting]:
    """Return everything that asks for HR, the most urgent first, without its words."""
    found = [*_waiting_rows(today), *_samples()]
    place = {source: number for number, source in enumerate(SHOWN)}
    found.sort(key=lambda one: place[one.source])  # stable: within a source they keep their order
    return sorted(found, key=lambda one: (ORDER[one.kind], not one.holds_up, one.since))


def first_of(waiting: Sequence[Waiting], count: int) -> list[Waiting]:
    """Return the first of what waits, and among them the decision that was asked for last.

    Who has more decisions waiting than fit would never see that a new one came in.
    """
    first, decisions = list(waiting[:count]), [one for one in waiting if one.kind == "now"]
    if len(decisions) > count:
        first[-1] = decisions[-1]
    return first


def rows_of(waiting: Sequence[Waiting], today: date) -> list[AttentionRow]:
    """Return what a page shows of what waits, in the same order; a query or two for each source."""
    by_source: dict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        by_source[one.source].append(one)
    rows = {
        (source, key): row
        for source, ones in by_source.items()
        for key, row in SHOWN[source](ones, today)
    }
    # What was settled between two queries is not there any more.
    found = (rows.get((one.source, one.key)) for one in waiting)
    return [row for row in found if row is not None]


def _waiting_rows(today: date) -> Iterator[Waiting]:
    """Yield what waits since a day or a moment in a column of its own, in one query for all."""
    first, *others = (found.values_list(*COLUMNS) for found in _sources(today))
    for source, key, day, moment, number, holds_up in first.union(*others, all=True):
        since = day or (as_day(moment) if moment else today)
        kind = KINDS.get(source) or ("bad" if since < today else "info")
        yield Waiting(source, kind, since, key, holds_up, moment, number)


def _sources(today: date) -> list[QuerySet[Any]]:
    """Return what waits of each source, in columns that are the same for all."""
    handovers = Deliverable.objects.awaiting_review().filter(review_due_on__lte=today)
    open_files = Engagement.objects.running().filter(ends_on__lt=today - CLOSE_WITHIN)
    requests = EngagementChange.objects.requested().order_by("requested_at")
    return [
        _columns(
            "task",
            late_lots(today),
            day=F("due_on"),
            number_of=F("number"),
            holds_up=F("is_gate"),
        ),
        _columns("unowned", unowned_items(), number_of=Window(Count("pk")))[:1],
        _columns(
            "review",
            handovers.order_by("review_due_on", "pk"),
            day=F("review_due_on"),
            holds_up=Value(value=True),
        ),
        _columns("change", requests, moment=F("requested_at")),
        _columns("successor", swaps_to_plan(), moment=F("decided_at")),
        _columns("message", _dead_addresses(), moment=F("since"), number_of=F("number")),
        _columns("file", open_files.order_by("ends_on", "pk"), day=F("ends_on")),
    ]


def _columns(source: str, found: QuerySet[Any], **known: Any) -> QuerySet[Any]:
    """Return the first of what was found, with `COLUMNS`; what is not known of them is empty."""
    columns: dict[str, Any] = {
        "day": Cast(Value(None), DateField()),
        "moment": Cast(Value(None), DateTimeField()),
        "number_of": Value(1),
        "holds_up": Value(value=False),
    }
    rows: QuerySet[Any] = found.annotate(source=Value(source), **columns | known)
    return rows[:MOST]


def _dead_addresses() -> QuerySet[Any]:
    """Return the newest mail that each address refused, since when it does and how many it did."""
    newest_first = [F("created_at").desc(), F("pk").desc()]
    address = "contact__email"
    return (
        Message.objects.dead()
        .annotate(
            place=Window(RowNumber(), partition_by=address, order_by=newest_first),
            since=Window(Min("created_at"), partition_by=address),
            number=Window(Count("pk"), partition_by=address),
        )
        .filter(place=1)
        .order_by(*newest_first)
    )


def _samples() -> Iterator[Waiting]:
    """Receivers whose answers stand out, as one: only HR can look at them."""
    samples = found_samples()
    if samples:
        newest = samples[0]
        since = as_day(newest.last_at)
        yield Waiting("sample", "now", since, number=len(samples), sample=newest)


Rows = Iterator[tuple[int, AttentionRow]]


def _task_rows(waiting: Sequence[Waiting], today: date) -> Rows:
    for item, meta in late_tasks(_numbers_of(waiting), today):
        yield (
            item.pk,
            AttentionRow(
                kind="bad",
                since=item.due_on,
                title=item.text,
                meta=meta,
                url=item.get_absolute_url(),
                actions=(_task_action(item),),
                holds_up=item.is_gate,
            ),
        )


def _task_action(item: ChecklistItem) -> Action:
    if not item.owner_id:
        return _fill_roles()
    url = reverse("offboarding:item_remind", args=[item.public_id])
    return Action(label=_("Remind now"), url=url, is_post=True)


def _fill_roles() -> Action:
    return Action(label=_("Fill roles"), url=reverse("offboarding:role_holder_list"))


def _numbers_of(waiting: Sequence[Waiting]) -> dict[int, int]:
    return {one.key: one.number for one in waiting}


def _unowned_rows(waiting: Sequence[Waiting], today: date) -> Rows:
    for key, number in _numbers_of(waiting).items():
        yield (
            key,
            AttentionRow(
                kind="info",
                since=today,
                title=ngettext(
                    "%(count)d task has no owner", "%(count)d tasks have no owner", number
                )
                % {"count": number},
                meta=_("HR gets the mail about them. Say who holds the role."),
                url=reverse("offboarding:role_holder_list"),
                actions=(_fill_roles(),),
            ),
        )


def _review_rows(waiting: Sequence[Waiting], today: date) -> Rows:
    deliverables = (
        Deliverable.objects.awaiting_review()
        .filter(pk__in=[one.key for one in waiting])
        .select_related("engagement__freelancer", "engagement__manager", "reviewer")
    )
    for deliverable in deliverables:
        reviewer = deliverable.reviewer or deliverable.engagement.manager
        due_on = deliverable.review_due_on or today
        url = deliverable.get_absolute_url()
        yield (
            deliverable.pk,
            AttentionRow(
                kind="bad" if due_on < today else "info",
                since=due_on,
                title=_("Handover “%(title)s” waits for review") % {"title": deliverable.title},
                meta=f"{deliverable.engagement.freelancer} · {reviewer} · {in_days(due_on, today)}",
                url=url,
                actions=(Action(label=pgettext("button", "Review"), url=url),),
                holds_up=True,
            ),
        )


def _sample_rows(waiting: Sequence[Waiting], _today: date) -> Rows:
    url = reverse("knowledge:sample_list")
    for one in waiting:
        newest, count = one.sample, one.number
        if newest is None:
            continue
        yield (
            one.key,
            AttentionRow(
                kind="now",
                since=one.since,
                title=ngettext(
                    "The answers of %(count)d receiver stand out",
                    "The answers of %(count)d receivers stand out",
                    count,
                )
                % {"count": count},
                meta=f"{newest.name}: {listed(newest.reasons)}",
                url=url,
                actions=(Action(label=_("Look"), url=url),),
            ),
        )


def _change_rows(waiting: Sequence[Waiting], _today: date) -> Rows:
    requests = EngagementChange.objects.requested().filter(pk__in=[one.key for one in waiting])
    for change in requests.select_related("engagement__freelancer"):
        url = reverse("engagements:change_decide", args=[change.public_id])
        what = change.get_kind_display()
        if change.new_ends_on:
            what = f"{what}, {date_short(change.new_ends_on)}"
        yield (
            change.pk,
            AttentionRow(
                kind="now",
                since=as_day(change.requested_at),
                title=_("%(name)s: decide on “%(what)s”")
                % {"name": change.engagement.freelancer, "what": what},
                meta=_("asked by %(by)s, %(at)s")
                % {"by": change.requested_by, "at": moment_short(change.requested_at)},
                url=url,
                actions=(Action(label=_("Decide"), url=url),),
            ),
        )


def _successor_rows(waiting: Sequence[Waiting], today: date) -> Rows:
    """Professionals who take over according to the hiring manager, and whom nobody named yet."""
    for change in swaps_to_plan().filter(pk__in=[one.key for one in waiting]):
        engagement, successor = change.engagement, change.successor
        url = reverse("engagements:successor_name", args=[engagement.public_id])
        yield (
            change.pk,
            AttentionRow(
                kind="now",
                since=as_day(change.decided_at) if change.decided_at else today,
                title=_("%(name)s takes over from %(before)s: name the engagement")
                % {
                    "name": successor.full_name if successor else "",
                    "before": engagement.freelancer.full_name,
                },
                meta=f"{engagement.title} · {from_now(engagement.ends_on, today)}",
                url=url,
                actions=(Action(label=_("Name the successor"), url=url),),
            ),
        )


def _message_rows(waiting: Sequence[Waiting], _today: date) -> Rows:
    known = {one.key: one for one in waiting}
    for message in Message.objects.dead().filter(pk__in=known).select_related("contact"):
        since = known[message.pk].moment or message.created_at
        meta = _("%(name)s · since %(at)s") % {"name": message.contact, "at": moment_short(since)}
        more = known[message.pk].number - 1
        if more:
            words = ngettext("and %(count)d more message", "and %(count)d more messages", more)
            meta = f"{meta} · {words % {'count': more}}"
        url = reverse("dashboards:message_detail", args=[message.public_id])
        yield (
            message.pk,
            AttentionRow(
                kind="info",
                since=as_day(since),
                title=_("Mail to %(email)s did not arrive") % {"email": message.contact.email},
                meta=meta,
                url=url,
                actions=(Action(label=_("Other address"), url=url),),
            ),
        )


def _file_rows(waiting: Sequence[Waiting], today: date) -> Rows:
    ended = Engagement.objects.running().filter(pk__in=[one.key for one in waiting])
    for engagement in ended.select_related("freelancer"):
        url = reverse("engagements:engagement_close", args=[engagement.public_id])
        yield (
            engagement.pk,
            AttentionRow(
                kind="info",
                since=engagement.ends_on,
                title=_("%(name)s left; the file is still open") % {"name": engagement.freelancer},
                meta=f"{engagement.title} · {from_now(engagement.ends_on, today)}",
                url=engagement.get_absolute_url(),
                actions=(Action(label=_("Close file"), url=url),),
            ),
        )


# How the rows of each source are made; what is as urgent as another stands in this order.
SHOWN: Final[Mapping[str, Callable[[Sequence[Waiting], date], Rows]]] = {
    "task": _task_rows,
    "unowned": _unowned_rows,
    "review": _review_rows,
    "change": _change_rows,
    "successor": _successor_rows,
    "message": _message_rows,
    "file": _file_rows,
    "sample": _sample_rows,
}
