from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from core.audit import phrase_for
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from knowledge import operations
from knowledge.models import LedgerEntry, TransferPolicy
from knowledge.operations import LedgerError
from knowledge.queries import ledger_of, points_of
from tests.factories.knowledge import KnowledgeAgreementFactory, next_version
from tests.knowledge.conftest import balance, hand_in
from tests.races import at_once


def accepted(engagement, author, reviewer, code="runbook", title="Handleiding koppelingen"):
    deliverable = hand_in(engagement, author, code, title)
    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
    return deliverable


def reverse(entry, actor, reason="Dubbel geboekt"):
    return operations.reverse_entry(entry_id=entry.pk, reason=reason, actor=actor)


def test_a_booking_keeps_the_numbers_that_it_was_weighed_with(engagement, author, reviewer):
    accepted(engagement, author, reviewer)

    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.uncapped, entry.base_points, entry.share) == (
        Decimal("2.40"),
        Decimal("2.40"),
        Decimal("8.00"),
        Decimal("0.30"),
    )
    assert (entry.limited_by, entry.target, entry.policy_version) == ("", 100, 1)
    assert (entry.form_code, entry.is_written, entry.reverses) == ("runbook", True, None)


def test_without_an_agreement_the_usual_target_and_policy_hold(engagement, author, reviewer):
    engagement.knowledge_target = None
    engagement.starts_on, engagement.ends_on = date(2026, 1, 1), date(2026, 3, 31)
    engagement.save()

    accepted(engagement, author, reviewer)

    assert LedgerEntry.objects.get().target == 60
    assert not points_of(engagement).is_agreed


def test_an_agreement_decides_on_target_and_policy(engagement, author, reviewer, organisation):
    simple = TransferPolicy.objects.get(code="simple")
    deliverable = hand_in(engagement, author)
    KnowledgeAgreementFactory(engagement=engagement, policy=simple, target=80, in_force=True)

    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.share, entry.target) == (Decimal("8.00"), Decimal("1.00"), 80)


def test_a_cap_takes_off_what_is_too_much(engagement, author, reviewer):
    KnowledgeAgreementFactory(
        engagement=engagement,
        policy=TransferPolicy.objects.get(code="simple"),
        target=40,
        in_force=True,
    )
    for number in range(3):
        accepted(engagement, author, reviewer, title=f"Werkinstructie {number}")

    entries = list(LedgerEntry.objects.order_by("pk"))
    # 30 % of 40 points is 12: 8, then 4, then nothing.
    assert [entry.amount for entry in entries] == [8, 4, 0]
    assert [entry.limited_by for entry in entries] == ["", "form", "form"]
    assert [entry.uncapped for entry in entries] == [8, 8, 8]


def test_written_forms_share_a_cap(engagement, author, reviewer):
    engagement.knowledge_target = 10
    engagement.save()

    # Acceptance fills 30 % of each cap of 10 points: 0.90 of the runbook's 3, 1.20 of the 4 that
    # written forms share, 1.20 of the workshop's own 4.
    accepted(engagement, author, reviewer, "runbook")
    accepted(engagement, author, reviewer, "handover-document")
    accepted(engagement, author, reviewer, "workshop")

    amounts = dict(LedgerEntry.objects.values_list("form_code", "amount"))
    assert amounts == {
        "runbook": Decimal("0.90"),
        "handover-document": Decimal("0.30"),
        "workshop": Decimal("1.20"),
    }
    limits = dict(LedgerEntry.objects.values_list("form_code", "limited_by"))
    assert limits == {"runbook": "form", "handover-document": "written", "workshop": "form"}


def test_a_second_handover_document_brings_nothing(engagement, author, reviewer):
    accepted(engagement, author, reviewer, "handover-document")
    accepted(engagement, author, reviewer, "handover-document")

    first, second = LedgerEntry.objects.order_by("pk")
    assert (first.amount, second.amount, second.limited_by) == (6, 0, "once")


def test_a_reversal_takes_the_points_back_and_says_why(engagement, author, reviewer):
    accepted(engagement, author, reviewer)
    entry = LedgerEntry.objects.get()

    counter = reverse(entry, reviewer)

    assert (counter.amount, counter.reverses, counter.reason) == (
        Decimal("-2.40"),
        entry,
        "Dubbel geboekt",
    )
    assert balance() == 0
    event = AuditEvent.objects.get(action="knowledge.points.reversed")
    assert event.data["points"] == "2.40"


def test_a_reversal_makes_room_under_the_caps_again(engagement, author, reviewer):
    accepted(engagement, author, reviewer, "handover-document")
    reverse(LedgerEntry.objects.get(), reviewer)

    accepted(engagement, author, reviewer, "handover-document")

    assert balance() == 6


def test_a_booking_is_taken_back_once(engagement, author, reviewer):
    accepted(engagement, author, reviewer)
    entry = LedgerEntry.objects.get()
    counter = reverse(entry, reviewer)

    with pytest.raises(InvalidTransitionError, match="before"):
        reverse(entry, reviewer)
    with pytest.raises(InvalidTransitionError, match="nothing"):
        reverse(counter, reviewer)

    assert LedgerEntry.objects.count() == 2


def test_a_reversal_needs_a_reason_and_somebody_of_the_client(engagement, author, reviewer):
    accepted(engagement, author, reviewer)
    entry = LedgerEntry.objects.get()

    with pytest.raises(LedgerError):
        reverse(entry, reviewer, reason=" ")
    with pytest.raises(NotPermittedError):
        reverse(entry, author)

    assert LedgerEntry.objects.count() == 1


def test_a_booking_of_nothing_is_not_taken_back(engagement, author, reviewer):
    accepted(engagement, author, reviewer, "handover-document")
    accepted(engagement, author, reviewer, "handover-document")

    with pytest.raises(InvalidTransitionError, match="nothing"):
        reverse(LedgerEntry.objects.get(amount=0), reviewer)


def test_every_booking_explains_itself(engagement, author, reviewer):
    accepted(engagement, author, reviewer)
    reverse(LedgerEntry.objects.get(), reviewer)

    with translation.override("en"):
        counter, entry = ledger_of(engagement)
        assert entry.explanation == (
            "Procedure or runbook “Handleiding koppelingen”, accepted, 30% of 8 points, "
            "cap not reached"
        )
        assert counter.explanation == f"Taken back: {entry.explanation}"
    with translation.override("nl"):
        assert entry.explanation.startswith("Werkinstructie of runbook")


def test_an_explanation_names_the_cap(engagement, author, reviewer):
    accepted(engagement, author, reviewer, "handover-document")
    accepted(engagement, author, reviewer, "handover-document")

    with translation.override("en"):
        assert ledger_of(engagement)[0].explanation.endswith("counts once per engagement")


def test_a_stage_that_the_policy_gives_nothing_is_not_booked(engagement, author, reviewer):
    policy = TransferPolicy.objects.get(code="proven")
    next_version(policy, accepted_share=Decimal(0), received_share=Decimal("0.70"))

    accepted(engagement, author, reviewer)

    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_reversals_at_once_count_once(organisation, engagement, author, reviewer):
    accepted(engagement, author, reviewer)
    entry = LedgerEntry.objects.get()

    answers = at_once(organisation, *[lambda: reverse(entry, reviewer)] * 2)

    assert sum(isinstance(answer, InvalidTransitionError) for answer in answers) == 1
    assert balance() == 0


@pytest.mark.parametrize(
    ("language", "points", "words"),
    [
        ("nl", "3.00", "3 kennispunten"),
        ("nl", "2.50", "2,5 kennispunten"),
        ("en", "2.50", "2.5 knowledge points"),
    ],
)
def test_the_history_writes_points_as_its_reader_does(language, points, words):
    event = AuditEvent(action="knowledge.points.booked", data={"points": points})

    with translation.override(language):
        assert words in phrase_for(event)
