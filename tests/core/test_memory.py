"""Programs that run for days: their garbage, and the room of their calls."""

import gc
import resource
import sys

import pytest

from core.memory import keep_loaded, with_room

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


def most_faults() -> int:
    return max(faults_at(depth) for depth in range(300))


def test_calls_cost_the_same_at_every_depth():
    assert with_room(most_faults)() < MOST_FAULTS


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later versions of Python keep one piece")
def test_without_room_each_call_costs_memory_at_some_depth():
    assert most_faults() > CALLS / 2


def test_the_function_itself_is_unchanged():
    def ratio(whole: int, *, by: int) -> float:
        return whole / by

    assert with_room(ratio)(6, by=4) == 1.5
    with pytest.raises(ZeroDivisionError):
        with_room(ratio)(6, by=0)


def test_what_is_loaded_is_left_out_of_garbage_collection():
    before = gc.get_threshold()
    try:
        keep_loaded()

        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
