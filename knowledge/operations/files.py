"""Files of a handover: looked through, kept under a random name, refused when kept before."""

import logging

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError
from core.files import MEBIBYTE, random_name
from core.models import Organisation
from engagements.models import Engagement
from knowledge.models import Deliverable, DeliverableFile, DeliverableVersion
from knowledge.operations.deliverables import draft_version, lock_for_author
from knowledge.validators import UploadFacts, UploadLimits, inspect_upload

logger = logging.getLogger(__name__)

MOST_FILES = 200  # per engagement; source: trust.md section 2.4, point 1


class FileError(DomainError):
    """This file cannot be added; the message says why."""


class DuplicateFileError(FileError):
    """The same file was handed in before; `first` is that file."""

    def __init__(self, first: DeliverableFile) -> None:  # noqa: D107 - the class says it
        super().__init__(
            _("You handed in this file before: “%(name)s”, with “%(title)s”. Once is enough.")
            % {"name": first.original_name, "title": first.version.deliverable.title}
        )
        self.first = first


def add_file(
    *, deliverable_id: int, upload: "UploadedFile[bytes]", actor: Actor
) -> DeliverableFile:
    """Look a file through and add it to the draft of a handover.

    The file is inspected and stored before the transaction, so that no lock waits for a disk; what
    is refused afterwards is removed again.

    Args:
        deliverable_id: to which handover.
        upload: as the form received it.
        actor: the professional.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        UploadRefusedError: its kind or content is refused (a ValidationError; `code` says why).
        EngagementOverError: the file of the engagement is closed, or it was cancelled.
        NotPermittedError: the actor is not its professional.
        InvalidTransitionError: the handover waits for review, or was decided on.
        DuplicateFileError: the same content was handed in before in this engagement.
        FileError: the room for files of this engagement is used up.
    """
    deliverable = Deliverable.objects.select_related("engagement").get(pk=deliverable_id)
    facts = inspect_upload(upload, limits_of(deliverable.organisation))
    _refuse_duplicate(deliverable, facts)
    stored = default_storage.save(random_name(deliverable, ""), upload)
    kept = None
    try:
        kept = _attach(deliverable_id, facts, stored, actor)
    finally:
        if kept is None or kept.file.name != stored:
            default_storage.delete(stored)
    return kept


@transaction.atomic
def remove_file(*, file_id: int, actor: Actor) -> None:
    """Take a file out of the draft; what was handed in before keeps it.

    Raises:
        EngagementOverError: the file of the engagement is closed, or it was cancelled.
        NotPermittedError: the actor is not its professional.
        InvalidTransitionError: the handover waits for review, or was decided on.
        FileError: it was taken out before.
    """
    gone = FileError(_("This file is not part of the draft any more."))
    file = DeliverableFile.objects.select_related("version").filter(pk=file_id).first()
    if file is None:
        raise gone
    deliverable = lock_for_author(file.version.deliverable_id, actor)
    draft = draft_version(deliverable)
    if not DeliverableFile.objects.of_version(draft).filter(pk=file_id).exists():
        raise gone
    _record("removed", file, deliverable, actor)
    if file.version_id != draft.pk:
        file.dropped_in = draft
        file.save(update_fields=["dropped_in"])
        return
    stored = str(file.file.name)
    file.delete()
    transaction.on_commit(lambda: default_storage.delete(stored), robust=True)


def limits_of(organisation: Organisation) -> UploadLimits:
    """Return how large a file may be that is handed in to an organisation."""
    return UploadLimits(
        document_bytes=organisation.document_limit_mb * MEBIBYTE,
        video_bytes=organisation.video_limit_mb * MEBIBYTE,
    )


@transaction.atomic
def _attach(deliverable_id: int, facts: UploadFacts, stored: str, actor: Actor) -> DeliverableFile:
    deliverable = lock_for_author(deliverable_id, actor)
    draft = draft_version(deliverable)
    kept = _take_back(draft, facts)
    if kept is not None:
        return kept
    _refuse_duplicate(deliverable, facts)
    _refuse_beyond_quota(deliverable.engagement, facts.size)
    file = DeliverableFile.objects.create(
        organisation=deliverable.engagement.organisation,
        engagement=deliverable.engagement,
        version=draft,
        file=stored,
        original_name=facts.clean_name,
        size=facts.size,
        sha256=facts.sha256,
        media_type=facts.media_type,
    )
    _record("added", file, deliverable, actor)
    logger.info("file kept", extra={"file_id": file.pk, "bytes": facts.size})
    return file


def _take_back(draft: DeliverableVersion, facts: UploadFacts) -> DeliverableFile | None:
    """Undo the removal of the same file from the same draft."""
    file = DeliverableFile.objects.filter(dropped_in=draft, sha256=facts.sha256).first()
    if file is not None:
        file.dropped_in = None
        file.save(update_fields=["dropped_in"])
    return file


def _refuse_duplicate(deliverable: Deliverable, facts: UploadFacts) -> None:
    first = (
        DeliverableFile.objects.filter(
            engagement=deliverable.engagement_id, sha256=facts.sha256, is_withdrawn=False
        )
        .exclude(dropped_in__deliverable=deliverable, dropped_in__submitted_at=None)
        .select_related("version__deliverable")
        .first()
    )
    if first is not None:
        raise DuplicateFileError(first)


def _refuse_beyond_quota(engagement: Engagement, size: int) -> None:
    files = DeliverableFile.objects.filter(engagement=engagement)
    quota = engagement.organisation.engagement_quota_mb * MEBIBYTE
    used = files.aggregate(total=Sum("size"))["total"] or 0
    if used + size > quota:
        raise FileError(
            _("There is room for %(quota)s of files, and %(used)s is in use. Give a link instead.")
            % {"quota": filesizeformat(quota), "used": filesizeformat(used)}
        )
    if files.count() >= MOST_FILES:
        raise FileError(_("There are %(most)d files already; no more fit.") % {"most": MOST_FILES})


def _record(past: str, file: DeliverableFile, deliverable: Deliverable, actor: Actor) -> None:
    audit.record(
        f"knowledge.file.{past}",
        subject=file,
        actor=actor,
        dossier=deliverable.engagement.public_id,
        data={
            "deliverable": str(deliverable.public_id),
            "title": deliverable.title,
            "bytes": file.size,
        },
    )
