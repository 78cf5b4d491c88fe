import hashlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from core.errors import InvalidTransitionError, NotPermittedError
from core.files import MEBIBYTE
from core.models import AuditEvent
from core.uploads import CutUpload
from knowledge import operations
from knowledge.models import DeliverableFile
from knowledge.operations import DuplicateFileError, FileError
from knowledge.operations import files as file_operations
from knowledge.queries import versions_of
from tests.factories.knowledge import DeliverableFileFactory
from tests.factories.uploads import make_docx, make_pdf
from tests.knowledge.conftest import attach, start
from tests.races import at_once


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def draft(engagement, author):
    return start(engagement, author)


def test_a_file_is_kept_with_its_facts_under_a_random_name(draft, author, tmp_path):
    content = make_pdf()

    file = attach(draft, author, "../../Overdracht\u202e.pdf", content)

    file.refresh_from_db()
    assert file.original_name == "Overdracht.pdf"
    assert (file.size, file.media_type) == (len(content), "application/pdf")
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert "Overdracht" not in file.file.name
    assert file.file.name.startswith(str(draft.organisation.public_id))
    (path,) = kept(tmp_path)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    event = AuditEvent.objects.get(action="knowledge.file.added")
    assert "Overdracht" not in str(event.data)


def test_the_same_file_twice_is_refused_with_a_pointer_to_the_first(
    draft, engagement, author, tmp_path
):
    content = make_docx()
    first = attach(draft, author, "Overdracht.docx", content)
    other = start(engagement, author, title="Nog een")

    for deliverable in (draft, other):
        with pytest.raises(DuplicateFileError, match="Handleiding koppelingen") as caught:
            attach(deliverable, author, "Kopie.docx", content)
        assert caught.value.first == first

    assert DeliverableFile.objects.count() == len(kept(tmp_path)) == 1


def test_another_engagement_may_have_the_same_file(draft, author, engagement, organisation):
    content = make_pdf()
    attach(draft, author, content=content)
    DeliverableFileFactory(
        version__deliverable__engagement__organisation=organisation,
        sha256=hashlib.sha256(content).hexdigest(),
    )

    assert DeliverableFile.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content"), [("virus.exe", b"MZ"), ("leeg.pdf", b""), ("nep.pdf", b"<html>")]
)
def test_a_refused_file_leaves_nothing_behind(name, content, draft, author, tmp_path):
    with pytest.raises(ValidationError):
        attach(draft, author, name, content)

    assert not DeliverableFile.objects.exists()
    assert kept(tmp_path) == []


def test_a_file_that_was_cut_while_it_came_in_is_refused(draft, author, tmp_path):
    with pytest.raises(ValidationError) as caught:
        operations.add_file(
            deliverable_id=draft.pk,
            upload=CutUpload("Overdracht.pdf", 50 * MEBIBYTE),
            actor=author,
        )

    assert caught.value.code == "too_large"
    assert "50" in caught.value.messages[0]
    assert kept(tmp_path) == []


def test_the_organisation_says_how_large_a_file_may_be(draft, author, organisation):
    organisation.document_limit_mb = 1
    organisation.save()
    content = make_pdf() + b"\n" * MEBIBYTE

    with pytest.raises(ValidationError) as caught:
        attach(draft, author, content=content)

    assert caught.value.code == "too_large"


def test_the_room_of_an_engagement_is_bounded(draft, author, organisation, tmp_path):
    organisation.engagement_quota_mb = 1
    organisation.save()
    DeliverableFileFactory(version=draft.versions.get(), engagement=draft.engagement, size=MEBIBYTE)
    before = len(kept(tmp_path))

    with pytest.raises(FileError, match="room"):
        attach(draft, author)

    assert len(kept(tmp_path)) == before


def test_the_number_of_files_is_bounded(draft, author, tmp_path):
    version = draft.versions.get()
    DeliverableFile.objects.bulk_create(
        DeliverableFile(
            organisation=draft.organisation,
            engagement=draft.engagement,
            version=version,
            file="x",
            original_name="x.txt",
            size=1,
            sha256=f"{number:064x}",
            media_type="text/plain",
        )
        for number in range(file_operations.MOST_FILES)
    )

    with pytest.raises(FileError, match="200"):
        attach(draft, author)

    assert kept(tmp_path) == []


def test_only_the_professional_adds_and_removes(draft, author, reviewer, tmp_path):
    with pytest.raises(NotPermittedError):
        attach(draft, reviewer)
    assert kept(tmp_path) == []

    file = attach(draft, author)
    with pytest.raises(NotPermittedError):
        operations.remove_file(file_id=file.pk, actor=reviewer)
    assert kept(tmp_path)


def test_removing_from_a_draft_removes_the_file_itself(
    draft, author, tmp_path, django_capture_on_commit_callbacks
):
    file = attach(draft, author)

    with django_capture_on_commit_callbacks(execute=True):
        operations.remove_file(file_id=file.pk, actor=author)

    assert not DeliverableFile.objects.exists()
    assert kept(tmp_path) == []
    assert AuditEvent.objects.filter(action="knowledge.file.removed").count() == 1


def test_files_stay_with_later_versions_until_one_leaves_them_out(
    draft, author, reviewer, tmp_path
):
    stays, goes = attach(draft, author), attach(draft, author, "Schema.docx", make_docx())
    operations.submit_deliverable(deliverable_id=draft.pk, actor=author)
    operations.ask_changes(deliverable_id=draft.pk, comment="Schema klopt niet", actor=reviewer)

    operations.remove_file(file_id=goes.pk, actor=author)
    comes = attach(draft, author, "Schema.docx", make_docx("Verbeterd"))

    second, first = versions_of(draft, with_draft=True)
    assert set(first.files) == {stays, goes}
    assert set(second.files) == {stays, comes}
    for shown in (first, second):
        found = DeliverableFile.objects.of_version(shown.version)
        assert set(found) == set(shown.files)
    assert len(kept(tmp_path)) == 3

    with pytest.raises(FileError, match="not part"):
        operations.remove_file(file_id=goes.pk, actor=author)


def test_a_file_taken_out_of_a_draft_can_be_put_back(draft, author, reviewer, tmp_path):
    content = make_pdf()
    file = attach(draft, author, content=content)
    operations.submit_deliverable(deliverable_id=draft.pk, actor=author)
    operations.ask_changes(deliverable_id=draft.pk, comment="Meer", actor=reviewer)
    operations.remove_file(file_id=file.pk, actor=author)

    assert attach(draft, author, content=content) == file

    assert versions_of(draft, with_draft=True)[0].files == (file,)
    assert len(kept(tmp_path)) == 1


def test_what_waits_for_review_takes_no_files(draft, author, tmp_path):
    file = attach(draft, author)
    operations.submit_deliverable(deliverable_id=draft.pk, actor=author)

    with pytest.raises(InvalidTransitionError):
        attach(draft, author, "Schema.docx", make_docx())
    with pytest.raises(InvalidTransitionError):
        operations.remove_file(file_id=file.pk, actor=author)

    assert len(kept(tmp_path)) == 1


def test_a_withdrawn_handover_frees_its_files(draft, engagement, author):
    content = make_pdf()
    attach(draft, author, content=content)
    operations.withdraw_deliverable(deliverable_id=draft.pk, actor=author)

    assert attach(start(engagement, author), author, content=content)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_is_kept_once(organisation, draft, author, tmp_path):
    content = make_pdf()

    answers = at_once(organisation, *[lambda: attach(draft, author, content=content)] * 4)

    assert sum(isinstance(answer, DuplicateFileError) for answer in answers) == 3
    assert DeliverableFile.objects.count() == len(kept(tmp_path)) == 1
    assert default_storage.exists(DeliverableFile.objects.get().file.name)
