"""A professional saves a page while HR changes what stands on it."""

import dataclasses

import pytest

from accounts.operations import ContactFacts, save_contact
from core.actors import Actor
from core.errors import InvalidTransitionError
from engagements.operations import facts_of_freelancer, update_freelancer
from knowledge.operations import FileError, submit_deliverable
from portal import operations
from portal.operations import About
from tests.factories.uploads import upload
from tests.knowledge.conftest import attach, start, write
from tests.races import just_behind

pytestmark = pytest.mark.django_db(transaction=True)
HR = Actor(label="Marieke Visser")


def save_profile(freelancer, author, **values):
    facts = dataclasses.replace(facts_of_freelancer(freelancer), **values)
    return operations.save_own_profile(
        freelancer=freelancer, facts=facts, language="nl", mail_language="", actor=author
    )


def describe(deliverable, author, title):
    about = About(title=title, outcome="", kind="text")
    return operations.describe_handover(deliverable_id=deliverable.pk, about=about, actor=author)


def keep(deliverable, author, text, *names):
    return operations.keep_draft(
        deliverable_id=deliverable.pk,
        content=operations.Content(kind="text", text=text),
        uploads=[upload(name, name.encode()) for name in names],
        actor=author,
    )


def keep_without(deliverable, author, file):
    return operations.keep_without_file(
        deliverable_id=deliverable.pk,
        content=operations.Content(kind="text", text="Zonder"),
        file_id=file.pk,
        actor=author,
    )


def test_a_profile_saved_from_an_old_page_keeps_the_address_that_hr_just_wrote_down(
    organisation, fatima, author
):
    facts = dataclasses.replace(facts_of_freelancer(fatima), email="new@elidrissi.example")

    just_behind(
        organisation,
        lambda: update_freelancer(freelancer_id=fatima.pk, facts=facts, actor=HR),
        lambda: save_profile(fatima, author, phone="06 1"),
    )

    fatima.refresh_from_db()
    assert fatima.business_contact.email == "new@elidrissi.example"
    assert fatima.phone == "06 1"


def test_an_address_that_hr_just_mended_among_the_contacts_stays_mended(
    organisation, fatima, author
):
    contact = fatima.business_contact
    facts = ContactFacts(name=contact.name, email="new@elidrissi.example", is_external=True)

    just_behind(
        organisation,
        lambda: save_contact(
            organisation=organisation, facts=facts, actor=HR, contact_id=contact.pk
        ),
        lambda: save_profile(fatima, author, phone="06 1"),
    )

    contact.refresh_from_db()
    assert contact.email == "new@elidrissi.example"


def test_a_draft_that_was_just_handed_in_is_not_described_or_kept_anew(
    organisation, engagement, author
):
    draft = start(engagement, author)
    write(draft, author)

    late = just_behind(
        organisation,
        lambda: submit_deliverable(deliverable_id=draft.pk, actor=author),
        lambda: describe(draft, author, "Anders"),
    )

    assert isinstance(late, InvalidTransitionError)
    draft.refresh_from_db()
    assert draft.title == "Handleiding koppelingen"


def test_two_pages_of_one_draft_saved_at_once_keep_the_files_of_both(
    organisation, engagement, author
):
    draft = start(engagement, author)

    just_behind(
        organisation,
        lambda: keep(draft, author, "Een", "een.txt"),
        lambda: keep(draft, author, "Twee", "twee.txt"),
    )

    version = draft.versions.get()
    assert version.text == "Twee"
    assert version.files.count() == 2


def test_a_file_is_taken_out_of_a_draft_once(organisation, engagement, author):
    draft = start(engagement, author)
    file = attach(draft, author)

    late = just_behind(
        organisation,
        lambda: keep_without(draft, author, file),
        lambda: keep_without(draft, author, file),
    )

    assert isinstance(late, FileError)
