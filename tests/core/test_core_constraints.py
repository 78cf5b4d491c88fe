"""What the database refuses of organisations and contacts, whoever writes the row."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import Contact, Organisation
from tests.factories.core import ContactFactory, OrganisationFactory

NOW = timezone.now()


def refused(name):
    return pytest.raises(IntegrityError, match=name)


def test_the_daily_mail_leaves_before_the_quiet_hours(organisation):
    with refused("organisation_sends_before_quiet"), transaction.atomic():
        Organisation.objects.filter(pk=organisation.pk).update(send_time="18:00")


def test_an_organisation_has_an_address_once_whatever_its_case(organisation):
    ContactFactory(organisation=organisation, email="p.bos@veldam.example")

    with refused("contact_email_once"), transaction.atomic():
        ContactFactory(organisation=organisation, email="P.Bos@veldam.example")

    elsewhere = ContactFactory(organisation=OrganisationFactory(), email="p.bos@veldam.example")
    assert elsewhere.pk


@pytest.mark.parametrize("values", [{"bounced_at": NOW}, {"bounce_code": "550 5.1.1"}])
def test_mail_that_came_back_says_when_and_why(organisation, values):
    contact = ContactFactory(organisation=organisation)

    with refused("contact_bounced_iff_code"), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(**values)
