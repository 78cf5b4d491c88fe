"""Professionals: their addresses, their name in a list, their login."""

import dataclasses
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent, Contact
from core.scoping import organisation_scope
from engagements.models import Freelancer
from engagements.operations import (
    FreelancerFacts,
    create_freelancer,
    facts_of_freelancer,
    give_login,
    update_freelancer,
)
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.core import ContactFactory
from tests.races import at_once, just_behind

FACTS = FreelancerFacts(
    full_name="Özgür Yılmaz",
    email="o@yilmaz.example",
    private_email="ozgur@home.example",
    business_name="Yılmaz Architectuur",
    kvk_number="12345678",
    language="en",
)


@pytest.fixture
def freelancer(organisation, actor):
    return create_freelancer(organisation=organisation, facts=FACTS, actor=actor)


def change(freelancer, actor, **values):
    return update_freelancer(
        freelancer_id=freelancer.pk,
        facts=dataclasses.replace(facts_of_freelancer(freelancer), **values),
        actor=actor,
    )


def test_a_professional_has_a_contact_for_each_address(freelancer):
    assert freelancer.sort_name == "ozgur yilmaz"
    for contact, address in [
        (freelancer.business_contact, "o@yilmaz.example"),
        (freelancer.private_contact, "ozgur@home.example"),
    ]:
        assert (contact.email, contact.name) == (address, "Özgür Yılmaz")
        assert contact.language == "en"
        assert contact.is_external
    assert AuditEvent.objects.get().action == "engagements.freelancer.created"
    assert facts_of_freelancer(freelancer) == FACTS


def test_a_private_address_that_is_the_business_one_is_no_second_address(organisation, actor):
    facts = dataclasses.replace(FACTS, private_email="O@Yilmaz.example ")

    freelancer = create_freelancer(organisation=organisation, facts=facts, actor=actor)

    assert freelancer.private_contact is None
    assert Contact.objects.count() == 1


def test_an_address_belongs_to_one_professional(freelancer, organisation, actor):
    with pytest.raises(DomainError, match="Another professional has this e-mail address"):
        create_freelancer(
            organisation=organisation,
            facts=FreelancerFacts(full_name="Somebody else", email="O@yilmaz.example"),
            actor=actor,
        )

    assert Freelancer.objects.count() == 1


def test_a_contact_that_we_know_is_used_and_counts_as_external(organisation, actor):
    known = ContactFactory(organisation=organisation, email="o@yilmaz.example", name="O. Yilmaz")

    freelancer = create_freelancer(organisation=organisation, facts=FACTS, actor=actor)

    known.refresh_from_db()
    assert freelancer.business_contact == known
    assert known.is_external
    assert known.name == "O. Yilmaz"


def test_a_changed_name_is_sorted_anew_and_reaches_both_contacts(freelancer, actor):
    change(freelancer, actor, full_name="Øyvind Łukasz", skills="Python")

    freelancer.refresh_from_db()
    assert freelancer.sort_name == "oyvind lukasz"
    assert freelancer.business_contact.name == "Øyvind Łukasz"
    assert freelancer.private_contact.name == "Øyvind Łukasz"
    event = AuditEvent.objects.get(action="engagements.freelancer.updated")
    assert event.data == {"fields": ["full_name", "skills"]}


def test_the_same_facts_again_change_nothing(freelancer, actor):
    change(freelancer, actor)

    assert not AuditEvent.objects.filter(action="engagements.freelancer.updated").exists()


def test_a_new_address_stops_links_to_the_old_one_and_forgets_that_it_bounced(freelancer, actor):
    contact = freelancer.business_contact
    contact.bounced_at, contact.bounce_code = timezone.now(), "550"
    contact.save()

    change(freelancer, actor, email="new@yilmaz.example")

    contact.refresh_from_db()
    assert contact.email == "new@yilmaz.example"
    assert contact.email_changed_at is not None
    assert (contact.bounced_at, contact.bounce_code) == (None, "")


def test_the_address_of_a_known_contact_is_taken_over_not_overwritten(
    freelancer, organisation, actor
):
    known = ContactFactory(organisation=organisation, email="new@yilmaz.example", name="Front desk")
    old = freelancer.business_contact

    change(freelancer, actor, email="new@yilmaz.example")

    freelancer.refresh_from_db()
    known.refresh_from_db()
    old.refresh_from_db()
    assert freelancer.business_contact == known
    assert (known.name, known.is_external) == ("Front desk", True)
    assert old.email == "o@yilmaz.example"


def test_the_address_of_another_professional_stays_theirs(freelancer, organisation, actor):
    other = create_freelancer(
        organisation=organisation,
        facts=FreelancerFacts(full_name="Sofie Jansen", email="sofie@jansen.example"),
        actor=actor,
    )

    with pytest.raises(DomainError, match="Another professional has this e-mail address"):
        change(freelancer, actor, email="sofie@jansen.example")

    other.business_contact.refresh_from_db()
    assert other.business_contact.name == "Sofie Jansen"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", None),
        ("o@yilmaz.example", None),
        ("other@home.example", "other@home.example"),
    ],
)
def test_the_private_address_comes_and_goes(freelancer, actor, address, expected):
    change(freelancer, actor, private_email=address)

    freelancer.refresh_from_db()
    private = freelancer.private_contact
    assert (private.email if private else None) == expected


def test_a_first_private_address_is_added(organisation, actor):
    facts = dataclasses.replace(FACTS, private_email="")
    freelancer = create_freelancer(organisation=organisation, facts=facts, actor=actor)

    change(freelancer, actor, private_email="ozgur@home.example")

    freelancer.refresh_from_db()
    assert freelancer.private_contact.email == "ozgur@home.example"


def test_a_login_is_made_and_announced(freelancer, actor):
    give_login(freelancer_id=freelancer.pk, actor=actor)

    freelancer.refresh_from_db()
    user = freelancer.user
    assert (user.email, user.full_name, user.language) == (
        "o@yilmaz.example",
        "Özgür Yılmaz",
        "en",
    )
    assert not user.has_usable_password()
    message = Message.objects.get()
    assert (message.kind, message.contact) == ("portal_welcome", freelancer.business_contact)
    assert AuditEvent.objects.filter(action="engagements.freelancer.admitted").exists()


def test_a_login_that_exists_is_used(freelancer, actor):
    user = UserFactory(email="o@yilmaz.example")

    give_login(freelancer_id=freelancer.pk, actor=actor)

    freelancer.refresh_from_db()
    assert freelancer.user == user
    assert User.objects.count() == 1


def test_a_login_is_given_once(freelancer, actor):
    give_login(freelancer_id=freelancer.pk, actor=actor)

    with pytest.raises(InvalidTransitionError, match="can sign in already"):
        give_login(freelancer_id=freelancer.pk, actor=actor)


def test_the_login_of_another_professional_is_refused(freelancer, organisation, actor):
    other = create_freelancer(
        organisation=organisation,
        facts=FreelancerFacts(full_name="Sofie Jansen", email="sofie@jansen.example"),
        actor=actor,
    )
    other.user = UserFactory(email="o@yilmaz.example")
    other.save()

    with pytest.raises(DomainError, match="belongs to another professional"):
        give_login(freelancer_id=freelancer.pk, actor=actor)


@pytest.mark.django_db(transaction=True)
def test_two_people_give_a_login_once(freelancer, organisation, actor):
    results = at_once(
        organisation,
        lambda: give_login(freelancer_id=freelancer.pk, actor=actor),
        lambda: give_login(freelancer_id=freelancer.pk, actor=actor),
    )

    assert sorted(type(result).__name__ for result in results) == [
        "Freelancer",
        "InvalidTransitionError",
    ]
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_mail_that_comes_back_meanwhile_is_not_forgotten(freelancer, actor, organisation):
    contact = freelancer.business_contact

    def bounce():
        with organisation_scope(organisation), transaction.atomic():
            Contact.objects.select_for_update().get(pk=contact.pk)
            is_locked.set()
            Contact.objects.filter(pk=contact.pk).update(
                bounced_at=timezone.now(), bounce_code="550 5.1.1"
            )
            assert is_waiting.wait(10)
        connection.close()

    def wait_for_the_change():
        with connection.cursor() as cursor:
            for _try in range(200):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
                threading.Event().wait(0.05)
        is_waiting.set()
        connection.close()

    is_locked, is_waiting = threading.Event(), threading.Event()
    threads = [threading.Thread(target=each) for each in (bounce, wait_for_the_change)]
    threads[0].start()
    assert is_locked.wait(10)
    threads[1].start()
    change(freelancer, actor, full_name="Ö. Yılmaz")
    for thread in threads:
        thread.join()

    contact.refresh_from_db()
    assert (contact.name, contact.bounce_code) == ("Ö. Yılmaz", "550 5.1.1")


@pytest.mark.django_db(transaction=True)
def test_an_address_that_somebody_else_writes_down_meanwhile_is_refused_in_words(
    freelancer, actor, organisation
):
    late = just_behind(
        organisation,
        lambda: ContactFactory(organisation=organisation, email="new@elsewhere.example"),
        lambda: change(freelancer, actor, email="New@elsewhere.example"),
    )

    assert str(late) == "There is already a contact with this address."
