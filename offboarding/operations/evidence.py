"""What proves that a task was done: files of the same kinds as handovers."""

from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import DomainError
from core.models import Organisation
from knowledge.operations import limits_of
from knowledge.validators import UploadFacts, inspect_upload
from offboarding.models import ChecklistItem, EvidenceFile

EVIDENCE_FILES: Final = 10


class EvidenceError(DomainError):
    """The evidence is missing, or the file cannot be taken."""


def inspected(upload: "UploadedFile[bytes]", organisation: Organisation) -> UploadFacts:
    """Return what a file is.

    Raises:
        EvidenceError: it cannot be taken.
    """
    try:
        return inspect_upload(upload, limits_of(organisation))
    except ValidationError as error:
        raise EvidenceError(" ".join(error.messages)) from error


def keep(item: ChecklistItem, stored: str, facts: UploadFacts, actor: Actor) -> None:
    """Write down a stored file as evidence; the same file once more is not kept twice.

    Raises:
        EvidenceError: the task has enough files.
    """
    kept = list(item.evidence.values_list("sha256", flat=True))
    if facts.sha256 in kept:
        return
    if len(kept) >= EVIDENCE_FILES:
        raise EvidenceError(_("This task has enough files. Put the rest in one file or a note."))
    EvidenceFile.objects.create(
        organisation=item.organisation,
        item=item,
        file=stored,
        original_name=facts.clean_name,
        size=facts.size,
        sha256=facts.sha256,
        media_type=facts.media_type,
        uploaded_by=actor.label[:150],
    )
