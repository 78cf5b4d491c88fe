from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import SYSTEM
from core.models import Organisation
from offboarding.models import Anchor, DayKind, Phase, Procedure, ProcedureStep, ProcedureVersion

SHIPPED: Final = Path(__file__).parent.parent / "data" / "default_procedure.yaml"
ANCHORS: Final = {"S": Anchor.START, "E": Anchor.END}
NEVER_PUT_OFF: Final = frozenset({"access", "asset"})


@transaction.atomic
def ship_procedure(*, organisation: Organisation) -> ProcedureVersion:
    """Give an organisation the procedure that comes with the product; again changes nothing.

    Returns:
        The version that new engagements start from.

    Source: domain.md section 6.
    """
    if version := current_version(organisation):
        return version
    # Two first engagements at once would both ship it: the organisation's row makes them queue.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    return current_version(organisation) or _ship(organisation)


def current_version(organisation: Organisation) -> ProcedureVersion | None:
    """Return the newest published version of the default procedure, None before it was shipped."""
    return (
        ProcedureVersion.objects.filter(
            organisation=organisation, procedure__is_default=True, published_at__isnull=False
        )
        .select_related("procedure")
        .order_by("-number")
        .first()
    )


def _ship(organisation: Organisation) -> ProcedureVersion:
    shipped = _shipped()
    procedure = Procedure.objects.create(
        organisation=organisation,
        code=shipped["code"],
        name_nl=shipped["name_nl"],
        name_en=shipped["name_en"],
        is_default=True,
    )
    version = ProcedureVersion.objects.create(
        organisation=organisation,
        procedure=procedure,
        number=1,
        published_at=timezone.now(),
        short_days=shipped["short_days"],
        immediate_days=shipped["immediate_days"],
        catch_up_days=shipped["catch_up_days"],
    )
    entries = [(phase, entry) for phase in Phase for entry in shipped[phase.value]]
    ProcedureStep.objects.bulk_create(
        ProcedureStep(
            organisation=organisation, version=version, position=position, **_fields(phase, entry)
        )
        for position, (phase, entry) in enumerate(entries, start=1)
    )
    audit.record(
        "offboarding.procedure.shipped",
        subject=procedure,
        actor=SYSTEM,
        data={"version": version.number, "steps": len(entries)},
    )
    return version


@cache
def _shipped() -> dict[str, Any]:
    shipped: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return shipped


def _fields(phase: Phase, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a step from its entry; a key that is misspelt or missing raises."""
    entry = dict(entry)
    due, _space, kind = entry.pop("due").partition(" ")
    is_gate = entry.pop("gate", False)
    subject = entry.pop("subject", "")
    rescue = entry.pop("rescue", {"nl": "", "en": ""})
    fields = {
        "phase": phase,
        "code": entry.pop("code"),
        "text_nl": entry.pop("nl"),
        "text_en": entry.pop("en"),
        "owner_role": entry.pop("owner"),
        "second_role": entry.pop("with", ""),
        "anchor": ANCHORS[due[0]],
        "offset_days": int(due[1:]),
        "day_kind": {"": DayKind.CALENDAR, "wd": DayKind.WORKING}[kind],
        "is_gate": is_gate,
        "needs_evidence": entry.pop("evidence", False),
        "may_snooze": not is_gate and subject not in NEVER_PUT_OFF,
        "subject": subject,
        "done_once": entry.pop("done_once", ""),
        "rescue_nl": rescue["nl"],
        "rescue_en": rescue["en"],
        "controls": entry.pop("controls", []),
        "runs_when": entry.pop("when", "always"),
    }
    if entry:
        unknown = ", ".join(entry)
        message = f"{fields['code']}: unknown keys in the procedure: {unknown}"
        raise ValueError(message)
    return fields
