"""What the client owes in return, and until when; domain.md section 2, reciprocity. Pure."""

from datetime import date, timedelta
from typing import Final, Literal

from core.calendars import WorkCalendar

PromiseState = Literal["kept", "late", "open"]

RECEIVERS_BEFORE_END: Final = 28  # days; step OF05 of the default procedure
RECEIVERS_WORKING_DAYS: Final = 5  # for topics that are agreed when that day is near or past
REFERENCE_AFTER_END: Final = 5  # days; step OF24
INVOICE_AFTER_END: Final = 30  # days; step OF27


def promise_state(done: int, wanted: int, due_on: date, today: date) -> PromiseState:
    """Return how a promise stands.

    Args:
        done: how much of it was kept, 0 or more.
        wanted: how much was promised; 0 as long as there is nothing to do yet.
        due_on: the last day on which it is kept in time.
        today: the date where the organisation is.
    """
    if wanted and done >= wanted:
        return "kept"
    return "late" if wanted and today > due_on else "open"


def receivers_due_on(agreed_on: date, ends_on: date, calendar: WorkCalendar) -> date:
    """Return the last day on which somebody is named in time who receives a topic.

    Four weeks before the end, when sessions are planned; a topic that is agreed later than that
    leaves five working days.
    """
    soonest = calendar.add_working_days(agreed_on, RECEIVERS_WORKING_DAYS)
    return max(ends_on - timedelta(days=RECEIVERS_BEFORE_END), soonest)


def attended_due_on(held_on: date, calendar: WorkCalendar) -> date:
    """Return the last day on which it is known in time who came to a session."""
    return calendar.add_working_days(held_on, RECEIVERS_WORKING_DAYS)


def feedback_due_on(starts_on: date, ends_on: date) -> date:
    """Return the day halfway, on which the professional has heard how the work is found."""
    return starts_on + (ends_on - starts_on) / 2


def reference_due_on(ends_on: date) -> date:
    """Return the last day on which a letter of reference is offered in time."""
    return ends_on + timedelta(days=REFERENCE_AFTER_END)


def hours_due_on(ends_on: date) -> date:
    """Return the last day on which the hours for handing over are paid in time."""
    return ends_on + timedelta(days=INVOICE_AFTER_END)
