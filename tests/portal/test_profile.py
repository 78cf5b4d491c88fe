import pytest

from core.models import AuditEvent, Contact
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import FreelancerFactory
from tests.portal.conftest import url, words_of

PAGE = url("profile")


def filled(**values):
    return {
        "full_name": "Fatima El Idrissi",
        "called": "Fatima",
        "business_name": "El Idrissi Data",
        "kvk_number": "12345678",
        "vat_number": "NL001234567B01",
        "phone": "06 12345678",
        "skills": "SQL, waiting lists",
        "ambition": "Leading a team",
        "private_email": "fatima@thuis.example",
        "language": "en",
        **values,
    }


def test_the_page_shows_which_address_is_used_when(engagement, fatima, client):
    words = words_of(client.get(PAGE))

    assert f"During the engagement {fatima.business_contact.email}" in words
    assert f"To sign in {fatima.user.email}" in words
    assert "After the last day None yet." in words
    assert "After the last day we write to this address only." in words


def test_the_profile_is_kept(engagement, fatima, client):
    response = client.post(PAGE, filled(), follow=True)

    assert "Your profile is saved." in words_of(response)
    fatima.refresh_from_db()
    assert (fatima.business_name, fatima.kvk_number) == ("El Idrissi Data", "12345678")
    assert (fatima.skills, fatima.ambition) == ("SQL, waiting lists", "Leading a team")
    assert fatima.private_contact.email == "fatima@thuis.example"
    assert fatima.private_contact.is_external
    event = AuditEvent.objects.get(action="engagements.freelancer.updated")
    assert event.actor_user_id == fatima.user_id


def test_the_business_address_and_the_login_stay(engagement, fatima, client):
    business, login = fatima.business_contact.email, fatima.user.email

    client.post(PAGE, filled(email="other@example.org", user="1"))

    fatima.refresh_from_db()
    fatima.user.refresh_from_db()
    assert (fatima.business_contact.email, fatima.user.email) == (business, login)


def test_the_language_holds_for_pages_and_mail(engagement, fatima, client):
    response = client.post(PAGE, filled(language="nl"), follow=True)

    fatima.user.refresh_from_db()
    assert fatima.user.language == "nl"
    assert Contact.objects.get(pk=fatima.business_contact_id).language == "nl"
    assert '<html lang="nl"' in response.content.decode()


def test_a_new_name_reaches_the_greeting(engagement, fatima, client):
    client.post(PAGE, filled(full_name="Fatima Yılmaz", called="Faatje"))

    assert "Hello Faatje" in words_of(client.get(url("home")))
    fatima.user.refresh_from_db()
    assert fatima.user.full_name == "Fatima Yılmaz"


def test_the_private_address_can_be_taken_away(engagement, fatima, client):
    client.post(PAGE, filled())

    client.post(PAGE, filled(private_email=""))

    fatima.refresh_from_db()
    assert fatima.private_contact is None


def test_the_private_address_can_be_given_again(engagement, fatima, client):
    client.post(PAGE, filled())
    client.post(PAGE, filled(private_email=""))

    client.post(PAGE, filled())

    fatima.refresh_from_db()
    assert fatima.private_contact.email == "fatima@thuis.example"
    assert Contact.objects.with_email("fatima@thuis.example").count() == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"full_name": ""}, "This field is required."),
        ({"kvk_number": "123"}, "A KvK number has eight digits."),
        ({"private_email": "at home"}, "valid email address"),
        ({"language": "xx"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(values, says, engagement, fatima, client):
    response = client.post(PAGE, filled(**values))

    assert response.status_code == 422
    assert says in words_of(response)
    assert "Leading a team" in response.content.decode()
    fatima.refresh_from_db()
    assert (fatima.business_name, fatima.private_contact) == ("", None)


def test_an_address_of_the_client_is_refused_as_the_private_one(engagement, fatima, client):
    response = client.post(PAGE, filled(private_email="F.Idrissi@VELDAM.example"))

    assert response.status_code == 409
    assert "This address ends with your engagement." in words_of(response)
    fatima.refresh_from_db()
    assert fatima.private_contact is None


def colleague(organisation):
    return ContactFactory(organisation=organisation, email="peter@elsewhere.example")


def hr_member(organisation):
    member = MembershipFactory(organisation=organisation)
    Contact.objects.filter(pk=member.contact_id).update(email="hr@elsewhere.example")
    return Contact.objects.get(pk=member.contact_id)


def other_professional(organisation):
    return FreelancerFactory(organisation=organisation).business_contact


@pytest.mark.parametrize("whose", [colleague, hr_member, other_professional])
def test_an_address_of_somebody_else_is_not_taken_over(
    whose, organisation, fatima, engagement, client
):
    contact = whose(organisation)
    before = (contact.is_external, contact.name)

    response = client.post(PAGE, filled(private_email=contact.email.upper()))

    contact.refresh_from_db()
    fatima.refresh_from_db()
    assert response.status_code == 409
    assert "This address is in use. Give one that only you read." in words_of(response)
    assert fatima.private_contact is None
    assert (contact.is_external, contact.name) == before


def test_mail_can_be_in_another_language_than_the_pages(engagement, fatima, client):
    response = client.post(PAGE, filled(language="en", mail_language="nl"), follow=True)

    fatima.refresh_from_db()
    assert (fatima.user.language, fatima.user.mail_language) == ("en", "nl")
    contacts = Contact.objects.filter(
        pk__in=[fatima.business_contact_id, fatima.private_contact_id]
    )
    assert {contact.language for contact in contacts} == {"nl"}
    assert "Mail to you is in Dutch now." in words_of(response)
    assert "The button at the top of every page changes this as well." in words_of(response)
