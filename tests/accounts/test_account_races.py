"""Somebody else writes the same person, address or name down a moment earlier."""

import pytest

from accounts import operations
from accounts.models import Membership, User
from core.actors import Actor
from core.errors import DomainError
from core.models import Contact, Organisation
from core.scoping import organisation_scope
from tests.factories.accounts import UserFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.races import just_behind

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
