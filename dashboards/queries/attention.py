"""What needs somebody at HR: gathered from every package, the most urgent on top."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, F, Min, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.models import Organisation
from core.wording import as_day, date_short, from_now, in_days, listed, moment_short
from engagements.models import Engagement, EngagementChange
from engagements.queries import swaps_to_plan
from knowledge.models import Deliverable
from knowledge.queries import sample_keys, sampled_words
from notifications.models import Message
from offboarding.queries import attention_rows as task_rows

# Of each kind; whoever has more has another problem, and a list of that kind.
MOST: Final = 100
# Working out the farewell takes some time; after this an open file asks for attention.
CLOSE_WITHIN: Final = timedelta(days=14)
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


def attention_rows(organisation: Organisation) -> list[AttentionRow]:
    """Return everything that asks for HR, the most urgent first."""
    today = organisation.today()
    rows = [
        *_tasks(today),
        *_late_reviews(today),
        *_change_requests(),
        *_successors(today),
        *_dead_messages(),
        *_open_files(today),
        *_samples(),
    ]
    return sorted(rows, key=lambda row: (ORDER[row.kind], not row.holds_up, row.since))


def first_of(rows: Sequence[AttentionRow], count: int) -> list[AttentionRow]:
    """Return the first rows, and among them the decision that was asked for last.

    Who has more decisions waiting than fit would never see that a new one came in.
    """
    first, decisions = list(rows[:count]), [row for row in rows if row.kind == "now"]
    if len(decisions) > count:
        first[-1] = decisions[-1]
    return first


def _tasks(today: date) -> Iterator[AttentionRow]:
    """Late tasks, one row per owner and engagement, and tasks that nobody owns."""
    for row in task_rows(today, limit=MOST):
        remind = (
            Action(
                label=_("Remind now"),
                url=reverse("offboarding:item_remind", args=[row.item.public_id]),
                is_post=True,
            )
            if row.item and row.item.owner_id
            else Action(label=_("Fill roles"), url=reverse("offboarding:role_holder_list"))
        )
        yield AttentionRow(
            kind="bad" if row.item else row.kind,
            since=row.item.due_on if row.item else today,
            title=row.title,
            meta=row.meta,
            url=row.url,
            actions=(remind,),
            holds_up=bool(row.item and row.item.is_gate),
        )


def _late_reviews(today: date) -> Iterator[AttentionRow]:
    waiting: QuerySet[Deliverable] = (
        Deliverable.objects.awaiting_review()
        .filter(review_due_on__lte=today)
        .select_related("engagement__freelancer", "engagement__manager", "reviewer")
        .order_by("review_due_on", "pk")[:MOST]
    )
    for deliverable in waiting:
        reviewer = deliverable.reviewer or deliverable.engagement.manager
        due_on = deliverable.review_due_on or today
        yield AttentionRow(
            kind="bad" if due_on < today else "info",
            since=due_on,
            title=_("Handover “%(title)s” waits for review") % {"title": deliverable.title},
            meta=f"{deliverable.engagement.freelancer} · {reviewer} · {in_days(due_on, today)}",
            url=deliverable.get_absolute_url(),
            actions=(
                Action(label=pgettext("button", "Review"), url=deliverable.get_absolute_url()),
            ),
            holds_up=True,
        )


def _samples() -> Iterator[AttentionRow]:
    """Receivers whose answers stand out, in one row: only HR can look at them."""
    samples = sample_keys()
    if samples:
        newest = sampled_words(samples[:1])[0]
        url = reverse("knowledge:sample_list")
        yield AttentionRow(
            kind="now",
            since=as_day(newest.words[-1].at),
            title=ngettext(
                "The answers of %(count)d receiver stand out",
                "The answers of %(count)d receivers stand out",
                len(samples),
            )
            % {"count": len(samples)},
            meta=f"{newest.contact.name}: {listed(newest.reasons)}",
            url=url,
            actions=(Action(label=_("Look"), url=url),),
        )


def _change_requests() -> Iterator[AttentionRow]:
    requests = (
        EngagementChange.objects.requested()
        .select_related("engagement__freelancer")
        .order_by("requested_at")[:MOST]
    )
    for change in requests:
        url = reverse("engagements:change_decide", args=[change.public_id])
        what = change.get_kind_display()
        if change.new_ends_on:
            what = f"{what}, {date_short(change.new_ends_on)}"
        yield AttentionRow(
            kind="now",
            since=as_day(change.requested_at),
            title=_("%(name)s: decide on “%(what)s”")
            % {"name": change.engagement.freelancer, "what": what},
            meta=_("asked by %(by)s, %(at)s")
            % {"by": change.requested_by, "at": moment_short(change.requested_at)},
            url=url,
            actions=(Action(label=_("Decide"), url=url),),
        )


def _successors(today: date) -> Iterator[AttentionRow]:
    """Professionals who take over according to the hiring manager, and whom nobody named yet."""
    for change in swaps_to_plan()[:MOST]:
        engagement, successor = change.engagement, change.successor
        url = reverse("engagements:successor_name", args=[engagement.public_id])
        yield AttentionRow(
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
        )


def _dead_messages() -> Iterator[AttentionRow]:
    """Each address that refuses mail once, with the newest mail that it did not get."""
    newest_first = [F("created_at").desc(), F("pk").desc()]
    address = "contact__email"
    messages: QuerySet[Any] = (
        Message.objects.dead()
        .annotate(
            place=Window(RowNumber(), partition_by=address, order_by=newest_first),
            since=Window(Min("created_at"), partition_by=address),
            number=Window(Count("pk"), partition_by=address),
        )
        .filter(place=1)
        .select_related("contact")
        .order_by(*newest_first)[:MOST]
    )
    for message in messages:
        since, more = message.since, message.number - 1
        meta = _("%(name)s · since %(at)s") % {"name": message.contact, "at": moment_short(since)}
        if more:
            words = ngettext("and %(count)d more message", "and %(count)d more messages", more)
            meta = f"{meta} · {words % {'count': more}}"
        url = reverse("dashboards:message_detail", args=[message.public_id])
        yield AttentionRow(
            kind="info",
            since=as_day(since),
            title=_("Mail to %(email)s did not arrive") % {"email": message.contact.email},
            meta=meta,
            url=url,
            actions=(Action(label=_("Other address"), url=url),),
        )


def _open_files(today: date) -> Iterator[AttentionRow]:
    ended = (
        Engagement.objects.running()
        .filter(ends_on__lt=today - CLOSE_WITHIN)
        .select_related("freelancer")
        .order_by("ends_on", "pk")[:MOST]
    )
    for engagement in ended:
        url = reverse("engagements:engagement_close", args=[engagement.public_id])
        yield AttentionRow(
            kind="info",
            since=engagement.ends_on,
            title=_("%(name)s left; the file is still open") % {"name": engagement.freelancer},
            meta=f"{engagement.title} · {from_now(engagement.ends_on, today)}",
            url=engagement.get_absolute_url(),
            actions=(Action(label=_("Close file"), url=url),),
        )
