from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from accounts.models import Membership
from core.models import Contact
from engagements.models import Department, Engagement, Freelancer
from offboarding.models import ChecklistItem, ChecklistItemQuerySet, OwnerRole, RoleHolder

PERSONAL: Final = (OwnerRole.MANAGER, OwnerRole.FREELANCER)


@dataclass(frozen=True, slots=True)
class Role:
    """One role that an organisation gives to somebody, as the settings show it.

    Attributes:
        holder: who holds it for all departments, None when nobody does.
        exceptions: holders for one department each, by name of the department.
        unowned: open tasks for which nobody was found.
    """

    value: str
    label: str
    holder: RoleHolder | None
    exceptions: list[RoleHolder]
    unowned: int


def roles() -> list[Role]:
    """Return every role that is given to somebody, with who holds it, in three queries."""
    holders = list(
        RoleHolder.objects.select_related("contact", "department").order_by("department__name")
    )
    unowned = dict(
        ChecklistItem.objects.unowned()
        .running()
        .order_by()
        .values_list("owner_role")
        .annotate(Count("pk"))
    )
    return [
        Role(
            value=value,
            label=str(label),
            holder=next((h for h in holders if h.role == value and not h.department_id), None),
            exceptions=[h for h in holders if h.role == value and h.department_id],
            unowned=unowned.get(value, 0),
        )
        for value, label in OwnerRole.choices
        if value not in PERSONAL
    ]


def items_for_contacts(
    contacts: Iterable[Contact], engagement: Engagement
) -> ChecklistItemQuerySet:
    """Return the tasks of an engagement that any of these contacts does, alone or together.

    Several, because a colleague acts for whoever handed an action link on as well. A professional
    has two addresses and is the same person at both.
    """
    theirs = Q()
    for contact in contacts:
        theirs |= _theirs(contact, engagement)
    return _in_order(ChecklistItem.objects.filter(theirs, engagement=engagement))


def items_for_freelancer(freelancer: Freelancer) -> ChecklistItemQuerySet:
    """Return the tasks that a professional does alone or together, of all their engagements."""
    return _in_order(
        ChecklistItem.objects.filter(_of_freelancer(freelancer), engagement__freelancer=freelancer)
    )


def _in_order(items: ChecklistItemQuerySet) -> ChecklistItemQuerySet:
    return (
        items.exclude(state=ChecklistItem.State.CANCELLED)
        .select_related("owner")
        .order_by("due_on", "position", "pk")
    )


def _theirs(contact: Contact, engagement: Engagement) -> Q:
    mine = Q(owner=contact)
    if engagement.freelancer.is_contact(contact.pk):
        mine = _of_freelancer(engagement.freelancer)
    if contact.pk == engagement.manager_id:
        mine |= Q(second_role=OwnerRole.MANAGER)
    if shared := _roles_of(contact, engagement.department):
        mine |= Q(second_role__in=shared)
    return mine


def _of_freelancer(freelancer: Freelancer) -> Q:
    return Q(owner__in=freelancer.contact_ids) | Q(second_role=OwnerRole.FREELANCER)


def _roles_of(contact: Contact, department: Department) -> set[str]:
    """Return the roles that a contact holds for a department."""
    holders = RoleHolder.objects.filter(
        Q(department=department) | Q(department=None), contact__is_active=True
    )
    named = {holder.role: holder.contact_id for holder in holders if holder.department_id}
    general = {holder.role: holder.contact_id for holder in holders if not holder.department_id}
    return {role for role, key in (general | named).items() if key == contact.pk}


def holders_of_hr() -> list[Contact]:
    """Return who holds the role of HR for all departments: nobody or one."""
    holders = RoleHolder.objects.filter(role=OwnerRole.HR, department=None)
    return [holder.contact for holder in holders.select_related("contact")]


def likely_owners(item: ChecklistItem) -> list[Contact]:
    """Return who may take a task over: the manager, role holders and members, by name."""
    keys = set(
        RoleHolder.objects.filter(
            Q(department=None) | Q(department=item.engagement.department_id)
        ).values_list("contact", flat=True)
    )
    keys |= set(Membership.objects.active().values_list("contact", flat=True))
    keys |= {item.engagement.manager_id, item.engagement.freelancer.business_contact_id}
    return list(Contact.objects.filter(pk__in=keys, is_active=True).order_by("name", "pk"))
