"""New rows in bulk: what a file brings along, and its new engagements. Same rules as by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from core import audit
from core.actors import Actor
from core.models import Contact
from engagements import events
from engagements.models import Department, Engagement, Freelancer, ImportRun, Intermediary
from engagements.operations.imports.parsing import Row
from engagements.operations.imports.planned import Plan, PlannedRow
from engagements.operations.imports.progress import AT_ONCE
from engagements.operations.imports.world import World
from engagements.operations.locking import queue_for_days_of
from engagements.operations.refusals import refusing
from engagements.rules import sort_name_of

IN_ONE_STATEMENT: Final = 1000
T = TypeVar("T")


@dataclass(slots=True)
class BroughtAlong:
    """Keys of what came with an import beside its engagements, for the undo."""

    departments: list[int] = field(default_factory=list)
    intermediaries: list[int] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)
    freelancers: list[int] = field(default_factory=list)
    made_external: list[int] = field(default_factory=list)


def bring_along(plan: Plan, world: World, actor: Actor) -> BroughtAlong:
    """Add the departments, intermediaries, contacts and professionals that a plan needs.

    They are put into the world, as if they had been known.
    """
    brought = BroughtAlong()
    organisation = world.organisation
    departments = [
        Department(organisation=organisation, name=name) for name in plan.departments.values()
    ]
    intermediaries = [
        Intermediary(organisation=organisation, name=name) for name in plan.intermediaries.values()
    ]
    contacts = [
        Contact(
            organisation=organisation,
            name=new.name,
            email=new.email,
            language=new.language,
            is_external=new.is_external,
        )
        for new in plan.contacts.values()
    ]
    with refusing(Department, Intermediary, Contact):
        Department.objects.bulk_create(departments, IN_ONE_STATEMENT)
        Intermediary.objects.bulk_create(intermediaries, IN_ONE_STATEMENT)
        Contact.objects.bulk_create(contacts, IN_ONE_STATEMENT)
    world.departments.update((one.name.lower(), one) for one in departments)
    world.intermediaries.update((one.name.lower(), one) for one in intermediaries)
    world.contacts.update((one.email.lower(), one) for one in contacts)
    brought.departments = [one.pk for one in departments]
    brought.intermediaries = [one.pk for one in intermediaries]
    brought.contacts = [one.pk for one in contacts]
    brought.made_external = _make_external(plan, world)
    brought.freelancers = _add_freelancers(plan, world, actor)
    audit.record_many(
        "engagements.department.created",
        (audit.Change(subject=one, data={"name": one.name}) for one in departments),
        actor=actor,
    )
    return brought


def _make_external(plan: Plan, world: World) -> list[int]:
    """Mark known contacts that become professionals, as ``contact_at`` does."""
    keys = []
    for email in plan.freelancers:
        private = plan.people[email].get("freelancer_private_email", "").lower()
        for contact in (world.contacts[email], world.contacts.get(private)):
            if contact and not contact.is_external:
                contact.is_external = True
                keys.append(contact.pk)
    Contact.objects.filter(pk__in=keys).update(is_external=True)
    return keys


def _add_freelancers(plan: Plan, world: World, actor: Actor) -> list[int]:
    people = []
    for email in plan.freelancers:
        said = plan.people[email]
        private = world.contacts.get(said.get("freelancer_private_email", "").lower())
        business = world.contacts[email]
        people.append(
            Freelancer(
                organisation=world.organisation,
                full_name=said["freelancer_name"],
                sort_name=sort_name_of(said["freelancer_name"]),
                business_name=said.get("business_name", ""),
                kvk_number=said.get("kvk_number", ""),
                business_contact=business,
                private_contact=None if private == business else private,
            )
        )
    with refusing(Freelancer):
        Freelancer.objects.bulk_create(people, IN_ONE_STATEMENT)
    world.freelancers.update((one.business_contact.email.lower(), one) for one in people)
    audit.record_many(
        "engagements.freelancer.created",
        (audit.Change(subject=one) for one in people),
        actor=actor,
    )
    return [one.pk for one in people]


def add_engagements(
    rows: Sequence[PlannedRow], world: World, run: ImportRun, actor: Actor
) -> Iterator[Sequence[PlannedRow]]:
    """Add the engagements of new rows, some at a time; yields the rows that are done.

    As ``create_engagement`` does: the row, then who listens, then the history.
    """
    for some in in_parts(rows, AT_ONCE):
        engagements = [_engagement(planned.row, world) for planned in some]
        queue_for_days_of(one.freelancer_id for one in engagements)
        with refusing(Engagement):
            Engagement.objects.bulk_create(engagements)
        for planned, engagement in zip(some, engagements, strict=True):
            planned.made = engagement
        for listener in events.listeners():
            listener.planned_many(engagements, actor)
        audit.record_many(
            "engagements.engagement.created",
            (
                audit.Change(
                    subject=one,
                    dossier=one.public_id,
                    data={
                        "starts_on": one.starts_on.isoformat(),
                        "ends_on": one.ends_on.isoformat(),
                        "import": str(run.public_id),
                    },
                )
                for one in engagements
            ),
            actor=actor,
        )
        yield some


def _engagement(row: Row, world: World) -> Engagement:
    values = row.values
    return Engagement(
        organisation=world.organisation,
        freelancer=world.freelancers[row.key("freelancer_email")],
        **rows_named(row, world),
        external_id=values.get("external_id", ""),
        title=values["title"],
        starts_on=values["starts_on"],
        ends_on=values["ends_on"],
        hourly_rate=values.get("hourly_rate"),
        knowledge_target=values.get("knowledge_target"),
    )


def rows_named(row: Row, world: World) -> dict[str, Any]:
    """Return the department, manager and intermediary that a row names."""
    intermediary = row.key("intermediary")
    return {
        "department": world.departments[row.key("department")],
        "manager": world.contacts[row.key("manager_email")],
        "intermediary": world.intermediaries[intermediary] if intermediary else None,
    }


def in_parts(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield a sequence in parts of at most this size."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
