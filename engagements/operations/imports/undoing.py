"""Taking an import back: all of it, or nothing when people built on it since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from django.db import models, transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, ProtectedError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError
from core.models import AuditEvent, Contact
from engagements import events
from engagements.models import (
    Department,
    Engagement,
    EngagementChange,
    Freelancer,
    ImportRow,
    ImportRun,
    Intermediary,
    LinkGrant,
    LinkSession,
    Waiver,
)
from engagements.operations.freelancers import (
    facts_of_freelancer,
    locked_freelancer,
    update_freelancer,
)
from engagements.operations.imports.applying import finish
from engagements.operations.imports.changing import (
    from_plain,
    person_from_plain,
    put,
    until_settled,
)
from engagements.operations.imports.planned import Outcome
from engagements.operations.imports.progress import AT_ONCE, Progress, lift_page_limits, take
from engagements.operations.imports.writing import in_parts
from engagements.operations.locking import lock_in_order, queue_for_days_of
from notifications.models import Message, Reminder
from notifications.operations import cancel_for_dossier

State = ImportRun.State
SHOWN: Final = 100  # engagements on which somebody built; the count tells about all
KINDS: Final[dict[str, type[models.Model]]] = {
    "freelancers": Freelancer,
    "contacts": Contact,
    "departments": Department,
    "intermediaries": Intermediary,
}


@dataclass(slots=True)
class Traces:
    """What people did since, by row."""

    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: ImportRow, name: str, what: Iterable[str]) -> None:
        """Note what was done about one row."""
        self.found.append({"row": row.number, "name": name, "what": list(what)})


@transaction.atomic
def undo_rows(run: ImportRun, progress: Progress) -> None:
    """Remove what the import added and put back what it changed; all or nothing.

    Where people built on it since, nothing is undone and the import says on which rows.

    Raises:
        DomainError: putting something back is refused.
    """
    lift_page_limits()
    if not take(f"engagements.import.organisation:{run.organisation_id}"):
        return
    actor = Actor(**run.asked_by)
    rows = run.rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED]).order_by("number")
    added = list(rows.filter(outcome=Outcome.NEW, engagement__isnull=False))
    changed = list(rows.filter(outcome=Outcome.CHANGED))
    progress.expect(len(added) + len(changed))
    queue_for_days_of(
        rows.values_list("engagement__freelancer", flat=True).filter(engagement__isnull=False)
    )
    lock_in_order(row.engagement_id for row in (*added, *changed) if row.engagement_id)
    traces = _traces(run, added, changed)
    if traces.found:
        finish(run, State.APPLIED, summary=run.summary | _told(traces))
        return
    count = 0
    for some in in_parts(added, AT_ONCE):
        _remove(run, [row.engagement_id for row in some], actor)
        count += len(some)
        progress.done(count)
    for _row, _done in until_settled(changed, lambda row: _put_back(row, actor)):
        count += 1
        if count % AT_ONCE == 0:
            progress.done(count)
    kept = _remove_what_came_along(run)
    finish(
        run,
        State.UNDONE,
        undone_at=timezone.now(),
        summary=run.summary | {"kept": kept},
        rows_total=count,
        rows_done=count,
    )
    audit.record("engagements.import.undone", subject=run, actor=actor, data={"rows": count})


def _told(traces: Traces) -> dict[str, Any]:
    return {"traces": traces.found[:SHOWN], "trace_count": len(traces.found)}


def _traces(run: ImportRun, added: Sequence[ImportRow], changed: Sequence[ImportRow]) -> Traces:
    """Look for what people did since; what is found untouched is locked, and stays so."""
    traces = Traces()
    for some in in_parts(sorted(added, key=lambda row: row.engagement_id or 0), AT_ONCE):
        engagements = _locked([row.engagement_id for row in some])
        what = _traces_on(engagements)
        for row in some:
            one = engagements.get(row.engagement_id or 0)
            if one and what[one.pk]:
                traces.add(row, one.freelancer.full_name, what[one.pk])
    for some in in_parts(changed, AT_ONCE):
        engagements = _locked([row.engagement_id for row in some])
        for row in some:
            one = engagements.get(row.engagement_id or 0)
            if one and _was_changed_since(row, one):
                traces.add(row, one.freelancer.full_name, [_("changed since")])
    return traces


def _locked(keys: Iterable[int | None]) -> dict[int, Engagement]:
    found = (
        Engagement.objects.select_for_update(of=("self",))
        .select_related("freelancer__business_contact", "freelancer__private_contact")
        .filter(pk__in=[key for key in keys if key])
        .order_by("pk")
    )
    return {engagement.pk: engagement for engagement in found}


def _traces_on(engagements: dict[int, Engagement]) -> dict[int, list[str]]:
    what: dict[int, list[str]] = {key: [] for key in engagements}
    for key, engagement in engagements.items():
        if engagement.version > 1 or not engagement.is_running:
            what[key].append(_("changed since"))
    for model, words in (
        (EngagementChange, _("another end was asked for")),
        (Waiver, _("a waiver was given")),
    ):
        touched = model._default_manager.filter(engagement__in=list(engagements))
        for key in touched.values_list("engagement_id", flat=True).distinct():
            what[key].append(words)
    followed = Engagement.objects.filter(succeeds__in=list(engagements))
    for one in followed:
        what[one.succeeds_id or 0].append(_("a successor was named"))
    for listener in events.listeners():
        for key, traces in listener.traces_on(list(engagements.values())).items():
            what[key].extend(traces)
    return what


def _was_changed_since(row: ImportRow, engagement: Engagement) -> bool:
    if "version" in row.before and row.before["version"] != engagement.version:
        return True
    if "person_after" not in row.before:
        return False
    person = locked_freelancer(engagement.freelancer_id)
    return facts_of_freelancer(person) != person_from_plain(row.before["person_after"])


def _remove(run: ImportRun, keys: Sequence[int | None], actor: Actor) -> None:
    """Delete engagements that nobody touched, with what hangs on them by itself."""
    engagements = list(_locked(keys).values())
    dossiers = [engagement.public_id for engagement in engagements]
    unsent = chain(
        Message.objects.unsettled().filter(dossier__in=dossiers).values_list("dossier", flat=True),
        Reminder.objects.unsent().filter(dossier__in=dossiers).values_list("dossier", flat=True),
    )
    for dossier in {dossier for dossier in unsent if dossier}:
        cancel_for_dossier(dossier=dossier, reason="cancelled")
    for listener in events.listeners():
        listener.unplanned_many(engagements, actor)
    LinkSession.objects.filter(grant__engagement__in=engagements).delete()
    LinkGrant.objects.filter(engagement__in=engagements).delete()
    audit.record_many(
        "engagements.engagement.unimported",
        (
            audit.Change(subject=one, dossier=one.public_id, data={"import": str(run.public_id)})
            for one in engagements
        ),
        actor=actor,
    )
    try:
        Engagement.objects.filter(pk__in=[one.pk for one in engagements]).delete()
    except ProtectedError as error:
        raise DomainError(
            _("Nothing was undone: something else refers to what was imported.")
        ) from error


def _put_back(row: ImportRow, actor: Actor) -> None:
    reason = _("The import was undone")
    if "person" in row.before and row.engagement:
        update_freelancer(
            freelancer_id=row.engagement.freelancer_id,
            facts=person_from_plain(row.before["person"]),
            actor=actor,
        )
    if "engagement" not in row.before or row.engagement is None:
        return
    before = row.before["engagement"]
    put(row.engagement, from_plain(before), reason, actor)
    ended_early_at = parse_datetime(before["ended_early_at"] or "")
    # Moving the day back may take back, or fail to take back, that somebody ended it early.
    Engagement.objects.filter(pk=row.engagement.pk).update(ended_early_at=ended_early_at)


def _remove_what_came_along(run: ImportRun) -> dict[str, int]:
    """Delete what the import brought along and nobody uses; return how many stay, by kind."""
    kept = {}
    for kind, model in KINDS.items():
        keys = run.brought_along.get(kind, [])
        free = _unused(model, keys, run)
        model._default_manager.filter(pk__in=free).delete()
        kept[kind] = len(keys) - len(free)
    Contact.objects.filter(
        pk__in=run.brought_along.get("made_external", []),
        freelancers=None,
        freelancers_privately=None,
    ).update(is_external=False)
    return kept


def _unused(model: type[models.Model], keys: Sequence[int], run: ImportRun) -> list[int]:
    """Return those to which no row refers and that nobody changed since the import."""
    found = model._default_manager.filter(pk__in=keys)
    # Hidden relations too, such as the head of a department: the database protects them as well.
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            rows = relation.related_model._base_manager
            found = found.exclude(Exists(rows.filter(**{relation.field.name: OuterRef("pk")})))
    changed = AuditEvent.objects.filter(
        at__gt=run.applied_at,
        subject_type=model._meta.label_lower,
        subject_id__in=keys,
    ).values_list("subject_id", flat=True)
    return sorted(set(found.values_list("pk", flat=True)) - set(changed))
