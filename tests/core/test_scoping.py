import pytest
from django_scopes.exceptions import ScopeError

from core.models import Contact
from core.scoping import organisation_scope
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory


def test_query_without_an_organisation_raises(db):
    with pytest.raises(ScopeError):
        Contact.objects.count()


def test_rows_of_another_organisation_are_not_there(db):
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    ContactFactory(organisation=ours)
    with organisation_scope(theirs):
        assert not Contact.objects.exists()


def test_scope_refuses_no_organisation(db):
    with pytest.raises(TypeError), organisation_scope(None):
        pass


def test_smallest_engagement_can_be_stored(organisation):
    engagement = EngagementFactory(organisation=organisation)

    assert type(engagement).objects.get() == engagement
