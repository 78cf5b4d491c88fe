"""Rows that are inserted together are what they would be one by one."""

import datetime
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.inserting import AT_ONCE, insert_rows
from core.models import AuditEvent, Contact
from engagements.models import LinkGrant
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory

AT = datetime.datetime(2026, 11, 30, 10, 0, 0, 123456, tzinfo=datetime.UTC)
TRICKY = 'Zoë \\ "O\'Brien" \t {a,b} \U0001f600 %s'


def event(organisation, **facts):
    values = {"actor_kind": "system", "action": "a.b.c", "subject_type": "x.y", "subject_id": 1}
    return AuditEvent(organisation=organisation, at=AT, **{**values, **facts})


def test_everything_arrives_as_it_was(organisation):
    data = {"name": TRICKY, "list": [1, None, {"deep": True}], "number": 1.5}
    made = [
        event(organisation, actor_label=TRICKY, dossier=uuid.uuid4(), data=data),
        event(organisation),
    ]

    insert_rows(made)

    for one in made:
        assert not one._state.adding
        stored = AuditEvent.objects.get(pk=one.pk)
        for field in AuditEvent._meta.concrete_fields:
            assert getattr(stored, field.attname) == getattr(one, field.attname), field.name


def test_bytes_lists_and_moments_arrive_as_they_were(organisation):
    contact, engagement = ContactFactory(organisation=organisation), EngagementFactory()
    secret = bytes(range(32))
    grant = LinkGrant(
        organisation=organisation,
        contact=contact,
        engagement=engagement,
        scopes=["view", "tick"],
        secret_hash=secret,
        created_at=AT,
        expires_at=AT,
    )

    insert_rows([grant])

    stored = LinkGrant.objects.get(pk=grant.pk)
    assert (bytes(stored.secret_hash), stored.scopes) == (secret, ["view", "tick"])
    assert (stored.created_at, stored.expires_at, stored.revoked_at) == (AT, AT, None)
    assert stored.public_id == grant.public_id


def test_thousands_take_a_statement_for_each_thousand(organisation):
    with CaptureQueriesContext(connection) as captured:
        insert_rows(event(organisation, subject_id=number) for number in range(AT_ONCE + 1))

    assert len(captured) == 2
    assert set(AuditEvent.objects.values_list("subject_id", flat=True)) == set(range(AT_ONCE + 1))


def test_keys_go_to_the_rows_that_they_belong_to(organisation):
    made = [event(organisation, subject_id=number) for number in range(50)]

    insert_rows(made)

    stored = dict(AuditEvent.objects.values_list("pk", "subject_id"))
    assert stored == {one.pk: one.subject_id for one in made}


def test_nothing_takes_no_statement(organisation):
    with CaptureQueriesContext(connection) as captured:
        insert_rows([])

    assert not captured


def test_row_that_breaks_a_constraint_takes_the_others_along(organisation):
    twice = [Contact(organisation=organisation, name="A", email="a@veldam.example") for _ in "ab"]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(twice)

    assert not Contact.objects.filter(email="a@veldam.example").exists()


def test_value_of_another_kind_is_refused(organisation):
    with pytest.raises(TypeError, match="complex"):
        insert_rows([event(organisation, data={"x": 1j})])
