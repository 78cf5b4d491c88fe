"""Points, states of a handover and the handover document. No ORM, no clock.

Three things are kept apart: what a form of transfer is worth (`FormTerms`), what the agreement
allows (`PolicyTerms`), and what was booked before (`Standing`). `book` weighs them; the ledger
operation writes its answer down, and the explanation is told from the same values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from types import MappingProxyType
from typing import Final, Literal

from core.calendars import WorkCalendar, lasts_at_most

Stage = Literal["accepted", "received", "applied"]
Limit = Literal["", "form", "written", "once"]

STAGES: Final[tuple[Stage, ...]] = ("accepted", "received", "applied")
CENT: Final = Decimal("0.01")
NOTHING: Final = Decimal("0.00")

# Length in calendar months (None: any length), points. Source: domain.md section 2.
TARGETS: Final[tuple[tuple[int | None, int], ...]] = ((3, 60), (6, 100), (12, 140), (None, 180))
REVIEW_WORKING_DAYS: Final = 3
MOST_TIMES: Final = 50  # of one form in an agreement

# Source: domain.md section 1, states of a deliverable.
TRANSITIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "draft": frozenset({"submitted", "withdrawn"}),
        "submitted": frozenset({"accepted", "changes_asked", "withdrawn"}),
        "changes_asked": frozenset({"submitted", "withdrawn"}),
        "accepted": frozenset(),
        "withdrawn": frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class FormTerms:
    """What one form of transfer is worth in an agreement."""

    base: Decimal  # points for one deliverable, all stages together
    cap_share: Decimal | None = None  # of the target, 0 to 1; None: no cap of its own
    is_once: bool = False  # counts for one deliverable per engagement
    is_written: bool = False  # written or recorded: counts towards the common cap


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """How points vest and what bounds them."""

    shares: Mapping[Stage, Decimal]  # of the base points; together 1
    written_share: Decimal | None  # of the target; None: no common cap
    least_forms: int  # different forms that an agreement needs


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many points one stage of a form can bring in an engagement at most."""

    form: Decimal | None = None  # for all deliverables of the form; None: no cap of its own
    written: Decimal | None = None  # for all written and recorded forms; None: does not count
    is_once: bool = False  # only the first deliverable of the form counts


@dataclass(frozen=True, slots=True)
class Standing:
    """What was booked before for the same stage in this engagement, reversals taken off."""

    form: Decimal = NOTHING  # points for deliverables of this form
    written: Decimal = NOTHING  # points for all written and recorded forms
    others_with_points: int = 0  # other deliverables of this form with net points at any stage


@dataclass(frozen=True, slots=True)
class Booking:
    """What one stage of one deliverable earns; zero where a limit leaves nothing."""

    amount: Decimal  # points to book, 0.01 exact
    uncapped: Decimal  # points without any limit
    limited_by: Limit  # which limit took something off; empty when none did


@dataclass(frozen=True, slots=True)
class MixLine:
    """What one form of a mix can earn."""

    full: Decimal  # points without any cap
    capped: Decimal  # points under the form's own cap
    is_written: bool

    @property
    def is_limited(self) -> bool:
        """Say whether the form's own cap takes something off."""
        return self.capped < self.full


@dataclass(frozen=True, slots=True)
class Mix:
    """What a choice of forms can earn together."""

    lines: tuple[MixLine, ...]  # in the order of the choice
    total: Decimal  # points under all caps
    is_written_limited: bool  # the common cap of written forms takes something off
    is_enough: bool  # the target can be reached


def target_for(
    starts_on: date, ends_on: date, targets: tuple[tuple[int | None, int], ...] = TARGETS
) -> int:
    """Return the points to propose for an engagement.

    Args:
        starts_on: first day.
        ends_on: last day, counted: 1 January to 31 March is up to 3 months.
        targets: by length in calendar months, shortest first: points.

    Source: domain.md section 2: 60 up to 3 months, 100 for 3-6, 140 for 6-12, 180 if longer.
    """
    return next(
        points
        for months, points in targets
        if months is None or lasts_at_most(starts_on, ends_on, months)
    )


def usual_target(chosen: int | None, starts_on: date, ends_on: date) -> int:
    """Return the points to expect of an engagement without an agreement.

    Args:
        chosen: what HR set for it, if anything.
        starts_on: first day.
        ends_on: last day.
    """
    return target_for(starts_on, ends_on) if chosen is None else chosen


def points_for_stage(base: Decimal, share: Decimal) -> Decimal:
    """Return the points of one stage before any limit, rounded down to 0.01 point.

    Rounded down, so that the stages of a deliverable never add up to more than its base points.

    Args:
        base: points of the deliverable, 0 or more.
        share: of the stage, 0 to 1.

    Raises:
        ValueError: a number is out of range.
    """
    if base < 0 or not 0 <= share <= 1:
        raise ValueError("base points are 0 or more and a share lies between 0 and 1")
    return _down(base * share)


def cap_of(target: int | Decimal, share: Decimal | None) -> Decimal | None:
    """Return a cap in points, rounded down to 0.01 point; None when there is none.

    Args:
        target: agreed points, 0 or more.
        share: of the target.
    """
    return None if share is None else _down(target * share)


def stage_cap(
    target: int | Decimal,
    share: Decimal | None,
    stage: Stage,
    shares: Mapping[Stage, Decimal],
) -> Decimal | None:
    """Return how much of a cap one stage may fill, in points; None when there is no cap.

    Each stage fills its own share of a cap. Otherwise a pile of accepted documents would fill the
    whole of it, and those that a receiver confirms would find no room. Together the stages make
    exactly the cap.

    Args:
        target: agreed points, 0 or more.
        share: of the target, the cap of all stages together.
        stage: which one.
        shares: of each stage in the policy; together 1.

    Source: domain.md section 2, principle 2 of the product: a pile of documents earns little.
    """
    cap = cap_of(target, share)
    if cap is None:
        return None
    upto = STAGES.index(stage)
    before = sum((shares[name] for name in STAGES[:upto]), NOTHING)
    return _down(cap * (before + shares[stage])) - _down(cap * before)


def book(
    target: int | Decimal, policy: PolicyTerms, form: FormTerms, stage: Stage, standing: Standing
) -> Booking:
    """Return what a stage of a deliverable earns within the caps, and what limited it.

    Call it at most once per deliverable and stage, with the rows of the engagement locked. A target
    that was lowered since takes nothing back: what is left is then simply 0.

    Args:
        target: points of the agreement that is in force.
        policy: of that agreement.
        form: the deliverable's form in that agreement.
        stage: the stage that was reached.
        standing: net bookings of that stage before this one.

    Source: domain.md section 2, "caps apply when booking", rules of awarding.
    """
    uncapped = points_for_stage(form.base, policy.shares[stage])
    return within(uncapped, bounds_of(target, policy, form, stage), standing)


def bounds_of(target: int | Decimal, policy: PolicyTerms, form: FormTerms, stage: Stage) -> Bounds:
    """Return what bounds the points of one stage of a form, in points.

    Args:
        target: agreed points.
        policy: whose common cap and shares hold.
        form: in that policy.
        stage: which one.
    """
    written = stage_cap(target, policy.written_share, stage, policy.shares)
    return Bounds(
        form=stage_cap(target, form.cap_share, stage, policy.shares),
        written=written if form.is_written else None,
        is_once=form.is_once,
    )


def within(uncapped: Decimal, bounds: Bounds, standing: Standing) -> Booking:
    """Return what is left of points within their bounds.

    Args:
        uncapped: points of one stage, 0 or more.
        bounds: in points.
        standing: net bookings before this one.
    """
    if not uncapped:
        return Booking(NOTHING, NOTHING, "")
    if bounds.is_once and standing.others_with_points > 0:
        return Booking(NOTHING, uncapped, "once")
    amount = uncapped
    limited_by: Limit = ""
    if bounds.form is not None and bounds.form - standing.form < amount:
        amount, limited_by = bounds.form - standing.form, "form"
    if bounds.written is not None and bounds.written - standing.written < amount:
        amount, limited_by = bounds.written - standing.written, "written"
    return Booking(max(NOTHING, _down(amount)), uncapped, limited_by)


def mix(target: int | Decimal, policy: PolicyTerms, chosen: Sequence[tuple[FormTerms, int]]) -> Mix:
    """Return what a choice of forms can earn when every stage of each is reached.

    Args:
        target: agreed points.
        policy: whose common cap holds.
        chosen: terms of each form and how often it is planned, 1 or more.
    """
    lines = [_mix_line(target, policy, form, times) for form, times in chosen]
    written = sum((line.capped for line in lines if line.is_written), NOTHING)
    other = sum((line.capped for line in lines if not line.is_written), NOTHING)
    cap = cap_of(target, policy.written_share)
    is_limited = cap is not None and written > cap
    total = other + (cap if cap is not None and is_limited else written)
    return Mix(tuple(lines), total, is_written_limited=is_limited, is_enough=total >= target)


def points_to_go(target: int | Decimal, balance: Decimal) -> Decimal:
    """Return the points that are still missing, 0 when the target is met."""
    return max(NOTHING, target - balance)


def has_enough_forms(forms: Iterable[str], least: int) -> bool:
    """Say whether an agreement names enough different forms.

    Args:
        forms: codes of the chosen forms; a code that comes twice counts once.
        least: forms that the policy asks for.

    Source: domain.md section 2, "at least 2 different forms".
    """
    return len(set(forms)) >= least


def may_move(state: str, to: str) -> bool:
    """Say whether a deliverable can go from one state to another.

    Raises:
        KeyError: there is no such state.
    """
    return to in TRANSITIONS[state]


def review_due_on(
    submitted_on: date, calendar: WorkCalendar, working_days: int = REVIEW_WORKING_DAYS
) -> date:
    """Return the day on which a review should be done at the latest.

    Args:
        submitted_on: the date where the organisation is; that day itself does not count.
        calendar: the organisation's working days.
        working_days: how many the reviewer has.

    Source: domain.md section 2, reciprocity: review within 3 working days.
    """
    return calendar.add_working_days(submitted_on, working_days)


def receiver_decided_on(accepted_on: date, calendar: WorkCalendar, working_days: int) -> date:
    """Return the day from which the manager may decide without a receiver.

    Args:
        accepted_on: the date where the organisation is; that day itself does not count.
        calendar: the organisation's working days.
        working_days: how many a receiver has.

    Source: domain.md section 2: after 5 working days a reminder, after 8 the manager decides.
    """
    return calendar.add_working_days(accepted_on, working_days)


def _mix_line(target: int | Decimal, policy: PolicyTerms, form: FormTerms, times: int) -> MixLine:
    counted = 1 if form.is_once else times
    full = form.base * counted
    cap = cap_of(target, form.cap_share)
    capped = full if cap is None else min(full, cap)
    return MixLine(full, capped, form.is_written)


def _down(points: Decimal) -> Decimal:
    return points.quantize(CENT, rounding=ROUND_DOWN)
