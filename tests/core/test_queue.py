"""A worker keeps hands free for what else waits."""

from threading import Event, Thread

import pytest

from core.queue import one_at_a_time

LONG = 60  # seconds, on a machine that is busy with other tests


def test_a_second_call_does_not_wait_for_the_first():
    begun, may_end = Event(), Event()
    calls = []

    @one_at_a_time
    def work() -> None:
        calls.append("begun")
        begun.set()
        may_end.wait(LONG)

    first = Thread(target=work)
    first.start()
    assert begun.wait(LONG)
    work()  # would wait for ever
    assert calls == ["begun"]

    may_end.set()
    first.join(LONG)
    work()
    assert calls == ["begun", "begun"]


def test_a_failure_leaves_it_free():
    fails = [True, False]
    done = []

    @one_at_a_time
    def work() -> None:
        if fails.pop(0):
            raise RuntimeError("lost")
        done.append(True)

    with pytest.raises(RuntimeError, match="lost"):
        work()
    work()
    assert done
