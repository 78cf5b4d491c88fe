from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.charts import (
    BARS_BASE,
    BURNUP_BASE,
    CHART_WIDTH,
    PointStep,
    WeekCount,
    bar_chart,
    burn_up,
    coordinate,
    segments,
)

MONDAY = date(2026, 11, 23)
counts = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=26)
amounts = st.decimals(min_value=0, max_value=100_000, places=2)


def weeks(numbers: list[int]) -> list[WeekCount]:
    return [WeekCount(MONDAY + timedelta(weeks=i), number) for i, number in enumerate(numbers)]


@given(counts)
def test_every_bar_stays_inside_the_picture(numbers):
    chart = bar_chart(weeks(numbers))

    for bar in chart.bars:
        assert float(bar.x) >= 0
        assert float(bar.x) + float(bar.width) <= CHART_WIDTH + 0.1
        assert float(bar.value_y) > 0
        assert abs(float(bar.y) + float(bar.height) - BARS_BASE) <= 0.2


@given(counts)
def test_a_fuller_week_is_never_drawn_lower(numbers):
    bars = bar_chart(weeks(numbers)).bars

    for left in bars:
        for right in bars:
            if left.week.count < right.week.count:
                assert float(left.height) <= float(right.height)


@given(counts)
def test_exactly_one_week_is_the_peak_unless_nothing_ends(numbers):
    chart = bar_chart(weeks(numbers))

    peaks = [bar for bar in chart.bars if bar.is_peak]
    assert len(peaks) == (1 if any(numbers) else 0)
    assert (chart.peak.count if chart.peak else 0) == max(numbers)
    assert chart.total == sum(numbers)


def test_of_two_equal_peaks_the_first_is_marked():
    chart = bar_chart(weeks([1, 4, 4]))

    assert [bar.is_peak for bar in chart.bars] == [False, True, False]


def test_no_weeks_at_all_draw_nothing():
    assert bar_chart([]).bars == []


def test_a_week_is_numbered_as_the_calendar_does():
    assert WeekCount(date(2026, 12, 28), 1).number == 53
    assert WeekCount(date(2027, 1, 4), 1).number == 1


def test_coordinates_have_a_point_and_no_needless_decimals():
    assert coordinate(12.34) == "12.3"
    assert coordinate(Decimal("7.0")) == "7"


def burnup(steps, *, target="100", today=date(2026, 11, 23)):
    return burn_up(
        [PointStep(on, Decimal(balance)) for on, balance in steps],
        target=Decimal(target),
        starts_on=date(2026, 3, 3),
        ends_on=date(2026, 12, 1),
        today=today,
    )


def test_the_line_ends_at_the_latest_balance_of_today():
    chart = burnup([(date(2026, 5, 1), "24"), (date(2026, 9, 1), "62")])

    assert chart.balance == Decimal(62)
    assert chart.path.endswith(f"H{chart.now_x}")
    assert float(chart.target_y) < float(chart.now_y) < BURNUP_BASE


def test_steps_are_drawn_in_order_of_their_days():
    ordered = burnup([(date(2026, 5, 1), "24"), (date(2026, 9, 1), "62")])
    shuffled = burnup([(date(2026, 9, 1), "62"), (date(2026, 5, 1), "24")])

    assert ordered == shuffled


def test_a_step_after_today_is_not_drawn_yet():
    chart = burnup([(date(2026, 5, 1), "24"), (date(2026, 11, 30), "62")])

    assert chart.balance == Decimal(24)


def test_without_steps_the_line_lies_on_the_floor():
    chart = burnup([])

    assert chart.balance == 0
    assert float(chart.now_y) == BURNUP_BASE


def test_the_number_moves_under_the_dot_when_the_target_is_near():
    far, near = burnup([(date(2026, 5, 1), "10")]), burnup([(date(2026, 5, 1), "99")])

    assert float(far.label_y) < float(far.now_y)
    assert float(near.label_y) > float(near.now_y)


@given(
    st.lists(
        st.tuples(
            st.dates(date(2025, 1, 1), date(2028, 1, 1)),
            st.decimals(min_value=-50, max_value=500, places=2),
        ),
        max_size=12,
    ),
    st.dates(date(2025, 1, 1), date(2028, 1, 1)),
)
def test_the_dot_and_its_number_stay_inside_the_picture(steps, today):
    chart = burnup(steps, today=today)

    assert 0 <= float(chart.now_x) <= CHART_WIDTH
    assert 0 <= float(chart.label_x) <= CHART_WIDTH
    assert 0 < float(chart.label_y) < BURNUP_BASE + 30
    assert 0 < float(chart.now_y) <= BURNUP_BASE


@given(st.lists(amounts, min_size=1, max_size=4), amounts)
def test_segments_follow_each_other_and_never_pass_the_end(parts, target):
    drawn = segments(parts, target=target)

    end = 0.0
    for segment in drawn:
        assert abs(float(segment.x) - end) <= 0.5
        end = float(segment.x) + float(segment.width)
    assert end <= 100.5


def test_a_balance_of_half_the_target_fills_half_the_bar():
    assert segments([Decimal(62)], target=Decimal(124))[0].width == "50"


def test_a_negative_amount_takes_no_room():
    assert segments([Decimal(-5)], target=Decimal(10))[0].width == "0"
