import hypothesis.strategies as st
from hypothesis import given

from portal.rules import sequence_of

CHANGES = st.tuples(st.integers(1, 50), st.integers(0, 999))


@given(CHANGES, CHANGES)
def test_a_later_change_of_a_session_always_has_the_higher_number(first, second):
    assert (sequence_of(*first) < sequence_of(*second)) == (first < second)
