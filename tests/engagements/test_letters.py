"""What the mails about one change say when they leave."""

import datetime

import pytest
import time_machine
from django.utils import timezone
from icalendar import Calendar

from core.actors import Actor
from engagements.operations import (
    FreelancerFacts,
    close_engagement,
    create_freelancer,
    decide_change,
    give_login,
    move_end,
    request_change,
)
from notifications import mail, planning
from notifications.models import Message
from tests.factories.engagements import EngagementFactory

pytestmark = pytest.mark.usefixtures("monday")

END = datetime.date(2026, 12, 1)
LATER = datetime.date(2026, 12, 15)


@pytest.fixture
def engagement(organisation, heard):
    return EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 3, 2),
        ends_on=END,
        freelancer__full_name="Fatima El Idrissi",
        department__name="Zorgdata",
    )


def compose(message):
    return planning.composers_for(message.kind)([message])[message.pk]


def read(message):
    letter = compose(message)
    return mail.render(
        letter.template,
        {"url": "https://x.example/", **letter.context},
        language="en",
        organisation=message.organisation,
    )


def move(engagement, actor, to=LATER):
    return move_end(
        engagement_id=engagement.pk, new_ends_on=to, kind="extension", reason="", actor=actor
    )


def decided(engagement, actor, kind, *, approve=True, reason=""):
    asker = Actor(label=engagement.manager.name, kind="link", contact_id=engagement.manager_id)
    change = request_change(
        engagement_id=engagement.pk, kind=kind, new_ends_on=LATER, reason="", actor=asker
    )
    decide_change(change_id=change.pk, approve=approve, reason=reason, actor=actor)
    return Message.objects.get(kind="change_decided")


def test_both_sides_read_the_new_day_in_their_own_words(engagement, actor):
    move(engagement, actor)

    manager = read(Message.objects.get(contact=engagement.manager))
    own = read(Message.objects.get(contact=engagement.freelancer.business_contact))

    assert manager.subject == "Fatima El Idrissi: the last day is now Tuesday 15 December"
    assert "It was Tuesday 1 December" in manager.text
    assert own.subject == "Your last day is now Tuesday 15 December"
    assert "your engagement “Data-engineer” at Zorgdata" in own.text
    assert "Fatima" in manager.html
    assert "15 December" in own.html


def test_the_new_day_comes_with_an_entry_that_replaces_the_old_one(engagement, actor):
    move(engagement, actor)
    first = compose(Message.objects.get(contact=engagement.manager)).attachments[0]
    Message.objects.all().delete()
    move(engagement, actor, to=datetime.date(2027, 1, 31))
    second = compose(Message.objects.get(contact=engagement.manager)).attachments[0]

    entries = [Calendar.from_ical(file.content).walk("VEVENT")[0] for file in (first, second)]
    assert entries[0]["UID"] == entries[1]["UID"]
    assert entries[0]["SEQUENCE"] < entries[1]["SEQUENCE"]
    assert entries[0].decoded("DTSTART") == LATER
    assert entries[0].decoded("DTEND") == LATER + datetime.timedelta(days=1)
    assert str(entries[0]["SUMMARY"]) == "Last day of Fatima El Idrissi (Data-engineer)"
    assert first.media_type == "text/calendar"


def test_a_day_that_moved_again_is_not_told(engagement, actor):
    move(engagement, actor)
    old = Message.objects.get(contact=engagement.manager)
    move(engagement, actor, to=datetime.date(2027, 1, 31))

    assert compose(old) is None


def test_a_closed_file_tells_no_day(engagement, actor):
    move(engagement, actor)
    message = Message.objects.get(contact=engagement.manager)
    with time_machine.travel("2026-12-16T09:00Z", tick=False):
        close_engagement(engagement_id=engagement.pk, waivers={}, actor=actor)

    assert compose(message) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("end_as_planned", "ends on Tuesday 1 December, as planned"),
        ("swap", "somebody else takes over"),
    ],
)
def test_whoever_asked_reads_that_it_is_settled(engagement, actor, kind, text):
    letter = read(decided(engagement, actor, kind))

    assert text in letter.text
    assert "HR writes" not in letter.text


def test_whoever_asked_reads_why_not(engagement, actor):
    letter = read(decided(engagement, actor, "extension", approve=False, reason="No budget <left>"))

    assert "is not carried out" in letter.text
    assert "No budget <left>" in letter.text
    assert "No budget &lt;left&gt;" in letter.html


def test_a_request_without_a_decision_has_nothing_to_tell(engagement, actor):
    message = decided(engagement, actor, "swap")
    change = engagement.changes.get()
    change.state, change.decided_at = "requested", None
    change.save()

    assert compose(message) is None


def test_a_professional_reads_how_to_sign_in(organisation, actor):
    freelancer = create_freelancer(
        organisation=organisation,
        facts=FreelancerFacts(full_name="Fatima El Idrissi", email="f@elidrissi.example"),
        actor=actor,
    )
    give_login(freelancer_id=freelancer.pk, actor=actor)
    message = Message.objects.get()

    letter = read(message)
    assert organisation.name in letter.subject
    assert "/accounts/login/code/" in letter.text
    assert "mail you a code" in letter.text

    freelancer.refresh_from_db()
    freelancer.user = None
    freelancer.save()
    assert compose(message) is None
    assert timezone.now() < message.expires_at
