import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from knowledge.models import LedgerEntry
from tests.factories.knowledge import LedgerEntryFactory

REFUSED = (IntegrityError,)  # the triggers raise `restrict_violation`, class 23


@pytest.fixture
def entry(organisation):
    made = LedgerEntryFactory(deliverable__engagement__organisation=organisation)
    # TRUNCATE waits for checks that were put off; without them it meets the trigger.
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return made


def refused(act):
    with pytest.raises(REFUSED, match="append-only"), transaction.atomic():
        act()


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE knowledge_ledgerentry SET amount = 100",
        "UPDATE knowledge_ledgerentry SET reason = reason",
        "DELETE FROM knowledge_ledgerentry",
        "TRUNCATE knowledge_ledgerentry",
        "TRUNCATE knowledge_ledgerentry CASCADE",
    ],
)
def test_sql_cannot_change_or_remove_a_booking(sql, entry):
    refused(lambda: execute(sql))

    entry.refresh_from_db()
    assert LedgerEntry.objects.get() == entry


def test_the_orm_cannot_either(entry):
    refused(lambda: LedgerEntry.objects.update(amount=F("amount") + 1))
    refused(lambda: LedgerEntry.objects.filter(pk=entry.pk).update(reason="x"))
    refused(lambda: LedgerEntry.objects.all().delete())
    refused(entry.delete)
    entry.amount = 50
    refused(entry.save)
    refused(lambda: LedgerEntry.objects.bulk_update([entry], ["amount"]))

    assert LedgerEntry.objects.get().amount != 50


def test_what_it_hangs_on_cannot_be_removed_from_under_it(entry):
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("DELETE FROM knowledge_deliverable")

    assert LedgerEntry.objects.exists()
