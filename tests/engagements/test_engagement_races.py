"""Somebody decides about an engagement while somebody else does: the second one sees the first."""

import dataclasses
import datetime

import pytest

from core.actors import Actor
from core.errors import InvalidTransitionError, StaleError
from core.models import AuditEvent
from engagements.models import EngagementChange
from engagements.operations import (
    BlockedError,
    cancel_engagement,
    close_engagement,
    confirm_end,
    decide_change,
    facts_of,
    move_end,
    request_change,
    update_engagement,
)
from engagements.rules import EndChangeError
from notifications.models import Message
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.races import at_once, just_behind, winner_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday")]
END = datetime.date(2026, 12, 1)
LATER = datetime.date(2026, 12, 15)
LATEST = datetime.date(2027, 1, 31)
OTHER = Actor(label="Joost Klein", user_id=2)


@pytest.fixture
def running(organisation, heard):
    return EngagementFactory(
        organisation=organisation, starts_on=datetime.date(2026, 3, 2), ends_on=END
    )


@pytest.fixture
def planned(organisation, heard):
    return EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2027, 1, 4),
        ends_on=datetime.date(2027, 6, 1),
    )


def close(engagement, actor):
    return close_engagement(engagement_id=engagement.pk, waivers={}, actor=actor)


def cancel(engagement, actor):
    return cancel_engagement(engagement_id=engagement.pk, reason="Not needed", actor=actor)


def move(engagement, actor, to=LATER, version=None):
    return move_end(
        engagement_id=engagement.pk,
        new_ends_on=to,
        kind="extension",
        reason="",
        actor=actor,
        version=version,
    )


def ask(engagement, actor, to=LATER):
    return request_change(
        engagement_id=engagement.pk, kind="extension", new_ends_on=to, reason="", actor=actor
    )


def decide(change, actor, *, approve=True):
    return decide_change(change_id=change.pk, approve=approve, reason="No budget", actor=actor)


def confirm(engagement, actor, kind="end_as_planned"):
    return confirm_end(engagement_id=engagement.pk, kind=kind, reason="", actor=actor)


def change(engagement, actor, version=None, **values):
    facts = dataclasses.replace(facts_of(engagement), **values)
    return update_engagement(engagement_id=engagement.pk, facts=facts, version=version, actor=actor)


def history(action):
    return AuditEvent.objects.filter(action=action)


def test_a_file_that_was_just_closed_is_not_closed_again(ended, organisation, actor, heard):
    late = just_behind(organisation, lambda: close(ended, actor), lambda: close(ended, OTHER))

    assert isinstance(late, InvalidTransitionError)
    assert heard.heard == [("closed", ended.pk)]
    assert history("engagements.engagement.closed").get().actor_label == actor.label


def test_the_end_of_a_file_that_was_just_closed_stays(ended, organisation, actor):
    late = just_behind(organisation, lambda: close(ended, actor), lambda: move(ended, OTHER))

    assert isinstance(late, InvalidTransitionError)
    ended.refresh_from_db()
    assert ended.ends_on == datetime.date(2026, 11, 20)
    assert not Message.objects.exists()


def test_what_was_just_extended_is_not_closed(ended, organisation, actor):
    late = just_behind(organisation, lambda: move(ended, actor), lambda: close(ended, OTHER))

    assert isinstance(late, InvalidTransitionError)
    ended.refresh_from_db()
    assert (ended.ends_on, ended.closed_at) == (LATER, None)


def test_what_stands_in_the_way_since_a_moment_stops_closing(ended, organisation, actor, heard):
    late = just_behind(
        organisation,
        lambda: (move(ended, actor, to=datetime.date(2026, 11, 22)), heard.block("points")),
        lambda: close(ended, OTHER),
    )

    assert isinstance(late, BlockedError)
    ended.refresh_from_db()
    assert ended.closed_at is None


def test_what_was_just_cancelled_is_not_cancelled_again(planned, organisation, actor, heard):
    late = just_behind(organisation, lambda: cancel(planned, actor), lambda: cancel(planned, OTHER))

    assert isinstance(late, InvalidTransitionError)
    assert heard.heard == [("cancelled", planned.pk)]
    assert history("engagements.engagement.cancelled").count() == 1


def test_the_end_of_what_was_just_cancelled_stays(planned, organisation, actor):
    late = just_behind(
        organisation,
        lambda: cancel(planned, actor),
        lambda: move(planned, OTHER, to=planned.ends_on.replace(month=7)),
    )

    assert isinstance(late, InvalidTransitionError)
    assert not EngagementChange.objects.exists()
    assert not Message.objects.filter(state="pending").exists()


def test_what_was_just_moved_can_be_cancelled_and_nobody_hears_of_the_new_day(
    planned, organisation, actor
):
    just_behind(
        organisation,
        lambda: move(planned, actor, to=planned.ends_on.replace(month=7)),
        lambda: cancel(planned, OTHER),
    )

    planned.refresh_from_db()
    assert planned.cancelled_at is not None
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize(("version", "error"), [(1, StaleError), (None, EndChangeError)])
def test_the_end_is_moved_to_a_day_once(running, organisation, actor, version, error):
    late = just_behind(
        organisation,
        lambda: move(running, actor, version=version),
        lambda: move(running, OTHER, version=version),
    )

    assert isinstance(late, error)
    assert EngagementChange.objects.count() == 1
    assert history("engagements.engagement.end_moved").count() == 1
    assert Message.objects.count() == 2


def test_a_second_move_starts_where_the_first_one_ended(running, organisation, actor, heard):
    late = just_behind(
        organisation,
        lambda: move(running, actor),
        lambda: move(running, OTHER, to=LATEST),
    )

    running.refresh_from_db()
    assert (running.ends_on, running.version) == (LATEST, 3)
    assert (late.old_ends_on, late.new_ends_on) == (LATER, LATEST)
    assert [old for _event, old, _start, _new in heard.heard] == [END, LATER]


def test_a_request_behind_a_request_waits_for_hr(running, organisation, actor):
    late = just_behind(
        organisation, lambda: ask(running, actor), lambda: ask(running, OTHER, to=LATEST)
    )

    assert "There is a request for this engagement already" in str(late)
    assert EngagementChange.objects.get().new_ends_on == LATER


def test_a_request_for_the_day_to_which_the_end_was_just_moved_is_refused(
    running, organisation, actor
):
    late = just_behind(organisation, lambda: move(running, actor), lambda: ask(running, OTHER))

    assert isinstance(late, EndChangeError)
    assert EngagementChange.objects.get().state == "applied"


def test_a_move_carries_out_what_was_just_asked_for(running, organisation, actor):
    just_behind(organisation, lambda: ask(running, OTHER), lambda: move(running, actor))

    done = EngagementChange.objects.get()
    assert (done.state, done.requested_by, done.decided_by) == ("applied", OTHER.label, actor.label)


def test_a_request_is_decided_on_once(running, organisation, actor):
    asked = ask(running, OTHER)

    late = just_behind(
        organisation,
        lambda: decide(asked, actor),
        lambda: decide(asked, OTHER, approve=False),
    )

    assert isinstance(late, InvalidTransitionError)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("applied", actor.label)
    assert not history("engagements.change.declined").exists()


def test_a_request_that_a_move_just_overtook_is_not_decided_on(running, organisation, actor):
    asked = ask(running, OTHER)

    late = just_behind(
        organisation, lambda: move(running, actor, to=LATEST), lambda: decide(asked, OTHER)
    )

    assert isinstance(late, InvalidTransitionError)
    running.refresh_from_db()
    assert running.ends_on == LATEST


def test_the_same_decision_that_the_date_stays_is_written_down_once(running, organisation, actor):
    late = just_behind(
        organisation, lambda: confirm(running, actor), lambda: confirm(running, OTHER)
    )

    assert late == EngagementChange.objects.get()
    assert late.decided_by == actor.label
    assert history("engagements.change.confirmed").count() == 1


def test_of_two_decisions_at_once_that_the_date_stays_both_are_known(running, organisation, actor):
    first, second = at_once(
        organisation,
        lambda: confirm(running, actor),
        lambda: confirm(running, OTHER, kind="swap"),
    )

    assert {first.kind, second.kind} == {"end_as_planned", "swap"}
    assert EngagementChange.objects.filter(state="applied").count() == 2


def test_a_decision_about_the_day_before_the_move_is_made_about_the_new_one(
    running, organisation, actor
):
    confirm(running, actor)

    late = just_behind(organisation, lambda: move(running, actor), lambda: confirm(running, OTHER))

    assert (late.old_ends_on, late.decided_by) == (LATER, OTHER.label)


def test_a_change_behind_a_change_of_the_same_page_is_refused(running, organisation, actor):
    late = just_behind(
        organisation,
        lambda: change(running, actor, version=1, title="Architect"),
        lambda: change(running, OTHER, version=1, title="Tester"),
    )

    assert isinstance(late, StaleError)
    running.refresh_from_db()
    assert running.title == "Architect"


def test_a_change_behind_closing_is_refused(ended, organisation, actor):
    late = just_behind(
        organisation, lambda: close(ended, actor), lambda: change(ended, OTHER, title="Tester")
    )

    assert isinstance(late, InvalidTransitionError)


def test_the_new_manager_hears_of_a_move_that_waited_for_them(running, organisation, actor):
    successor = ContactFactory(organisation=organisation)

    just_behind(
        organisation,
        lambda: change(running, actor, manager_id=successor.pk),
        lambda: move(running, OTHER),
    )

    told = set(Message.objects.values_list("contact", flat=True))
    assert told == {successor.pk, running.freelancer.business_contact_id}


def test_of_a_move_and_a_change_from_one_page_one_wins(running, organisation, actor):
    results = at_once(
        organisation,
        lambda: move(running, actor, version=1),
        lambda: change(running, OTHER, version=1, title="Tester"),
    )

    winner_of(results, losers_hear=StaleError)
    running.refresh_from_db()
    assert running.version == 2
    assert (running.ends_on == LATER) != (running.title == "Tester")
