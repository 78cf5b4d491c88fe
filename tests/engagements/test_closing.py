"""Closing a file, with what is missing waived; cancelling what has not started."""

import datetime

import pytest
from django.utils import timezone

from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent
from engagements.events import Blocker
from engagements.models import EngagementChange, LinkGrant, Waiver
from engagements.operations import (
    BlockedError,
    blockers_of,
    cancel_engagement,
    close_engagement,
    issue_grant,
    move_end,
    request_change,
)
from notifications.models import Message
from notifications.outbox import enqueue
from tests.factories.engagements import EngagementFactory
from tests.races import at_once

pytestmark = pytest.mark.usefixtures("monday")

LAPTOP = Blocker(code="item:1", label="Hand in laptop", url="/offboarding/items/1/")
POINTS = Blocker(code="points", label="62 of 100 points")


@pytest.fixture
def planned(organisation, heard):
    return EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 12, 1),
        ends_on=datetime.date(2027, 6, 1),
    )


def close(engagement, actor, **waivers):
    reasons = {code.replace("__", ":"): reason for code, reason in waivers.items()}
    return close_engagement(engagement_id=engagement.pk, waivers=reasons, actor=actor)


def cancel(engagement, actor, reason="Not needed after all"):
    return cancel_engagement(engagement_id=engagement.pk, reason=reason, actor=actor)


def test_closing_ends_the_file_its_links_and_its_mail(ended, actor, heard):
    issue_grant(contact_id=ended.manager_id, engagement_id=ended.pk, scopes=["view"])
    enqueue("digest", contact=ended.manager, dedupe_key="d", dossier=ended.public_id)

    close(ended, actor)

    ended.refresh_from_db()
    assert ended.closed_at == timezone.now()
    assert ended.version == 2
    assert heard.heard == [("closed", ended.pk)]
    assert LinkGrant.objects.get().revoked_reason == "closed"
    assert Message.objects.get().state == "cancelled"
    event = AuditEvent.objects.get(action="engagements.engagement.closed")
    assert (event.dossier, event.data) == (ended.public_id, {"waived": []})


def test_what_is_missing_stops_closing_and_is_named(ended, actor, heard):
    heard.blockers = [LAPTOP, POINTS]

    with pytest.raises(BlockedError, match="Hand in laptop, 62 of 100 points") as refusal:
        close(ended, actor)

    assert refusal.value.blockers == (LAPTOP, POINTS)
    ended.refresh_from_db()
    assert ended.closed_at is None
    assert not Waiver.objects.exists()
    assert heard.heard == []


def test_a_reason_for_each_missing_thing_closes_the_file(ended, actor, heard):
    heard.blockers = [LAPTOP, POINTS]

    close(ended, actor, item__1=" Stolen, reported ", points="Agreed with the manager")

    waivers = {waiver.blocker: waiver for waiver in Waiver.objects.all()}
    assert waivers["item:1"].reason == "Stolen, reported"
    assert waivers["item:1"].label == "Hand in laptop"
    assert waivers["points"].approved_by == actor.label
    event = AuditEvent.objects.get(action="engagements.engagement.closed")
    assert event.data == {"waived": ["item:1", "points"]}


def test_an_empty_reason_is_no_reason(ended, actor, heard):
    heard.blockers = [LAPTOP, POINTS]

    with pytest.raises(BlockedError, match="Hand in laptop") as refusal:
        close(ended, actor, item__1="   ", points="Agreed")

    assert refusal.value.blockers == (LAPTOP,)


def test_a_reason_for_what_no_longer_blocks_is_left(ended, actor, heard):
    close(ended, actor, item__1="Stolen")

    assert not Waiver.objects.exists()


def test_what_was_waived_is_not_asked_again(ended, organisation, heard):
    heard.blockers = [LAPTOP, POINTS]
    Waiver.objects.create(
        organisation=organisation,
        engagement=ended,
        blocker="points",
        label="x",
        reason="y",
        approved_by="z",
    )

    assert blockers_of(ended) == [LAPTOP]


def test_a_request_that_waits_is_declined_when_the_file_closes(ended, actor):
    request_change(
        engagement_id=ended.pk,
        kind="extension",
        new_ends_on=datetime.date(2026, 12, 31),
        reason="",
        actor=actor,
    )

    close(ended, actor)

    assert EngagementChange.objects.get().state == "declined"


@pytest.mark.parametrize(
    "dates",
    [
        {"starts_on": datetime.date(2026, 12, 1), "ends_on": datetime.date(2027, 1, 1)},
        {"starts_on": datetime.date(2026, 1, 1), "ends_on": datetime.date(2026, 11, 23)},
        {"closed_at": datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)},
        {"cancelled_at": datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)},
    ],
)
def test_only_what_has_ended_can_be_closed(organisation, heard, actor, dates):
    engagement = EngagementFactory(organisation=organisation, **dates)

    with pytest.raises(InvalidTransitionError, match="Only an engagement that has ended"):
        close(engagement, actor)


def test_cancelling_ends_what_has_not_started(planned, actor, heard):
    issue_grant(contact_id=planned.manager_id, engagement_id=planned.pk, scopes=["view"])
    enqueue("digest", contact=planned.manager, dedupe_key="d", dossier=planned.public_id)

    cancel(planned, actor)

    planned.refresh_from_db()
    assert planned.cancelled_at == timezone.now()
    assert planned.cancel_reason == "Not needed after all"
    assert heard.heard == [("cancelled", planned.pk)]
    assert LinkGrant.objects.get().revoked_reason == "cancelled"
    assert Message.objects.get().state == "cancelled"
    assert AuditEvent.objects.filter(action="engagements.engagement.cancelled").exists()


def test_cancelling_needs_a_reason(planned, actor):
    with pytest.raises(DomainError, match="Say why"):
        cancel(planned, actor, reason=" ")


def test_what_has_started_is_ended_early_instead(ended, actor):
    with pytest.raises(InvalidTransitionError, match="End it early instead"):
        cancel(ended, actor)


def test_a_cancelled_period_is_free_for_another_engagement(planned, actor):
    cancel(planned, actor)

    again = EngagementFactory(
        organisation=planned.organisation,
        freelancer=planned.freelancer,
        department=planned.department,
        starts_on=planned.starts_on,
        ends_on=planned.ends_on,
    )

    assert again.pk


@pytest.mark.django_db(transaction=True)
def test_a_file_is_closed_once(ended, organisation, actor, heard):
    results = at_once(organisation, lambda: close(ended, actor), lambda: close(ended, actor))

    assert sorted(type(result).__name__ for result in results) == [
        "Engagement",
        "InvalidTransitionError",
    ]
    assert heard.heard == [("closed", ended.pk)]
    assert AuditEvent.objects.filter(action="engagements.engagement.closed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cancelling_and_moving_do_not_both_happen_to_a_day_that_is_gone(
    planned, organisation, actor, heard
):
    results = at_once(
        organisation,
        lambda: cancel(planned, actor),
        lambda: move_end(
            engagement_id=planned.pk,
            new_ends_on=datetime.date(2027, 7, 1),
            kind="extension",
            reason="",
            actor=actor,
            version=1,
        ),
    )

    planned.refresh_from_db()
    moved = EngagementChange.objects.count()
    assert planned.cancelled_at is not None
    # Either the move came first and both hold, or it found the engagement cancelled.
    assert [type(r).__name__ for r in results][1] == ("EngagementChange" if moved else "StaleError")
    assert Message.objects.filter(state="pending").count() == 0
