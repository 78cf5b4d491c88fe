import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from core.models import Contact
from core.scoping import organisation_scope
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import FreelancerFactory


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
    values |= {"days_off": "7-5-2027", "days_worked": "Goede vrijdag", "send_time": "09:30"}
    values["allowed_domains"] = "veldam.example"
    values["weekly_digest_weekday"] = "4"

    response = admin_client.post("/settings/", values)

    assert response.status_code == 302, response.context["form"].errors
    organisation.refresh_from_db()
    assert organisation.days_off == ["2027-05-07"]
    shown = admin_client.get("/settings/", headers={"accept-language": "nl"}).content.decode()
    assert 'value="7-5-2027"' in shown
    assert organisation.days_worked == ["Good Friday"]
    assert organisation.send_time.hour == 9
    assert organisation.weekly_digest_weekday == 4


def values_shown(page):
    values = {f.html_name: f.value() if f.value() is not None else "" for f in page.context["form"]}
    return values | {"days_off": "", "days_worked": "", "allowed_domains": ""}


def test_terms_are_saved(admin_client, organisation):
    terms = {
        "receiver_decide_working_days": 12,
        "external_receiver_percent": 0,
        "library_check_months": 18,
    }
    values = values_shown(admin_client.get("/settings/")) | terms

    response = admin_client.post("/settings/", values)

    assert response.status_code == 302
    organisation.refresh_from_db()
    assert {name: getattr(organisation, name) for name in terms} == terms


def test_no_mail_leaves_in_the_quiet_hours(admin_client):
    values = values_shown(admin_client.get("/settings/")) | {"quiet_from": "07:00"}

    response = admin_client.post("/settings/", values)

    assert response.status_code == 422
    assert "must be before the quiet hours" in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("days_off", "2027-02-30"),
        ("days_worked", "Feest"),
        ("country", "XX"),
        ("allowed_domains", "not a domain"),
        ("receiver_decide_working_days", "0"),
        ("receiver_decide_working_days", "91"),
        ("external_receiver_percent", "101"),
        ("library_check_months", "0"),
        ("library_check_months", "61"),
    ],
)
def test_senseless_settings_are_refused_at_their_field(admin_client, organisation, field, value):
    values = values_shown(admin_client.get("/settings/")) | {field: value}

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

    assert response.status_code == 409
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

    hr_client.post(
        "/settings/organisation/", {"organisation": f"hr:{other.organisation.public_id}"}
    )

    assert hr_client.get("/settings/members/").wsgi_request.organisation == other.organisation


def test_a_page_of_their_other_organisation_is_one_press_away(hr, hr_client):
    other = MembershipFactory(user=hr.user, role="hr")
    with organisation_scope(other.organisation):
        contact = ContactFactory(organisation=other.organisation)
    address = f"/settings/contacts/{contact.public_id}/"

    page = hr_client.get(address)
    words = page.content.decode()
    assert page.status_code == 404
    assert f"You work for {hr.organisation} now." in words
    assert f'name="next" value="{address}"' in words
    door = f"hr:{other.organisation.public_id}"
    assert f'value="{door}"' in words
    there = hr_client.post(
        "/settings/organisation/",
        {"organisation": door, "next": address},
        follow=True,
    )

    assert there.status_code == 200
    assert there.request["PATH_INFO"] == address


def test_whoever_works_for_one_organisation_is_not_sent_to_another(hr_client):
    MembershipFactory()

    assert "Look at" not in hr_client.get("/nowhere/").content.decode()


def test_switching_never_leads_away(hr, hr_client):
    response = hr_client.post(
        "/settings/organisation/", {"organisation": "x", "next": "https://evil.example/"}
    )

    assert response["Location"] == "/"


def test_somebody_elses_organisation_cannot_be_chosen(hr_client, hr):
    stranger = MembershipFactory()

    hr_client.post(
        "/settings/organisation/", {"organisation": f"hr:{stranger.organisation.public_id}"}
    )

    response = hr_client.get("/settings/members/")
    assert response.wsgi_request.organisation == hr.organisation


def test_the_contact_list_leaves_professionals_to_their_own_pages(hr_client, organisation):
    FreelancerFactory(
        organisation=organisation,
        full_name="Fatima El Idrissi",
        business_contact__email="fatima@zzp.example",
        private_contact=ContactFactory(organisation=organisation, email="thuis@prive.example"),
    )
    ContactFactory(organisation=organisation, name="Peter Bos", email="p.bos@veldam.example")

    for address in ("/settings/contacts/", "/settings/contacts/?q=example"):
        page = hr_client.get(address).content.decode()

        assert "p.bos@veldam.example" in page
        assert "zzp.example" not in page
        assert "prive.example" not in page
