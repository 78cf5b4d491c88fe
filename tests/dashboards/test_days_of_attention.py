"""The day from which something waits is the day on the wall, not the one in Greenwich."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from dashboards.queries.attention import everything_waiting
from engagements.models import EngagementChange
from notifications.models import Message
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory

# Half past midnight on Tuesday in Amsterdam.
AFTER_MIDNIGHT = datetime.datetime(2026, 11, 23, 23, 30, tzinfo=datetime.UTC)
TUESDAY = datetime.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _in_amsterdam(organisation):
    with (
        time_machine.travel(AFTER_MIDNIGHT + datetime.timedelta(hours=9), tick=False),
        timezone.override(organisation.zone),
    ):
        yield


def days(organisation):
    return [one.since for one in everything_waiting(organisation.today())]


def test_a_request_waits_since_the_day_on_which_it_was_made(organisation):
    engagement = EngagementFactory(organisation=organisation)
    EngagementChange.objects.create(
        organisation=organisation,
        engagement=engagement,
        kind="end_as_planned",
        state="requested",
        old_ends_on=engagement.ends_on,
        requested_by="P. Bos",
        requested_at=AFTER_MIDNIGHT,
    )

    assert days(organisation) == [TUESDAY]


def test_a_mail_did_not_arrive_since_the_day_on_which_it_was_written(organisation):
    Message.objects.create(
        organisation=organisation,
        kind="digest",
        dedupe_key="digest:1",
        contact=ContactFactory(organisation=organisation),
        state="dead",
        reason="refused",
        created_at=AFTER_MIDNIGHT,
        expires_at=AFTER_MIDNIGHT + datetime.timedelta(days=1),
    )

    assert days(organisation) == [TUESDAY]
