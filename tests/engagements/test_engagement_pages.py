"""Planning and editing an engagement on a page."""

import datetime

import pytest
from lxml import html

from core.models import Contact
from engagements.models import Engagement, Freelancer, Intermediary
from engagements.queries import contact_label, freelancer_label
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory

NEW = "/engagements/new/"


@pytest.fixture
def facts(organisation):
    return {
        "professional": freelancer_label(
            FreelancerFactory(organisation=organisation, full_name="Özgür Yılmaz")
        ),
        "department": str(DepartmentFactory(organisation=organisation).public_id),
        "manager": contact_label(ContactFactory(organisation=organisation, name="Peter Bos")),
        "title": "Architect",
        "starts_on": "2026-12-01",
        "ends_on": "2027-06-30",
    }


def edited(engagement, **values):
    return {
        "title": engagement.title,
        "starts_on": engagement.starts_on.isoformat(),
        "department": str(engagement.department.public_id),
        "manager": contact_label(engagement.manager),
        "version": str(engagement.version),
        **values,
    }


def errors(response):
    summary = html.fromstring(response.content.decode()).find_class("error-summary")[0]
    return " ".join(summary.text_content().split())


def test_an_engagement_is_planned(hr_client, facts):
    response = hr_client.post(NEW, facts)

    engagement = Engagement.objects.get()
    assert response.status_code == 302
    assert response["Location"] == engagement.get_absolute_url()
    assert engagement.freelancer.full_name == "Özgür Yılmaz"
    assert engagement.manager.name == "Peter Bos"
    assert engagement.ends_on == datetime.date(2027, 6, 30)


def test_an_empty_department_asks_for_one(hr_client):
    text = hr_client.get(NEW).text

    assert "Choose a department" in text
    assert "-----" not in text


@pytest.mark.parametrize("typed", ["ozgur yilmaz", "Özgür", "yilmaz"])
def test_a_professional_is_found_by_what_people_type(hr_client, facts, typed):
    assert hr_client.post(NEW, {**facts, "professional": typed}).status_code == 302


def test_a_professional_is_found_by_address(hr_client, facts):
    address = Freelancer.objects.get().business_contact.email

    assert hr_client.post(NEW, {**facts, "professional": address.upper()}).status_code == 302


def test_a_name_that_several_have_asks_which_one(hr_client, organisation, facts):
    for number in (1, 2):
        ContactFactory(organisation=organisation, name="Kees Smit", email=f"k{number}@v.example")

    response = hr_client.post(NEW, {**facts, "manager": "kees smit"})

    assert response.status_code == 422
    assert "Kees Smit (k1@v.example); Kees Smit (k2@v.example)" in errors(response)
    assert not Engagement.objects.exists()


def test_somebody_unknown_is_said_to_be_unknown(hr_client, facts):
    response = hr_client.post(NEW, {**facts, "professional": "Nobody"})

    assert response.status_code == 422
    assert "We do not know “Nobody”" in errors(response)


def test_people_who_are_new_are_made_on_the_way(hr_client, facts):
    response = hr_client.post(
        NEW,
        {
            **facts,
            "professional": "",
            "new_name": "Sofie Jansen",
            "new_email": "sofie@jansen.example",
            "new_language": "en",
            "manager": "",
            "manager_name": "Anna Kok",
            "manager_email": "a.kok@veldam.example",
            "intermediary_name": "Tussenpartij BV",
        },
    )

    assert response.status_code == 302
    engagement = Engagement.objects.get()
    assert engagement.freelancer.sort_name == "sofie jansen"
    assert engagement.freelancer.business_contact.language == "en"
    assert engagement.manager == Contact.objects.get(email="a.kok@veldam.example")
    assert engagement.intermediary == Intermediary.objects.get(name="Tussenpartij BV")


def test_nobody_new_is_left_behind_when_the_engagement_is_refused(hr_client, facts, organisation):
    EngagementFactory(organisation=organisation, external_id="HR-7")
    people = Freelancer.objects.count(), Contact.objects.count()

    response = hr_client.post(
        NEW,
        {
            **facts,
            "professional": "",
            "new_name": "Sofie Jansen",
            "new_email": "sofie@jansen.example",
            "external_id": "HR-7",
        },
    )

    assert response.status_code == 409
    assert "There is already an engagement with this id" in errors(response)
    assert (Freelancer.objects.count(), Contact.objects.count()) == people


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"professional": ""}, "Choose somebody, or add somebody new below"),
        ({"new_name": "Sofie", "new_email": "s@j.example"}, "not both"),
        ({"professional": "", "new_name": "Sofie"}, "both the name and the e-mail address"),
        ({"manager": ""}, "Choose somebody"),
        ({"manager": "", "manager_email": "a@b.example"}, "both the name"),
        ({"ends_on": "2026-11-01"}, "The last day cannot be before the first day"),
        ({"ends_on": "31-02-2027"}, "Enter a valid date"),
        ({"title": ""}, "required"),
        ({"department": "x"}, "not a valid UUID"),
        ({"hourly_rate": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_saved(hr_client, facts, changes, message):
    response = hr_client.post(NEW, {**facts, **changes})

    assert response.status_code == 422
    assert message in errors(response)
    assert not Engagement.objects.exists()


def test_an_overlap_is_shown_at_the_box_that_allows_it(hr_client, facts):
    hr_client.post(NEW, facts)

    response = hr_client.post(NEW, facts)

    assert response.status_code == 409
    assert "already has an engagement at this department" in errors(response)
    page = html.fromstring(response.content.decode())
    assert page.xpath("//*[@id='div_id_may_overlap'][contains(@class,'field-invalid')]")

    assert hr_client.post(NEW, {**facts, "may_overlap": "on"}).status_code == 302


def test_a_mistake_in_what_is_folded_away_is_visible(hr_client, facts):
    response = hr_client.post(NEW, {**facts, "professional": "", "new_name": "Sofie"})

    page = html.fromstring(response.content.decode())
    assert page.xpath("//details[@open]//input[@name='new_name']")
    assert not page.xpath("//details[@open]//input[@name='manager_name']")


def test_a_decimal_comma_is_understood_in_dutch(hr, hr_client, facts):
    hr.user.language = "nl"
    hr.user.save()

    hr_client.post(NEW, {**facts, "hourly_rate": "97,50"})

    assert str(Engagement.objects.get().hourly_rate) == "97.50"


def test_the_form_starts_from_whom_it_is_for(hr_client, organisation):
    freelancer = FreelancerFactory(organisation=organisation)

    page = html.fromstring(hr_client.get(f"{NEW}?for={freelancer.public_id}").content.decode())

    assert page.xpath("//input[@name='professional']/@value") == [freelancer_label(freelancer)]


def test_a_successor_starts_from_whom_it_follows(hr_client, organisation):
    before = EngagementFactory(organisation=organisation, title="Architect")

    page = html.fromstring(hr_client.get(f"{NEW}?after={before.public_id}").content.decode())

    assert page.xpath("//input[@name='manager']/@value") == [contact_label(before.manager)]
    assert page.xpath("//input[@name='title']/@value") == ["Architect"]
    assert page.xpath("//select[@name='department']/option[@selected]/@value") == [
        str(before.department.public_id)
    ]


@pytest.mark.parametrize("address", ["?for=x", "?after=00000000-0000-0000-0000-000000000000"])
def test_an_address_that_names_nobody_starts_empty(hr_client, address):
    assert hr_client.get(NEW + address).status_code == 200


def test_an_engagement_is_edited(hr_client, organisation):
    engagement = EngagementFactory(organisation=organisation)
    url = f"/engagements/{engagement.public_id}/edit/"

    page = html.fromstring(hr_client.get(url).content.decode())
    assert page.xpath("//input[@name='version']/@value") == ["1"]
    assert not page.xpath("//input[@name='ends_on' or @name='professional']")

    response = hr_client.post(url, edited(engagement, title="Architect", goal="Keep it"))

    engagement.refresh_from_db()
    assert response["Location"] == engagement.get_absolute_url()
    assert (engagement.title, engagement.goal, engagement.version) == ("Architect", "Keep it", 2)


def test_an_edit_of_an_older_page_asks_to_look_again(hr_client, organisation):
    engagement = EngagementFactory(organisation=organisation, version=2)

    response = hr_client.post(
        f"/engagements/{engagement.public_id}/edit/",
        edited(engagement, title="Architect", version="1"),
        follow=True,
    )

    assert "Somebody else changed this engagement" in response.content.decode()
    engagement.refresh_from_db()
    assert engagement.title == "Data-engineer"


def test_a_closed_engagement_refuses_the_edit(hr_client, organisation):
    engagement = EngagementFactory(
        organisation=organisation, closed_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    )

    response = hr_client.post(
        f"/engagements/{engagement.public_id}/edit/", edited(engagement, title="Architect")
    )

    assert response.status_code == 409
    assert "cannot change any more" in errors(response)


def test_a_department_that_is_out_of_use_stays_with_its_engagement(hr_client, organisation):
    engagement = EngagementFactory(organisation=organisation, department__is_active=False)
    url = f"/engagements/{engagement.public_id}/edit/"

    assert hr_client.post(url, edited(engagement, title="Architect")).status_code == 302
    assert str(engagement.department.public_id) not in hr_client.get(NEW).content.decode()


def test_an_engagement_of_another_organisation_does_not_exist(hr_client):
    other = EngagementFactory(organisation=OrganisationFactory())

    for page in ("edit", "end", "close", "cancel"):
        assert hr_client.get(f"/engagements/{other.public_id}/{page}/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "typed", "found"),
    [
        ("professional", "yil", "Özgür Yılmaz"),
        ("contact", "bos", "Peter Bos"),
        ("intermediary", "tus", "Tussenpartij"),
    ],
)
def test_suggestions_follow_what_is_typed(hr_client, organisation, facts, kind, typed, found):
    Intermediary.objects.create(organisation=organisation, name="Tussenpartij")

    response = hr_client.get(f"/engagements/suggestions/{kind}/", {"any": typed})

    assert found in response.content.decode()
    assert "<option" in response.content.decode()
    nothing = hr_client.get(f"/engagements/suggestions/{kind}/", {"any": "zzz"})
    assert "<option" not in nothing.content.decode()


def test_there_are_no_suggestions_of_another_kind(hr_client):
    assert hr_client.get("/engagements/suggestions/secrets/").status_code == 404


@pytest.mark.parametrize("is_new", [True, False])
def test_mistakes_are_summed_up_in_the_order_of_the_page(hr_client, organisation, is_new):
    page = NEW
    if not is_new:
        engagement = EngagementFactory(organisation=organisation)
        page = f"{engagement.get_absolute_url()}edit/"
    form = hr_client.get(page).context["form"]
    shown = html.fromstring(hr_client.get(page).content.decode())
    names = [one.get("name") for one in shown.xpath("//form[@data-guard]//*[@name]")]

    on_page = [name for name in dict.fromkeys(names) if name in form.fields]

    assert on_page == [name for name in form.fields if name in on_page]
    assert len(on_page) > 10


def test_an_empty_form_is_summed_up_from_the_top_down(hr_client):
    summary = errors(hr_client.post(NEW, {}))

    labels = ["Professional:", "Department:", "Hiring manager:", "Title:", "First day:"]
    places = [summary.lower().find(label.lower()) for label in labels]
    assert places == sorted(places)
    assert places[0] > 0
