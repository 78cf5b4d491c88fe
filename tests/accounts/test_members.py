import pytest
from django.db import IntegrityError

from accounts import operations
from accounts.models import Membership, User
from core.actors import Actor
from core.errors import DomainError, NotPermittedError
from core.models import AuditEvent
from core.scoping import organisation_scope
from notifications import mail, planning
from notifications.models import Message
from tests.factories.accounts import MembershipFactory
from tests.factories.core import OrganisationFactory

ADMIN = Actor(label="Marieke Visser")


def test_inviting_makes_user_contact_membership_mail_and_history(organisation):
    membership = operations.invite_member(
        organisation=organisation,
        email="Hanna.Smit@Veldam.example",
        full_name="Hanna Smit",
        role="hr",
        actor=ADMIN,
    )

    assert membership.user.email == "hanna.smit@veldam.example"
    assert not membership.user.has_usable_password()
    assert membership.contact.email == "hanna.smit@veldam.example"
    message = Message.objects.get()
    assert message.kind == "member_welcome"
    letter = planning.composers_for(message.kind)([message])[message.pk]
    assert letter.context["reader"].name == "Hanna Smit"
    welcome = mail.render(letter.template, letter.context, language="en", organisation=organisation)
    assert "Hello Hanna Smit," in welcome.text
    assert "Hello Hanna Smit," in welcome.html
    assert AuditEvent.objects.get().action == "accounts.member.invited"


def test_a_member_cannot_be_invited_twice(organisation):
    facts = {"email": "h@veldam.example", "full_name": "Hanna Smit", "role": "hr"}
    operations.invite_member(organisation=organisation, actor=ADMIN, **facts)

    with pytest.raises(DomainError):
        operations.invite_member(organisation=organisation, actor=ADMIN, **facts)

    assert Membership.objects.count() == 1


def test_the_last_administrator_cannot_be_demoted(organisation):
    admin = MembershipFactory(organisation=organisation, role="admin")

    with pytest.raises(DomainError, match="must be an administrator"):
        operations.change_member(membership_id=admin.pk, role="hr", is_active=True, actor=ADMIN)

    admin.refresh_from_db()
    assert admin.role == "admin"


def test_an_administrator_cannot_change_their_own_role(organisation):
    admin = MembershipFactory(organisation=organisation, role="admin")
    MembershipFactory(organisation=organisation, role="admin")
    actor = Actor(label="self", user_id=admin.user_id)

    with pytest.raises(NotPermittedError):
        operations.change_member(membership_id=admin.pk, role="hr", is_active=True, actor=actor)


def test_taking_away_access_ends_running_sessions(organisation, client):
    MembershipFactory(organisation=organisation, role="admin")
    hr = MembershipFactory(organisation=organisation, role="hr")
    client.force_login(hr.user)
    assert client.get("/settings/members/").status_code == 200

    operations.change_member(membership_id=hr.pk, role="hr", is_active=False, actor=ADMIN)

    response = client.get("/settings/members/")
    assert response.status_code in (302, 403)


def test_one_address_is_one_user(organisation):
    User.objects.create_user("a@veldam.example", full_name="A")

    with pytest.raises(IntegrityError):
        User.objects.create(email="A@veldam.example", full_name="B")


def test_mail_follows_the_name_and_language_of_the_profile_in_every_organisation(organisation):
    here = MembershipFactory(organisation=organisation, contact__language="nl")
    elsewhere = OrganisationFactory()
    with organisation_scope(elsewhere):
        there = MembershipFactory(organisation=elsewhere, user=here.user, contact__language="nl")

    operations.update_profile(user_id=here.user_id, full_name="Hanna Visser", language="en")

    for membership in (here, there):
        with organisation_scope(membership.organisation):
            membership.contact.refresh_from_db()
            assert membership.contact.name == "Hanna Visser"
            assert membership.contact.language == "en"


def test_a_profile_that_follows_the_browser_leaves_the_language_of_the_mail(organisation):
    member = MembershipFactory(organisation=organisation, contact__language="nl")

    operations.update_profile(user_id=member.user_id, full_name="Hanna Visser", language="")

    member.contact.refresh_from_db()
    assert member.contact.language == "nl"


def test_the_language_chosen_in_the_header_is_that_of_the_mail_too(organisation):
    membership = MembershipFactory(
        organisation=organisation, contact__name="M. Visser", contact__language="nl"
    )

    operations.set_language(user_id=membership.user_id, language="en")

    membership.refresh_from_db()
    assert (membership.user.language, membership.contact.language) == ("en", "en")
    assert membership.contact.name == "M. Visser"
