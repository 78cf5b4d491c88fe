import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from core.models import Contact
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory


@pytest.fixture
def admin_client(organisation):
    membership = MembershipFactory(organisation=organisation, role="admin")
    client = Client()
    client.force_login(membership.user)
    return client


def test_settings_are_saved_and_holidays_are_known_by_their_dutch_name(admin_client, organisation):
    page = admin_client.get("/settings/")
    weekday = page.context["form"].fields["weekly_digest_weekday"]
    assert [label for _day, label in weekday.choices] == [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
    ]
    values = {
        name: field.value() if field.value() is not None else ""
        for name, field in ((f.html_name, f) for f in page.context["form"])
    }
    values |= {"days_off": "2027-05-07", "days_worked": "Goede vrijdag", "send_time": "09:30"}
    values["allowed_domains"] = "veldam.example"
    values["weekly_digest_weekday"] = "4"

    response = admin_client.post("/settings/", values)

    assert response.status_code == 302, response.context["form"].errors
    organisation.refresh_from_db()
    assert organisation.days_worked == ["Good Friday"]
    assert organisation.send_time.hour == 9
    assert organisation.weekly_digest_weekday == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("days_off", "2027-02-30"),
        ("days_worked", "Feest"),
        ("country", "XX"),
        ("quiet_from", "07:00"),
        ("allowed_domains", "not a domain"),
    ],
)
def test_senseless_settings_are_refused_at_their_field(admin_client, organisation, field, value):
    page = admin_client.get("/settings/")
    values = {f.html_name: f.value() if f.value() is not None else "" for f in page.context["form"]}
    values |= {"days_off": "", "days_worked": "", "allowed_domains": ""} | {field: value}

    response = admin_client.post("/settings/", values)

    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_inviting_by_the_page_makes_a_member(admin_client):
    response = admin_client.post(
        "/settings/members/invite/",
        {"full_name": "Hanna Smit", "email": "hanna@veldam.example", "role": "hr"},
    )

    assert response.status_code == 302
    assert Membership.objects.filter(user__email="hanna@veldam.example").exists()


def test_contacts_can_be_searched_and_filtered(hr_client, organisation):
    ContactFactory(organisation=organisation, name="Özgür Yılmaz")
    ContactFactory(
        organisation=organisation,
        name="Kees Smit",
        bounced_at=timezone.now(),
        bounce_code="550 5.1.1",
    )

    assert "Yılmaz" in hr_client.get("/settings/contacts/?q=Yılm").content.decode()
    bounced = hr_client.get("/settings/contacts/?only=bounced").content.decode()
    assert "Kees Smit" in bounced
    assert "Yılmaz" not in bounced


def test_the_contact_list_costs_the_same_for_many(
    hr_client, organisation, django_assert_max_num_queries
):
    ContactFactory.create_batch(60, organisation=organisation)

    hr_client.get("/settings/contacts/")
    with django_assert_max_num_queries(8):
        hr_client.get("/settings/contacts/")


def test_a_duplicate_contact_is_refused_beside_the_address(hr_client, organisation):
    ContactFactory(organisation=organisation, email="p.bos@veldam.example")

    response = hr_client.post(
        "/settings/contacts/new/",
        {"name": "Other", "email": "P.BOS@veldam.example", "language": "nl", "is_active": "on"},
    )

    assert response.status_code == 422
    assert "email" in response.context["form"].errors
    assert Contact.objects.filter(email__iexact="p.bos@veldam.example").count() == 1


def test_an_auditor_looks_and_cannot_change(organisation):
    auditor = MembershipFactory(organisation=organisation, role="auditor")
    client = Client()
    client.force_login(auditor.user)

    assert client.get("/settings/contacts/").status_code == 200
    assert client.get("/settings/contacts/new/").status_code == 403
    assert client.post("/settings/contacts/new/", {}).status_code == 403
    assert client.get("/settings/").status_code == 403


def test_switching_language_is_remembered_for_a_user_and_never_leads_away(hr_client, hr):
    response = hr_client.post(
        "/settings/language/", {"language": "nl", "next": "https://evil.example/"}
    )

    assert response["Location"] == "/"
    hr.user.refresh_from_db()
    assert hr.user.language == "nl"
    assert 'lang="nl"' in hr_client.get("/settings/members/").content.decode()


def test_a_user_of_two_organisations_switches_between_them(hr, hr_client):
    other = MembershipFactory(user=hr.user, role="admin")

    hr_client.post("/settings/organisation/", {"organisation": str(other.organisation.public_id)})

    assert hr_client.get("/settings/members/").wsgi_request.organisation == other.organisation


def test_somebody_elses_organisation_cannot_be_chosen(hr_client, hr):
    stranger = MembershipFactory()

    hr_client.post(
        "/settings/organisation/", {"organisation": str(stranger.organisation.public_id)}
    )

    response = hr_client.get("/settings/members/")
    assert response.wsgi_request.organisation == hr.organisation
