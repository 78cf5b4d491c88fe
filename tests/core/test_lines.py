"""Names and titles are one line: nobody writes paragraphs into a mail by their name."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

import knowledge.forms.topics
import offboarding.forms.link_topics
import portal.forms.topics
from core.fields import UNWANTED, LineField, LineInput, mend_lines, one_line, refuse_address
from core.models import Contact
from knowledge.models import TransferSession
from knowledge.operations import shelve
from notifications import mail
from notifications.templatetags.quotes import quoted
from tests.factories.accounts import UserFactory
from tests.factories.core import ContactFactory
from tests.factories.knowledge import DeliverableVersionFactory, TopicFactory

FORGED = "Bea\r\n\r\nYour account is closed. Go to https://evil.example/\u2028now\u202e"
FLAT = "Bea Your account is closed. Go to https://evil.example/ now"


@given(st.text())
def test_one_line_is_one_line_and_stays_as_it_is(text):
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert not UNWANTED.search(line)
    assert one_line(line) == line


def test_a_name_is_kept_on_one_line_by_whatever_way_it_comes(organisation):
    saved = ContactFactory(organisation=organisation, name=FORGED)
    [bulk] = Contact.objects.bulk_create(
        [Contact(organisation=organisation, name=FORGED, email="b@veldam.example")]
    )
    changed = ContactFactory(organisation=organisation)
    Contact.objects.filter(pk=changed.pk).update(name=FORGED)

    assert saved.name == bulk.name == FLAT
    assert set(Contact.objects.values_list("name", flat=True)) == {FLAT}
    assert Contact.objects.filter(name=FORGED).count() == 3


@pytest.mark.parametrize("character", ["\n", "\r", "\x0b", "\x85", "\u2028", "\u202e", "\u200b"])
def test_the_database_refuses_a_second_line(organisation, character):
    contact = ContactFactory(organisation=organisation)

    with (
        pytest.raises(IntegrityError, match="contact_on_one_line"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE core_contact SET name = %s WHERE id = %s", [f"Bea{character}x", contact.pk]
        )


@pytest.mark.parametrize(
    ("name", "table", "column"),
    [
        ("deliverable_on_one_line", "knowledge_deliverable", "title"),
        ("library_item_on_one_line", "knowledge_libraryitem", "credit"),
        ("organisation_on_one_line", "core_organisation", "desk_name"),
        ("session_on_one_line", "knowledge_transfersession", "place"),
        ("topic_on_one_line", "knowledge_topic", "title"),
        ("user_on_one_line", "accounts_user", "full_name"),
    ],
)
def test_nor_does_it_take_one_elsewhere(organisation, name, table, column):
    version = DeliverableVersionFactory(
        deliverable__engagement__organisation=organisation, deliverable__accepted=True
    )
    TransferSession.objects.create(
        organisation=organisation, version=version, starts_at=timezone.now(), minutes=60
    )
    shelve(deliverable=version.deliverable, version=version)
    TopicFactory(engagement=version.deliverable.engagement)
    UserFactory()

    with (
        pytest.raises(IntegrityError, match=name),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET {column} = 'Bea\nx'")


@pytest.mark.parametrize(
    ("text", "mended"),
    [(FORGED, FLAT), ("Bea  Vos", "Bea  Vos"), ("\u200b\n", "?"), ("\u202eBea\t\nVos ", "Bea Vos")],
)
def test_a_migration_mends_what_the_constraint_would_stop_at(organisation, text, mended):
    contact = ContactFactory(organisation=organisation)

    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # what was just added, before the table changes
        cursor.execute("ALTER TABLE core_contact DROP CONSTRAINT contact_on_one_line")
        cursor.execute("UPDATE core_contact SET name = %s WHERE id = %s", [text, contact.pk])
        for statement in mend_lines("core_contact", "name", "phone").sql:
            cursor.execute(statement)

    contact.refresh_from_db()
    assert contact.name == mended


def test_the_database_checks_every_such_column():
    for model in apps.get_models():
        columns = {field.name for field in model._meta.fields if isinstance(field, LineField)}
        checked = {
            lookup.removesuffix("__regex")
            for rule in model._meta.constraints
            if rule.name.endswith("_on_one_line")
            for lookup in lookups_of(rule.condition)
        }
        assert columns == checked, model


def lookups_of(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from lookups_of(child)
        else:
            yield child[0]


def test_a_name_of_nothing_but_tricks_is_no_name():
    with pytest.raises(ValidationError, match="required"):
        LineInput().clean("\u202e\u200b\n")


@pytest.mark.parametrize("name", ["J.van Dam", "A. de Vries-'t Hart", "Özgür Şahin", "Ng", "王芳"])
def test_names_of_people_are_names(name):
    refuse_address(name)


@pytest.mark.parametrize(
    "name", ["Go to https://evil.example", "WWW.evil.example", "bea@evil.example", "ftp://x"]
)
def test_an_address_is_not_the_name_of_anybody(name):
    with pytest.raises(ValidationError, match="not an address"):
        refuse_address(name)


@pytest.mark.parametrize(
    "door",
    [
        knowledge.forms.topics.ReceiverForm,
        portal.forms.topics.ReceiverForm,
        offboarding.forms.link_topics.SomebodyForm,
    ],
)
def test_a_receiver_is_named_by_a_name_at_every_door(door):
    named = door({"email": "nina@veldam.example", "name": "Nina\n de Boer"})
    assert named.is_valid()
    assert named.cleaned_data["name"] == "Nina de Boer"

    forged = door({"email": "nina@veldam.example", "name": FORGED})
    assert forged.errors.keys() == {"name"}


def test_what_somebody_wrote_is_marked_line_by_line():
    assert quoted("Missing.\r\n\r\nGo to evil") == "> Missing.\n> \n> Go to evil"


def test_a_mail_greets_on_one_line(organisation):
    contact = ContactFactory(organisation=organisation, name=FORGED)

    text = mail.render(
        "member_welcome", {"reader": contact}, language="en", organisation=organisation
    ).text

    assert text.startswith(f"Hello {FLAT},\n")
