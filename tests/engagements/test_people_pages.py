"""Professionals and departments on pages."""

import datetime

import pytest
from lxml import html

from engagements.models import Department, Freelancer
from engagements.queries import contact_label
from tests.factories.accounts import UserFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory

pytestmark = pytest.mark.usefixtures("monday")


def text(response):
    return " ".join(
        html.fromstring(response.content.decode()).xpath("//main")[0].text_content().split()
    )


def names(response):
    return [
        cell.text_content().strip()
        for cell in html.fromstring(response.content.decode()).xpath("//tbody//th[@scope='row']")
    ]


@pytest.fixture
def people(organisation):
    jan = FreelancerFactory(
        organisation=organisation, full_name="Jan de Vries", sort_name="jan de vries"
    )
    ozgur = FreelancerFactory(
        organisation=organisation,
        full_name="Özgür Yılmaz",
        sort_name="ozgur yilmaz",
        business_name="Yılmaz Architectuur",
    )
    sofie = FreelancerFactory(
        organisation=organisation, full_name="Sofie Jansen", sort_name="sofie jansen"
    )
    EngagementFactory(
        organisation=organisation,
        freelancer=jan,
        title="Java-ontwikkelaar",
        starts_on=datetime.date(2026, 3, 2),
        ends_on=datetime.date(2026, 12, 14),
    )
    EngagementFactory(
        organisation=organisation,
        freelancer=sofie,
        starts_on=datetime.date(2026, 1, 1),
        ends_on=datetime.date(2026, 6, 30),
    )
    return jan, ozgur, sofie


def test_professionals_are_listed_by_name_with_ozgur_before_sofie(hr_client, people):
    response = hr_client.get("/professionals/")

    assert names(response) == ["Jan de Vries", "Özgür Yılmaz", "Sofie Jansen"]
    assert "Java-ontwikkelaar" in text(response)
    assert "Tue 30 Jun" in text(response)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "ozgur"}, ["Özgür Yılmaz"]),
        ({"q": "architectuur"}, ["Özgür Yılmaz"]),
        ({"show": "now"}, ["Jan de Vries"]),
        ({"show": "past"}, ["Özgür Yılmaz", "Sofie Jansen"]),
        ({"show": "nonsense"}, ["Jan de Vries", "Özgür Yılmaz", "Sofie Jansen"]),
        ({"sort": "-last_day", "q": "j"}, ["Jan de Vries", "Sofie Jansen"]),
    ],
)
def test_professionals_are_found(hr_client, people, query, found):
    assert names(hr_client.get("/professionals/", query)) == found


def test_nobody_found_says_so(hr_client, people):
    assert "No professional fits" in text(hr_client.get("/professionals/", {"q": "zzz"}))


def test_the_list_of_professionals_costs_the_same_for_many(
    hr_client, organisation, django_assert_max_num_queries
):
    for _number in range(40):
        EngagementFactory(organisation=organisation)

    with django_assert_max_num_queries(12):
        hr_client.get("/professionals/")


def test_a_professional_shows_engagements_addresses_and_tenure(hr_client, people):
    jan, _ozgur, _sofie = people

    shown = text(hr_client.get(jan.get_absolute_url()))

    assert "Java-ontwikkelaar" in shown
    assert jan.business_contact.email in shown
    assert "Here since Monday 2 March" in shown
    # 2 March up to and including today.
    assert "267 days in engagements" in shown
    assert "no access yet" in shown


def test_somebody_who_never_started_has_no_tenure(hr_client, people):
    shown = text(hr_client.get(people[1].get_absolute_url()))

    assert "No engagement yet" in shown
    assert "Here since" not in shown


def test_a_professional_is_added(hr_client):
    response = hr_client.post(
        "/professionals/new/",
        {"full_name": "Sofie Jansen", "email": "sofie@jansen.example", "language": "nl"},
    )

    freelancer = Freelancer.objects.get()
    assert response["Location"] == freelancer.get_absolute_url()
    assert freelancer.sort_name == "sofie jansen"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"full_name": ""}, "required"),
        ({"email": "sofie"}, "valid email"),
        ({"kvk_number": "12"}, "eight digits"),
    ],
)
def test_a_mistake_about_a_professional_is_named(hr_client, changes, message):
    facts = {"full_name": "Sofie Jansen", "email": "sofie@jansen.example", "language": "nl"}

    response = hr_client.post("/professionals/new/", {**facts, **changes})

    assert response.status_code == 422
    assert message in text(response)
    assert not Freelancer.objects.exists()


def test_an_address_that_is_taken_is_refused(hr_client, people):
    response = hr_client.post(
        "/professionals/new/",
        {"full_name": "Somebody", "email": people[0].business_contact.email, "language": "nl"},
    )

    assert response.status_code == 409
    assert "Another professional has this e-mail address" in text(response)


def test_a_professional_is_edited(hr_client, people):
    jan = people[0]
    url = f"/professionals/{jan.public_id}/edit/"
    page = html.fromstring(hr_client.get(url).content.decode())
    assert page.xpath("//input[@name='email']/@value") == [jan.business_contact.email]

    response = hr_client.post(
        url,
        {
            "full_name": "Jan de Vries",
            "email": jan.business_contact.email,
            "private_email": "jan@thuis.example",
            "language": "en",
        },
    )

    assert response["Location"] == jan.get_absolute_url()
    jan.refresh_from_db()
    assert jan.private_contact.email == "jan@thuis.example"


def test_access_to_the_portal_is_given_once(hr_client, people):
    jan = people[0]
    url = f"/professionals/{jan.public_id}/admit/"

    assert "Access is given" in text(hr_client.post(url, follow=True))
    again = hr_client.post(url, follow=True)

    assert "can sign in already" in text(again)
    assert "signs in as" in text(again)
    jan.refresh_from_db()
    assert jan.user is not None


def test_departments_are_listed_with_who_works_there_now(hr_client, organisation, people):
    shown = text(hr_client.get("/settings/departments/"))

    assert people[0].engagements.get().department.name in shown


def test_a_department_is_added_and_changed(hr_client, organisation):
    head = ContactFactory(organisation=organisation, name="Anna Kok")

    hr_client.post(
        "/settings/departments/new/",
        {"name": "Zorgdata", "head": contact_label(head), "is_active": "on"},
    )
    department = Department.objects.get()
    assert department.head == head

    url = f"/settings/departments/{department.public_id}/"
    page = html.fromstring(hr_client.get(url).content.decode())
    assert page.xpath("//input[@name='head']/@value") == [contact_label(head)]
    response = hr_client.post(url, {"name": "Platform", "head": ""})

    assert response.status_code == 302
    department.refresh_from_db()
    assert (department.name, department.head, department.is_active) == ("Platform", None, False)


def test_a_department_with_a_taken_name_is_refused(hr_client, organisation):
    DepartmentFactory(organisation=organisation, name="Zorgdata")

    response = hr_client.post("/settings/departments/new/", {"name": "zorgdata"})

    assert response.status_code == 409
    assert "There is already a department with this name" in text(response)


def test_an_auditor_reads_but_gets_no_buttons(hr, hr_client, organisation, people):
    hr.role = "auditor"
    hr.save()
    department = DepartmentFactory(organisation=organisation)
    pages = ["/professionals/", people[0].get_absolute_url(), "/settings/departments/"]

    for address in pages:
        response = hr_client.get(address)
        assert response.status_code == 200
        links = html.fromstring(response.content.decode()).xpath("//main//a/@href")
        assert not [link for link in links if "edit" in link or "new" in link]
    assert hr_client.get(f"/settings/departments/{department.public_id}/").status_code == 403


def test_people_of_another_organisation_do_not_exist(hr_client):
    other = OrganisationFactory()
    stranger = FreelancerFactory(organisation=other, user=UserFactory())
    department = DepartmentFactory(organisation=other)

    for address in (
        stranger.get_absolute_url(),
        f"/professionals/{stranger.public_id}/edit/",
        f"/settings/departments/{department.public_id}/",
    ):
        assert hr_client.get(address).status_code == 404
