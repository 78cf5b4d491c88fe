from django.db import transaction

from core import audit
from core.actors import Actor
from core.models import Contact, Organisation
from engagements.models import Department
from engagements.operations.refusals import refusing


@transaction.atomic
def save_department(
    *,
    organisation: Organisation,
    name: str,
    head_id: int | None,
    actor: Actor,
    is_active: bool = True,
    department_id: int | None = None,
) -> Department:
    """Add a department, or change one when its key is given.

    Raises:
        DomainError: another department has this name.
    """
    if department_id is None:
        department = Department(organisation=organisation)
    else:
        department = Department.objects.select_for_update().get(pk=department_id)
    old = {"head": department.head_id, "is_active": department.is_active}
    department.name = name.strip()
    # Only a contact of the active organisation is found.
    department.head = Contact.objects.get(pk=head_id) if head_id else None
    department.is_active = is_active
    with refusing(Department):
        department.save()
    audit.record(
        "engagements.department.changed" if department_id else "engagements.department.created",
        subject=department,
        actor=actor,
        data={"name": department.name, "head": head_id, "is_active": is_active, "old": old},
    )
    return department
