"""A manager asks for another end; HR decides."""

import datetime

import pytest
from django.utils import timezone

from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent
from engagements.models import EngagementChange
from engagements.operations import confirm_end, decide_change, request_change
from notifications.models import Message
from tests.factories.engagements import EngagementFactory
from tests.races import at_once

pytestmark = pytest.mark.usefixtures("monday")

END = datetime.date(2026, 12, 1)
LATER = datetime.date(2026, 12, 15)


@pytest.fixture
def engagement(organisation, heard):
    return EngagementFactory(
        organisation=organisation, starts_on=datetime.date(2026, 3, 2), ends_on=END
    )


@pytest.fixture
def manager(engagement):
    return Actor(label=engagement.manager.name, kind="link", contact_id=engagement.manager_id)


def ask(engagement, manager, kind="extension", to=LATER):
    return request_change(
        engagement_id=engagement.pk,
        kind=kind,
        new_ends_on=to,
        reason="Phase two",
        actor=manager,
    )


def decide(change, actor, *, approve=True, reason=""):
    return decide_change(change_id=change.pk, approve=approve, reason=reason, actor=actor)


def test_asking_moves_nothing_and_keeps_who_asked(engagement, manager, heard):
    change = ask(engagement, manager)

    engagement.refresh_from_db()
    assert engagement.ends_on == END
    assert change.state == "requested"
    assert (change.old_ends_on, change.new_ends_on, change.reason) == (END, LATER, "Phase two")
    assert (change.requested_by, change.requester) == (manager.label, engagement.manager)
    event = AuditEvent.objects.get()
    assert (event.action, event.dossier) == ("engagements.change.requested", engagement.public_id)
    assert not Message.objects.exists()
    assert heard.heard == []


@pytest.mark.parametrize("kind", ["swap", "end_as_planned"])
def test_a_request_that_the_date_stays_has_no_new_date(engagement, manager, kind):
    change = ask(engagement, manager, kind=kind, to=LATER)

    assert change.new_ends_on is None


def test_a_request_for_a_move_needs_its_day(engagement, manager):
    with pytest.raises(DomainError, match="Choose the new last day"):
        ask(engagement, manager, to=None)


def test_a_second_request_waits_for_the_first(engagement, manager):
    ask(engagement, manager)

    with pytest.raises(DomainError, match="a request for this engagement already"):
        ask(engagement, manager, kind="swap")


def test_an_unknown_kind_is_refused(engagement, manager):
    with pytest.raises(DomainError, match="what kind of change"):
        ask(engagement, manager, kind="holiday")


def test_an_impossible_day_is_refused_when_asking(engagement, manager):
    with pytest.raises(DomainError, match="before the start"):
        ask(engagement, manager, kind="shortening", to=datetime.date(2026, 1, 1))


def test_approving_moves_the_end_and_tells_both_sides_once(engagement, manager, actor, heard):
    change = decide(ask(engagement, manager), actor)

    engagement.refresh_from_db()
    assert engagement.ends_on == LATER
    assert (change.state, change.decided_by, change.decided_at) == (
        "applied",
        actor.label,
        timezone.now(),
    )
    assert change.requested_by == manager.label
    assert heard.heard == [("end_moved", END, engagement.starts_on, LATER)]
    assert list(Message.objects.values_list("kind", flat=True)) == ["end_moved"] * 2


@pytest.mark.parametrize("kind", ["swap", "end_as_planned"])
def test_approving_that_the_date_stays_tells_whoever_asked(engagement, manager, actor, kind):
    change = decide(ask(engagement, manager, kind=kind), actor)

    engagement.refresh_from_db()
    assert engagement.ends_on == END
    message = Message.objects.get()
    assert (message.kind, message.contact) == ("change_decided", engagement.manager)
    assert message.params == {"change": change.pk}


def test_declining_moves_nothing_and_tells_whoever_asked_why(engagement, manager, actor, heard):
    change = decide(ask(engagement, manager), actor, approve=False, reason=" No budget ")

    engagement.refresh_from_db()
    assert engagement.ends_on == END
    assert (change.state, change.decision_note) == ("declined", "No budget")
    assert Message.objects.get().kind == "change_decided"
    assert heard.heard == []
    assert AuditEvent.objects.filter(action="engagements.change.declined").exists()


def test_declining_needs_a_reason(engagement, manager, actor):
    change = ask(engagement, manager)

    with pytest.raises(DomainError, match="Say why"):
        decide(change, actor, approve=False)

    change.refresh_from_db()
    assert change.state == "requested"


def test_a_decided_request_is_not_decided_again(engagement, manager, actor):
    change = decide(ask(engagement, manager), actor)

    with pytest.raises(InvalidTransitionError, match="decided before"):
        decide(change, actor, approve=False, reason="No")


def test_a_request_that_became_impossible_is_refused_and_stays_open(engagement, manager, actor):
    change = ask(engagement, manager)
    EngagementFactory(
        organisation=engagement.organisation,
        freelancer=engagement.freelancer,
        department=engagement.department,
        starts_on=datetime.date(2026, 12, 2),
        ends_on=LATER,
    )

    with pytest.raises(DomainError, match="already has an engagement"):
        decide(change, actor)

    change.refresh_from_db()
    assert change.state == "requested"


def test_deciding_that_the_date_stays_answers_the_request_that_said_so(engagement, manager, actor):
    asked = ask(engagement, manager, kind="end_as_planned")

    change = confirm_end(engagement_id=engagement.pk, kind="end_as_planned", reason="", actor=actor)

    assert change == asked
    assert EngagementChange.objects.get().state == "applied"


def test_deciding_otherwise_declines_the_request(engagement, manager, actor):
    asked = ask(engagement, manager)

    confirm_end(engagement_id=engagement.pk, kind="swap", reason="", actor=actor)

    asked.refresh_from_db()
    assert asked.state == "declined"


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_wins(engagement, organisation, manager, actor):
    change = ask(engagement, manager)

    results = at_once(
        organisation,
        lambda: decide(change, actor),
        lambda: decide(change, actor, approve=False, reason="No budget"),
    )

    assert sorted(type(result).__name__ for result in results) == [
        "EngagementChange",
        "InvalidTransitionError",
    ]
    engagement.refresh_from_db()
    change.refresh_from_db()
    assert (engagement.ends_on == LATER) == (change.state == "applied")


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_one_waits(engagement, organisation, manager):
    results = at_once(
        organisation,
        lambda: ask(engagement, manager),
        lambda: ask(engagement, manager, kind="swap"),
    )

    assert sorted(type(result).__name__ for result in results) == [
        "EngagementChange",
        "RefusedError",
    ]
    assert EngagementChange.objects.count() == 1
