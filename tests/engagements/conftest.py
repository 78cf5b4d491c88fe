import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.utils import translation

from core.actors import Actor
from engagements import events
from engagements.models import Engagement
from tests.factories.engagements import EngagementFactory

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

    def block(self, code):
        self.blockers = [events.Blocker(code=code, label=code)]

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
def monday() -> Iterator[None]:
    """It is Monday 23 November 2026, 10:00 in Amsterdam, and stays so."""
    with time_machine.travel("2026-11-23T09:00Z", tick=False):
        yield


@pytest.fixture
def ended(organisation, heard: Recorder) -> Engagement:
    """An engagement that ended on the Friday before that Monday."""
    return EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 1, 5),
        ends_on=datetime.date(2026, 11, 20),
    )


@pytest.fixture
def heard() -> Iterator[Recorder]:
    recorder = Recorder()
    with alone(recorder):
        yield recorder
