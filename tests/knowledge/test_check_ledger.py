import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from knowledge import operations
from knowledge.models import Deliverable, LedgerEntry
from tests.factories.knowledge import DeliverableFactory, LedgerEntryFactory, next_version
from tests.knowledge.conftest import hand_in

ENTRIES = "knowledge_ledgerentry"
# What was taken back, and the counter-entries.
LINKED = (
    f"SELECT reverses_id FROM {ENTRIES} WHERE reverses_id IS NOT NULL"
    f" UNION SELECT id FROM {ENTRIES} WHERE reverses_id IS NOT NULL"
)
TAKEN_BACK = f"SELECT reverses_id FROM {ENTRIES} WHERE reverses_id IS NOT NULL"


def check(*arguments):
    output = io.StringIO()
    call_command("check_ledger", *arguments, stdout=output)
    return output.getvalue()


def tamper(sql, *values):
    """Change the books as only somebody with full power over the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def books(engagement, author, reviewer):
    """Two bookings, one of them taken back."""
    for title in ("Eerste", "Tweede"):
        deliverable = hand_in(engagement, author, "workshop", title)
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
    first = LedgerEntry.objects.order_by("pk").first()
    operations.reverse_entry(entry_id=first.pk, reason="Onterecht", actor=reviewer)


def test_right_books_pass_and_are_counted(books, organisation):
    assert check() == "3 entries of 1 organisations are right.\n"
    assert "3 entries of 1" in check("--organisation", organisation.slug)


def test_an_unknown_organisation_is_named(organisation):
    with pytest.raises(CommandError, match="no organisation nowhere"):
        check("--organisation", "nowhere")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (
            "UPDATE knowledge_ledgerentry SET amount = 7 WHERE reverses_id IS NULL",
            "books 7.00 points where its caps leave 6.00",
        ),
        (
            "UPDATE knowledge_ledgerentry SET amount = -5 WHERE reverses_id IS NOT NULL",
            "takes back 5.00 points of 6.00",
        ),
        (
            "UPDATE knowledge_ledgerentry SET uncapped = 9",
            "says 9.00 points without a cap, which are 6.00",
        ),
        (
            f"UPDATE {ENTRIES} SET stage = 'applied', without_receiver = true WHERE reverses_id>0",
            "another handover or stage",
        ),
        (
            "UPDATE knowledge_ledgerentry SET limited_by = 'form' WHERE reverses_id IS NULL",
            "its caps leave",
        ),
        (
            f"DELETE FROM {ENTRIES} WHERE reverses_id IS NULL AND id NOT IN ({TAKEN_BACK})",
            "accepted, and nothing was booked",
        ),
        (
            f"DELETE FROM {ENTRIES} WHERE id IN ({TAKEN_BACK})",
            "takes back what was not booked before it",
        ),
        (
            "UPDATE knowledge_deliverable SET state = 'draft', decided_at = NULL",
            "booked, and never accepted",
        ),
    ],
)
def test_the_first_fault_is_named(sql, says, books):
    tamper(sql)

    with pytest.raises(CommandError, match=says):
        check()


def test_a_second_booking_of_a_stage_is_found(books):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX ledger_stage_booked_once")
    last = LedgerEntry.objects.filter(reverses=None).last()
    LedgerEntryFactory(
        deliverable=last.deliverable,
        amount=6,
        base_points=20,
        uncapped=6,
        form_code="workshop",
        is_written=False,
        form_cap=40,
        written_cap=None,
    )

    with pytest.raises(CommandError, match="a second time"):
        check()


def test_a_counter_entry_for_a_counter_entry_is_found(books):
    counter = LedgerEntry.objects.exclude(reverses=None).get()
    tamper(
        f"INSERT INTO {ENTRIES} (public_id, organisation_id, engagement_id, deliverable_id, stage,"
        " amount, base_points, share, uncapped, limited_by, target, policy_code, policy_version,"
        " form_code, is_written, is_once, without_receiver, reverses_id, reason, booked_by,"
        " booked_at)"
        " SELECT gen_random_uuid(), organisation_id, engagement_id, deliverable_id, stage, -6,"
        " base_points, share, uncapped, limited_by, target, policy_code, policy_version,"
        " form_code, is_written, is_once, without_receiver, %s, 'x', 'x', now()"
        f" FROM {ENTRIES} WHERE id = %s",
        counter.pk,
        counter.pk,
    )

    with pytest.raises(CommandError, match="cannot be taken back"):
        check()


def test_a_booking_of_another_engagement_is_found(books, organisation):
    other = DeliverableFactory(engagement__organisation=organisation, accepted=True)
    tamper(f"UPDATE {ENTRIES} SET deliverable_id = %s WHERE id NOT IN ({LINKED})", other.pk)

    with pytest.raises(CommandError, match="another engagement"):
        check()


def test_a_balance_below_nothing_is_found(books):
    tamper(f"UPDATE {ENTRIES} SET amount = -20 WHERE reverses_id IS NOT NULL")

    with pytest.raises(CommandError) as caught:
        check()

    assert "takes back 20.00" in str(caught.value)
    assert "faults" in str(caught.value)


def test_accepted_work_that_is_worth_nothing_needs_no_booking(organisation, policy):
    next_version(policy, {"runbook": {"base_points": Decimal(0)}})
    DeliverableFactory(engagement__organisation=organisation, accepted=True)

    assert "are right" in check()
    assert Deliverable.objects.count() == 1
