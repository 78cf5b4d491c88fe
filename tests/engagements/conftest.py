from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import connection
from django.utils import translation

from core.actors import Actor
from core.errors import DomainError
from core.scoping import organisation_scope
from engagements import events

HR = Actor(label="Marieke Visser", user_id=1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def actor() -> Actor:
    return HR


class Recorder:
    """A listener that writes down what it is told, and blocks closing as a test wants."""

    def __init__(self) -> None:
        self.heard: list[tuple] = []
        self.effects: list[events.Effect] = []
        self.blockers: list[events.Blocker] = []

    def planned(self, engagement, actor):
        self.heard.append(("planned", engagement.pk, actor))

    def end_moved(self, engagement, old_ends_on, actor):
        self.heard.append(("end_moved", old_ends_on, engagement.starts_on, engagement.ends_on))

    def effects_of_moving_end(self, engagement, new_ends_on):
        return self.effects

    def manager_changed(self, engagement, actor):
        self.heard.append(("manager_changed", engagement.manager.name))

    def blockers_to_closing(self, engagement):
        return self.blockers

    def closed(self, engagement, actor):
        self.heard.append(("closed", engagement.pk))

    def cancelled(self, engagement, actor):
        self.heard.append(("cancelled", engagement.pk))


@contextmanager
def alone(listener: Recorder) -> Iterator[None]:
    """Let only this listener hear, so that a test is about this package."""
    others = list(events._listeners)
    events._listeners[:] = [listener]
    try:
        yield
    finally:
        events._listeners[:] = others


@pytest.fixture
def heard() -> Iterator[Recorder]:
    recorder = Recorder()
    with alone(recorder):
        yield recorder


def at_once(organisation, *calls):
    """Run calls at the same moment, each in its own thread and transaction.

    Returns:
        For each call what it returned, or the domain error that it raised.
    """
    barrier = Barrier(len(calls))

    def run(call):
        try:
            with organisation_scope(organisation):
                barrier.wait(timeout=5)
                return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
