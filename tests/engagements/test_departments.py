import pytest

from core.errors import DomainError
from core.models import AuditEvent, Contact
from core.scoping import organisation_scope
from engagements.models import Department
from engagements.operations import save_department
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import DepartmentFactory


def test_a_department_is_added_with_its_head(organisation, actor):
    head = ContactFactory(organisation=organisation)

    made = save_department(
        organisation=organisation, name=" Zorgdata ", head_id=head.pk, actor=actor
    )

    assert (made.name, made.head, made.is_active) == ("Zorgdata", head, True)
    assert AuditEvent.objects.get().action == "engagements.department.created"


def test_a_department_changes_and_its_history_says_so(organisation, actor):
    department = DepartmentFactory(organisation=organisation)

    save_department(
        organisation=organisation,
        name="Platform",
        head_id=None,
        is_active=False,
        department_id=department.pk,
        actor=actor,
    )

    department.refresh_from_db()
    assert (department.name, department.is_active) == ("Platform", False)
    assert AuditEvent.objects.get().action == "engagements.department.changed"


def test_two_departments_do_not_share_a_name(organisation, actor):
    DepartmentFactory(organisation=organisation, name="Zorgdata")

    with pytest.raises(DomainError, match="a department with this name"):
        save_department(organisation=organisation, name="zorgdata", head_id=None, actor=actor)

    assert Department.objects.count() == 1


def test_a_head_of_another_organisation_is_not_found(organisation, actor):
    other = OrganisationFactory()
    with organisation_scope(other):
        stranger = ContactFactory(organisation=other)

    with pytest.raises(Contact.DoesNotExist):
        save_department(
            organisation=organisation, name="Zorgdata", head_id=stranger.pk, actor=actor
        )
