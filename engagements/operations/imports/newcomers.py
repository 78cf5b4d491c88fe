"""Who and what a file brings along that the organisation does not know yet. Writes nothing."""

from engagements.operations.imports.parsing import Row
from engagements.operations.imports.planned import Newcomer, Outcome, Plan
from engagements.operations.imports.world import World


def add_newcomers(plan: Plan, world: World) -> None:
    """List what the good rows need and nobody knows: departments, people, intermediaries."""
    for planned in plan.rows:
        if planned.outcome == Outcome.ERROR:
            continue
        row = planned.row
        if row.key("department") not in world.departments:
            plan.departments.setdefault(row.key("department"), row.values["department"])
        intermediary = row.key("intermediary")
        if intermediary and intermediary not in world.intermediaries:
            plan.intermediaries.setdefault(intermediary, row.values["intermediary"])
        _add_people(row, plan, world)


def _add_people(row: Row, plan: Plan, world: World) -> None:
    email = row.key("freelancer_email")
    person = plan.people[email]
    language = person.get("language") or world.organisation.language
    if email not in world.freelancers:
        plan.freelancers[email] = person["freelancer_name"]
    for address, name, is_external in (
        (person["freelancer_email"], person["freelancer_name"], True),
        (person.get("freelancer_private_email", ""), person["freelancer_name"], True),
        (row.values["manager_email"], row.values["manager_name"], False),
    ):
        key = address.lower()
        if not key or key in world.contacts:
            continue
        known = plan.contacts.setdefault(
            key,
            Newcomer(
                name=name,
                email=address,
                language=language if is_external else world.organisation.language,
                is_external=is_external,
            ),
        )
        # Somebody hired who manages others here too is from outside all the same.
        known.is_external = known.is_external or is_external
