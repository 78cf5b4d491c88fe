"""Done, not yet, does not apply, open again: what each does to a task and leaves behind."""

import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core import audit
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from notifications.models import Reminder
from offboarding import operations
from offboarding.models import ChecklistItem, EvidenceFile
from offboarding.operations import EvidenceError
from tests.factories.offboarding import ChecklistItemFactory
from tests.offboarding.conftest import HR, MANAGER, TODAY, day, task

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def item(engagement):
    return task(engagement, "OF05")


def last_event(item):
    return AuditEvent.objects.filter(
        subject_type="offboarding.checklistitem", subject_id=item.pk
    ).latest("pk")


def unsent(item):
    """A reminder about a task that was decided and not yet sent."""
    return Reminder.objects.create(
        organisation=item.organisation,
        key=f"rem:{item.pk}",
        rule="item_due",
        band="-2",
        about_on=item.due_on,
        contact=item.owner,
        dossier=item.engagement.public_id,
        item=item.public_id,
        due_at=timezone.now(),
        expires_at=timezone.now() + timezone.timedelta(days=3),
    )


def stored_files():
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def test_finishing_a_task_says_who_and_when_and_stops_its_reminders(item):
    reminder = unsent(item)

    done = operations.complete_item(item_id=item.pk, actor=MANAGER, note="Gesproken met Jan")

    done.refresh_from_db()
    assert (done.state, done.settled_by, done.note) == ("done", "Peter Bos", "Gesproken met Jan")
    assert abs((done.settled_at - timezone.now()).total_seconds()) < 60
    reminder.refresh_from_db()
    assert reminder.state == Reminder.State.CANCELLED
    event = last_event(item)
    assert (event.action, event.actor_label) == ("offboarding.item.done", "Peter Bos")
    assert event.dossier == item.engagement.public_id
    assert audit.phrase_for(event) == "finished “Confirm the receivers and schedule the sessions”"


def test_a_task_that_is_not_there_is_not_finished(engagement):
    with pytest.raises(ChecklistItem.DoesNotExist):
        operations.complete_item(item_id=0, actor=HR)


def test_the_history_reads_in_the_language_of_its_reader(item):
    operations.complete_item(item_id=item.pk, actor=HR)

    assert last_event(item).data["task_nl"] == item.text_nl
    assert last_event(item).data["task_en"] == item.text_en


def test_a_task_that_asks_for_evidence_is_not_finished_without(engagement):
    item = task(engagement, "OF21")

    with pytest.raises(EvidenceError, match="Add a note or a file"):
        operations.complete_item(item_id=item.pk, actor=HR, note="  ")

    item.refresh_from_db()
    assert item.is_open
    assert not AuditEvent.objects.filter(action="offboarding.item.done").exists()


def test_a_note_is_evidence(engagement):
    item = task(engagement, "OF21")

    operations.complete_item(item_id=item.pk, actor=HR, note="Account verwijderd, melding 4711")

    assert ChecklistItem.objects.get(pk=item.pk).state == "done"


def test_a_file_is_evidence_and_is_kept_under_another_name(engagement):
    item = task(engagement, "OF21")

    operations.complete_item(
        item_id=item.pk,
        actor=HR,
        upload=SimpleUploadedFile("../bewijs\u202etxt.md", b"Account is weg."),
    )

    kept = EvidenceFile.objects.get(item=item)
    assert kept.original_name == "bewijstxt.md"
    assert kept.size == 15
    assert kept.media_type == "text/markdown"
    assert "bewijs" not in kept.file.name
    with kept.file.open() as content:
        assert content.read() == b"Account is weg."
    assert kept.uploaded_by == "Marieke Visser"


def test_a_file_of_the_wrong_kind_is_refused_and_nothing_is_kept(engagement):
    item = task(engagement, "OF21")
    before = stored_files()

    with pytest.raises(EvidenceError):
        operations.complete_item(
            item_id=item.pk, actor=HR, upload=SimpleUploadedFile("virus.pdf", b"MZ\x90\x00")
        )

    assert stored_files() == before
    item.refresh_from_db()
    assert item.is_open


def test_a_file_for_a_task_that_was_done_before_is_removed_again(engagement):
    item = task(engagement, "OF21")
    operations.complete_item(item_id=item.pk, actor=HR, note="Weg")
    before = stored_files()

    with pytest.raises(InvalidTransitionError):
        operations.complete_item(
            item_id=item.pk, actor=HR, upload=SimpleUploadedFile("bewijs.txt", b"te laat")
        )

    assert stored_files() == before
    assert not EvidenceFile.objects.exists()


def test_the_same_file_is_kept_once(engagement):
    item = task(engagement, "OF21")
    for _ in range(2):
        operations.complete_item(
            item_id=item.pk, actor=HR, upload=SimpleUploadedFile("bewijs.txt", b"Account is weg.")
        )
        operations.reopen_item(item_id=item.pk, reason="Nog een keer", actor=HR)

    assert item.evidence.count() == 1


def test_more_files_than_anybody_reads_are_refused(engagement):
    item = task(engagement, "OF21")
    for number in range(10):
        operations.complete_item(
            item_id=item.pk,
            actor=HR,
            upload=SimpleUploadedFile("bewijs.txt", b"Bewijs %d" % number),
        )
        operations.reopen_item(item_id=item.pk, reason="Er is meer", actor=HR)
    before = stored_files()

    with pytest.raises(EvidenceError, match="enough files"):
        operations.complete_item(
            item_id=item.pk, actor=HR, upload=SimpleUploadedFile("bewijs.txt", b"Bewijs 11")
        )

    assert stored_files() == before


def test_what_is_done_cannot_be_done_again(item):
    operations.complete_item(item_id=item.pk, actor=HR)

    with pytest.raises(InvalidTransitionError, match="done already"):
        operations.complete_item(item_id=item.pk, actor=MANAGER)

    assert ChecklistItem.objects.get(pk=item.pk).settled_by == "Marieke Visser"


def test_not_yet_notes_the_day_and_leaves_the_due_date(item):
    reminder, due_on = unsent(item), item.due_on

    operations.postpone_item(item_id=item.pk, expected_on=day(4), actor=MANAGER)

    item.refresh_from_db()
    assert (item.is_open, item.expected_on, item.due_on) == (True, day(4), due_on)
    reminder.refresh_from_db()
    assert reminder.state == Reminder.State.CANCELLED
    event = last_event(item)
    assert event.action == "offboarding.item.postponed"
    assert (event.data["old"], event.data["new"]) == (None, "2026-11-27")


def test_a_year_that_cannot_be_right_is_refused(item):
    with pytest.raises(DomainError, match="Check the year: 9999 cannot be right"):
        operations.postpone_item(
            item_id=item.pk, expected_on=datetime.date(9999, 12, 31), actor=MANAGER
        )

    item.refresh_from_db()
    assert item.expected_on is None


def test_not_yet_needs_a_day_that_is_not_past(item):
    with pytest.raises(DomainError, match="past"):
        operations.postpone_item(item_id=item.pk, expected_on=day(-1), actor=MANAGER)


def test_a_task_that_does_not_apply_keeps_the_reason(item):
    reminder = unsent(item)

    operations.waive_item(item_id=item.pk, reason=" Er is geen team ", actor=MANAGER)

    item.refresh_from_db()
    assert (item.state, item.reason, item.settled_by) == (
        "waived",
        "Er is geen team",
        "Peter Bos",
    )
    reminder.refresh_from_db()
    assert reminder.state == Reminder.State.CANCELLED
    assert last_event(item).action == "offboarding.item.waived"
    assert "Er is geen team" not in str(last_event(item).data)


def test_does_not_apply_needs_a_reason(item):
    with pytest.raises(DomainError, match="Say why"):
        operations.waive_item(item_id=item.pk, reason="  ", actor=HR)

    item.refresh_from_db()
    assert item.is_open


def test_a_link_cannot_waive_what_closing_needs(engagement):
    item = task(engagement, "OF20")

    with pytest.raises(NotPermittedError, match="Only HR"):
        operations.waive_item(item_id=item.pk, reason="Geen laptop", actor=MANAGER)

    item.refresh_from_db()
    assert item.is_open


def test_hr_can_waive_what_closing_needs(engagement):
    item = operations.waive_item(
        item_id=task(engagement, "OF20").pk, reason="Eigen laptop", actor=HR
    )

    assert item.state == "waived"


@pytest.mark.parametrize("settle", ["complete", "waive"])
def test_a_task_can_be_opened_again_with_a_reason(engagement, settle):
    item = task(engagement, "OF06")  # late
    if settle == "complete":
        operations.complete_item(item_id=item.pk, actor=MANAGER, note="Concept staat klaar")
    else:
        operations.waive_item(item_id=item.pk, reason="Niet nodig", actor=MANAGER)

    operations.reopen_item(item_id=item.pk, reason="Toch nog niet", actor=HR)

    item.refresh_from_db()
    assert (item.state, item.settled_at, item.settled_by) == ("open", None, "")
    assert (item.reason, item.dated_on) == ("Toch nog niet", TODAY)
    assert item.note == ("Concept staat klaar" if settle == "complete" else "")
    assert last_event(item).action == "offboarding.item.reopened"


def test_opening_again_needs_a_reason(item):
    operations.complete_item(item_id=item.pk, actor=HR)

    with pytest.raises(DomainError, match="open again"):
        operations.reopen_item(item_id=item.pk, reason="", actor=HR)


def test_what_is_open_cannot_be_opened(item):
    with pytest.raises(InvalidTransitionError, match="open already"):
        operations.reopen_item(item_id=item.pk, reason="Vergist", actor=HR)


ANSWERS = {
    "complete": lambda pk: operations.complete_item(item_id=pk, actor=HR),
    "postpone": lambda pk: operations.postpone_item(item_id=pk, expected_on=day(1), actor=HR),
    "waive": lambda pk: operations.waive_item(item_id=pk, reason="Nee", actor=HR),
    "reopen": lambda pk: operations.reopen_item(item_id=pk, reason="Nee", actor=HR),
    "snooze": lambda pk: operations.snooze_item(item_id=pk, working_days=1, actor=HR),
    "assign": lambda pk: operations.assign_item(item_id=pk, contact_id=0, actor=HR),
    "remind": lambda pk: operations.remind_item(item_id=pk, actor=HR),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("over", ["closed_at", "cancelled_at"])
def test_tasks_of_a_closed_file_cannot_change(item, over, answer):
    setattr(item.engagement, over, timezone.now())
    item.engagement.save()

    with pytest.raises(InvalidTransitionError, match="closed"):
        ANSWERS[answer](item.pk)


@pytest.mark.parametrize("answer", ["postpone", "snooze", "assign", "remind"])
def test_what_is_done_cannot_be_put_off_given_away_or_asked_for(item, answer):
    operations.complete_item(item_id=item.pk, actor=HR)

    with pytest.raises(InvalidTransitionError, match="done already"):
        ANSWERS[answer](item.pk)


def test_a_task_that_was_cancelled_stays_cancelled(engagement):
    item = ChecklistItemFactory(engagement=engagement, state="cancelled", settled_at=timezone.now())

    with pytest.raises(InvalidTransitionError, match="cancelled"):
        operations.reopen_item(item_id=item.pk, reason="Toch", actor=HR)


def test_looking_at_a_task_is_noted_once_in_a_while(item):
    operations.note_seen(item_ids=[item.pk], actor=MANAGER)
    item.refresh_from_db()
    first = item.last_seen_at

    operations.note_seen(item_ids=[item.pk], actor=MANAGER)

    item.refresh_from_db()
    assert (item.last_seen_by, item.last_seen_at) == ("Peter Bos", first)
    operations.note_seen(item_ids=[item.pk], actor=HR)
    item.refresh_from_db()
    assert item.last_seen_by == "Marieke Visser"
