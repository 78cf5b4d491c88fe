import datetime

import pytest

from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent, Contact
from core.scoping import organisation_scope
from notifications import operations
from notifications.models import Message, Reminder
from notifications.operations import Delivery
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.notifications.conftest import local
from tests.races import at_once, just_behind

State = Message.State
HR = Actor(label="Marieke", user_id=1)


@pytest.fixture
def bounced(contact, letter_for, postbox):
    """A letter that came back because the address does not exist."""
    message, wrong = letter_for(contact), contact.email
    postbox.refuse_rcpt = lambda address: "550 5.1.1 no such user" if address == wrong else None
    operations.deliver_one()
    message.refresh_from_db()
    return message


def test_message_that_is_tried_again_leaves_at_once_and_the_address_counts_as_good(
    bounced, contact, postbox
):
    postbox.refuse_rcpt = lambda address: None

    operations.retry_message(message_id=bounced.pk, actor=HR)

    assert operations.deliver_one() is Delivery.SENT
    contact.refresh_from_db()
    assert contact.is_reachable
    event = AuditEvent.objects.get(action="notifications.message.retried")
    assert (event.actor_label, event.subject_id) == ("Marieke", bounced.pk)


def test_expired_message_lives_again_with_its_reminders(
    organisation, planner, rules_shipped, contact, postbox
):
    planner.add(contact, datetime.date(2026, 12, 1))
    operations.plan(organisation=organisation, at=local(2026, 11, 24))
    Message.objects.update(expires_at=operations.database_now())
    operations.deliver_one()
    message = Message.objects.get()
    assert message.state == State.EXPIRED

    operations.retry_message(message_id=message.pk, actor=HR)

    assert operations.deliver_one() is Delivery.SENT
    assert Reminder.objects.get().state == Reminder.State.SENT


@pytest.mark.parametrize("state", [State.PENDING, State.CANCELLED, State.SUPERSEDED])
def test_message_that_waits_for_no_decision_cannot_be_corrected(contact, letter_for, state):
    message = letter_for(contact, state=state)

    with pytest.raises(InvalidTransitionError):
        operations.retry_message(message_id=message.pk, actor=HR)
    with pytest.raises(InvalidTransitionError):
        operations.redirect_message(message_id=message.pk, actor=HR, email="a@veldam.example")


def test_sent_message_cannot_be_tried_again(contact, letter_for, postbox):
    message = letter_for(contact)
    operations.deliver_one()

    with pytest.raises(InvalidTransitionError):
        operations.retry_message(message_id=message.pk, actor=HR)


def test_message_to_somebody_inactive_needs_another_address(bounced, contact):
    Contact.objects.filter(pk=contact.pk).update(is_active=False)

    with pytest.raises(DomainError):
        operations.retry_message(message_id=bounced.pk, actor=HR)
    with pytest.raises(DomainError):
        operations.redirect_message(message_id=bounced.pk, actor=HR, email="new@veldam.example")


def test_message_goes_to_another_contact(bounced, organisation, postbox, doors):
    colleague = ContactFactory(organisation=organisation)

    copy = operations.redirect_message(message_id=bounced.pk, actor=HR, contact_id=colleague.pk)

    bounced.refresh_from_db()
    assert (bounced.state, bounced.reason) == (State.SUPERSEDED, "redirected")
    assert operations.deliver_one() is Delivery.SENT
    assert postbox.recipients == [[colleague.email]]
    assert copy.pk != bounced.pk
    assert doors.shut_for == [bounced.pk, bounced.pk]
    event = AuditEvent.objects.get(action="notifications.message.redirected")
    assert event.data == {"from_contact": bounced.contact_id, "to_contact": colleague.pk}


def test_reminders_go_along_to_the_other_contact(
    organisation, planner, rules_shipped, contact, postbox
):
    planner.add(contact, datetime.date(2026, 12, 1))
    operations.plan(organisation=organisation, at=local(2026, 11, 24))
    postbox.refuse_rcpt = lambda address: "550 no" if address == contact.email else None
    operations.deliver_one()
    colleague = ContactFactory(organisation=organisation)

    operations.redirect_message(
        message_id=Message.objects.get().pk, actor=HR, contact_id=colleague.pk
    )
    operations.deliver_one()

    assert postbox.recipients == [[colleague.email]]
    assert Reminder.objects.get().state == Reminder.State.SENT


def test_right_address_is_written_down_at_the_contact(bounced, contact, postbox):
    operations.redirect_message(message_id=bounced.pk, actor=HR, email="  right@veldam.example ")

    contact.refresh_from_db()
    assert contact.email == "right@veldam.example"
    assert contact.email_changed_at is not None  # links mailed to the old one stop working
    assert contact.is_reachable
    assert operations.deliver_one() is Delivery.SENT
    assert postbox.recipients == [["right@veldam.example"]]


def test_address_that_another_contact_has_goes_to_that_contact(
    bounced, organisation, contact, postbox
):
    colleague = ContactFactory(organisation=organisation, email="Colleague@veldam.example")

    copy = operations.redirect_message(
        message_id=bounced.pk, actor=HR, email="colleague@VELDAM.example"
    )

    contact.refresh_from_db()
    assert copy.contact == colleague
    assert contact.email != colleague.email


@pytest.mark.parametrize("email", ["", "nobody", "a@b\nBcc: c@d.example", "a b@veldam.example"])
def test_what_is_no_address_is_refused(bounced, email):
    with pytest.raises(DomainError):
        operations.redirect_message(message_id=bounced.pk, actor=HR, email=email)


def test_contact_whose_mail_comes_back_too_is_refused(bounced, organisation):
    colleague = ContactFactory(
        organisation=organisation, bounced_at=local(2026, 11, 1), bounce_code="550"
    )

    with pytest.raises(DomainError, match=colleague.name):
        operations.redirect_message(message_id=bounced.pk, actor=HR, contact_id=colleague.pk)


def test_contact_of_another_organisation_does_not_exist(bounced):
    other = OrganisationFactory()
    with organisation_scope(other):
        stranger = ContactFactory(organisation=other)

    with pytest.raises(Contact.DoesNotExist):
        operations.redirect_message(message_id=bounced.pk, actor=HR, contact_id=stranger.pk)


def test_redirected_message_that_fails_can_be_redirected_again(bounced, contact, organisation):
    first = ContactFactory(organisation=organisation)
    second = ContactFactory(organisation=organisation)
    copy = operations.redirect_message(message_id=bounced.pk, actor=HR, contact_id=first.pk)
    Message.objects.filter(pk=copy.pk).update(state=State.DEAD)

    again = operations.redirect_message(message_id=copy.pk, actor=HR, contact_id=second.pk)

    assert again.contact == second


@pytest.mark.django_db(transaction=True)
def test_two_people_redirecting_at_once_make_one_copy(bounced, organisation):
    colleagues = ContactFactory.create_batch(2, organisation=organisation)

    outcomes = at_once(
        organisation,
        *(
            lambda c=c: operations.redirect_message(
                message_id=bounced.pk, actor=HR, contact_id=c.pk
            )
            for c in colleagues
        ),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "InvalidTransitionError",
        "Message",
    ]
    assert Message.objects.filter(dedupe_key__contains=":to:").count() == 1


@pytest.mark.django_db(transaction=True)
def test_trying_again_and_redirecting_at_once_does_one_of_both(bounced, organisation):
    colleague = ContactFactory(organisation=organisation)

    outcomes = at_once(
        organisation,
        lambda: operations.retry_message(message_id=bounced.pk, actor=HR),
        lambda: operations.redirect_message(
            message_id=bounced.pk, actor=HR, contact_id=colleague.pk
        ),
    )

    assert sum(isinstance(outcome, InvalidTransitionError) for outcome in outcomes) == 1
    assert Message.objects.waiting().count() == 1


@pytest.mark.django_db(transaction=True)
def test_trying_again_twice_at_once_sends_once(bounced, organisation, postbox):
    postbox.refuse_rcpt = lambda address: None
    outcomes = at_once(
        organisation,
        *[lambda: operations.retry_message(message_id=bounced.pk, actor=HR)] * 2,
    )

    assert sum(isinstance(outcome, InvalidTransitionError) for outcome in outcomes) == 1
    operations.deliver_burst()
    assert len(postbox.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_an_address_that_somebody_else_writes_down_meanwhile_is_refused_in_words(
    bounced, contact, organisation
):
    late = just_behind(
        organisation,
        lambda: ContactFactory(organisation=organisation, email="right@veldam.example"),
        lambda: operations.redirect_message(
            message_id=bounced.pk, actor=HR, email="Right@veldam.example"
        ),
    )

    bounced.refresh_from_db()
    assert str(late) == "There is already a contact with this address."
    assert bounced.state == State.DEAD
