"""Through which doors somebody may go: all that are theirs, whoever opened another one."""

import pytest
from django.test import Client

from accounts import operations
from core.actors import Actor
from core.models import Organisation
from core.scoping import organisation_scope
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import FreelancerFactory

MARIEKE = Actor(label="Marieke Visser")
SWITCH = "/settings/organisation/"


@pytest.fixture
def professional(organisation):
    return FreelancerFactory(organisation=organisation, user=UserFactory())


@pytest.fixture
def client(professional) -> Client:
    client = Client()
    client.force_login(professional.user)
    return client


def invited(professional, organisation: Organisation, role: str = "hr") -> Organisation:
    with organisation_scope(organisation):
        operations.invite_member(
            organisation=organisation,
            email=professional.user.email,
            full_name="Somebody",
            role=role,
            actor=MARIEKE,
        )
    return organisation


def keys_offered(client: Client) -> list[str]:
    return [entrance.key for entrance in client.get("/settings/profile/").wsgi_request.entrances]


def test_an_invitation_from_elsewhere_does_not_shut_the_portal(client, professional, organisation):
    assert client.get("/portal/").status_code == 200
    invited(professional, OrganisationFactory())

    portal = next(key for key in keys_offered(client) if key.startswith("portal"))
    client.post(SWITCH, {"organisation": portal})

    page = client.get("/portal/")
    assert page.status_code == 200
    assert page.wsgi_request.organisation == organisation
    assert client.get("/engagements/").status_code == 403


def test_who_is_both_here_goes_in_by_either_door(client, professional, organisation):
    invited(professional, organisation)

    for door, other in (("/portal/", "/engagements/"), ("/engagements/", "/portal/")):
        key = {"/portal/": "portal", "/engagements/": "hr"}[door]
        client.post(SWITCH, {"organisation": f"{key}:{organisation.public_id}"})
        assert client.get(door).status_code == 200
        assert client.get(other).status_code == 403


def test_the_menu_offers_the_other_doors_by_name(client, professional, organisation):
    elsewhere = invited(professional, OrganisationFactory(name="Gemeente Elders"))

    at_work = client.get("/settings/profile/").content.decode()
    client.post(SWITCH, {"organisation": f"portal:{organisation.public_id}"})
    at_home = client.get("/portal/").content.decode()

    assert f'value="portal:{organisation.public_id}"' in at_work
    assert f'value="hr:{elsewhere.public_id}"' in at_home
    assert "Gemeente Elders" in at_home


def test_a_member_of_two_organisations_sees_one_at_a_time(organisation):
    user = UserFactory()
    MembershipFactory(organisation=organisation, user=user, role="admin")
    elsewhere = OrganisationFactory(name="Gemeente Elders")
    with organisation_scope(elsewhere):
        MembershipFactory(organisation=elsewhere, user=user, role="auditor")
    client = Client()
    client.force_login(user)

    for chosen, may_write in ((organisation, 200), (elsewhere, 403)):
        client.post(SWITCH, {"organisation": f"hr:{chosen.public_id}"})
        page = client.get("/settings/members/")
        assert page.wsgi_request.organisation == chosen
        assert client.get("/settings/").status_code == may_write


@pytest.mark.parametrize("door", ["hr", "portal", "x" * 100_000, "\0", ""])
def test_a_door_of_somebody_else_is_not_even_remembered(client, professional, organisation, door):
    foreign = OrganisationFactory()

    answer = client.post(SWITCH, {"organisation": f"{door}:{foreign.public_id}"})

    assert answer.status_code == 302
    assert client.get("/portal/").wsgi_request.organisation == organisation
    assert "organisation" not in client.session
