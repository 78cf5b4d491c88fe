"""Who holds a role, and what happens to its tasks when that changes."""

import pytest

from core.errors import DomainError
from core.models import AuditEvent, Contact
from offboarding import operations, queries
from offboarding.models import ChecklistItem, RoleHolder
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.offboarding.conftest import HR, task

pytestmark = pytest.mark.usefixtures("english")


def give(organisation, role, contact, **more):
    return operations.set_role_holder(
        organisation=organisation, role=role, contact_id=contact.pk, actor=HR, **more
    )


@pytest.fixture
def unheld(organisation):
    """An engagement whose lists started before anybody held a role."""
    made = EngagementFactory(organisation=organisation)
    operations.start_checklists(engagement=made, actor=HR)
    return made


def test_giving_a_role_finds_an_owner_for_its_tasks(unheld, organisation):
    desk = ContactFactory(organisation=organisation)

    give(organisation, "it", desk)

    assert set(ChecklistItem.objects.filter(owner_role="it").values_list("owner", flat=True)) == {
        desk.pk
    }
    event = AuditEvent.objects.get(action="offboarding.role.given")
    assert event.data["moved"] == ChecklistItem.objects.filter(owner_role="it").count()


def test_a_role_for_one_department_moves_the_tasks_of_that_department(engagement, office):
    own_desk = ContactFactory(organisation=office)
    elsewhere = EngagementFactory(organisation=office)
    operations.start_checklists(engagement=elsewhere, actor=HR)

    give(office, "it", own_desk, department_id=engagement.department_id)

    assert task(engagement, "OF21").owner == own_desk
    assert task(elsewhere, "OF21").owner == office.holders["it"]


def test_another_holder_gets_open_tasks_but_not_what_is_done_or_given_by_hand(engagement, office):
    old, colleague, new = (
        office.holders["it"],
        *(ContactFactory(organisation=office) for _ in range(2)),
    )
    operations.complete_item(item_id=task(engagement, "OF07").pk, actor=HR)
    operations.assign_item(item_id=task(engagement, "OF22").pk, contact_id=colleague.pk, actor=HR)

    give(office, "it", new)

    assert task(engagement, "OF21").owner == new
    assert task(engagement, "OF07").owner == old
    assert task(engagement, "OF22").owner == colleague
    assert RoleHolder.objects.filter(role="it").count() == 1


def test_taking_the_role_of_a_department_away_falls_back_to_the_general_holder(engagement, office):
    own = give(
        office,
        "it",
        ContactFactory(organisation=office),
        department_id=engagement.department_id,
    )

    operations.remove_role_holder(role_holder_id=own.pk, actor=HR)

    assert task(engagement, "OF21").owner == office.holders["it"]


def test_taking_the_last_holder_away_leaves_tasks_to_hr(engagement, office):
    holder = RoleHolder.objects.get(role="it")

    moved = operations.remove_role_holder(role_holder_id=holder.pk, actor=HR)

    assert moved == ChecklistItem.objects.unowned().count() > 0
    event = AuditEvent.objects.get(action="offboarding.role.taken")
    assert event.data["contact"] == office.holders["it"].pk


@pytest.mark.parametrize("role", ["manager", "freelancer", "gardener"])
def test_a_role_that_follows_from_the_engagement_cannot_be_given(office, role):
    with pytest.raises(DomainError, match="follows from the engagement"):
        give(office, role, ContactFactory(organisation=office))


def test_somebody_who_left_cannot_hold_a_role(office):
    with pytest.raises(DomainError, match="not active"):
        give(office, "it", ContactFactory(organisation=office, is_active=False))


def test_somebody_of_another_organisation_cannot_hold_a_role(office):
    with pytest.raises(Contact.DoesNotExist):
        give(office, "it", ContactFactory(organisation=OrganisationFactory()))


def test_the_overview_names_who_holds_what_and_how_much_waits_for_nobody(unheld, organisation):
    give(organisation, "it", ContactFactory(organisation=organisation, name="Servicedesk"))
    give(
        organisation,
        "facilities",
        ContactFactory(organisation=organisation, name="Balie"),
        department_id=unheld.department_id,
    )

    roles = {role.value: role for role in queries.roles()}

    assert set(roles) == {
        *("hr", "procurement", "it", "facilities", "security", "receiver", "client_manager")
    }
    assert roles["it"].holder.contact.name == "Servicedesk"
    assert roles["it"].unowned == 0
    assert roles["facilities"].holder is None
    assert [h.contact.name for h in roles["facilities"].exceptions] == ["Balie"]
    assert roles["hr"].unowned == 6
