"""Percentages are told by one rule, and two parts of a whole are always 100 together."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules import leak_percent, percent_staying
from knowledge.rules.coverage import PARTS, TopicRisk
from knowledge.rules.percents import WHOLE, percent_of

D = Decimal
COVERAGES = st.decimals(0, 1, places=4)


def test_a_half_is_rounded_up():
    assert percent_of(D("0.1255"), 1) == D("12.6")
    assert percent_of(1, 8, to=WHOLE) == 13


def test_of_nothing_there_is_no_percentage():
    assert percent_of(0, 0) is None


@given(COVERAGES, st.integers(1, 5))
def test_what_stays_and_what_walks_out_is_all_there_is(covered, criticality):
    assert percent_staying(covered) + leak_percent([TopicRisk(criticality, covered)]) == 100


@given(COVERAGES)
def test_no_more_is_promised_than_there_is_but_for_the_last_digit(covered):
    assert -D("0.05") <= percent_staying(covered) - 100 * covered < D("0.05")
    assert (percent_staying(covered) == 0) == (covered <= 5 * PARTS)


@given(COVERAGES, COVERAGES)
def test_more_coverage_never_shows_as_less(one, other):
    low, high = sorted((one, other))

    assert percent_staying(low) <= percent_staying(high)
