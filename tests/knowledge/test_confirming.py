"""A receiver's own word: what it proves, what it books, and what it refuses."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent, Contact
from engagements.operations.refusals import RefusedError
from knowledge import operations
from knowledge.models import Confirmation, LedgerEntry, Receiver
from knowledge.operations import ConfirmationError, EngagementOverError, ReceiverError
from knowledge.queries import topic_figures
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.knowledge.conftest import (
    accepted_about,
    agreed_topic,
    as_receiver,
    balance,
    hand_in,
    name,
    say,
)
from tests.races import at_once

D = Decimal


def booked(deliverable):
    entries = LedgerEntry.objects.filter(deliverable=deliverable, reverses=None).order_by("pk")
    return [(entry.stage, entry.amount) for entry in entries]


@pytest.fixture
def handover(topic, author, reviewer):
    return accepted_about(topic, author, reviewer)


@pytest.fixture
def receiver(topic, handover, reviewer):
    return name(topic, reviewer)


def test_a_receiver_is_asked_once_there_is_something_to_confirm(topic, author, reviewer):
    receiver = name(topic, reviewer)
    assert receiver.asked_at is None

    accepted_about(topic, author, reviewer)

    receiver.refresh_from_db()
    assert receiver.asked_at is not None
    assert list(Receiver.objects.waiting()) == [receiver]


def test_named_afterwards_they_are_asked_at_once(receiver):
    assert receiver.asked_at is not None


@pytest.mark.parametrize(
    ("answer", "stages"),
    [
        ("received", [("accepted", D("2.40")), ("received", D("3.20"))]),
        (
            "explained",
            [("accepted", D("2.40")), ("received", D("3.20")), ("applied", D("2.40"))],
        ),
        (
            "performed",
            [("accepted", D("2.40")), ("received", D("3.20")), ("applied", D("2.40"))],
        ),
    ],
)
def test_their_word_books_what_it_proves(answer, stages, receiver, handover):
    confirmation = say(receiver, answer)

    receiver.refresh_from_db()
    assert booked(handover) == stages
    assert receiver.asked_at is None
    assert (confirmation.deliverable, confirmation.said_by) == (handover, "Samira Haddou")
    later = LedgerEntry.objects.exclude(stage="accepted")
    assert {entry.confirmation_id for entry in later} == {confirmation.pk}
    assert AuditEvent.objects.filter(action="knowledge.confirmation.said").count() == 1


def test_a_second_receiver_books_nothing_twice_but_covers_more(topic, receiver, handover, reviewer):
    say(receiver, "received")
    other = name(topic, reviewer, "omar@veldam.example", called="Omar Bakkali")
    before = topic_figures(topic.organisation)[0].covered

    say(other, "performed", "Omar deed het helemaal alleen.")

    assert [stage for stage, _points in booked(handover)] == ["accepted", "received", "applied"]
    assert topic_figures(topic.organisation)[0].covered > before


def test_not_yet_is_a_question_that_the_professional_answers(receiver, handover, author):
    question = say(receiver, "not_yet", "Waar staat het wachtwoord van de kluis?")

    receiver.refresh_from_db()
    assert booked(handover) == [("accepted", D("2.40"))]
    assert receiver.asked_at is None
    assert list(Confirmation.objects.questions()) == [question]
    with pytest.raises(ConfirmationError, match="Write an answer"):
        operations.reply_to_question(confirmation_id=question.pk, reply=" ", actor=author)
    with pytest.raises(NotPermittedError):
        operations.reply_to_question(
            confirmation_id=question.pk, reply="Vraag HR", actor=as_receiver(receiver)
        )

    operations.reply_to_question(
        confirmation_id=question.pk, reply="In de kluis, onder Koppelingen.", actor=author
    )

    receiver.refresh_from_db()
    assert receiver.asked_at is not None
    assert not Confirmation.objects.questions().exists()
    with pytest.raises(InvalidTransitionError):
        operations.reply_to_question(confirmation_id=question.pk, reply="Nog eens", actor=author)
    assert say(receiver, "performed")


@pytest.mark.parametrize("words", ["", "klopt", "ja klopt"])
def test_a_word_is_no_sentence(words, receiver, handover):
    with pytest.raises(ConfirmationError, match="sentence of your own"):
        say(receiver, words=words)

    assert booked(handover) == [("accepted", D("2.40"))]


def test_a_question_needs_words(receiver):
    with pytest.raises(ConfirmationError, match="still miss"):
        say(receiver, "not_yet", " \n")


def test_an_unknown_answer_is_refused(receiver):
    with pytest.raises(ConfirmationError, match="Choose one"):
        say(receiver, "perhaps")


def test_the_same_words_do_not_do_for_another_topic(
    engagement, receiver, handover, author, reviewer
):
    say(receiver)
    other = agreed_topic(engagement, author, reviewer, "Release")
    second = name(other, reviewer)

    with pytest.raises(ConfirmationError, match="of another topic"):
        say(second)


def test_the_same_is_said_once(receiver, handover):
    say(receiver)

    with pytest.raises(RefusedError, match="confirmed this already"):
        say(receiver, words="Ik zeg het nog een keer.")


def test_with_two_handovers_it_must_be_said_which_one(topic, receiver, handover, author, reviewer):
    second = accepted_about(topic, author, reviewer, "workshop", "Workshop koppelingen")

    with pytest.raises(ConfirmationError, match="by which handover"):
        say(receiver)
    say(receiver, deliverable_id=second.pk)

    assert [stage for stage, _ in booked(second)] == ["accepted", "received"]
    assert [stage for stage, _ in booked(handover)] == ["accepted"]
    receiver.refresh_from_db()
    assert receiver.asked_at is not None  # the first one still waits for a word
    with pytest.raises(ConfirmationError, match="not about this topic"):
        say(receiver, deliverable_id=2**31)


def test_knowledge_that_came_without_a_handover_covers_and_earns_nothing(topic, reviewer):
    receiver = name(topic, reviewer)

    say(receiver, "performed", "Ik deed dit al voor hij kwam.")

    assert not LedgerEntry.objects.exists()
    assert topic_figures(topic.organisation)[0].covered == D("0.75")


def test_nobody_confirms_for_somebody_else(receiver, reviewer):
    other = Actor(label="Peter Bos", kind="link", contact_id=reviewer.contact_id)

    with pytest.raises(NotPermittedError, match="in person"):
        operations.confirm_topic(
            receiver_id=receiver.pk, answer="received", words="Dat heeft zij echt.", actor=other
        )


def test_the_professional_is_no_receiver_under_any_address(topic, engagement, author, reviewer):
    freelancer = engagement.freelancer
    private = ContactFactory(organisation=engagement.organisation, email="fatima@prive.example")
    freelancer.private_contact = private
    freelancer.save()
    addresses = [freelancer.business_contact.email, "FATIMA@prive.example", freelancer.user.email]

    for address in addresses:
        ContactFactory._meta.model.objects.get_or_create(
            organisation=engagement.organisation,
            email__iexact=address,
            defaults={"email": address, "name": "Iemand Anders"},
        )
        with pytest.raises(NotPermittedError, match="own knowledge"):
            operations.name_receiver(
                topic_id=topic.pk, email=address, name="", side="client", actor=reviewer
            )
    # A second account of the same person, at an address that nobody knew.
    with pytest.raises(NotPermittedError, match="own knowledge"):
        name(topic, reviewer, "f.idrissi@veldam.example", called="  fatima EL Idrissi ")

    assert not Receiver.objects.exists()


def test_whoever_reviewed_a_handover_does_not_receive_it(topic, handover, reviewer, engagement):
    receiver = operations.name_receiver(
        topic_id=topic.pk, email=engagement.manager.email, name="", side="client", actor=reviewer
    )

    with pytest.raises(NotPermittedError, match="You reviewed"):
        say(receiver, words="Ik kan het nu zelf doen.")


def test_from_the_portal_and_a_link_only_colleagues_are_new(topic, author, reviewer, organisation):
    organisation.allowed_domains = ["veldam.example"]
    organisation.save()

    def invite(actor, side, email, called="Nieuw Persoon"):
        return operations.name_receiver(
            topic_id=topic.pk, email=email, name=called, side=side, actor=actor
        )

    with pytest.raises(ReceiverError, match="ask HR"):
        invite(author, "freelancer", "vriend@elders.example")
    with pytest.raises(ReceiverError, match="ask HR"):
        invite(reviewer, "client", "vriend@elders.example")
    with pytest.raises(ReceiverError, match="name and the e-mail"):
        invite(author, "freelancer", "nieuw@veldam.example", " ")
    inside = invite(author, "freelancer", "nieuw@VELDAM.example")
    member = MembershipFactory(organisation=organisation, role="hr")
    hr = Actor(label="HR", user_id=member.user_id, contact_id=member.contact_id)
    outside = invite(hr, "client", "opvolger@elders.example", "Op Volger")

    assert not inside.contact.is_external
    assert outside.contact.is_external


def test_somebody_who_cannot_be_reached_is_no_receiver(topic, reviewer):
    ContactFactory(organisation=topic.organisation, email="weg@veldam.example", is_active=False)

    with pytest.raises(ReceiverError, match="does not reach"):
        name(topic, reviewer, "weg@veldam.example")


def test_a_receiver_is_named_once_and_can_come_back(topic, reviewer, receiver):
    with pytest.raises(RefusedError, match="receives this topic already"):
        name(topic, reviewer)
    with pytest.raises(ReceiverError, match="Say why"):
        operations.release_receiver(
            receiver_id=receiver.pk, reason="", side="client", actor=reviewer
        )

    operations.release_receiver(
        receiver_id=receiver.pk, reason="Andere baan", side="client", actor=reviewer
    )

    with pytest.raises(InvalidTransitionError):
        operations.release_receiver(
            receiver_id=receiver.pk, reason="Weer", side="client", actor=reviewer
        )
    with pytest.raises(InvalidTransitionError, match="any more"):
        say(receiver)
    assert name(topic, reviewer).pk != receiver.pk


def test_what_a_released_receiver_said_covers_nothing_any_more(topic, receiver, reviewer, handover):
    say(receiver, "performed")
    assert topic_figures(topic.organisation)[0].covered == 1

    operations.release_receiver(
        receiver_id=receiver.pk, reason="Andere baan", side="client", actor=reviewer
    )

    assert topic_figures(topic.organisation)[0].covered == D("0.25")
    assert len(booked(handover)) == 3


def test_a_receiver_can_be_asked_again_until_they_did_it_alone(receiver, reviewer, author):
    with pytest.raises(InvalidTransitionError, match="asked already"):
        operations.ask_again(receiver_id=receiver.pk, side="client", actor=reviewer)
    say(receiver)

    operations.ask_again(receiver_id=receiver.pk, side="freelancer", actor=author)

    receiver.refresh_from_db()
    assert receiver.asked_at is not None
    say(receiver, "performed", "Vandaag helemaal alleen gedaan.")
    with pytest.raises(InvalidTransitionError, match="alone already"):
        operations.ask_again(receiver_id=receiver.pk, side="client", actor=reviewer)


def test_hr_takes_a_word_back_and_what_it_earned(receiver, handover, topic, reviewer, author):
    confirmation = say(receiver, "performed")
    hr = Actor(label="HR", user_id=MembershipFactory(organisation=topic.organisation).user_id)

    with pytest.raises(NotPermittedError):
        operations.withdraw_confirmation(
            confirmation_id=confirmation.pk, reason="Nee", actor=author
        )
    with pytest.raises(NotPermittedError, match="Only HR"):
        operations.withdraw_confirmation(
            confirmation_id=confirmation.pk, reason="Nee", actor=reviewer
        )
    with pytest.raises(ConfirmationError, match="Say why"):
        operations.withdraw_confirmation(confirmation_id=confirmation.pk, reason="", actor=hr)
    operations.withdraw_confirmation(
        confirmation_id=confirmation.pk, reason="Was er niet bij", actor=hr
    )

    assert balance() == D("2.40")
    reversals = LedgerEntry.objects.filter(reverses__isnull=False)
    assert {entry.reason for entry in reversals} == {"Was er niet bij"}
    assert topic_figures(topic.organisation)[0].covered == D("0.25")
    with pytest.raises(InvalidTransitionError):
        operations.withdraw_confirmation(confirmation_id=confirmation.pk, reason="Weer", actor=hr)


def test_without_a_receiver_the_manager_books_points_but_no_coverage(topic, handover, reviewer):
    covered = topic_figures(topic.organisation)[0].covered
    with pytest.raises(InvalidTransitionError, match="have time until"):
        operations.book_without_receiver(
            deliverable_id=handover.pk, reason="Niemand vrij", actor=reviewer
        )

    with time_machine.travel(timezone.now() + timedelta(days=14)):
        with pytest.raises(ConfirmationError, match="Say why"):
            operations.book_without_receiver(deliverable_id=handover.pk, reason=" ", actor=reviewer)
        entry = operations.book_without_receiver(
            deliverable_id=handover.pk, reason="Niemand vrij", actor=reviewer
        )
        with pytest.raises(InvalidTransitionError, match="received this already"):
            operations.book_without_receiver(
                deliverable_id=handover.pk, reason="Nog eens", actor=reviewer
            )

    assert (entry.stage, entry.amount, entry.without_receiver) == ("received", D("3.20"), True)
    assert "Niemand vrij" in entry.explanation
    assert topic_figures(topic.organisation)[0].covered == covered


def test_nobody_books_their_own_work_as_received(handover, author):
    with time_machine.travel(timezone.now() + timedelta(days=14)), pytest.raises(NotPermittedError):
        operations.book_without_receiver(deliverable_id=handover.pk, reason="Ik", actor=author)


def test_only_what_was_accepted_is_booked_as_received(submitted, reviewer):
    with pytest.raises(InvalidTransitionError, match="Only an accepted"):
        operations.book_without_receiver(deliverable_id=submitted.pk, reason="x", actor=reviewer)


def test_a_short_explanation_counts_once_the_one_who_heard_it_says_so(topic, author, reviewer):
    receiver = name(topic, reviewer)

    log = operations.log_explanation(
        receiver_id=receiver.pk, what="Hoe de koppeling herstart", minutes=20, actor=author
    )

    receiver.refresh_from_db()
    assert receiver.asked_at is not None
    assert not LedgerEntry.objects.exists()
    say(receiver, words="Klopt, ik kan nu herstarten.")
    log.refresh_from_db()
    assert log.state == "accepted"
    assert booked(log) == [("accepted", D("0.60")), ("received", D("0.80"))]
    with pytest.raises(NotPermittedError):
        operations.log_explanation(
            receiver_id=receiver.pk, what="Nog iets", minutes=20, actor=reviewer
        )


@pytest.mark.parametrize(("what", "minutes"), [(" ", 20), ("Iets", 4), ("Iets", 241)])
def test_a_short_explanation_says_what_and_how_long(what, minutes, topic, author, reviewer):
    receiver = name(topic, reviewer)

    with pytest.raises(operations.QuickLogError):
        operations.log_explanation(
            receiver_id=receiver.pk, what=what, minutes=minutes, actor=author
        )


def test_after_the_file_is_closed_nobody_confirms(receiver, engagement):
    engagement.closed_at = timezone.now()
    engagement.save()

    with pytest.raises(EngagementOverError):
        say(receiver)
    assert not Receiver.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_two_receivers_at_once_book_each_stage_once(organisation, topic, author, reviewer):
    handover = accepted_about(topic, author, reviewer)
    first = name(topic, reviewer)
    second = name(topic, reviewer, "omar@veldam.example", called="Omar Bakkali")

    results = at_once(
        organisation,
        lambda: say(first, "performed"),
        lambda: say(second, "performed", "Omar deed het alleen."),
    )

    assert all(isinstance(result, Confirmation) for result in results)
    assert [stage for stage, _points in booked(handover)] == ["accepted", "received", "applied"]


@pytest.mark.django_db(transaction=True)
def test_the_manager_and_a_receiver_at_once_book_the_stage_once(
    organisation, topic, author, reviewer
):
    handover = accepted_about(topic, author, reviewer)
    receiver = name(topic, reviewer)

    with time_machine.travel(timezone.now() + timedelta(days=14)):
        at_once(
            organisation,
            lambda: say(receiver),
            lambda: operations.book_without_receiver(
                deliverable_id=handover.pk, reason="Niemand vrij", actor=reviewer
            ),
        )

    assert [stage for stage, _points in booked(handover)].count("received") == 1


@pytest.mark.django_db(transaction=True)
def test_one_receiver_who_presses_twice_says_it_once(organisation, topic, author, reviewer):
    accepted_about(topic, author, reviewer)
    receiver = name(topic, reviewer)

    results = at_once(organisation, lambda: say(receiver), lambda: say(receiver))

    assert sum(isinstance(result, RefusedError) for result in results) == 1
    assert Confirmation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_receiver_is_named_once_by_two_at_once(organisation, topic, author, reviewer):
    ContactFactory(organisation=organisation, email="samira@veldam.example")

    results = at_once(
        organisation,
        lambda: name(topic, reviewer),
        lambda: name(topic, author, side="freelancer"),
    )

    assert sum(isinstance(result, RefusedError) for result in results) == 1
    assert Receiver.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_taking_back_twice_at_once_takes_back_once(organisation, topic, author, reviewer):
    accepted_about(topic, author, reviewer)
    confirmation = say(name(topic, reviewer), "performed")
    hr = Actor(label="HR", user_id=MembershipFactory(organisation=organisation).user_id)

    def take_back():
        return operations.withdraw_confirmation(
            confirmation_id=confirmation.pk, reason="Was er niet bij", actor=hr
        )

    results = at_once(organisation, take_back, take_back)

    assert sum(isinstance(result, InvalidTransitionError) for result in results) == 1
    assert LedgerEntry.objects.filter(reverses__isnull=False).count() == 2


def test_an_unknown_contact_leaves_no_trace(topic, author):
    before = Contact.objects.count()

    with pytest.raises(ReceiverError):
        operations.name_receiver(
            topic_id=topic.pk, email="x@elders.example", name="X", side="freelancer", actor=author
        )

    assert Contact.objects.count() == before


def test_a_handover_handed_in_but_not_accepted_cannot_be_confirmed(
    topic, engagement, author, reviewer
):
    deliverable = hand_in(engagement, author)
    operations.set_topics(
        deliverable_id=deliverable.pk, topic_ids=[topic.pk], side="client", actor=reviewer
    )
    receiver = name(topic, reviewer)

    with pytest.raises(ConfirmationError, match="not about this topic"):
        say(receiver, deliverable_id=deliverable.pk)
