from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError
from core.models import Contact, Organisation
from engagements.models import Department, Engagement
from offboarding.models import ChecklistItem, OwnerRole, RoleHolder

PERSONAL = frozenset({OwnerRole.MANAGER, OwnerRole.FREELANCER})


class Owners:
    """Who is asked for a role; reads the role holders once, for any number of engagements."""

    def __init__(self, today: date) -> None:
        """Read who holds which role now."""
        self._today = today
        self._holders: dict[tuple[str, int | None], int] = {
            (role, department_id): contact_id
            for role, department_id, contact_id in RoleHolder.objects.filter(
                contact__is_active=True
            ).values_list("role", "department_id", "contact_id")
        }

    def of(self, role: str, engagement: Engagement) -> int | None:
        """Return the key of the contact that is asked, None when nobody holds the role.

        The holder for the department goes before the one for the whole organisation.
        """
        if role == OwnerRole.MANAGER:
            return engagement.manager_id
        if role == OwnerRole.FREELANCER:
            return engagement.professional_on(self._today).pk
        return self.holder(role, engagement.department_id)

    def holder(self, role: str, department_id: int) -> int | None:
        """Return who holds a role for a department, None when nobody does."""
        return self._holders.get((role, department_id)) or self._holders.get((role, None))


@transaction.atomic
def set_role_holder(
    *,
    organisation: Organisation,
    role: str,
    contact_id: int,
    actor: Actor,
    department_id: int | None = None,
) -> RoleHolder:
    """Say who holds a role; their open tasks move, except those that somebody assigned by hand.

    Args:
        organisation: whose role it is.
        role: any role but hiring manager and professional, which follow from the engagement.
        contact_id: who holds it from now on.
        actor: who decides.
        department_id: for one department; None for all that have no holder of their own.

    Raises:
        DomainError: the role follows from the engagement, or the contact is not active.
        Contact.DoesNotExist: there is no such contact here; so for the department.
    """
    if role in PERSONAL or role not in OwnerRole.values:
        raise DomainError(_("This role follows from the engagement and cannot be given here."))
    contact = Contact.objects.get(pk=contact_id)
    if not contact.is_active:
        raise DomainError(_("This contact is not active. Choose somebody else."))
    department = Department.objects.get(pk=department_id) if department_id else None
    _take_turn(pk=organisation.pk)
    holder, _created = RoleHolder.objects.update_or_create(
        organisation=organisation, role=role, department=department, defaults={"contact": contact}
    )
    moved = _resolve_again(organisation, role)
    audit.record(
        "offboarding.role.given",
        subject=holder,
        actor=actor,
        data={
            "role": role,
            "department": department_id,
            "contact": contact.pk,
            "moved": moved,
        },
    )
    return holder


@transaction.atomic
def remove_role_holder(*, role_holder_id: int, actor: Actor) -> int:
    """Take a role away; its open tasks go to the holder for all departments, else to HR.

    Taken away before, it stays so.

    Returns:
        How many open tasks changed owner.
    """
    holders = RoleHolder.objects.filter(pk=role_holder_id)
    _take_turn(pk__in=holders.values("organisation"))
    holder = holders.select_for_update().first()
    if holder is None:
        return 0
    role, key = holder.role, holder.pk
    holder.delete()
    moved = _resolve_again(holder.organisation, role)
    holder.pk = key
    audit.record(
        "offboarding.role.taken",
        subject=holder,
        actor=actor,
        data={
            "role": role,
            "department": holder.department_id,
            "contact": holder.contact_id,
            "moved": moved,
        },
    )
    return moved


def _take_turn(**organisation: Any) -> None:
    """Let people who give and take roles queue: each reads who holds what, then hands tasks on."""
    list(Organisation.objects.select_for_update(no_key=True).filter(**organisation))


def _resolve_again(organisation: Organisation, role: str) -> int:
    """Give the open tasks of a role to whoever holds it now; returns how many changed owner."""
    items = (
        ChecklistItem.objects.open()
        .filter(
            owner_role=role,
            is_assigned=False,
            engagement__cancelled_at=None,
            engagement__closed_at=None,
        )
        .select_for_update(of=("self",))
        .select_related("engagement")
        .only("owner", "engagement__department")
        .order_by("pk")
    )
    owners = Owners(organisation.today())
    by_department: dict[int, list[ChecklistItem]] = defaultdict(list)
    for item in items:
        by_department[item.engagement.department_id].append(item)
    return sum(
        hand_over(tasks, owners.holder(role, department_id))
        for department_id, tasks in by_department.items()
    )


def hand_over(items: Iterable[ChecklistItem], owner_id: int | None) -> int:
    """Give locked open tasks to another owner; what the last one answered is forgotten.

    Returns:
        How many changed owner.
    """
    keys = [item.pk for item in items if item.owner_id != owner_id]
    return ChecklistItem.objects.filter(pk__in=keys).update(
        owner_id=owner_id, expected_on=None, snoozed_until=None
    )
