"""Versions of a points policy: what was saved when and by whom, and which forms are off."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import models
from django.utils.translation import gettext as _

from core import audit
from core.models import AuditEvent
from core.wording import number
from knowledge.models import TransferForm, TransferPolicy

MOST_LINES: Final = 20  # of the history
POLICY_COLUMNS: Final = (
    "name_nl",
    "name_en",
    "accepted_share",
    "received_share",
    "applied_share",
    "written_cap_share",
    "minimum_forms",
)
FORM_COLUMNS: Final = (
    "name_nl",
    "name_en",
    "base_points",
    "cap_share",
    "once_only",
    "evidence_nl",
    "evidence_en",
    "mode",
    "minimum_attendees",
)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What somebody did to a policy, as people read it."""

    at: datetime
    text: str
    actor: str


def versions_of_policy(policy: TransferPolicy) -> list[TransferPolicy]:
    """Return all versions of a policy, newest first."""
    return list(TransferPolicy.objects.filter(code=policy.code).order_by("-version"))


def version_before(policy: TransferPolicy) -> TransferPolicy | None:
    """Return the version that came before one, forms prefetched; None for the first."""
    earlier = TransferPolicy.objects.filter(code=policy.code, version__lt=policy.version)
    return earlier.prefetch_related("forms").order_by("-version").first()


def forms_switched_off(policy: TransferPolicy) -> list[TransferForm]:
    """Return forms that an earlier version had and this one does not, as they were last."""
    earlier = TransferForm.objects.filter(
        policy__code=policy.code, policy__version__lt=policy.version
    ).exclude(code__in=policy.forms.values("code"))
    newest = {form.code: form for form in earlier.order_by("policy__version")}
    return sorted(newest.values(), key=lambda form: (form.position, form.pk))


def history_of_policy(policy: TransferPolicy) -> list[HistoryLine]:
    """Return who saved and chose the versions of a policy, newest first."""
    versions = TransferPolicy.objects.filter(code=policy.code).values("pk")
    events = AuditEvent.objects.filter(
        action__startswith="knowledge.policy.", subject_id__in=versions
    )
    newest = list(events.order_by("-at", "-pk")[:MOST_LINES])
    return [
        HistoryLine(at=event.at, text=text, actor=event.actor_label)
        for event, text in zip(newest, audit.phrases_for(newest), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one version says otherwise than another, as people read it."""

    what: str
    before: str
    after: str


def differences(before: TransferPolicy, after: TransferPolicy) -> list[Difference]:
    """Return what a version says otherwise than an earlier one; forms prefetched."""
    old = {form.code: form for form in before.forms.all()}
    new = {form.code: form for form in after.forms.all()}
    found = _compared(before, after, POLICY_COLUMNS)
    for code in [*new, *(code for code in old if code not in new)]:
        if code not in old:
            found.append(Difference(new[code].name, _("off"), _("on")))
        elif code not in new:
            found.append(Difference(old[code].name, _("on"), _("off")))
        else:
            found += _compared(old[code], new[code], FORM_COLUMNS, f"{new[code].name}: ")
    return found


def _compared(
    before: models.Model, after: models.Model, columns: tuple[str, ...], label: str = ""
) -> list[Difference]:
    found = []
    for column in columns:
        old, new = getattr(before, column), getattr(after, column)
        if old != new:
            field = before._meta.get_field(column)
            what = f"{label}{getattr(field, 'verbose_name', column)}"
            found.append(Difference(what, _shown(column, old), _shown(column, new)))
    return found


def _shown(column: str, value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return f"{number(value * 100)}%" if column.endswith("_share") else number(value)
    if column == "mode":
        return str(TransferForm.Mode(str(value)).label)
    return "—" if value in (None, "") else str(value)
