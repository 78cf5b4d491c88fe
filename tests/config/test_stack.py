"""No depth of the stack makes a page slow."""

import resource

import pytest

from config.stack import with_room

CALLS = 5000
MOST_FAULTS = 500  # of memory; where each call has its own piece of it, there is one for each


def at_depth(depth: int) -> None:
    """Call something often, so deep down the stack."""
    if depth:
        at_depth(depth - 1)
    else:
        for _ in range(CALLS):
            nothing()


def nothing() -> None:
    pass


def faults_at(depth: int) -> int:
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    at_depth(depth)
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def test_calls_cost_the_same_at_every_depth():
    deepest = with_room(lambda: max(faults_at(depth) for depth in range(300)))()

    assert deepest < MOST_FAULTS


def test_the_function_itself_is_unchanged():
    def ratio(whole: int, *, by: int) -> float:
        return whole / by

    assert with_room(ratio)(6, by=4) == 1.5
    with pytest.raises(ZeroDivisionError):
        with_room(ratio)(6, by=0)
