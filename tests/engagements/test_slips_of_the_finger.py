"""Years and addresses that no page can live with are refused where they are typed."""

import pytest

from core.models import Contact
from engagements.models import Engagement
from tests.factories.engagements import DepartmentFactory, EngagementFactory

NEW = "/engagements/new/"


@pytest.fixture
def facts(organisation):
    department = DepartmentFactory(organisation=organisation)
    return {
        "title": "Data engineer",
        "department": str(department.public_id),
        "starts_on": "2026-11-01",
        "ends_on": "2027-02-01",
        "new_name": "Sofie Jansen",
        "new_email": "sofie@jansen.example",
        "new_language": "en",
        "manager_name": "Anna Kok",
        "manager_email": "a.kok@veldam.example",
    }


def test_the_facts_themselves_are_fine(hr_client, facts):
    assert hr_client.post(NEW, facts).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("access_ends_at", "0001-01-01T00:00"),  # before the first year in UTC: read by nothing
        ("access_ends_at", "9999-12-31T23:59"),
        ("starts_on", "0026-11-01"),
        ("ends_on", "9999-12-31"),
    ],
)
def test_an_impossible_year_is_refused_at_its_field(hr_client, facts, field, value):
    response = hr_client.post(NEW, {**facts, field: value})

    assert response.status_code == 422
    assert "Check the year" in str(response.context["form"].errors[field])
    assert not Engagement.objects.exists()


def test_an_end_in_an_impossible_year_is_not_previewed(hr_client, organisation):
    engagement = EngagementFactory(organisation=organisation)

    page = hr_client.get(f"/engagements/{engagement.public_id}/end/?new_ends_on=9999-12-31")

    assert page.status_code == 422


@pytest.mark.parametrize("field", ["new_email", "new_private_email", "manager_email"])
def test_an_address_longer_than_mail_allows_is_refused_at_its_field(hr_client, facts, field):
    long = "x" * 60 + "@" + ".".join(["y" * 60] * 4) + ".example"
    assert 254 < len(long) < 320

    response = hr_client.post(NEW, {**facts, field: long})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Contact.objects.filter(email=long).exists()
