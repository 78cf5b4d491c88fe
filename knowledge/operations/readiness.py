"""What a handover must hold before it can be handed in."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from knowledge import rules
from knowledge.models import (
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    TransferForm,
    TransferSession,
)

Kind = DeliverableVersion.Kind


class IncompleteError(DomainError):
    """Something is missing before this can be handed in; `missing` lists it."""

    def __init__(self, missing: list[str]) -> None:  # noqa: D107 - the class says it
        super().__init__(" ".join(missing))
        self.missing = missing


def refuse_unready(deliverable: Deliverable, version: DeliverableVersion) -> None:
    """Stop a handing in that lacks something.

    Raises:
        IncompleteError: with one sentence for each thing that is missing.
    """
    missing = missing_of(deliverable, version)
    if missing:
        raise IncompleteError(missing)


def missing_of(deliverable: Deliverable, version: DeliverableVersion) -> list[str]:
    """Return one sentence for each thing that a version still needs before it is handed in.

    Source: domain.md section 2, column Evidence and rules of awarding.
    """
    if version.kind == Kind.SESSION:
        return _missing_in_session(deliverable.form, version)
    if deliverable.form.has_sections:
        return _missing_sections(version)
    if version.kind == Kind.FILE and not DeliverableFile.objects.of_version(version).exists():
        return [_("Add at least one file.")]
    if version.kind == Kind.LINK and not version.link:
        return [_("Give the web address.")]
    if version.kind == Kind.TEXT and not version.text.strip():
        return [_("Write the text.")]
    return []


def _missing_sections(version: DeliverableVersion) -> list[str]:
    labels = {section.code: section.label for section in rules.HANDOVER_SECTIONS}
    return [
        _("Fill in the section “%(section)s”.") % {"section": labels[code]}
        for code in rules.missing_sections(version.sections)
    ]


def _missing_in_session(form: TransferForm, version: DeliverableVersion) -> list[str]:
    session = TransferSession.objects.filter(version=version).first()
    if session is None:
        return [_("Say when the session was.")]
    missing = []
    if session.starts_at > timezone.now():
        missing.append(_("Hand this in after the session took place."))
    if len(session.attendees) < form.minimum_attendees:
        missing.append(
            ngettext(
                "Name at least %(count)d colleague who was there.",
                "Name at least %(count)d colleagues who were there.",
                form.minimum_attendees,
            )
            % {"count": form.minimum_attendees}
        )
    return missing
