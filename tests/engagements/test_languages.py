"""Mail is written in the language that its reader chose last, unless their profile says another."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client

import accounts.operations
from accounts.operations import ContactFacts, save_contact
from core.actors import SYSTEM
from core.models import AuditEvent, Contact
from core.scoping import organisation_scope
from engagements import operations
from engagements.operations.issuing import MANAGER_SCOPES
from tests.engagements.imports import applied, checked, outcomes_of
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.lists import row_of

SWITCH = "/settings/language/"


def choose(client, language, **more):
    return client.post(SWITCH, {"language": language, "next": "/", **more})


def languages_of(*contacts):
    """Return in which language mail goes to each, and whether they chose it."""
    for contact in contacts:
        contact.refresh_from_db()
    return [(contact.language, contact.language_chosen) for contact in contacts]


@pytest.fixture
def fatima(organisation):
    freelancer = FreelancerFactory(
        organisation=organisation,
        full_name="Fatima El Idrissi",
        user=UserFactory(full_name="Fatima El Idrissi", language="nl"),
    )
    freelancer.private_contact = ContactFactory(organisation=organisation, is_external=True)
    freelancer.save()
    return freelancer


@pytest.fixture
def fatima_client(fatima):
    client = Client()
    client.force_login(fatima.user)
    return client


@pytest.fixture
def engagement(organisation):
    return EngagementFactory(organisation=organisation, manager__language="nl")


@pytest.fixture
def link_client(engagement):
    """The browser of the manager, who pressed Start."""
    _grant, token = operations.issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=MANAGER_SCOPES
    )
    client = Client()
    client.post(f"/l/{token}/")
    return client


def test_the_header_changes_the_mail_of_hr_in_every_organisation(hr, hr_client):
    elsewhere = OrganisationFactory()
    with organisation_scope(elsewhere):
        there = MembershipFactory(organisation=elsewhere, user=hr.user)

    choose(hr_client, "en")

    assert languages_of(hr.contact) == [("en", True)]
    with organisation_scope(elsewhere):
        assert languages_of(there.contact) == [("en", True)]


def test_the_header_changes_the_mail_of_a_professional_at_both_addresses(fatima, fatima_client):
    choose(fatima_client, "en")

    assert languages_of(fatima.business_contact, fatima.private_contact) == [("en", True)] * 2
    event = AuditEvent.objects.filter(action="accounts.contact.language_chosen").first()
    assert (event.actor_user_id, event.data) == (fatima.user_id, {"language": "en"})


def test_the_header_changes_the_mail_of_whoever_opened_a_link(link_client, engagement):
    assert 'value="link"' in link_client.get("/link/").content.decode()

    choose(link_client, "en", door="link")

    assert languages_of(engagement.manager) == [("en", True)]
    assert '<html lang="en"' in link_client.get("/link/").content.decode()
    event = AuditEvent.objects.get(action="accounts.contact.language_chosen")
    assert (event.actor_kind, event.actor_contact_id) == ("link", engagement.manager_id)


def test_choosing_the_same_again_leaves_no_trace(link_client):
    for _time in range(3):
        choose(link_client, "en", door="link")

    assert AuditEvent.objects.filter(action="accounts.contact.language_chosen").count() == 1


def test_the_page_of_a_link_never_changes_who_is_signed_in_beside_it(
    hr, hr_client, link_client, engagement
):
    hr_client.cookies.update(link_client.cookies)
    before = (hr.user.language, *languages_of(hr.contact))

    choose(hr_client, "nl", door="link")

    hr.user.refresh_from_db()
    assert (hr.user.language, *languages_of(hr.contact)) == before
    assert languages_of(engagement.manager) == [("nl", True)]


@pytest.mark.parametrize("door", ["", "link"])
def test_a_visitor_changes_the_pages_alone(door, organisation, engagement):
    client = Client()

    response = choose(client, "en", door=door)

    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert not Contact.objects.filter(language_chosen=True).exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(method, hr_client, hr):
    response = getattr(hr_client, method)(f"{SWITCH}?language=nl&next=/")

    assert response.status_code == 405
    hr.user.refresh_from_db()
    assert hr.user.language == "en"
    assert languages_of(hr.contact) == [("nl", False)]


def test_what_is_no_language_changes_nothing(hr_client, hr):
    response = choose(hr_client, "xx")

    assert response["Location"] == "/"
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies
    assert languages_of(hr.contact) == [("nl", False)]


def test_a_profile_that_names_a_language_for_mail_keeps_it(fatima, fatima_client):
    accounts.operations.update_profile(
        user_id=fatima.user_id, full_name="Fatima", language="nl", mail_language="nl"
    )

    choose(fatima_client, "en")

    fatima.user.refresh_from_db()
    assert fatima.user.language == "en"
    assert languages_of(fatima.business_contact) == [("nl", True)]


def test_a_profile_that_names_none_any_more_follows_the_pages_again(fatima):
    for chosen, expected in (("en", "en"), ("", "nl")):
        accounts.operations.update_profile(
            user_id=fatima.user_id, full_name="Fatima", language="nl", mail_language=chosen
        )
        assert languages_of(fatima.business_contact) == [(expected, True)]


def test_a_link_of_somebody_who_signs_in_too_is_no_way_around_their_profile(
    link_client, engagement, organisation
):
    member = MembershipFactory(organisation=organisation, contact=engagement.manager)
    accounts.operations.update_profile(
        user_id=member.user_id, full_name="Peter Bos", language="nl", mail_language="nl"
    )

    choose(link_client, "en", door="link")

    member.user.refresh_from_db()
    assert member.user.language == "en"
    assert languages_of(engagement.manager) == [("nl", True)]


def test_the_profile_says_in_which_language_mail_comes_and_what_the_header_does(hr, hr_client):
    page = hr_client.get("/settings/profile/").content.decode()

    assert "Mail to you is in Dutch now." in page
    assert "The button at the top of every page changes this as well." in page
    assert "the same as the pages" in page


def test_the_profile_keeps_what_is_chosen_there(hr, hr_client):
    hr_client.post(
        "/settings/profile/", {"full_name": "Hanna", "language": "en", "mail_language": "nl"}
    )

    hr.user.refresh_from_db()
    assert (hr.user.language, hr.user.mail_language) == ("en", "nl")
    assert languages_of(hr.contact) == [("nl", True)]


def test_hr_does_not_undo_what_a_contact_chose(link_client, engagement, hr_client):
    choose(link_client, "en", door="link")
    manager = Contact.objects.get(pk=engagement.manager_id)

    save_contact(
        organisation=manager.organisation,
        facts=ContactFacts(name="P. Bos", email=manager.email, language="nl"),
        actor=SYSTEM,
        contact_id=manager.pk,
    )

    assert languages_of(manager) == [("en", True)]
    assert manager.name == "P. Bos"
    page = hr_client.get(f"/settings/contacts/{manager.public_id}/").content.decode()
    assert "This person chose the language." in page


def test_hr_does_not_undo_what_a_professional_chose(fatima, fatima_client, hr_client):
    choose(fatima_client, "en")
    facts = operations.facts_of_freelancer(fatima)

    operations.update_freelancer(
        freelancer_id=fatima.pk, facts=replace(facts, phone="06 1", language="nl"), actor=SYSTEM
    )

    fatima.refresh_from_db()
    assert fatima.phone == "06 1"
    assert languages_of(fatima.business_contact, fatima.private_contact) == [("en", True)] * 2
    page = hr_client.get(f"/professionals/{fatima.public_id}/edit/").content.decode()
    assert "The professional chose the language." in page


def test_what_hr_sets_holds_until_somebody_chooses(fatima):
    facts = operations.facts_of_freelancer(fatima)

    operations.update_freelancer(
        freelancer_id=fatima.pk, facts=replace(facts, language="en"), actor=SYSTEM
    )

    assert languages_of(fatima.business_contact) == [("en", False)]


def test_an_import_does_not_undo_what_a_professional_chose(organisation):
    headers = (*row_of(1), "language")
    applied(organisation, [row_of(1) | {"language": "nl"}], headers=headers)
    person = Contact.objects.get(email=row_of(1)["freelancer_email"])
    accounts.operations.choose_language(contact_id=person.pk, language="en", actor=SYSTEM)

    run = checked(organisation, [row_of(1) | {"language": "nl"}], headers=headers)

    assert outcomes_of(run) == ["unchanged"]
    assert languages_of(person) == [("en", True)]


def test_a_sign_in_code_comes_in_the_language_of_the_mail(hr):
    hr.user.language, hr.user.mail_language = "en", "nl"
    hr.user.save()
    cache.clear()

    Client().post("/accounts/login/code/", {"email": hr.user.email})

    assert 'lang="nl"' in mail.outbox[0].alternatives[0][0]
