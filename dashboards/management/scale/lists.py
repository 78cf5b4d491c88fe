"""Checklists: the frozen copy of the procedure for each engagement, nearly all of it done."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from dashboards.management.scale.book import STEP
from dashboards.management.scale.dice import iso, moment
from dashboards.management.scale.ground import Ground
from dashboards.management.scale.people import PLANNED_BEFORE, Assignment, record
from dashboards.management.scale.periods import Fate
from dashboards.management.scale.sheets import NULL, Encoded, encoded
from offboarding import rules
from offboarding.models import Anchor, OwnerRole, Phase, ProcedureStep

DONE, WAIVED = 0.93, 0.96  # of a file that was closed; the rest was cancelled with it
KEPT_UP: Final = 0.93  # of tasks whose day is past, in a file that is open
AHEAD: Final = 0.05  # of tasks whose day is still to come
SETTLED_BY: Final = "Hanneke Proef"
NOT_APPLICABLE: Final = "Niet van toepassing in deze opdracht"
OPEN: Final = f"open\t{NULL}\t\t"
# From the day on which a task is due and a chance of 0 to 1: four columns of its row.
EndOf = Callable[[str, float], str]
# By code of the step and day of its anchor: when it is due.
Dues = defaultdict[str, dict[int, str]]


@dataclass(frozen=True, slots=True)
class _Task:
    """One step of the procedure, ready to be copied."""

    step: ProcedureStep
    text: Encoded
    due: dict[int, str]  # by the day of its anchor, as the rules reckon it
    phase: str
    role: str
    is_from_start: bool
    is_farewell: bool


def _task_of(step: ProcedureStep, due: dict[int, str]) -> _Task:
    return _Task(
        step,
        encoded(*(getattr(step, name) for name in STEP)),
        due,
        step.phase,
        step.owner_role,
        step.anchor == Anchor.START,
        step.phase == Phase.OFFBOARDING,
    )


class Lists:
    """Writes the checklists of one organisation."""

    def __init__(self, ground: Ground, dues: Dues) -> None:
        """Write for one organisation; all of them share days, as they share the procedure."""
        self.ground = ground
        self._dues = dues
        self._calendar = ground.organisation.calendar

    @cached_property
    def _tasks(self) -> Mapping[bool, list[_Task]]:
        """Tasks of ordinary engagements and of short ones."""
        made = {step.pk: _task_of(step, self._dues[step.code]) for step in self.ground.steps}
        return {
            short: [made[step.pk] for step in rules.steps_for(self.ground.steps, short=short)]
            for short in (False, True)
        }

    def write(self, one: Assignment) -> None:
        """Write both checklists of an engagement with all tasks.

        There are more tasks than rows of all other tables together: this loop is kept short.
        """
        ground, period = self.ground, one.period
        started = iso(period.starts - PLANNED_BEFORE)
        organisation = ground.organisation.pk
        checklists = {
            phase.value: ground.book.checklists.add(
                (organisation, one.pk, ground.version.pk), str(phase.value), moment(started, 9)
            )
            for phase in Phase
        }
        tasks = self._tasks[period.length < ground.version.short_days]
        owners = self._owners(one)
        end_of = self._ends[period.fate](one)
        add, uuid, chance = ground.book.items.add_encoded, ground.dice.uuid, ground.dice.random
        first_day = period.starts_on
        for task in tasks:
            anchor = period.starts if task.is_from_start else period.ends
            due = task.due.get(anchor) or self._reckon(task, anchor)
            if task.is_farewell and due < first_day:
                due = first_day
            add(
                f"{organisation}\t{checklists[task.phase]}\t{one.pk}\t{owners[task.role]}",
                f"{uuid()}\t{due}\t{started}\t{end_of(due, chance())}\t{task.text}",
            )
        facts = {"tasks": len(tasks), "unowned": 0, "version": 1}
        record(ground, one, one.planned_at, "offboarding.checklist.started", **facts)

    def _owners(self, one: Assignment) -> dict[str, str]:
        owners = dict.fromkeys(OwnerRole.values, NULL)
        owners |= {role: str(key) for role, key in self.ground.holders.items()}
        is_over = one.period.ends < self.ground.today
        owners[OwnerRole.MANAGER] = str(one.manager[0])
        owners[OwnerRole.FREELANCER] = str(one.person.private if is_over else one.person.business)
        return owners

    def _reckon(self, task: _Task, anchor: int) -> str:
        """Return what `rules.due_on` says, and keep it: thousands share their anchors.

        Without the other end of the period; whoever asks sees to it that no farewell comes before
        the first day.
        """
        day = date.fromordinal(anchor)
        unbound = {"start": (day, day), "end": (date.min, day)}[task.step.anchor]
        due = rules.due_on(task.step, *unbound, self._calendar).isoformat()
        task.due[anchor] = due
        return due

    @cached_property
    def _ends(self) -> Mapping[Fate, Callable[[Assignment], EndOf]]:
        """How tasks of an engagement end: state, moment, author and reason, from day and chance."""
        return {
            "cancelled": _cancelled,
            "closed": _closed,
            "ended": self._open,
            "live": self._open,
            "planned": self._open,
        }

    def _open(self, one: Assignment) -> EndOf:
        today, yesterday = iso(self.ground.today), iso(self.ground.today - 1)

        def end_of(due: str, at: float) -> str:
            if at < (KEPT_UP if due < today else AHEAD):
                return f"done\t{min(due, yesterday)} 09:30:00+00\t{SETTLED_BY}\t"
            return OPEN

        return end_of


def _cancelled(one: Assignment) -> EndOf:
    text = f"cancelled\t{moment(one.period.starts_on, 8)}\t{SETTLED_BY}\t"
    return lambda _due, _at: text


def _closed(one: Assignment) -> EndOf:
    closed_at = str(one.closed_at)
    closed_on = closed_at[:10]
    waived = f"waived\t{closed_at}\t{SETTLED_BY}\t{NOT_APPLICABLE}"
    cancelled = f"cancelled\t{closed_at}\t{SETTLED_BY}\t"

    def end_of(due: str, at: float) -> str:
        if at < DONE:
            moment_of = f"{due} 09:30:00+00" if due < closed_on else closed_at
            return f"done\t{moment_of}\t{SETTLED_BY}\t"
        return waived if at < WAIVED else cancelled

    return end_of
