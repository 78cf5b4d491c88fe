"""Moving the end: what moves with it, what is cancelled, who hears of it."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from core.errors import DomainError, InvalidTransitionError, StaleError
from core.models import AuditEvent
from engagements.events import Effect
from engagements.models import EngagementChange
from engagements.operations import confirm_end, effects_of_move, move_end, request_change
from engagements.rules import EndChangeError
from notifications.models import Message, Reminder
from notifications.outbox import enqueue
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.races import at_once

pytestmark = pytest.mark.usefixtures("monday")

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
END = datetime.date(2026, 12, 1)
LATER = datetime.date(2026, 12, 15)


@pytest.fixture
def engagement(organisation, heard):
    return EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 3, 2),
        ends_on=END,
        access_ends_at=datetime.datetime(2026, 12, 1, 16, 0, tzinfo=datetime.UTC),
    )


def move(engagement, actor, to=LATER, kind="extension", **options):
    return move_end(
        engagement_id=engagement.pk,
        new_ends_on=to,
        kind=kind,
        reason="Phase two",
        actor=actor,
        **options,
    )


def test_the_end_moves_and_access_moves_with_it(engagement, actor, heard):
    change = move(engagement, actor)

    engagement.refresh_from_db()
    assert engagement.ends_on == LATER
    assert engagement.access_ends_at == datetime.datetime(2026, 12, 15, 16, tzinfo=datetime.UTC)
    assert engagement.version == 2
    assert engagement.ended_early_at is None
    assert (change.kind, change.state) == ("extension", "applied")
    assert (change.old_ends_on, change.new_ends_on, change.reason) == (END, LATER, "Phase two")
    assert (change.requested_by, change.decided_by) == (actor.label, actor.label)
    assert change.decided_at == timezone.now()
    assert heard.heard == [("end_moved", END, engagement.starts_on, LATER)]


def test_access_keeps_its_time_of_day_when_the_clocks_change(engagement, actor):
    # 17:00 in winter is 16:00 UTC, 17:00 in summer is 15:00 UTC.
    move(engagement, actor, to=datetime.date(2027, 6, 1))

    engagement.refresh_from_db()
    assert engagement.access_ends_at == datetime.datetime(2027, 6, 1, 15, tzinfo=datetime.UTC)


def test_the_history_tells_old_and_new_and_no_reason(engagement, actor):
    move(engagement, actor)

    event = AuditEvent.objects.get(action="engagements.engagement.end_moved")
    assert event.dossier == engagement.public_id
    assert event.actor_label == actor.label
    assert event.data == {"kind": "extension", "old": "2026-12-01", "new": "2026-12-15"}


def test_what_was_planned_for_the_old_date_is_cancelled_and_both_sides_hear_the_new_one(
    engagement, actor
):
    reminder = Reminder.objects.create(
        organisation=engagement.organisation,
        key="k",
        rule="decide-end",
        band="-60",
        about_on=END,
        contact=engagement.manager,
        dossier=engagement.public_id,
        due_at=timezone.now(),
        expires_at=timezone.now(),
    )
    promised = enqueue(
        "digest", contact=engagement.manager, dedupe_key="old", dossier=engagement.public_id
    )

    change = move(engagement, actor)

    reminder.refresh_from_db()
    promised.refresh_from_db()
    assert reminder.state == "cancelled"
    assert promised.state == "cancelled"
    told = Message.objects.filter(kind="end_moved", state="pending")
    assert {message.contact for message in told} == {
        engagement.manager,
        engagement.freelancer.business_contact,
    }
    assert {message.dossier for message in told} == {engagement.public_id}
    assert [message.params for message in told] == [{"change": change.pk}] * 2


def test_somebody_who_is_gone_already_hears_it_at_the_private_address(engagement, actor):
    private = ContactFactory(organisation=engagement.organisation)
    engagement.freelancer.private_contact = private
    engagement.freelancer.save()

    move(engagement, actor, to=datetime.date(2026, 11, 20), kind="early_end")

    assert set(Message.objects.values_list("contact", flat=True)) == {
        engagement.manager_id,
        private.pk,
    }


def test_ending_early_is_remembered_and_an_extension_forgets_it(engagement, actor):
    move(engagement, actor, to=datetime.date(2026, 11, 23), kind="early_end")
    engagement.refresh_from_db()
    assert engagement.ended_early_at == timezone.now()

    move(engagement, actor)
    engagement.refresh_from_db()
    assert engagement.ended_early_at is None


def test_a_shortening_is_no_early_end(engagement, actor):
    move(engagement, actor, to=datetime.date(2026, 11, 27), kind="shortening")

    engagement.refresh_from_db()
    assert engagement.ended_early_at is None


def test_an_extension_after_the_last_day_is_still_possible(engagement, actor):
    with time_machine.travel("2026-12-08T09:00Z", tick=False):
        move(engagement, actor)

    engagement.refresh_from_db()
    assert engagement.ends_on == LATER


@pytest.mark.parametrize(
    ("to", "kind", "error"),
    [
        (datetime.date(2026, 3, 1), "shortening", "before the start"),
        (END, "extension", "already the end date"),
        (datetime.date(2026, 11, 27), "extension", "ends later than now"),
        (LATER, "shortening", "earlier date"),
        (LATER, "swap", "what kind of change"),
    ],
)
def test_an_impossible_move_is_refused_and_leaves_no_trace(engagement, actor, to, kind, error):
    with pytest.raises(DomainError, match=error):
        move(engagement, actor, to=to, kind=kind)

    engagement.refresh_from_db()
    assert (engagement.ends_on, engagement.version) == (END, 1)
    assert not EngagementChange.objects.exists()
    assert not Message.objects.exists()
    assert not AuditEvent.objects.exists()


def test_the_page_of_an_older_version_cannot_move_the_end(engagement, actor):
    move(engagement, actor, version=1)

    with pytest.raises(StaleError):
        move(engagement, actor, to=datetime.date(2027, 1, 1), version=1)


@pytest.mark.parametrize("decision", ["closed_at", "cancelled_at"])
def test_a_finished_engagement_keeps_its_end(organisation, heard, actor, decision):
    done = EngagementFactory(organisation=organisation, **{decision: timezone.now()})

    with pytest.raises(InvalidTransitionError):
        move(done, actor, to=done.ends_on + datetime.timedelta(days=1))


def test_what_has_not_started_cannot_end_early(organisation, heard, actor):
    planned = EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2027, 1, 1),
        ends_on=datetime.date(2027, 12, 31),
    )

    with pytest.raises(InvalidTransitionError, match="Only a running engagement"):
        move(planned, actor, to=datetime.date(2027, 6, 1), kind="early_end")


def test_an_extension_into_the_next_engagement_is_refused(engagement, actor):
    EngagementFactory(
        organisation=engagement.organisation,
        freelancer=engagement.freelancer,
        department=engagement.department,
        starts_on=datetime.date(2026, 12, 10),
        ends_on=datetime.date(2027, 5, 1),
    )

    with pytest.raises(DomainError, match="already has an engagement"):
        move(engagement, actor)


def test_moving_to_the_day_that_was_asked_for_carries_the_request_out(engagement, actor):
    asked = request_change(
        engagement_id=engagement.pk, kind="extension", new_ends_on=LATER, reason="", actor=actor
    )

    assert move(engagement, actor) == asked

    asked.refresh_from_db()
    assert asked.state == "applied"
    assert EngagementChange.objects.count() == 1


def test_moving_to_another_day_declines_what_was_asked_for(engagement, actor):
    asked = request_change(
        engagement_id=engagement.pk, kind="extension", new_ends_on=LATER, reason="", actor=actor
    )

    change = move(engagement, actor, to=datetime.date(2027, 1, 31))

    asked.refresh_from_db()
    assert (asked.state, change.state) == ("declined", "applied")
    assert not Message.objects.filter(kind="change_decided").exists()


def test_the_preview_lists_access_and_what_the_packages_above_say(engagement, heard):
    heard.effects = [Effect(label="Hand in laptop", old_on=END, new_on=LATER, owner="P. Bos")]

    effects = effects_of_move(engagement, LATER)

    assert [(effect.label, effect.old_on, effect.new_on) for effect in effects] == [
        ("Access to systems ends", END, LATER),
        ("Hand in laptop", END, LATER),
    ]
    assert not EngagementChange.objects.exists()


@pytest.mark.parametrize("kind", ["end_as_planned", "swap"])
def test_deciding_that_the_date_stays_moves_nothing(engagement, actor, heard, kind):
    change = confirm_end(engagement_id=engagement.pk, kind=kind, reason="", actor=actor)

    engagement.refresh_from_db()
    assert engagement.ends_on == END
    assert (change.kind, change.state, change.old_ends_on) == (kind, "applied", END)
    assert change.new_ends_on is None
    assert AuditEvent.objects.get().action == "engagements.change.confirmed"
    assert heard.heard == []


def test_the_date_of_an_engagement_that_is_over_is_not_decided_on(organisation, heard, actor):
    over = EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 1, 1),
        ends_on=datetime.date(2026, 11, 1),
    )

    with pytest.raises(InvalidTransitionError, match="ended already"):
        confirm_end(engagement_id=over.pk, kind="end_as_planned", reason="", actor=actor)


def test_staying_is_not_a_move(engagement, actor):
    with pytest.raises(DomainError, match="what kind of change"):
        confirm_end(engagement_id=engagement.pk, kind="extension", reason="", actor=actor)


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_from_one_page_one_wins(engagement, organisation, actor):
    results = at_once(
        organisation,
        lambda: move(engagement, actor, to=LATER, version=1),
        lambda: move(engagement, actor, to=datetime.date(2027, 1, 31), version=1),
    )

    assert sorted(type(result).__name__ for result in results) == ["EngagementChange", "StaleError"]
    engagement.refresh_from_db()
    assert engagement.version == 2
    assert EngagementChange.objects.get().new_ends_on == engagement.ends_on
    assert Message.objects.count() == 2


def test_an_error_of_dates_says_so_by_its_class(engagement, actor):
    with pytest.raises(EndChangeError):
        move(engagement, actor, to=END)
