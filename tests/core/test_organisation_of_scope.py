"""The organisation of a row comes from the open scope; that of another from the database."""

import pytest

from core.models import Contact
from core.scoping import across_organisations, organisation_scope
from tests.factories.core import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def test_a_row_of_the_open_scope_asks_nothing_for_its_organisation(django_assert_num_queries):
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        ContactFactory(organisation=organisation)
        contact = Contact.objects.get()
        with django_assert_num_queries(0):
            assert contact.organisation is organisation


def test_rows_of_other_organisations_have_their_own(django_assert_num_queries):
    mine, other = OrganisationFactory(), OrganisationFactory()
    with across_organisations():
        stranger = Contact.objects.get(pk=ContactFactory(organisation=other).pk)
    with organisation_scope(mine), django_assert_num_queries(1):
        assert stranger.organisation == other


def test_without_a_scope_the_database_answers():
    organisation = OrganisationFactory()
    with across_organisations():
        contact = Contact.objects.get(pk=ContactFactory(organisation=organisation).pk)
        assert contact.organisation == organisation
