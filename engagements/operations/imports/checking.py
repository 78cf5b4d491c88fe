"""The rows of a file held against each other and against what is known; writes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from core.models import Contact
from core.wording import date_long
from engagements.models import Engagement
from engagements.operations.imports.consistency import PERSONAL, check_against_each_other
from engagements.operations.imports.newcomers import add_newcomers
from engagements.operations.imports.parsing import Row
from engagements.operations.imports.planned import Outcome, Plan, PlannedRow
from engagements.operations.imports.remarks import warnings_about
from engagements.operations.imports.world import World

# What a row says of the engagement itself, by the same name in both.
OWN: Final = ("external_id", "title", "starts_on", "ends_on", "hourly_rate", "knowledge_target")


def plan_rows(rows: Sequence[Row], world: World) -> Plan:
    """Work out what the rows would do; rows that cannot be done get their problems.

    Args:
        rows: parsed, in the order of the file.
        world: what is known of what they name (``load_world``).
    """
    check_against_each_other(rows)
    plan = Plan([PlannedRow(row=row) for row in rows])
    taken: dict[int, Row] = {}
    for planned in plan.rows:
        if not planned.row.problems:
            _match(planned, world, taken)
    _check_overlaps(plan, world)
    for planned in plan.rows:
        if planned.outcome != Outcome.ERROR:
            _gather(planned.row, plan)
    _compare_people(plan, world)
    add_newcomers(plan, world)
    plan.warnings = warnings_about(plan, world)
    return plan


def _match(planned: PlannedRow, world: World, taken: dict[int, Row]) -> None:
    """Find the engagement that a row is about, and what it would change."""
    row = planned.row
    planned.engagement = _engagement_meant(row, world)
    if planned.engagement is None:
        _check_reachable(row, world, None)
        return
    first = taken.setdefault(planned.engagement.pk, row)
    if first is not row:
        row.refuse(
            "external_id",
            _("This is the same engagement as in row %(row)d.") % {"row": first.number},
        )
        return
    person = planned.engagement.freelancer
    if person.business_contact.email.lower() != row.key("freelancer_email"):
        row.refuse(
            "freelancer_email",
            _("This engagement belongs to %(name)s and stays with them. Use another ID.")
            % {"name": person.full_name},
        )
        return
    planned.differences = _differences(planned.engagement, row)
    if planned.differences:
        _check_may_change(planned.engagement, row, world)


def _engagement_meant(row: Row, world: World) -> Engagement | None:
    """Return the engagement with this id, or else the same person, department and first day."""
    external_id = row.values.get("external_id", "")
    if external_id in world.engagements:
        return world.engagements[external_id]
    person = world.freelancers.get(row.key("freelancer_email"))
    department = world.departments.get(row.key("department"))
    if person is None or department is None:
        return None
    alike = [
        engagement
        for engagement in world.placed[person.pk, department.pk]
        if engagement.starts_on == row.values["starts_on"]
        and not (external_id and engagement.external_id)
    ]
    if len(alike) > 1:
        alike = [one for one in alike if one.title.lower() == row.key("title")] or alike
    if len(alike) > 1:
        row.refuse(
            "starts_on",
            _("More than one engagement starts here that day. Name the one you mean by its ID."),
        )
    return alike[0] if alike else None


def _differences(engagement: Engagement, row: Row) -> dict[str, list[str]]:
    """Return what a row says otherwise than the engagement; an empty cell says nothing."""
    differences: dict[str, list[str]] = {
        name: [_plain(getattr(engagement, name)), _plain(row.values[name])]
        for name in OWN
        if name in row.values and getattr(engagement, name) != row.values[name]
    }
    intermediary = engagement.intermediary.name if engagement.intermediary else ""
    for column, old in (
        ("department", engagement.department.name),
        ("manager_email", engagement.manager.email),
        ("intermediary", intermediary),
    ):
        if column in row.values and row.key(column) != old.lower():
            differences[column] = [old, row.values[column]]
    return differences


def _plain(value: Any) -> str:
    """Return a value as text that belongs to no language: ISO dates, plain decimals."""
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _check_may_change(engagement: Engagement, row: Row, world: World) -> None:
    if not engagement.is_running:
        row.refuse(
            "external_id", _("This engagement is closed or cancelled and cannot change any more.")
        )
    _check_reachable(row, world, engagement)


def _check_reachable(row: Row, world: World, engagement: Engagement | None) -> None:
    """Refuse people and departments that are not in use any more, where the row is new to them."""
    department = world.departments.get(row.key("department"))
    stays = engagement is not None and engagement.department_id == getattr(department, "pk", None)
    if department and not department.is_active and not stays:
        row.refuse("department", _("This department is not in use any more."))
    manager = world.contacts.get(row.key("manager_email"))
    stays = engagement is not None and engagement.manager_id == getattr(manager, "pk", None)
    if _is_inactive(manager) and not stays:
        row.refuse("manager_email", _("This contact is not active any more."))
    if _is_inactive(world.contacts.get(row.key("freelancer_email"))) and engagement is None:
        row.refuse("freelancer_email", _("This contact is not active any more."))


def _is_inactive(contact: Contact | None) -> bool:
    return contact is not None and not contact.is_active


def _check_overlaps(plan: Plan, world: World) -> None:
    """Refuse a period in which the same person already works at the same department."""
    moved = {p.engagement.pk for p in plan.rows if p.engagement and not p.row.problems}
    periods: dict[tuple[str, str], list[tuple[date, date, int | None]]] = defaultdict(list)
    for engagements in world.placed.values():
        for engagement in engagements:
            if engagement.pk not in moved and not engagement.may_overlap:
                key = (
                    engagement.freelancer.business_contact.email.lower(),
                    engagement.department.name.lower(),
                )
                periods[key].append((engagement.starts_on, engagement.ends_on, None))
    for planned in plan.rows:
        row = planned.row
        is_free = planned.engagement is not None and planned.engagement.may_overlap
        if row.problems or is_free:
            continue
        starts_on, ends_on = row.values["starts_on"], row.values["ends_on"]
        there = periods[row.key("freelancer_email"), row.key("department")]
        for first, last, number in there:
            if first <= ends_on and starts_on <= last:
                row.refuse("starts_on", _overlap(first, last, number))
                break
        else:
            there.append((starts_on, ends_on, row.number))


def _overlap(first: date, last: date, number: int | None) -> str:
    if number is not None:
        return _("Row %(row)d has the same professional at the same department in this period.") % {
            "row": number
        }
    return _(
        "This professional already has an engagement at this department, from %(first)s to "
        "%(last)s. Use its ID or its first day to change it."
    ) % {"first": date_long(first), "last": date_long(last)}


def _gather(row: Row, plan: Plan) -> None:
    """Put together what the good rows say of one person; the first that says it counts."""
    person = plan.people.setdefault(
        row.key("freelancer_email"), {"freelancer_email": row.values["freelancer_email"]}
    )
    for column in PERSONAL:
        if column in row.values:
            person.setdefault(column, row.values[column])


def _compare_people(plan: Plan, world: World) -> None:
    """Show what changes of a person at the first good row that names them."""
    seen: set[str] = set()
    for planned in plan.rows:
        email = planned.row.key("freelancer_email")
        if planned.row.problems or email in seen or email not in world.freelancers:
            continue
        seen.add(email)
        person = world.freelancers[email]
        private = person.private_contact.email if person.private_contact else ""
        known = {
            "freelancer_name": person.full_name,
            "freelancer_private_email": private,
            "business_name": person.business_name,
            "kvk_number": person.kvk_number,
            "language": person.business_contact.language,
        }
        if person.business_contact.language_chosen:
            del known["language"]  # this person said in which language they want mail
        for column, value in plan.people[email].items():
            if column in known and not _is_same(column, known[column], value, email):
                planned.differences[column] = [known[column], value]
                planned.changes_person = True


def _is_same(column: str, old: str, new: str, business_email: str) -> bool:
    if column != "freelancer_private_email":
        return old == new
    # The business address as private address too is kept as no private address at all.
    return new.lower() in (old.lower(), business_email)
