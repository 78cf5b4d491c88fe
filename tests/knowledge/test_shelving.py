"""What is accepted goes into the library with all its words; what a file says follows."""

from datetime import timedelta
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.scoping import organisation_scope
from knowledge import operations
from knowledge.models import FileText, LibraryItem, LibraryWord
from knowledge.operations import Content, reading, shelving, sync_library
from knowledge.rules import TRANSITIONS
from knowledge.tasks import PATIENCE, keep_library, read_files
from tests.factories.engagements import EngagementFactory
from tests.factories.hostile import encrypted_pdf
from tests.factories.knowledge import DeliverableFactory, DeliverableVersionFactory, form_of
from tests.factories.uploads import make_docx, make_pdf, make_picture
from tests.knowledge.conftest import accepted_about, as_receiver, attach, hand_in, name, start
from tests.races import just_behind

State = FileText.State


def accept(deliverable, reviewer):
    return operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)


def with_files(engagement, author, *files, title="Handleiding koppelingen"):
    """Hand in a handover that consists of files: (name, content)."""
    deliverable = start(engagement, author, title=title)
    operations.save_draft(deliverable_id=deliverable.pk, content=Content(kind="file"), actor=author)
    for file_name, content in files:
        attach(deliverable, author, file_name, content)
    return operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)


def test_accepted_handover_is_in_the_library_with_its_own_words(submitted, reviewer, engagement):
    accept(submitted, reviewer)

    item = LibraryItem.objects.get()
    assert item.deliverable == submitted
    assert item.credit == engagement.freelancer.full_name
    assert item.licence == "internal"
    assert item.text_state == "searchable"
    assert "Zo start u de koppeling opnieuw." in item.body
    assert "De koppeling herstarten" in item.body  # what somebody can do after this
    for words in (submitted.title, engagement.department.name, engagement.freelancer.full_name):
        assert words in item.names


def test_what_waits_came_back_or_was_withdrawn_is_not_there(engagement, author, reviewer):
    hand_in(engagement, author, title="Wacht")
    returned = hand_in(engagement, author, title="Terug")
    operations.ask_changes(deliverable_id=returned.pk, comment="Mist iets", actor=reviewer)
    withdrawn = hand_in(engagement, author, title="Ingetrokken")
    operations.withdraw_deliverable(deliverable_id=withdrawn.pk, actor=author)

    assert not LibraryItem.objects.exists()


def test_files_are_read_afterwards_and_then_searchable(engagement, author, reviewer):
    deliverable = with_files(
        engagement,
        author,
        ("overdracht-zaken.docx", make_docx("Het wachtwoordbeheer")),
        ("schema.pdf", make_pdf("Nachtelijke koppeling")),
    )
    accept(deliverable, reviewer)
    waiting = LibraryItem.objects.get()
    assert waiting.text_state == "waiting"
    assert "overdracht zaken docx" in waiting.names

    assert operations.read_waiting() == 2

    item = LibraryItem.objects.get()
    assert item.text_state == "searchable"
    assert "Het wachtwoordbeheer" in item.body
    assert "Nachtelijke koppeling" in item.body
    assert LibraryWord.objects.filter(word="wachtwoordbeheer").exists()
    assert operations.read_waiting() == 0


def test_only_files_of_the_accepted_version_count(engagement, author, reviewer):
    deliverable = with_files(engagement, author, ("eerste.docx", make_docx("Verouderd verhaal")))
    operations.ask_changes(deliverable_id=deliverable.pk, comment="Nieuwer graag", actor=reviewer)
    operations.remove_file(file_id=deliverable.versions.get(number=1).files.get().pk, actor=author)
    attach(deliverable, author, "tweede.docx", make_docx("Nieuw verhaal"))
    operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)
    accept(deliverable, reviewer)
    operations.read_waiting()

    item = LibraryItem.objects.get()
    assert item.version.number == 2
    assert "Nieuw verhaal" in item.body
    assert "Verouderd" not in item.body
    assert "eerste" not in item.names


def test_picture_is_no_fault_of_the_handover(engagement, author, reviewer):
    accept(with_files(engagement, author, ("schema.png", make_picture())), reviewer)
    operations.read_waiting()

    assert FileText.objects.get().reason == "kind"
    assert LibraryItem.objects.get().text_state == "searchable"


def test_file_behind_a_password_is_told_and_not_tried_again(engagement, author, reviewer):
    accept(with_files(engagement, author, ("geheim.pdf", make_pdf())), reviewer)
    text = FileText.objects.select_related("file").get()
    overwrite(text, encrypted_pdf())
    operations.read_waiting()

    text.refresh_from_db()
    assert (text.state, text.reason, text.attempts) == (State.UNREADABLE, "encrypted", 1)
    assert LibraryItem.objects.get().text_state == "unreadable"
    assert operations.read_waiting() == 0


def overwrite(text, content):
    stored = str(text.file.file.name)
    with default_storage.open(stored, "wb") as file:
        file.write(content)


def test_file_that_is_gone_is_told(engagement, author, reviewer):
    accept(with_files(engagement, author, ("weg.pdf", make_pdf())), reviewer)
    default_storage.delete(str(FileText.objects.select_related("file").get().file.file.name))
    operations.read_waiting()

    assert FileText.objects.get().reason == "gone"


def test_reader_that_dies_leaves_the_file_for_a_second_try_and_no_third(
    engagement, author, reviewer
):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf())), reviewer)
    for attempt in (1, 2):
        assert reading._claim_next(timedelta(0)).attempt == attempt
        assert reading._claim_next(timedelta(0)) is None  # somebody has it
        FileText.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert reading._claim_next(timedelta(0)) is None

    assert operations.read_waiting() == 0

    text = FileText.objects.get()
    assert (text.state, text.reason) == (State.UNREADABLE, "crashed")
    assert LibraryItem.objects.get().text_state == "unreadable"


def test_late_reader_does_not_overwrite_what_another_found(engagement, author, reviewer):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf("Draaiboek"))), reviewer)
    late = reading._claim_next(timedelta(0))
    FileText.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    operations.read_waiting()

    reading._settle(late, reading.Extraction(reason="damaged"))

    assert FileText.objects.get().text == "Draaiboek"


def test_same_file_elsewhere_is_read_once(engagement, author, reviewer):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf("Draaiboek"))), reviewer)
    operations.read_waiting()
    first = FileText.objects.select_related("file").get()
    other = DeliverableVersionFactory(
        deliverable=DeliverableFactory(
            engagement=EngagementFactory(organisation=engagement.organisation),
            accepted=True,
            title="Nog eens",
        ),
        submitted_at=timezone.now(),
        kind="file",
    )
    other.files.create(
        organisation=engagement.organisation,
        engagement=other.deliverable.engagement,
        file="nergens",
        original_name="plan.pdf",
        size=10,
        sha256=first.file.sha256,
        media_type="application/pdf",
    )
    operations.sync_library(organisation=engagement.organisation)
    operations.read_waiting()

    assert FileText.objects.exclude(pk=first.pk).get().text == "Draaiboek"


def test_dispatcher_leaves_alone_what_a_worker_may_still_take_up(engagement, author, reviewer):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf())), reviewer)
    assert operations.read_waiting(patience=PATIENCE) == 0

    FileText.objects.update(due_at=timezone.now() - PAUSED)
    assert operations.read_waiting(patience=PATIENCE) == 1


PAUSED = PATIENCE + timedelta(seconds=1)


def test_reading_stops_between_two_files(engagement, author, reviewer):
    files = [(f"{n}.pdf", make_pdf(f"Blad {n}")) for n in range(3)]
    accept(with_files(engagement, author, *files), reviewer)
    asked = iter([False, True])

    assert operations.read_waiting(should_stop=lambda: next(asked)) == 1


def test_task_reads_and_nudge_is_left_once(
    engagement, author, reviewer, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as promised:
        files = [(f"{n}.pdf", make_pdf(f"Blad {n}")) for n in range(2)]
        accept(with_files(engagement, author, *files), reviewer)
        accept(with_files(engagement, author, ("x.pdf", make_pdf("Blad x"))), reviewer)
    assert [call.__name__ for call in promised].count("nudge") == 2  # the mail's, and this one

    read_files()

    assert not FileText.objects.filter(state=State.WAITING).exists()


def test_names_follow_their_topic_department_and_professional(topic, author, reviewer):
    accepted_about(topic, author, reviewer)
    assert topic.title in LibraryItem.objects.get().names

    department = topic.engagement.department
    department.name = "Sociaal domein"
    department.save()
    keep_library()

    assert "Sociaal domein" in LibraryItem.objects.get().names


def test_short_explanation_is_in_the_library_once_it_was_confirmed(topic, author, reviewer):
    receiver = name(topic, reviewer)
    logged = operations.log_explanation(
        receiver_id=receiver.pk, what="Herstart uitgelegd", minutes=10, actor=author
    )
    assert not LibraryItem.objects.exists()

    operations.confirm_topic(
        receiver_id=receiver.pk,
        answer="received",
        words="Ik kan de koppeling nu herstarten.",
        deliverable_id=logged.pk,
        actor=as_receiver(receiver),
    )

    assert LibraryItem.objects.get().deliverable == logged


def test_an_item_knows_where_and_in_which_form_it_was_handed_over(
    engagement, author, reviewer, organisation
):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf("Draaiboek"))), reviewer)
    item = LibraryItem.objects.get()
    facts = (item.deliverable.engagement_id, item.deliverable.form_id)
    assert (item.engagement_id, item.form_id) == facts

    LibraryItem.objects.update(
        engagement=EngagementFactory(organisation=organisation),
        form=form_of(organisation, "workshop"),
    )
    sync_library(organisation=organisation)

    item.refresh_from_db()
    assert (item.engagement_id, item.form_id) == facts


def test_items_of_before_learn_where_they_were_handed_over(engagement, author, reviewer):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf("Draaiboek"))), reviewer)
    with connection.cursor() as cursor:  # as an organisation has them that was there before
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for column in ("engagement_id", "form_id"):
            cursor.execute(f"ALTER TABLE knowledge_libraryitem ALTER {column} DROP NOT NULL")
        cursor.execute("UPDATE knowledge_libraryitem SET engagement_id = NULL, form_id = NULL")

    migration = import_module("knowledge.migrations.0016_fill_library_item_facts")
    for _again in range(2):
        migration.fill(None, SimpleNamespace(connection=connection))

    item = LibraryItem.objects.get()
    facts = (item.deliverable.engagement_id, item.deliverable.form_id)
    assert (item.engagement_id, item.form_id) == facts


def test_what_is_shelved_was_accepted_for_good():
    assert not TRANSITIONS["accepted"]  # or the library would have to ask each handover


def test_rebuilding_takes_in_old_handovers_and_lets_go_what_is_not_accepted(
    engagement, organisation
):
    old = DeliverableFactory(engagement=engagement, accepted=True)
    DeliverableVersionFactory(deliverable=old, submitted_at=timezone.now(), text="Oud verhaal")
    gone = DeliverableFactory(engagement=engagement, submitted=True)
    version = DeliverableVersionFactory(deliverable=gone, submitted_at=timezone.now())
    LibraryItem.objects.create(
        organisation=organisation,
        deliverable=gone,
        version=version,
        engagement=gone.engagement,
        form=gone.form,
        accepted_at=timezone.now(),
        credit="X",
    )
    out = StringIO()

    call_command("index_library", "--read", stdout=out)

    assert [item.deliverable for item in LibraryItem.objects.all()] == [old]
    assert "Oud verhaal" in LibraryItem.objects.get().body
    assert f"{organisation.slug}: 1 items" in out.getvalue()


def test_rebuilding_anew_tries_unreadable_files_again(engagement, author, reviewer, organisation):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf("Draaiboek"))), reviewer)
    FileText.objects.update(state=State.UNREADABLE, reason="time", attempts=2)

    call_command("index_library", "--anew", "--read", organisation=organisation.slug)

    assert FileText.objects.get().text == "Draaiboek"
    assert "Draaiboek" in LibraryItem.objects.get().body


def test_rebuilding_an_unknown_organisation_is_refused(organisation):
    with pytest.raises(CommandError, match="no organisation"):
        call_command("index_library", organisation="nergens")


def test_text_of_nothing_but_different_words_is_kept_as_far_as_it_fits(submitted, reviewer):
    accept(submitted, reviewer)
    item = LibraryItem.objects.get()
    shelving._save_body(item, " ".join(f"woord{n:07d}xyz" for n in range(60_000)))

    item.refresh_from_db()
    assert item.body.startswith("woord0000000xyz")
    assert 100_000 < len(item.body) < 900_000


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"credit": ""}, "library_item_has_a_maker"),
        ({"checked_at": timezone.now()}, "library_item_checked_by_somebody"),
        ({"change_wanted": "Iets"}, "library_item_change_is_said"),
        ({"retired_at": timezone.now()}, "library_item_retired_has_reason"),
    ],
)
def test_database_refuses_half_a_fact_about_an_item(submitted, reviewer, change, constraint):
    accept(submitted, reviewer)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        LibraryItem.objects.update(**change)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"attempts": 3}, "file_text_tried_twice_at_most"),
        ({"state": "unreadable"}, "file_text_unreadable_has_reason"),
        ({"text": "Iets"}, "file_text_only_when_read"),
    ],
)
def test_database_refuses_half_a_fact_about_a_text(
    engagement, author, reviewer, change, constraint
):
    accept(with_files(engagement, author, ("plan.pdf", make_pdf())), reviewer)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        FileText.objects.update(**change)


def test_word_is_kept_once(organisation):
    LibraryWord.objects.create(organisation=organisation, word="wachtlijst")

    with pytest.raises(IntegrityError, match="library_word_once"), transaction.atomic():
        LibraryWord.objects.create(organisation=organisation, word="wachtlijst")


@pytest.mark.django_db(transaction=True)
def test_two_files_of_one_handover_read_at_the_same_moment_both_count(
    organisation, engagement, author, reviewer
):
    deliverable = with_files(
        engagement,
        author,
        ("a.pdf", make_pdf("Bladzijde alfa")),
        ("b.pdf", make_pdf("Bladzijde beta")),
    )
    with transaction.atomic():
        accept(deliverable, reviewer)
    # Committing told a worker, which has read them already: let them wait once more.
    FileText.objects.update(
        state="waiting",
        text="",
        read_at=None,
        attempts=0,
        due_at=timezone.now() - timedelta(seconds=1),
    )
    claims = [reading._claim_next(timedelta(0)), reading._claim_next(timedelta(0))]

    def settle(claim, words):
        reading._settle(claim, reading.Extraction(text=words))

    just_behind(organisation, lambda: settle(claims[0], "alfa"), lambda: settle(claims[1], "beta"))

    with organisation_scope(organisation):
        body = LibraryItem.objects.get().body
    assert "alfa" in body
    assert "beta" in body


def test_configurations_see_through_accents_and_stem(organisation):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_tsvector('kb_nl', 'Cafés en overdrachten')::text")
        assert cursor.fetchone()[0] == "'cafes':1 'overdracht':3"
        cursor.execute("SELECT to_tsvector('kb_en', 'transferred façades')::text")
        assert cursor.fetchone()[0] == "'facad':2 'transfer':1"


def test_names_of_one_handover_are_found_by_indexes_and_put_together_once(
    submitted, reviewer, organisation
):
    accept(submitted, reviewer)
    given = {"organisation": organisation.pk, "deliverables": [submitted.pk]}

    with connection.cursor() as cursor:
        # Tables of a few rows are read at once, whatever indexes they have.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {shelving.NAMES_OF_SOME}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Seq Scan" not in plan
    assert plan.count("knowledge_topichandover link") == 1
