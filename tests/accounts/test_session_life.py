"""How long somebody stays signed in: 45 minutes alone, twelve hours in all."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import current_app
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.tasks import forget_sessions

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def visitor(hr):
    with time_machine.travel(START, tick=False) as clock:
        client = Client()
        client.force_login(hr.user)
        client.get("/settings/members/")
        yield client, clock


def is_in(client):
    return client.get("/settings/members/").status_code == 200


def test_somebody_who_keeps_working_is_signed_out_after_twelve_hours(visitor):
    client, clock = visitor
    moment = START
    while moment < START + timedelta(hours=11, minutes=30):
        moment += timedelta(minutes=30)
        clock.move_to(moment)
        assert is_in(client), moment

    clock.move_to(START + timedelta(hours=12, minutes=1))

    assert not is_in(client)


def test_somebody_who_goes_away_is_signed_out_after_45_minutes(visitor):
    client, clock = visitor
    clock.move_to(START + timedelta(minutes=44))
    assert is_in(client)

    clock.move_to(START + timedelta(minutes=44 + 46))

    assert not is_in(client)


def test_who_signs_in_again_has_twelve_hours_again(visitor, hr):
    client, clock = visitor
    clock.move_to(START + timedelta(hours=13))
    assert not is_in(client)

    client.force_login(hr.user)

    assert is_in(client)


def test_sessions_that_are_over_are_deleted_and_others_go_on(visitor, hr):
    _old, clock = visitor
    clock.move_to(START + timedelta(hours=11))
    later = Client()
    later.force_login(hr.user)
    key = later.session.session_key

    clock.move_to(START + timedelta(hours=12, minutes=1))
    forget_sessions()

    assert list(Session.objects.values_list("session_key", flat=True)) == [key]
    assert is_in(later)


def test_old_sessions_are_deleted_by_the_clock():
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}

    assert forget_sessions.name in scheduled
