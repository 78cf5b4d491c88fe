"""How much would stay: every law that the figures promise, and the worked example."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules import (
    CRITICALITIES,
    LEVELS,
    Holding,
    TopicRisk,
    band_of,
    coverage,
    highest_risk,
    leak_percent,
    next_topics,
    requirement_for,
    residual_risk,
    time_factor,
)

D = Decimal
CRITICALITY = st.sampled_from(CRITICALITIES)
ARTEFACTS = ("", "stale", "fresh")
ARTEFACT = st.sampled_from(ARTEFACTS)
HOLDING = st.builds(Holding, st.sampled_from(LEVELS), st.booleans())
HOLDINGS = st.lists(HOLDING, max_size=6)
WEIGHT = st.decimals(0, 1, places=2)
TOPIC = st.builds(TopicRisk, CRITICALITY, st.decimals(0, 1, places=4))
TOPICS = st.lists(TOPIC, max_size=12)


@given(CRITICALITY, HOLDINGS, ARTEFACT, WEIGHT)
def test_coverage_lies_between_nothing_and_everything(criticality, holdings, artefact, weight):
    assert 0 <= coverage(criticality, holdings, artefact, weight) <= 1


@given(CRITICALITY, HOLDINGS, HOLDING, ARTEFACT, WEIGHT)
def test_one_more_receiver_never_lowers_coverage(criticality, holdings, one, artefact, weight):
    before = coverage(criticality, holdings, artefact, weight)

    assert coverage(criticality, [*holdings, one], artefact, weight) >= before


@given(CRITICALITY, HOLDINGS.filter(bool), ARTEFACT, WEIGHT, st.data())
def test_a_higher_level_never_lowers_coverage(criticality, holdings, artefact, weight, data):
    at = data.draw(st.integers(0, len(holdings) - 1))
    rank = LEVELS.index(holdings[at].level)
    level = data.draw(st.sampled_from(LEVELS[rank:]))
    raised = [*holdings[:at], Holding(level, holdings[at].is_external), *holdings[at + 1 :]]

    assert coverage(criticality, raised, artefact, weight) >= coverage(
        criticality, holdings, artefact, weight
    )


@given(CRITICALITY, HOLDINGS, WEIGHT)
def test_a_handover_never_lowers_coverage_nor_does_mending_a_stale_one(
    criticality, holdings, weight
):
    values = [coverage(criticality, holdings, artefact, weight) for artefact in ARTEFACTS]

    assert values == sorted(values)


@given(CRITICALITY, HOLDINGS, ARTEFACT, WEIGHT)
def test_somebody_inside_never_counts_less_than_somebody_from_outside(
    criticality, holdings, artefact, weight
):
    inside = [Holding(holding.level) for holding in holdings]

    assert coverage(criticality, inside, artefact, weight) >= coverage(
        criticality, holdings, artefact, weight
    )


@given(CRITICALITY, HOLDINGS, ARTEFACT, WEIGHT, st.randoms())
def test_the_order_of_receivers_does_not_matter(criticality, holdings, artefact, weight, random):
    shuffled = list(holdings)
    random.shuffle(shuffled)

    assert coverage(criticality, shuffled, artefact, weight) == coverage(
        criticality, holdings, artefact, weight
    )


@given(CRITICALITY, st.lists(st.builds(Holding, st.sampled_from(LEVELS), st.just(True))), ARTEFACT)
def test_without_anybody_inside_at_most_a_half_is_covered(criticality, holdings, artefact):
    assert coverage(criticality, holdings, artefact) <= D("0.5")


@given(st.sampled_from([4, 5]), HOLDINGS)
def test_what_is_critical_and_not_written_down_is_covered_for_three_quarters_at_most(
    criticality, holdings
):
    assert coverage(criticality, holdings, "") <= D("0.75")


@given(CRITICALITY, HOLDINGS, ARTEFACT)
def test_one_receiver_fewer_than_needed_never_covers_everything(criticality, holdings, artefact):
    needed = requirement_for(criticality).receivers
    if len(holdings) < needed:
        assert coverage(criticality, holdings, artefact) < 1


@pytest.mark.parametrize(
    ("criticality", "holdings", "artefact", "covered"),
    [
        (1, [], "", "0"),
        (1, [], "fresh", "0.5"),
        (2, [], "stale", "0.25"),
        (2, [Holding("received")], "", "1"),
        (2, [Holding("received", True)], "", "0.5"),
        (3, [Holding("received")], "", "0.6667"),
        (3, [Holding("explained")], "", "1"),
        (3, [Holding("performed", True)], "fresh", "0.5"),
        (4, [Holding("performed")], "", "0.75"),
        (4, [Holding("performed")], "fresh", "1"),
        (4, [Holding("explained")], "fresh", "0.75"),
        (5, [], "fresh", "0.125"),
        (5, [], "stale", "0.0625"),
        # The place that nobody fills is filled once by the handover.
        (5, [Holding("performed")], "fresh", "0.625"),
        (5, [Holding("performed"), Holding("performed")], "fresh", "1"),
        (5, [Holding("performed"), Holding("performed", True)], "fresh", "0.75"),
        (5, [Holding("performed"), Holding("performed")], "", "0.75"),
        # Only the best of them count.
        (5, [Holding("received"), Holding("performed"), Holding("performed")], "fresh", "1"),
    ],
)
def test_coverage_of_one_topic(criticality, holdings, artefact, covered):
    assert coverage(criticality, holdings, artefact) == D(covered)


@pytest.mark.parametrize(
    ("days", "factor"),
    [
        (400, 1),
        (183, 1),
        (182, 2),
        (92, 2),
        (91, 3),
        (43, 3),
        (42, 4),
        (15, 4),
        (14, 5),
        (0, 5),
        (-30, 5),
    ],
)
def test_the_nearer_the_end_the_higher_the_factor(days, factor):
    assert time_factor(days) == factor


@given(st.integers(-1000, 1000), st.integers(0, 500))
def test_more_time_is_never_more_urgent(days, more):
    assert time_factor(days + more) <= time_factor(days)


@given(CRITICALITY, st.decimals(0, 1, places=4), st.integers(1, 5))
def test_residual_risk_lies_between_0_and_25(criticality, covered, factor):
    assert 0 <= residual_risk(criticality, covered, factor) <= 25


@pytest.mark.parametrize(
    ("risk", "band"),
    [
        ("25", "act_now"),
        ("20", "act_now"),
        ("19.99", "plan_now"),
        ("16", "plan_now"),
        ("15.99", "prepare"),
        ("10", "prepare"),
        ("9.99", "watch"),
        ("0", "watch"),
    ],
)
def test_bands_begin_where_the_design_says(risk, band):
    assert band_of(D(risk)) == band


@given(TOPICS)
def test_the_leak_lies_between_0_and_100_and_is_unknown_without_topics(topics):
    leak = leak_percent(topics)

    assert (leak is None) == (not topics)
    if leak is not None:
        assert 0 <= leak <= 100
        assert leak == leak.quantize(D("0.1"))


@given(TOPICS.filter(bool), st.data())
def test_the_leak_never_rises_when_a_topic_is_covered_better(topics, data):
    at = data.draw(st.integers(0, len(topics) - 1))
    more = data.draw(st.decimals(topics[at].coverage, 1, places=4))
    better = [*topics[:at], TopicRisk(topics[at].criticality, more), *topics[at + 1 :]]

    assert leak_percent(better) <= leak_percent(topics)


@given(TOPICS, st.integers(1, 5))
def test_no_topic_is_above_the_highest_risk(topics, factor):
    highest = highest_risk(topics, factor)

    assert all(residual_risk(t.criticality, t.coverage, factor) <= highest for t in topics)


@given(TOPICS)
def test_the_next_topics_are_those_that_would_be_missed_most(topics):
    chosen = next_topics(topics)
    left = [topic.criticality * (1 - topic.coverage) for topic in topics]

    assert len(chosen) == min(3, sum(risk > 0 for risk in left))
    if chosen:
        least = min(left[at] for at in chosen)
        assert all(left[at] <= least for at in set(range(len(topics))) - set(chosen))


def test_the_worked_example_of_the_design_to_the_decimal():
    topics = [
        TopicRisk(5, coverage(5, [Holding("performed")], "fresh")),
        TopicRisk(4, coverage(4, [], "")),
        TopicRisk(3, coverage(3, [Holding("explained")], "")),
        TopicRisk(2, coverage(2, [Holding("received", True)], "")),
    ]

    assert [topic.coverage for topic in topics] == [D("0.625"), D(0), D(1), D("0.5")]
    assert leak_percent(topics) == D("49.1")
    risks = {days: highest_risk(topics, time_factor(days)) for days in (200, 60, 20, 10)}
    assert risks == {200: 4, 60: 12, 20: 16, 10: 20}
    assert next_topics(topics) == [1, 0, 3]


def test_a_criticality_out_of_range_is_a_mistake_in_the_program():
    with pytest.raises(KeyError):
        coverage(6, [])
