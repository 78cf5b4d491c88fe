"""Somebody else writes the same person, address or setting down a moment earlier."""

import pytest
from allauth.usersessions.models import UserSession

from accounts import operations
from accounts.models import Membership, User
from core.actors import Actor
from core.errors import DomainError, NotPermittedError
from core.models import AuditEvent, Contact, Organisation
from core.scoping import organisation_scope
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.races import at_once, just_behind

pytestmark = pytest.mark.django_db(transaction=True)
ADMIN = Actor(label="Marieke Visser")
EMAIL = "Hanna.Smit@veldam.example"


@pytest.fixture
def organisation():
    return OrganisationFactory()


def invite(organisation):
    return operations.invite_member(
        organisation=organisation, email=EMAIL, full_name="Hanna Smit", role="hr", actor=ADMIN
    )


def test_a_login_that_somebody_else_made_is_used(organisation):
    user = just_behind(
        organisation,
        lambda: UserFactory(email=EMAIL.lower()),
        lambda: operations.user_for(email=EMAIL, full_name="Hanna Smit"),
    )

    assert user == User.objects.get()


def test_a_member_takes_the_contact_that_somebody_else_wrote_down(organisation):
    membership = just_behind(
        organisation,
        lambda: ContactFactory(organisation=organisation, email=EMAIL.upper()),
        lambda: invite(organisation),
    )

    with organisation_scope(organisation):
        assert membership.contact == Contact.objects.get()


def test_one_person_is_invited_once(organisation):
    late = just_behind(organisation, lambda: invite(organisation), lambda: invite(organisation))

    assert isinstance(late, DomainError)
    assert "member already" in str(late)
    with organisation_scope(organisation):
        assert Membership.objects.count() == 1


def test_a_short_name_is_given_once(organisation):
    def found(name):
        return operations.create_organisation(
            name=name, slug="veldhoven", hr_email="hr@veldhoven.example", hr_name="H. Smit"
        )

    late = just_behind(organisation, lambda: found("Veldhoven"), lambda: found("Gemeente"))

    assert isinstance(late, DomainError)
    assert Organisation.objects.get(slug="veldhoven").name == "Veldhoven"


def demote(member, by):
    return operations.change_member(
        membership_id=member.pk,
        role="hr",
        is_active=True,
        actor=Actor(label=by.user.full_name, user_id=by.user_id),
    )


def test_of_two_administrators_who_demote_each_other_one_stays(organisation):
    admins = MembershipFactory.create_batch(2, organisation=organisation, role="admin")

    late = just_behind(
        organisation,
        lambda: demote(admins[0], by=admins[1]),
        lambda: demote(admins[1], by=admins[0]),
    )

    assert isinstance(late, NotPermittedError)
    with organisation_scope(organisation):
        assert Membership.objects.get(role="admin") == admins[1]


def test_who_was_just_demoted_demotes_nobody_any_more(organisation):
    first, second, third = MembershipFactory.create_batch(
        3, organisation=organisation, role="admin"
    )

    late = just_behind(
        organisation, lambda: demote(second, by=first), lambda: demote(first, by=second)
    )

    assert isinstance(late, NotPermittedError)
    with organisation_scope(organisation):
        assert set(Membership.objects.filter(role="admin")) == {first, third}


def test_an_address_is_written_down_once(organisation):
    def add(email):
        facts = operations.ContactFacts(name="Hanna Smit", email=email)
        return operations.save_contact(organisation=organisation, facts=facts, actor=ADMIN)

    late = just_behind(organisation, lambda: add(EMAIL), lambda: add(EMAIL.upper()))

    assert str(late) == "There is already a contact with this address."
    with organisation_scope(organisation):
        assert Contact.objects.count() == 1


def test_a_contact_that_moved_a_moment_ago_moved_once(organisation):
    contact = ContactFactory(organisation=organisation)

    def move(email):
        facts = operations.ContactFacts(name=contact.name, email=email)
        return operations.save_contact(
            organisation=organisation, facts=facts, actor=ADMIN, contact_id=contact.pk
        )

    just_behind(organisation, lambda: move(EMAIL), lambda: move(EMAIL.lower()))

    with organisation_scope(organisation):
        moves = AuditEvent.objects.filter(action="accounts.contact.changed").order_by("pk")
        assert [event.data["address_changed"] for event in moves] == [True, False]


def test_two_who_change_the_settings_at_once_each_change_what_they_meant(organisation):
    def change(**values):
        return operations.update_organisation(organisation=organisation, values=values, actor=ADMIN)

    just_behind(
        organisation,
        lambda: change(desk_name="Inhuur", link_days=20),
        lambda: change(desk_name="Inhuur", ending_days=60),
    )

    organisation.refresh_from_db()
    assert (organisation.desk_name, organisation.link_days, organisation.ending_days) == (
        "Inhuur",
        20,
        60,
    )
    with organisation_scope(organisation):
        last = AuditEvent.objects.filter(action="accounts.organisation.changed").latest("pk")
        assert last.data["fields"] == "ending_days"


def test_a_language_chosen_while_the_profile_is_saved_is_kept_with_the_new_name(organisation):
    member = MembershipFactory(organisation=organisation)

    just_behind(
        organisation,
        lambda: operations.update_profile(
            user_id=member.user_id, full_name="Marieke de Visser", language="nl"
        ),
        lambda: operations.set_language(user_id=member.user_id, language="en"),
    )

    member.user.refresh_from_db()
    member.contact.refresh_from_db()
    for person in (member.user.full_name, member.contact.name):
        assert person == "Marieke de Visser"
    assert (member.user.language, member.contact.language) == ("en", "en")


def test_of_two_languages_chosen_at_once_the_later_one_holds(organisation):
    contact = ContactFactory(organisation=organisation, language="nl")

    def choose(language):
        return operations.choose_language(contact_id=contact.pk, language=language, actor=ADMIN)

    just_behind(organisation, lambda: choose("nl"), lambda: choose("en"))

    with organisation_scope(organisation):
        contact.refresh_from_db()
    assert (contact.language, contact.language_chosen) == ("en", True)


def test_all_addresses_of_a_user_get_the_language_of_the_later_of_two(organisation):
    member = MembershipFactory(organisation=organisation)
    dutch, english = (
        User(pk=member.user_id, email=member.user.email, language=language)
        for language in ("nl", "en")
    )

    just_behind(
        organisation, lambda: operations.write_in(dutch), lambda: operations.write_in(english)
    )

    with organisation_scope(organisation):
        member.contact.refresh_from_db()
    assert member.contact.language == "en"


def test_a_login_that_moves_twice_at_once_is_told_twice_and_ends_all_other_sessions(organisation):
    member = MembershipFactory(organisation=organisation)
    session = UserSession.objects.create(
        user=member.user, session_key="other", ip="127.0.0.1", user_agent="x", data={}
    )

    def moved():
        return operations.login_moved(user_id=member.user_id, session_key="mine")

    answers = at_once(organisation, moved, moved)

    assert answers == [None, None]
    assert not UserSession.objects.filter(pk=session.pk).exists()
