"""What the database refuses of users and members, whoever writes the row."""

import pytest
from django.db import IntegrityError, transaction

from tests.factories.accounts import MembershipFactory, UserFactory


def refused(name):
    return pytest.raises(IntegrityError, match=name)


def test_an_address_signs_one_person_in_whatever_its_case(db):
    UserFactory(email="hanna.smit@veldam.example")

    with refused("user_email_once"), transaction.atomic():
        UserFactory(email="Hanna.Smit@veldam.example")


def test_a_person_has_one_role_in_an_organisation(organisation):
    member = MembershipFactory(organisation=organisation)

    with refused("membership_once"), transaction.atomic():
        MembershipFactory(
            organisation=organisation, user=member.user, contact=member.contact, role="auditor"
        )

    assert MembershipFactory(user=member.user).organisation != organisation
