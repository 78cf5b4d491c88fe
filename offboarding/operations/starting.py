from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils.translation import ngettext

from core import audit
from core.actors import Actor
from engagements.models import Engagement
from offboarding import rules
from offboarding.models import (
    Checklist,
    ChecklistItem,
    Phase,
    ProcedureStep,
    ProcedureVersion,
    Subject,
)
from offboarding.models.procedures import StepFields
from offboarding.operations.owners import Owners
from offboarding.operations.procedures import ship_procedure

ROWS_AT_ONCE: Final = 2000
COPIED: Final = ", ".join(str(field.column) for field in StepFields._meta.local_concrete_fields)
# The database itself copies the steps: an import of 10,000 rows makes 440,000 tasks, and only what
# differs between them travels.
COPY_STEPS: Final = f"""
    INSERT INTO offboarding_checklistitem (
        organisation_id, checklist_id, engagement_id, owner_id, due_on, is_backlog, dated_on,
        public_id, state, is_assigned, is_noted, settled_by, reason, note, snooze_count,
        last_seen_by, {COPIED}
    )
    SELECT
        step.organisation_id, task.checklist_id, task.engagement_id, task.owner_id, task.due_on,
        task.is_backlog, %s, gen_random_uuid(), 'open', FALSE, FALSE, '', '', '', 0, '',
        {COPIED}
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::boolean[])
        AS task (step_id, checklist_id, engagement_id, owner_id, due_on, is_backlog)
    JOIN offboarding_procedurestep AS step ON step.id = task.step_id
    ORDER BY task.engagement_id, step.position
"""  # noqa: S608 - the only names in it are columns of ours


@transaction.atomic
def start_checklists(*, engagement: Engagement, actor: Actor) -> None:
    """Copy both phases of the procedure for an engagement, every task dated and with an owner.

    An engagement that has its checklists already keeps them.

    Source: domain.md section 1, invariants 3 and 7.
    """
    start_checklists_for(engagements=[engagement], actor=actor)


@transaction.atomic
def start_checklists_for(*, engagements: Sequence[Engagement], actor: Actor) -> int:
    """Start the checklists of many engagements of one organisation with a handful of queries.

    Args:
        engagements: ``freelancer`` and its ``private_contact`` loaded, or each costs queries.
        actor: who planned them.

    Returns:
        How many tasks were made. Those for which nobody was found have no owner.
    """
    keys = [engagement.pk for engagement in engagements]
    # Their rows make two who start the same lists queue; evaluated for the lock alone.
    locked = Engagement.objects.filter(pk__in=keys).order_by("pk")
    list(locked.select_for_update(no_key=True).values_list("pk", flat=True))
    have = set(Checklist.objects.filter(engagement__in=keys).values_list("engagement", flat=True))
    new = [e for e in engagements if e.pk not in have and e.is_running]
    if not new:
        return 0
    organisation = new[0].organisation
    version = ship_procedure(organisation=organisation)
    start = _Start(version, list(version.steps.all()), organisation.today())
    checklists = Checklist.objects.bulk_create(
        (
            Checklist(organisation=organisation, engagement=e, version=version, phase=phase)
            for e in new
            for phase in Phase
        ),
        batch_size=ROWS_AT_ONCE,
    )
    by_phase = {(c.engagement_id, c.phase): c for c in checklists}
    tasks = [task for e in new for task in start.tasks_of(e, by_phase)]
    with connection.cursor() as cursor:
        rest = iter(tasks)
        while lot := list(islice(rest, ROWS_AT_ONCE)):
            cursor.execute(COPY_STEPS, [start.today, *map(_array, zip(*lot, strict=True))])
    made = Counter(task.engagement_id for task in tasks)
    unowned = Counter(task.engagement_id for task in tasks if task.owner_id is None)
    audit.record_many(
        "offboarding.checklist.started",
        (
            audit.Change(
                subject=by_phase[e.pk, Phase.ONBOARDING],
                dossier=e.public_id,
                data={"tasks": made[e.pk], "unowned": unowned[e.pk], "version": version.number},
            )
            for e in new
        ),
        actor=actor,
    )
    return len(tasks)


def _array(values: Iterable[object]) -> str:
    """Return numbers, days and truths as the database reads an array of them.

    The driver would look at each of millions of values to find out how to write it.
    """
    return "{" + ",".join("NULL" if one is None else str(one) for one in values) + "}"


class _Task(NamedTuple):
    """What a task has beyond its step, in the order of ``COPY_STEPS``."""

    step_id: int
    checklist_id: int
    engagement_id: int
    owner_id: int | None
    due_on: date
    is_backlog: bool


@dataclass
class _Start:
    """Dates the tasks of one engagement after the other from one version of the procedure."""

    version: ProcedureVersion
    steps: Sequence[ProcedureStep]
    today: date

    def __post_init__(self) -> None:
        self._owners = Owners(self.today)
        self._roles = {step.owner_role for step in self.steps}
        self._calendar = self.version.organisation.calendar
        # Engagements of one list share their dates: the same period is counted out once.
        self._dated = lru_cache(maxsize=1024)(self._dated_steps)

    def tasks_of(
        self, engagement: Engagement, checklists: Mapping[tuple[int, str], Checklist]
    ) -> Iterator[_Task]:
        # Asked once for each phase and role, not for each of forty tasks.
        keys = {phase.value: checklists[engagement.pk, phase].pk for phase in Phase}
        owners = {role: self._owners.of(role, engagement) for role in self._roles}
        for step, due_on, is_backlog in self._dated(engagement.starts_on, engagement.ends_on):
            yield _Task(
                step.pk,
                keys[step.phase],
                engagement.pk,
                owners[step.owner_role],
                due_on,
                is_backlog,
            )

    def _dated_steps(
        self, starts_on: date, ends_on: date
    ) -> list[tuple[ProcedureStep, date, bool]]:
        short = rules.is_short(starts_on, ends_on, self.version.short_days)
        birth = rules.ListBirth(self.today, self._calendar, self.version.catch_up_days)
        dated = []
        for step in rules.steps_for(self.steps, short=short):
            due = rules.due_on(step, starts_on, ends_on, self._calendar)
            is_backlog = rules.is_backlog(step.phase, due, starts_on, self.today)
            if not is_backlog:
                about_on = starts_on if step.phase == Phase.ONBOARDING else ends_on
                is_pressing = step.subject == Subject.ACCESS
                due = rules.first_due_on(due, about_on, birth, is_pressing=is_pressing)
            dated.append((step, due, is_backlog))
        return dated


def traces_on(engagements: Sequence[Engagement]) -> Mapping[int, Sequence[str]]:
    """Return, by key of the engagement, what people did with its tasks, in the active language."""
    settled = Q(state__in=[ChecklistItem.State.DONE, ChecklistItem.State.WAIVED])
    touched = (
        Q(expected_on__isnull=False)
        | Q(snooze_count__gt=0)
        | Q(is_assigned=True)
        | Q(evidence__isnull=False)
        | ~Q(reason="")  # reopened
    )
    counts = (
        ChecklistItem.objects.filter(engagement__in=engagements)
        .values("engagement")
        .annotate(
            settled=Count("pk", filter=settled, distinct=True),
            touched=Count("pk", filter=touched & ~settled, distinct=True),
        )
        .filter(Q(settled__gt=0) | Q(touched__gt=0))
        .order_by()
    )
    return {row["engagement"]: list(_words(row)) for row in counts}


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    if count := row["settled"]:
        yield ngettext("%(count)d task settled", "%(count)d tasks settled", count) % {
            "count": count
        }
    if count := row["touched"]:
        yield ngettext("%(count)d task answered", "%(count)d tasks answered", count) % {
            "count": count
        }


@transaction.atomic
def discard_checklists(*, engagements: Sequence[Engagement], actor: Actor) -> int:
    """Delete the checklists of engagements whose import is undone, before anybody used them.

    Returns:
        How many tasks went.
    """
    checklists = {
        c.engagement_id: c
        for c in Checklist.objects.filter(engagement__in=engagements, phase=Phase.ONBOARDING)
    }
    audit.record_many(
        "offboarding.checklist.discarded",
        (
            audit.Change(subject=checklists[e.pk], dossier=e.public_id)
            for e in engagements
            if e.pk in checklists
        ),
        actor=actor,
    )
    keys = [engagement.pk for engagement in engagements]
    with connection.cursor() as cursor:
        # Without Django's collector, which reads every task first. Keys refuse what is still used.
        cursor.execute(
            "DELETE FROM offboarding_checklistitem WHERE engagement_id = ANY(%s)", [keys]
        )
        count: int = cursor.rowcount
        cursor.execute("DELETE FROM offboarding_checklist WHERE engagement_id = ANY(%s)", [keys])
    return count
