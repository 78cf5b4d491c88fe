"""What deserves a look before an import is confirmed. Words only; writes nothing."""

from collections.abc import Iterator
from typing import Final

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Contact
from core.wording import listed
from engagements.models import Freelancer
from engagements.operations.imports.planned import Outcome, Plan
from engagements.operations.imports.similar import MOST_NAMES, near_duplicates
from engagements.operations.imports.world import World
from engagements.rules import sort_name_of

NAMED_ROWS: Final = 20  # in one warning


def warnings_about(plan: Plan, world: World) -> list[str]:
    """Return what may be a slip of the pen or a wrong column, in the active language."""
    return [
        *_departments(plan, world),
        *_people(plan, world),
        *_managers(plan, world),
        *_ended(plan, world),
    ]


def _departments(plan: Plan, world: World) -> Iterator[str]:
    if len(plan.departments) > MOST_NAMES:
        yield _("%(count)d departments would be added. Is the right column chosen for them?") % {
            "count": len(plan.departments)
        }
        return
    known = [department.name for department in world.departments.values()]
    for new, like in near_duplicates(plan.departments.values(), known).items():
        yield _("“%(new)s” is a new department. Do you mean “%(like)s”?") % {
            "new": new,
            "like": like,
        }


def _people(plan: Plan, world: World) -> Iterator[str]:
    """New professionals who are perhaps known under another address."""
    named = {sort_name_of(name): email for email, name in plan.freelancers.items()}
    known = Freelancer.objects.select_related("business_contact").filter(sort_name__in=named)
    for person in known.order_by("sort_name", "pk"):
        yield _("%(name)s is new at %(new)s. We know somebody of that name at %(known)s.") % {
            "name": person.full_name,
            "new": plan.people[named[person.sort_name]]["freelancer_email"],
            "known": person.business_contact.email,
        }
    private = Freelancer.objects.select_related("private_contact").filter(
        private_contact__in=[
            world.contacts[email].pk for email in plan.freelancers if email in world.contacts
        ]
    )
    for person in private.order_by("pk"):
        address = person.private_contact.email if person.private_contact else ""
        yield _("%(email)s is the private address of %(name)s, and becomes a new professional.") % {
            "email": address,
            "name": person.full_name,
        }


def _managers(plan: Plan, world: World) -> Iterator[str]:
    """New contacts who are perhaps known at another address, or known by another name."""
    named = {c.name.lower(): c for c in plan.contacts.values() if not c.is_external}
    known = Contact.objects.annotate(key=Lower("name")).filter(key__in=named, is_external=False)
    for contact in known.order_by("key", "pk"):
        yield _("%(name)s is new at %(new)s. We know somebody of that name at %(known)s.") % {
            "name": contact.name,
            "new": named[contact.name.lower()].email,
            "known": contact.email,
        }
    said: dict[str, str] = {}
    for planned in plan.rows:
        row = planned.row
        if planned.outcome in (Outcome.NEW, Outcome.CHANGED):
            said.setdefault(row.key("manager_email"), row.values["manager_name"])
    for email, name in said.items():
        contact_known = world.contacts.get(email)
        if contact_known and sort_name_of(contact_known.name) != sort_name_of(name):
            yield _("The list calls %(email)s %(new)s. We know them as %(known)s; that stays.") % {
                "email": email,
                "new": name,
                "known": contact_known.name,
            }


def _ended(plan: Plan, world: World) -> Iterator[str]:
    numbers = [
        planned.row.number
        for planned in plan.rows
        if planned.outcome == Outcome.NEW and planned.row.values["ends_on"] < world.today
    ]
    if not numbers:
        return
    more = len(numbers) - NAMED_ROWS
    if more > 0:
        yield _(
            "%(count)d new engagements have ended already: rows %(rows)s, and %(more)d more."
        ) % {
            "count": len(numbers),
            "rows": ", ".join(map(str, numbers[:NAMED_ROWS])),
            "more": more,
        }
        return
    yield ngettext(
        "%(count)d new engagement has ended already: row %(rows)s.",
        "%(count)d new engagements have ended already: rows %(rows)s.",
        len(numbers),
    ) % {"count": len(numbers), "rows": listed(numbers)}
