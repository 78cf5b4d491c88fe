import datetime

from hypothesis import given
from hypothesis import strategies as st

from engagements.planners.steps import decision_day
from engagements.rules import EndDecision, is_end_decided, moved_with_end
from tests.factories.engagements import EngagementFactory

DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2040, 1, 1))
MOMENTS = st.builds(
    lambda day, clock: datetime.datetime.combine(day, clock, datetime.UTC), DAYS, st.times()
)


@given(MOMENTS, st.integers(-400, 400))
def test_a_moment_that_moves_with_the_end_keeps_its_time_on_the_clock(moment, days):
    zone = datetime.timezone(datetime.timedelta(hours=0))
    moved = moved_with_end(moment, datetime.timedelta(days=days), "Etc/UTC")

    assert moved.astimezone(zone).time() == moment.time()
    assert moved.date() - moment.date() == datetime.timedelta(days=days)


@given(DAYS, DAYS, st.sampled_from(["swap", "end_as_planned"]))
def test_that_the_date_stays_holds_for_that_date_only(about, ends_on, kind):
    decision = EndDecision(
        kind=kind, is_applied=True, old_ends_on=about, new_ends_on=None, decided_on=about
    )

    assert is_end_decided([decision], ends_on, ends_on) == (about == ends_on)


@given(DAYS, DAYS, DAYS)
def test_a_correction_never_decides(old, new, due):
    decision = EndDecision(
        kind="correction", is_applied=True, old_ends_on=old, new_ends_on=new, decided_on=new
    )

    assert not is_end_decided([decision], new, due)


@given(DAYS, DAYS)
def test_a_request_is_enough_until_it_is_declined(old, new):
    asked = EndDecision(
        kind="extension", is_applied=False, old_ends_on=old, new_ends_on=new, decided_on=None
    )

    assert is_end_decided([asked], old, old)


def test_nothing_decides_nothing():
    assert not is_end_decided([], datetime.date(2026, 12, 1), datetime.date(2026, 10, 2))


def test_the_day_of_decision_takes_the_class_of_the_length():
    end = datetime.date(2026, 12, 1)
    long = EngagementFactory.build(starts_on=datetime.date(2026, 1, 1), ends_on=end)
    short = EngagementFactory.build(starts_on=datetime.date(2026, 11, 1), ends_on=end)

    assert decision_day(long, [-60, -45, -30]) == datetime.date(2026, 10, 2)
    assert decision_day(short, [-60, -45, -30]) == datetime.date(2026, 11, 1)
    assert decision_day(long, [-20]) == datetime.date(2026, 11, 11)
