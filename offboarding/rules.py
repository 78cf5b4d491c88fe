"""When tasks are due, what may happen to them and who is asked. No ORM, no clock."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeVar

from django.utils.translation import gettext_lazy as _

from core.calendars import WorkCalendar
from core.errors import DomainError, InvalidTransitionError

State = Literal["open", "done", "waived", "cancelled"]
Move = Literal["complete", "waive", "cancel", "reopen"]


# Source: domain.md section 1, states of a checklist item. A waiver that was a mistake is taken
# back as a tick is; what was cancelled with its engagement stays cancelled.
TRANSITIONS: Final[Mapping[tuple[State, Move], State]] = MappingProxyType(
    {
        ("open", "complete"): "done",
        ("open", "waive"): "waived",
        ("open", "cancel"): "cancelled",
        ("done", "reopen"): "open",
        ("waived", "reopen"): "open",
    }
)
REFUSALS: Final = MappingProxyType(
    {
        "open": _("This task is open already."),
        "done": _("This task is done already."),
        "waived": _("This task does not apply. Reopen it first."),
        "cancelled": _("This task was cancelled with its engagement."),
    }
)

# The step of the procedure that the question about the end stands for.
DECISION_STEP: Final = "OF01"
# The task that asks who takes over, once somebody else does.
SUCCESSOR_STEP: Final = "OF01-S"

# Source: domain.md section 4, "Snooze 1/3/5 working days, at most twice, never past the due date;
# not for access, asset or release-rule items".
SNOOZE_WORKING_DAYS: Final = (1, 3, 5)
SNOOZES: Final = 2


class SnoozeRefusedError(DomainError):
    """The task cannot be put off, or not that long."""


class Timed(Protocol):
    """What decides on a due date: a step of a procedure, or its copy in a checklist."""

    phase: str
    anchor: str
    offset_days: int
    day_kind: str


class Conditional(Protocol):
    """A step that may run in some engagements only."""

    runs_when: str


ConditionalT = TypeVar("ConditionalT", bound=Conditional)


@dataclass(frozen=True, slots=True)
class SnoozeFacts:
    """What snoozing depends on, for one open task."""

    due_on: date
    may_snooze: bool
    snooze_count: int


def state_after(state: State, move: Move) -> State:
    """Return the state to which a move leads.

    Raises:
        InvalidTransitionError: it cannot be made from this state.
    """
    try:
        return TRANSITIONS[state, move]
    except KeyError as error:
        raise InvalidTransitionError(REFUSALS[state]) from error


def due_on(step: Timed, starts_on: date, ends_on: date, calendar: WorkCalendar) -> date:
    """Return the day on which a step is due; it may lie in the past and be a day off.

    A farewell never begins before the first day, so in a short engagement those steps are due on
    the first day at the earliest.

    Args:
        step: anchor, offset and how days are counted.
        starts_on: first day of the engagement.
        ends_on: last day, counted.
        calendar: which days are worked, for offsets in working days.
    """
    day = starts_on if step.anchor == "start" else ends_on
    with suppress(OverflowError):  # "until the end of time" is written as the last day there is
        day = calendar.counted(day, step.offset_days, step.day_kind)
    return max(day, starts_on) if step.phase == "offboarding" else day


def moved_due_on(true_on: date, old_on: date, today: date) -> date:
    """Return the day on which an open task is due after the engagement moved.

    A move never makes a task late by itself: what would lie in the past is due today. A task that
    was late before stays as late as it was, or gets a later day.

    Args:
        true_on: what :func:`due_on` says with the new dates.
        old_on: its due date so far.
        today: the date where the organisation is.

    Source: domain.md section 1, invariant 4, and the variant "immediate end".
    """
    return max(true_on, min(old_on, today))


@dataclass(frozen=True, slots=True)
class ListBirth:
    """When a list is made, and how long may be taken for what should have been done by then.

    Attributes:
        today: where the organisation is.
        calendar: which days are worked.
        catch_up_days: working days, today not counted.
    """

    today: date
    calendar: WorkCalendar
    catch_up_days: int


def first_due_on(
    true_on: date, about_on: date, birth: ListBirth, *, is_pressing: bool = False
) -> date:
    """Return the day on which a task of a new list is due; a list is never late at birth.

    What would be due within the days to catch up is due at their end, but not after the day that
    it is about: whoever is still there can still be asked. A task is never due earlier for it.

    Args:
        true_on: what :func:`due_on` says.
        about_on: the first day of the engagement for a welcome task, else its last day.
        birth: of the list.
        is_pressing: it cannot wait once that day is past, such as access that is still open.

    Source: domain.md section 4, "late creation or compressed terms: never a burst".
    """
    if about_on >= birth.today:
        caught_up_on = min(_caught_up_on(birth), about_on)
    elif is_pressing:
        caught_up_on = birth.calendar.next_working_day_on_or_after(birth.today)
    else:
        caught_up_on = _caught_up_on(birth)
    return max(true_on, caught_up_on)


def _caught_up_on(birth: ListBirth) -> date:
    return birth.calendar.add_working_days(birth.today, birth.catch_up_days)


def passed_due_on(true_on: date, today: date, days: int) -> date:
    """Return the day on which a task is due that came with a handover pack.

    Whoever took over before the pack was passed has as many days from then on.

    Args:
        true_on: what :func:`due_on` says.
        today: the day on which it is passed.
        days: how many the task gives after the first day.
    """
    return true_on if true_on >= today else today + timedelta(days=days)


def is_backlog(phase: str, due: date, starts_on: date, today: date) -> bool:
    """Say whether a welcome task was due before its list was made for a running engagement.

    Such a task is open, but nobody is late: whoever imports a running engagement is asked once
    whether it was done. A farewell task that is past gets a later day: it still has to happen.
    """
    return phase == "onboarding" and starts_on < today and due < today


def is_short(starts_on: date, ends_on: date, short_days: int) -> bool:
    """Say whether an engagement lasts fewer days than this, both ends counted."""
    return (ends_on - starts_on).days + 1 < short_days


def steps_for(steps: Iterable[ConditionalT], *, short: bool) -> list[ConditionalT]:
    """Return the steps that run in an engagement, in their order.

    Source: domain.md section 6, variant "short engagement under 30 days".
    """
    left_out = "not_short" if short else "short"
    return [step for step in steps if step.runs_when != left_out]


def is_immediate(old_ends_on: date, new_ends_on: date, today: date, immediate_days: int) -> bool:
    """Say whether a move ends an engagement so soon that knowledge has to be rescued.

    Args:
        old_ends_on: last day so far.
        new_ends_on: last day from now on.
        today: the date where the organisation is.
        immediate_days: with fewer days left than this it is immediate; today is none left.

    Source: domain.md section 6, variant "immediate end".
    """
    return new_ends_on < old_ends_on and (new_ends_on - today).days < immediate_days


def snooze_choices(
    task: SnoozeFacts, today: date, calendar: WorkCalendar
) -> list[tuple[int, date]]:
    """Return for how many working days a task can be put off, and until which day."""
    if not task.may_snooze or task.snooze_count >= SNOOZES:
        return []
    days = [(count, calendar.add_working_days(today, count)) for count in SNOOZE_WORKING_DAYS]
    return [(count, until) for count, until in days if until <= task.due_on]


def snoozed_until(
    task: SnoozeFacts, working_days: int, today: date, calendar: WorkCalendar
) -> date:
    """Return the day until which a task is put off.

    Raises:
        SnoozeRefusedError: never for this kind of task, too often, or past the due date.

    Source: domain.md section 4, snooze.
    """
    if not task.may_snooze:
        raise SnoozeRefusedError(
            _("Tasks about access, assets or closing the file cannot be put off.")
        )
    if task.snooze_count >= SNOOZES:
        raise SnoozeRefusedError(_("This task was put off twice already."))
    for count, until in snooze_choices(task, today, calendar):
        if count == working_days:
            return until
    raise SnoozeRefusedError(_("A task can be put off until its due date at most."))
