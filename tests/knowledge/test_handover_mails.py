from decimal import Decimal

import pytest
from django.utils import timezone, translation

import notifications.operations
from knowledge import operations
from knowledge.models import LedgerEntry
from notifications import mail, planning
from notifications.models import Message
from tests.factories.core import ContactFactory
from tests.factories.knowledge import next_version, policy_of
from tests.knowledge.conftest import hand_in, write


@pytest.fixture
def read(organisation):
    """Say what a message reads, as the dispatcher would render it; None when it is not sent."""

    def rendered(message, language="en"):
        message.contact.language = language
        letter = planning.composers_for(message.kind)([message])[message.pk]
        if letter is None:
            return None
        context = {**letter.context, "action_url": "http://127.0.0.1:8000/l/x/"}
        return mail.render(letter.template, context, language=language, organisation=organisation)

    return rendered


def promised(kind):
    return Message.objects.filter(kind=kind).latest("pk")


def test_the_reviewer_reads_who_handed_in_what(read, submitted):
    sent = read(promised("review_asked"))

    assert sent.subject.startswith("Please review before ")
    assert sent.subject.endswith(": Handleiding koppelingen")
    for text in (sent.text, sent.html):
        assert "Fatima El Idrissi" in text
        assert "De koppeling herstarten" in text
        assert "Read and decide" in text
        assert "http://127.0.0.1:8000/l/x/" in text


def test_nothing_is_asked_once_it_was_decided_or_handed_on(read, organisation, submitted, reviewer):
    to_manager = promised("review_asked")
    colleague = ContactFactory(organisation=organisation)
    operations.hand_on_review(deliverable_id=submitted.pk, contact_id=colleague.pk, actor=reviewer)
    to_colleague = promised("review_asked")

    assert read(to_manager) is None
    assert read(to_colleague) is not None

    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer)
    assert read(to_colleague) is None


def test_nothing_is_asked_about_a_closed_file(read, engagement, submitted):
    engagement.closed_at = timezone.now()
    engagement.save()

    assert read(promised("review_asked")) is None


def test_the_professional_reads_what_is_asked(read, submitted, author, reviewer):
    operations.ask_changes(
        deliverable_id=submitted.pk, comment="Mis foutafhandeling <b>hier</b>", actor=reviewer
    )
    message = promised("deliverable_returned")

    sent = read(message)
    assert sent.subject == "A question about Handleiding koppelingen"
    assert "Mis foutafhandeling <b>hier</b>" in sent.text
    assert "Mis foutafhandeling &lt;b&gt;hier&lt;/b&gt;" in sent.html
    assert "Mend and hand in again" in sent.text
    assert "Hello Fatima El Idrissi," in sent.text

    write(submitted, author, text="Beter")
    operations.submit_deliverable(deliverable_id=submitted.pk, actor=author)
    assert read(message) is None


def test_the_professional_reads_what_it_brought(read, submitted, reviewer):
    operations.accept_deliverable(deliverable_id=submitted.pk, actor=reviewer, comment="Helder!")

    sent = read(promised("deliverable_accepted"))
    assert sent.subject == "Accepted: Handleiding koppelingen (+2.4 points)"
    for text in (sent.text, sent.html):
        assert "Hello Fatima El Idrissi," in text
        assert "Helder!" in text
        assert "accepted, 30% of 8 points, cap not reached" in text


def test_an_acceptance_that_a_cap_emptied_is_told_too(read, engagement, author, reviewer):
    for _number in range(2):
        deliverable = hand_in(engagement, author, "handover-document", "Overdracht")
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    sent = read(promised("deliverable_accepted"))
    assert sent.subject == "Accepted: Overdracht"
    assert "counts once per engagement" in sent.text


def test_an_acceptance_without_points_is_told_too(read, engagement, author, reviewer):
    next_version(policy_of(engagement.organisation), {"runbook": {"base_points": Decimal(0)}})
    deliverable = hand_in(engagement, author)
    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    assert not LedgerEntry.objects.exists()
    assert read(promised("deliverable_accepted")).subject == "Accepted: Handleiding koppelingen"


def test_a_message_about_something_that_is_gone_is_not_sent(read, submitted):
    for kind in ("review_asked", "deliverable_returned", "deliverable_accepted"):
        message = Message(
            organisation=submitted.organisation,
            kind=kind,
            contact=submitted.engagement.manager,
            params={"deliverable": str(submitted.public_id), "version": 9},
        )
        assert read(message) is None


def test_headers_stay_one_line_whatever_the_title(read, engagement, author):
    hand_in(engagement, author, title="Titel\r\nBcc: iedereen@example.org")

    sent = read(promised("review_asked"))
    assert "\n" not in sent.subject
    assert "\r" not in sent.subject


def test_every_mail_reads_in_dutch_too(read, submitted, reviewer):
    with translation.override("nl"):
        assert read(promised("review_asked"), "nl").text


def test_a_moved_end_does_not_lose_a_promise(engagement, submitted):
    asked = promised("review_asked")

    for _move in range(2):
        notifications.operations.cancel_for_dossier(
            dossier=engagement.public_id, reason="end_moved"
        )
        operations.promise_again(engagement=engagement)

    asked.refresh_from_db()
    assert asked.state == "cancelled"
    live = Message.objects.waiting().filter(kind="review_asked")
    assert [(m.contact, m.params) for m in live] == [(asked.contact, asked.params)]


def test_a_move_does_not_look_at_what_an_earlier_one_withdrew(
    engagement, submitted, django_assert_num_queries
):
    for _move in range(3):
        notifications.operations.cancel_for_dossier(
            dossier=engagement.public_id, reason="end_moved"
        )
        operations.promise_again(engagement=engagement)

    with django_assert_num_queries(3):  # one of them the question, two around it
        operations.promise_again(engagement=engagement)


def test_what_was_sent_is_not_promised_again(engagement, submitted):
    Message.objects.update(state="sent", sent_at=timezone.now())

    notifications.operations.cancel_for_dossier(dossier=engagement.public_id, reason="end_moved")
    operations.promise_again(engagement=engagement)

    assert Message.objects.count() == 1
