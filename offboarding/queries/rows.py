from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.addresses import row_address
from core.wording import as_day, date_short, in_days, moment_short
from engagements.models import Engagement
from offboarding.models import ChecklistItem, OwnerRole

State = ChecklistItem.State
# What is due later is behind "show all", unless there is nothing nearer.
NEAR: Final = timedelta(days=30)
FEW: Final = 5
# The last things that were done stay in sight for a while: work that moves is seen to move.
JUST_SETTLED: Final = timedelta(days=7)
SETTLED_SHOWN: Final = 3
SOON: Final = timedelta(days=7)
# For a slip of the finger; later on, opening again asks for a reason.
UNDO: Final = timedelta(minutes=10)
LaneKey = tuple[int, str, int | None]
LANES: Final = (
    OwnerRole.MANAGER,
    OwnerRole.FREELANCER,
    OwnerRole.RECEIVER,
    OwnerRole.IT,
    OwnerRole.FACILITIES,
    OwnerRole.SECURITY,
    OwnerRole.CLIENT_MANAGER,
    OwnerRole.PROCUREMENT,
    OwnerRole.HR,
)

# Whole phrases: the name of a role in a list has no article, and a sentence needs one.
TOGETHER: Final[Mapping[OwnerRole, Promise]] = {
    OwnerRole.HR: gettext_lazy("together with HR"),
    OwnerRole.MANAGER: gettext_lazy("together with the hiring manager"),
    OwnerRole.PROCUREMENT: gettext_lazy("together with procurement"),
    OwnerRole.FREELANCER: gettext_lazy("together with the professional"),
    OwnerRole.IT: gettext_lazy("together with IT"),
    OwnerRole.FACILITIES: gettext_lazy("together with facilities"),
    OwnerRole.SECURITY: gettext_lazy("together with security"),
    OwnerRole.RECEIVER: gettext_lazy("together with the colleague who takes over"),
    OwnerRole.CLIENT_MANAGER: gettext_lazy("together with the client manager"),
}


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """A task as a list shows it.

    Attributes:
        state: ``open``, ``done`` or ``none`` (does not apply).
        text: what is asked, in the active language.
        url: its page.
        meta: the second line, in the active language.
        tag: what asks for attention, else empty.
        kind: colour of the tag.
        owner_label: who it belongs to, in the active language.
        tick_url: what the box posts to, as one press finishes it; empty: the page of the task asks
            for more.
        tick_label: what the box of an open task says.
        action_url: what the button posts to; empty: it leads to the page of the task.
        action_label: what the button says, empty without one.
        action_reason: sent along where the action asks for a reason.
    """

    item: ChecklistItem
    state: Literal["open", "done", "none"]
    text: str
    url: str
    meta: str
    owner_label: str
    tag: str = ""
    kind: str = "quiet"
    tick_url: str = ""
    tick_label: str = ""
    action_url: str = ""
    action_label: str = ""
    action_reason: str = ""


@dataclass(kw_only=True)
class Lane:
    """The tasks of one owner of an engagement.

    Attributes:
        open: all of them that are open, except those from before the list.
        later: how many of these are out of sight, because they are due much later.
    """

    label: str
    rows: list[ItemRow] = field(default_factory=list)
    open: int = 0
    later: int = 0
    late: int = 0

    @property
    def current_rows(self) -> list[ItemRow]:
        """Return what is open and not from before the list."""
        return [row for row in self.rows if row.state == "open" and not row.item.is_backlog]


@dataclass(frozen=True, kw_only=True)
class TaskBoard:
    """The tasks of an engagement by owner.

    Attributes:
        lanes: those with something to show.
        all: how many tasks "show all" shows.
        hidden: how many of these it would add.
        later: how many open ones it would add for owners of whom nothing is shown.
        backlog: how many tasks from before the list can be ticked at once.
        backlog_left: how many from before the list ask for evidence of their own.
    """

    engagement: Engagement
    lanes: Sequence[Lane]
    open: int
    late: int
    done: int
    all: int
    hidden: int
    later: int
    shows_all: bool
    backlog: int = 0
    backlog_left: int = 0

    @property
    def current_lanes(self) -> list[Lane]:
        """Return the lanes with something to do now."""
        return [lane for lane in self.lanes if lane.current_rows]

    @property
    def backlog_rows(self) -> list[ItemRow]:
        """Return what is open from before the list, whoever owns it."""
        open_rows = (row for lane in self.lanes for row in lane.rows if row.state == "open")
        return [row for row in open_rows if row.item.is_backlog]

    @property
    def settled_rows(self) -> list[ItemRow]:
        """Return what is done or does not apply, whoever owned it."""
        return [row for lane in self.lanes for row in lane.rows if row.state != "open"]


def row_of(item: ChecklistItem, today: date) -> ItemRow:
    """Return a task as a list shows it, in the active language."""
    if not item.is_open:
        return _settled_row(item, today)
    text = item.text
    tag, kind = _tag(item, today)
    tick_url, tick_words = _tick(item)
    action_url, label = _next_step(item, today)
    return ItemRow(
        item=item,
        state="open",
        text=text,
        url=item.get_absolute_url(),
        meta=_terms(item, today),
        owner_label=_owner_label(item),
        tag=tag,
        kind=kind,
        tick_url=tick_url,
        tick_label=tick_words % {"title": text},
        action_url=action_url,
        action_label=label,
    )


def _settled_row(item: ChecklistItem, today: date) -> ItemRow:
    is_done = item.state == State.DONE
    may_undo = item.settled_at is not None and timezone.now() - item.settled_at < UNDO
    may_undo = may_undo and item.state != State.CANCELLED
    reason = "" if is_done else item.reason
    return ItemRow(
        item=item,
        state="done" if is_done else "none",
        text=item.text,
        url=item.get_absolute_url(),
        meta=" · ".join(part for part in (_settled(item, today), reason) if part),
        owner_label=_owner_label(item),
        tag="" if is_done else item.get_state_display(),
        kind="plain",
        action_url=row_address("offboarding:item_reopen", item.public_id) if may_undo else "",
        action_label=_("Undo") if may_undo else "",
        action_reason=_("That was a slip.") if may_undo else "",
    )


def _tick(item: ChecklistItem) -> tuple[str, str]:
    if item.asks_for_word:
        return "", _("Finish with evidence: %(title)s")
    return row_address("offboarding:item_complete", item.public_id), _("Finish: %(title)s")


def _next_step(item: ChecklistItem, today: date) -> tuple[str, str]:
    if item.owner is None:
        return "", _("Choose owner")
    if item.is_late(today):
        return row_address("offboarding:item_remind", item.public_id), _("Remind")
    return "", _("Open")


def rows_of(items: Iterable[ChecklistItem], today: date) -> list[ItemRow]:
    """Return tasks as a list shows them."""
    return [row_of(item, today) for item in items]


def tasks_of(engagement: Engagement) -> list[ChecklistItem]:
    """Return all tasks of an engagement with their owners, the first due first."""
    items = list(
        ChecklistItem.objects.filter(engagement=engagement)
        .select_related("owner")
        .order_by("due_on", "position")
    )
    for item in items:
        item.engagement = engagement
    return items


def board_of(
    engagement: Engagement,
    tasks: Sequence[ChecklistItem],
    today: date,
    *,
    shows_all: bool = False,
) -> TaskBoard:
    """Return the tasks of an engagement by owner.

    Args:
        engagement: whose tasks.
        tasks: what `tasks_of` returned.
        today: where the organisation is.
        shows_all: also what is due much later, and what was settled long ago.
    """
    items = [item for item in tasks if item.state != State.CANCELLED]
    shown = items if shows_all else _in_sight(items, today)
    shown = sorted(shown, key=lambda item: not item.is_open)  # stable: by due date within
    backlog = [item for item in items if item.is_open and item.is_backlog]
    lanes: dict[LaneKey, Lane] = {}
    for item in shown:
        lane = lanes.setdefault(_lane_of(item), Lane(label=_lane_label(item)))
        lane.rows.append(row_of(item, today))
        lane.late += item.is_late(today)
    later = _count_open(lanes, items, {item.pk for item in shown})
    return TaskBoard(
        engagement=engagement,
        lanes=[lanes[key] for key in sorted(lanes, key=lambda key: (not lanes[key].open, key[0]))],
        open=sum(item.is_open for item in items),
        late=sum(item.is_late(today) for item in items),
        done=sum(not item.is_open for item in items),
        all=len(items),
        hidden=len(items) - len(shown),
        later=later,
        shows_all=shows_all,
        backlog=sum(not item.needs_evidence for item in backlog),
        backlog_left=sum(item.needs_evidence for item in backlog),
    )


def _lane_of(item: ChecklistItem) -> LaneKey:
    return LANES.index(OwnerRole(item.owner_role)), item.owner_role, item.owner_id


def _count_open(
    lanes: Mapping[LaneKey, Lane], items: Iterable[ChecklistItem], shown: Container[int]
) -> int:
    """Count per lane what is open in sight or out of it; return how much has no lane in sight.

    What is from before the list has a fold of its own and is in sight always.
    """
    without_lane = 0
    for item in items:
        if not item.is_open or item.is_backlog:
            continue
        lane = lanes.get(_lane_of(item))
        # Under a lane of which only settled tasks are in sight, there is no heading either.
        if lane is None or not lane.current_rows:
            without_lane += 1
            continue
        lane.open += 1
        lane.later += item.pk not in shown
    return without_lane


def _in_sight(items: Sequence[ChecklistItem], today: date) -> list[ChecklistItem]:
    still_open = [item for item in items if item.is_open]
    near = sum(item.due_on <= today + NEAR for item in still_open)
    settled = [item for item in items if item.settled_at is not None]
    newest = sorted(settled, key=lambda item: str(item.settled_at), reverse=True)
    shown = {item.pk for item in still_open[: max(FEW, near)]}
    shown |= {item.pk for item in newest[:SETTLED_SHOWN] if _is_fresh(item, today)}
    return [item for item in items if item.pk in shown]


def _is_fresh(item: ChecklistItem, today: date) -> bool:
    return item.settled_at is not None and as_day(item.settled_at) > today - JUST_SETTLED


def _owner_label(item: ChecklistItem) -> str:
    if item.owner is None:
        return _("nobody yet")
    if item.owner_role == OwnerRole.FREELANCER and not item.is_assigned:
        return item.get_owner_role_display()
    return item.owner.name


def _lane_label(item: ChecklistItem) -> str:
    role, owner = capfirst(item.get_owner_role_display()), _owner_label(item)
    return role if owner.lower() == role.lower() else f"{role} · {owner}"


def _tag(item: ChecklistItem, today: date) -> tuple[str, str]:
    if item.is_late(today):
        return in_days(item.due_on, today), "bad"
    if item.due_on == today:
        return in_days(item.due_on, today), "now"
    if item.snoozed_until and item.snoozed_until > today:
        return _("put off"), "quiet"
    if today < item.due_on <= today + SOON:
        return in_days(item.due_on, today), "quiet"
    return "", "quiet"


def _terms(item: ChecklistItem, today: date) -> str:
    """Return what an open task asks: its day, whether it blocks closing, evidence, an answer."""
    parts = [
        capfirst(due_words(item) % {"day": date_short(item.due_on, today)}),
        _("needed for closing") if item.is_gate else "",
        _("evidence needed") if item.needs_evidence else "",
        _("ticked by itself") if item.done_once else "",
        together(item),
        _answer(item, today),
    ]
    return " · ".join(part for part in parts if part)


def due_words(item: ChecklistItem) -> str:
    """Return how a list says until when a task may take, with a place for the day."""
    if item.is_backlog:
        return _("was due %(day)s, before this list was made")
    return _("by %(day)s")


def together(item: ChecklistItem, *, is_second: bool = False) -> str:
    """Return with whom a task is done, empty for a task of one.

    Args:
        item: the task.
        is_second: for the eyes of the second one; the owner is the other.
    """
    if not item.second_role:
        return ""
    return str(TOGETHER[OwnerRole(item.owner_role if is_second else item.second_role)])


def _answer(item: ChecklistItem, today: date) -> str:
    if item.expected_on:
        return _("expected %(day)s") % {"day": date_short(item.expected_on, today)}
    if item.snoozed_until and item.snoozed_until > today:
        return _("put off until %(day)s") % {"day": date_short(item.snoozed_until, today)}
    return ""


def _settled(item: ChecklistItem, today: date) -> str:
    if item.settled_at is None:
        return ""
    return capfirst(
        _("%(moment)s by %(name)s")
        % {"moment": moment_short(item.settled_at, today), "name": item.settled_by}
    )
