"""What arrived, and with whom: laws of the share of insiders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from knowledge.rules import LEVELS, Received, Word, received_between

D = Decimal
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 365).map(lambda days: START + timedelta(days=days))
WORDS = st.lists(
    st.builds(
        Word,
        receiver=st.integers(1, 4),
        criticality=st.just(3),
        level=st.sampled_from(LEVELS),
        is_external=st.booleans(),
        at=MOMENTS,
    ),
    max_size=12,
)


def day(number):
    return START + timedelta(days=number)


def word(level, at=1, receiver="samira", criticality=4, *, is_external=False):
    return Word(receiver, criticality, level, is_external, day(at))


def test_a_worked_example():
    words = [
        word("received"),
        word("performed", at=60),
        word("explained", at=5, receiver="buitenstaander", is_external=True),
    ]

    whole = received_between(words, day(0), day(100))

    assert (whole.inside, whole.outside) == (D("4.00"), D("3.00"))
    assert (whole.inside_percent, whole.outside_percent) == (D("57.1"), D("42.9"))
    assert received_between(words, day(0), day(50)).inside == D("2.00")
    assert received_between(words, day(50), day(100)) == Received(inside=D("2.00"))


def test_a_lower_word_later_adds_nothing():
    words = [word("performed"), word("received", at=9)]

    assert received_between(words, day(0), day(100)).total == 4


def test_of_nothing_there_is_no_share():
    assert Received().inside_percent is None
    assert Received().outside_percent is None


@given(WORDS, MOMENTS, MOMENTS, MOMENTS)
def test_periods_side_by_side_add_up_to_the_whole(words, one, two, three):
    first, middle, last = sorted((one, two, three))

    parts = received_between(words, first, middle) + received_between(words, middle, last)

    assert parts == received_between(words, first, last)


@given(WORDS)
def test_both_shares_are_a_hundred_together_and_neither_is_negative(words):
    received = received_between(words, START, day(400))

    if received.total:
        assert received.inside_percent + received.outside_percent == 100
        assert 0 <= received.inside_percent <= 100
    assert received.total >= 0


@given(WORDS)
def test_nobody_receives_more_than_all_of_a_topic(words):
    assert received_between(words, START, day(400)).total <= 3 * len({w.receiver for w in words})
