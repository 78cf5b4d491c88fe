"""What dates and decisions say about an engagement. No ORM, no clock."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from core.calendars import add_months, lasts_at_most, local_moment
from core.errors import DomainError

State = Literal["planned", "active", "ending", "ended", "closed", "cancelled", "ended_early"]
Decision = Literal["cancel", "end_early", "close"]
ChangeKind = Literal["extension", "shortening", "early_end", "correction"]
ImportStep = Literal[
    "uploaded", "checking", "checked", "applying", "applied", "undoing", "undone", "failed"
]

# What may be decided in which state. What has started is ended, not cancelled; what has not yet
# ended is not closed (domain.md section 1, states).
ALLOWED_DECISIONS: Final[Mapping[State, frozenset[Decision]]] = MappingProxyType(
    {
        "planned": frozenset({"cancel"}),
        "active": frozenset({"end_early"}),
        "ending": frozenset({"end_early"}),
        "ended": frozenset({"close"}),
        "ended_early": frozenset({"close"}),
        "closed": frozenset(),
        "cancelled": frozenset(),
    }
)
# An end date can still move after the day itself: extensions are often settled late.
END_MAY_MOVE: Final[frozenset[State]] = frozenset(
    {"planned", "active", "ending", "ended", "ended_early"}
)
# That it stays is decided while the day is still to come.
END_MAY_STAY: Final[frozenset[State]] = frozenset({"planned", "active", "ending"})

# Length of the engagement in calendar months (None: any length), days before the end.
# Source: domain.md section 4, row E-60.
DECISION_DAYS: Final[tuple[tuple[int | None, int], ...]] = ((3, 30), (6, 45), (None, 60))
LEAST_GRANT_LIFETIME: Final = timedelta(hours=24)
# Where an import can go from where it stands. What is busy ends well or is stopped; an undo that is
# stopped leaves the import as it was.
IMPORT_STEPS: Final[Mapping[ImportStep, frozenset[ImportStep]]] = MappingProxyType(
    {
        "uploaded": frozenset({"checking"}),
        "checking": frozenset({"checked", "failed"}),
        "checked": frozenset({"checking", "applying"}),
        "applying": frozenset({"applied", "failed"}),
        "applied": frozenset({"undoing"}),
        "undoing": frozenset({"undone", "applied"}),
        "undone": frozenset(),
        "failed": frozenset({"checking"}),
    }
)
SORT_NAME_LENGTH: Final = 160
# Far more than a name with all its accents; normalising costs the square of accents in a row.
LONGEST_SORTED: Final = 1_000  # characters
# Letters of European names that Unicode does not take apart into a letter and a mark; the first
# is the Turkish i without a dot.
PLAIN_LETTERS: Final = str.maketrans(
    {
        "\u0131": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
    }
)


class EndChangeError(DomainError):
    """The new end date does not go with the dates of the engagement or the kind of change."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Which decisions people took about an engagement."""

    cancelled: bool = False
    closed: bool = False
    ended_early: bool = False


@dataclass(frozen=True, slots=True)
class Tenure:
    """How long somebody has been around, gaps that are short enough included."""

    starts_on: date
    ends_on: date
    worked_days: int  # days inside a period, each counted once
    span_days: int  # all days from first to last, both counted


def state_of(
    today: date, starts_on: date, ends_on: date, decisions: Decisions, ending_days: int
) -> State:
    """Return the state of an engagement on a day.

    An early end that was decided changes the name of the end only: until the day has passed, the
    dates say the state as for any other engagement.

    Args:
        today: the date where the organisation is.
        starts_on: first day.
        ends_on: last day, still part of the engagement.
        decisions: what people decided; cancelled weighs most, then closed, then ended early.
        ending_days: days before the end from which an engagement counts as ending, 0 or more.

    Source: domain.md section 1, states of an engagement.
    """
    if decisions.cancelled:
        return "cancelled"
    if decisions.closed:
        return "closed"
    if today > ends_on:
        return "ended_early" if decisions.ended_early else "ended"
    if today < starts_on:
        return "planned"
    return "ending" if (ends_on - today).days <= ending_days else "active"


def may_decide(state: State, decision: Decision) -> bool:
    """Say whether a decision can be taken about an engagement in a state."""
    return decision in ALLOWED_DECISIONS[state]


def may_move_end(state: State) -> bool:
    """Say whether the end date of an engagement in a state can still change."""
    return state in END_MAY_MOVE


def may_keep_end(state: State) -> bool:
    """Say whether it can still be decided that the end date stays."""
    return state in END_MAY_STAY


def kind_of_change(old_end: date, new_end: date, today: date) -> ChangeKind | None:
    """Suggest what a change of the end date is; the person who makes it has the last word.

    Args:
        old_end: last day so far.
        new_end: last day from now on.
        today: the date where the organisation is; an end today or before is an early end.

    Returns:
        The kind to propose; None when nothing changes.
    """
    if new_end == old_end:
        return None
    if new_end > old_end:
        return "extension"
    return "early_end" if new_end <= today else "shortening"


def kinds_allowed(starts_on: date, old_end: date, new_end: date) -> tuple[ChangeKind, ...]:
    """Return the kinds that a change of the end date can be called, in the order to offer them.

    Empty when the change itself is impossible: the same day, or a day before the start.
    """
    if new_end == old_end or new_end < starts_on:
        return ()
    if new_end > old_end:
        return ("extension", "correction")
    return ("shortening", "early_end", "correction")


def check_end_change(kind: ChangeKind, starts_on: date, old_end: date, new_end: date) -> None:
    """Refuse a change of the end date that cannot be, or that is called by the wrong name.

    Raises:
        EndChangeError: the text says what is wrong and is meant to be shown.

    Source: domain.md section 1, invariants 1 and 4.
    """
    if new_end < starts_on:
        raise EndChangeError(_("The end date lies before the start date. Choose a later date."))
    if new_end == old_end:
        raise EndChangeError(_("This is already the end date. Choose another date."))
    if kind in kinds_allowed(starts_on, old_end, new_end):
        return
    if kind == "extension":
        raise EndChangeError(
            _("An extension ends later than now. Choose a later date or another kind of change.")
        )
    raise EndChangeError(
        _(
            "A shortening or early end comes before the present end date. "
            "Choose an earlier date or another kind of change."
        )
    )


def tenure(periods: Iterable[tuple[date, date]], gap_months: int = 6) -> Tenure | None:
    """Return how long somebody has been around without a long gap, up to the last period.

    Args:
        periods: first and last day of each engagement, both counted, in any order; may overlap.
        gap_months: calendar months; a gap of this length or longer starts the count anew.

    Returns:
        The latest unbroken chain; None without any period.

    Source: domain.md section 1, invariant 9.
    """
    chain: Tenure | None = None
    for starts_on, ends_on in sorted(periods):
        if chain is None or starts_on >= add_months(chain.ends_on + timedelta(days=1), gap_months):
            days = (ends_on - starts_on).days + 1
            chain = Tenure(starts_on, ends_on, worked_days=days, span_days=days)
            continue
        last = max(chain.ends_on, ends_on)
        fresh = max(starts_on, chain.ends_on + timedelta(days=1))
        chain = Tenure(
            chain.starts_on,
            last,
            worked_days=chain.worked_days + max(0, (last - fresh).days + 1),
            span_days=(last - chain.starts_on).days + 1,
        )
    return chain


def grant_expires_at(
    created: datetime,
    ends_on: date,
    zone: str,
    *,
    lifetime_days: int = 30,
    after_end_days: int = 14,
) -> datetime:
    """Return when an action link stops working, in UTC.

    It lives 30 days and at most until 14 days after the end of the engagement, that day included.
    Duties that come later (a usefulness check at E+90) still get a link of 24 hours.

    Args:
        created: aware moment at which the link is made.
        ends_on: last day of the engagement.
        zone: IANA name of the organisation's time zone.
        lifetime_days: periods of 24 hours since it was made.
        after_end_days: calendar days after the end.

    Source: trust.md section 2.1, expiry.
    """
    last_day = ends_on + timedelta(days=after_end_days)
    end_of_that_day = local_moment(last_day + timedelta(days=1), time(0), zone)
    expires = min(created + timedelta(days=lifetime_days), end_of_that_day)
    return max(expires, created + LEAST_GRANT_LIFETIME).astimezone(UTC)


def moved_with_end(moment: datetime, days: timedelta, zone: str) -> datetime:
    """Return the same time of day some days on, where the organisation is, in UTC.

    Args:
        moment: aware.
        days: whole days, negative to go back.
        zone: IANA name of the organisation's time zone.
    """
    local = moment.astimezone(ZoneInfo(zone))
    return local_moment(local.date() + days, local.time(), zone)


def decision_due_on(
    starts_on: date,
    ends_on: date,
    days_before: tuple[tuple[int | None, int], ...] = DECISION_DAYS,
) -> date:
    """Return the day by which the manager decides to extend, swap or end; never before the start.

    Args:
        starts_on: first day.
        ends_on: last day, counted.
        days_before: by length in calendar months, shortest first: calendar days before the end.

    Source: domain.md section 4: E-60, E-45 for 3 to 6 months, E-30 if shorter.
    """
    days = next(
        days
        for months, days in days_before
        if months is None or lasts_at_most(starts_on, ends_on, months)
    )
    return max(starts_on, ends_on - timedelta(days=days))


@dataclass(frozen=True, slots=True)
class EndDecision:
    """What was asked or decided about the end of an engagement."""

    kind: str
    is_applied: bool  # else it waits for HR
    old_ends_on: date
    new_ends_on: date | None
    decided_on: date | None


def is_end_decided(decisions: Iterable[EndDecision], ends_on: date, decision_due_on: date) -> bool:
    """Say whether somebody has said what happens at this end date: extend, swap or end.

    A request counts, for HR has it now. "Ends as planned" and a swap count for the date that they
    were about. A moved end counts when it was moved inside the time in which a decision on the new
    date would be asked: whoever just moved it there has decided. A correction decides nothing.

    Args:
        decisions: those asked or carried out, not the declined ones.
        ends_on: last day now.
        decision_due_on: day by which it must be decided (see ``decision_due_on``).
    """
    for decision in decisions:
        if not decision.is_applied:
            return True
        if decision.new_ends_on is None:
            if decision.old_ends_on == ends_on:
                return True
            continue
        if (
            decision.kind != "correction"
            and decision.new_ends_on == ends_on
            and decision.decided_on is not None
            and decision.decided_on >= decision_due_on
        ):
            return True
    return False


def sort_name_of(full_name: str) -> str:
    """Return a name as it is sorted and compared: lower case, no accents, single spaces.

    "Özgür Çelik" becomes "ozgur celik". Prefixes such as "van der" stay where they are: names
    start with the first name, and people look them up so.
    """
    # Before lowering as well: letters in mathematical type have no lower case of their own.
    lowered = (
        unicodedata.normalize("NFKD", full_name[:LONGEST_SORTED]).lower().translate(PLAIN_LETTERS)
    )
    letters = unicodedata.normalize("NFKD", lowered)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.split())[:SORT_NAME_LENGTH].rstrip()


def may_step(old: ImportStep, new: ImportStep) -> bool:
    """Say whether an import that stands in one step can go to another."""
    return new in IMPORT_STEPS[old]
