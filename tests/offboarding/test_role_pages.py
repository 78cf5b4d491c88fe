"""Who holds which role, and the procedure, as settings pages."""

import pytest
from django.test import Client
from django.urls import reverse

from offboarding.models import RoleHolder
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.offboarding import RoleHolderFactory
from tests.offboarding.conftest import task

EDIT_IT = "/settings/roles/it/"


@pytest.fixture
def client(engagement, hr_client):
    return hr_client


def test_the_overview_names_each_role_and_who_holds_it(client):
    page = client.get(reverse("offboarding:role_holder_list")).content.decode()

    assert "Servicedesk" in page
    assert "Facilities" in page
    assert "Hiring manager" not in page


def test_a_role_goes_to_somebody_and_takes_its_tasks_along(client, engagement, office):
    kim = ContactFactory(organisation=office, name="Kim Smit")

    response = client.post(EDIT_IT, {"contact": "Kim Smit", "department": ""})

    assert response.status_code == 302
    assert RoleHolder.objects.get(role="it", department=None).contact == kim
    assert task(engagement, "OF21").owner == kim


def test_a_role_goes_to_somebody_for_one_department(client, engagement, office):
    kim = ContactFactory(organisation=office, name="Kim Smit")

    client.post(
        EDIT_IT,
        {"contact": "Kim Smit", "department": str(engagement.department.public_id)},
    )

    assert task(engagement, "OF21").owner == kim
    assert RoleHolder.objects.filter(role="it").count() == 2
    page = client.get(EDIT_IT).content.decode()
    assert engagement.department.name in page


def test_somebody_unknown_is_asked_for_again(client):
    response = client.post(EDIT_IT, {"contact": "Niemand"})

    assert response.status_code == 422
    assert "add them to your contacts" in response.content.decode()


def test_a_role_can_be_taken_away(client, engagement):
    holder = RoleHolder.objects.get(role="it")

    response = client.post(reverse("offboarding:role_holder_remove", args=[holder.public_id]))

    assert response.url == EDIT_IT
    assert task(engagement, "OF21").owner is None
    overview = client.get(reverse("offboarding:role_holder_list")).content.decode()
    assert "tasks wait" in overview


@pytest.mark.parametrize("role", ["manager", "freelancer", "gardener"])
def test_there_is_no_page_for_a_role_that_is_not_given(client, role):
    assert client.get(reverse("offboarding:role_holder_edit", args=[role])).status_code == 404


def test_an_auditor_sees_roles_and_changes_none(engagement, office):
    auditor = Client()
    auditor.force_login(MembershipFactory(organisation=office, role="auditor").user)
    holder = RoleHolder.objects.get(role="it")

    assert auditor.get(reverse("offboarding:role_holder_list")).status_code == 200
    assert auditor.get(EDIT_IT).status_code == 403
    assert auditor.post(EDIT_IT, {"contact": "x"}).status_code == 403
    removal = auditor.post(reverse("offboarding:role_holder_remove", args=[holder.public_id]))
    assert removal.status_code == 403


def test_a_role_of_another_organisation_cannot_be_taken_away(client):
    foreign = RoleHolderFactory(organisation=OrganisationFactory())

    response = client.post(reverse("offboarding:role_holder_remove", args=[foreign.public_id]))

    assert response.status_code == 404


def test_the_procedure_shows_every_step_with_owner_day_and_control(client):
    page = client.get(reverse("offboarding:procedure_detail")).content.decode()

    assert page.count('<th scope="row">') == 45
    assert "From welcome to farewell, version 1." in page
    assert "60 days before the last day" in page
    assert "1 working day before the first day" in page
    assert "on the last day" in page
    assert "needed for closing" in page
    assert "CIS 6.2" in page
    assert "in a short engagement only" in page


def test_before_the_first_engagement_the_page_says_where_it_comes_from(organisation, hr_client):
    page = hr_client.get(reverse("offboarding:procedure_detail")).content.decode()

    assert "comes with your first engagement" in page
