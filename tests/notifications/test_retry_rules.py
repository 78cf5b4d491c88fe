from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifications import rules

MINUTES = [1, 5, 15, 60, 180]
seeds = st.text(min_size=1)


@given(st.integers(1, 400), seeds)
def test_delay_stays_within_a_fifth_of_the_schedule(attempt, seed):
    base = timedelta(minutes=MINUTES[min(attempt, 5) - 1])

    delay = rules.retry_delay(attempt, seed, MINUTES)

    assert base * 0.8 <= delay <= base * 1.2


@given(st.integers(1, 400), seeds)
def test_same_seed_gives_the_same_delay(attempt, seed):
    first = rules.retry_delay(attempt, seed, MINUTES)

    assert rules.retry_delay(attempt, seed, MINUTES) == first


def test_messages_that_failed_together_do_not_come_back_together():
    delays = {rules.retry_delay(1, str(number), MINUTES) for number in range(200)}

    assert len(delays) > 190
    assert max(delays) - min(delays) > timedelta(seconds=20)


@given(st.integers(1, 1000))
def test_pause_grows_to_ten_minutes_and_no_further(refusals):
    pause = rules.pause_of(refusals)

    assert pause <= rules.pause_of(refusals + 1) <= timedelta(minutes=10)
    assert pause >= timedelta(minutes=1)
