"""Two people write the same professional, department or contact down at the same moment."""

import dataclasses
import datetime

import pytest

from accounts.operations import ContactFacts, save_contact
from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent, Contact
from engagements.models import Department, Engagement, Freelancer, Intermediary
from engagements.operations import (
    FreelancerFacts,
    Parties,
    create_freelancer,
    engage,
    facts_of_freelancer,
    give_login,
    revise,
    save_department,
    update_freelancer,
)
from notifications.models import Message
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.races import just_behind

pytestmark = pytest.mark.django_db(transaction=True)
SOFIE = FreelancerFacts(full_name="Sofie Jansen", email="sofie@jansen.example")
TERMS = {
    "title": "Data-engineer",
    "starts_on": datetime.date(2026, 3, 2),
    "ends_on": datetime.date(2026, 12, 1),
}


@pytest.fixture
def freelancer(organisation, actor):
    return create_freelancer(organisation=organisation, facts=SOFIE, actor=actor)


def change(freelancer, actor, **values):
    facts = dataclasses.replace(facts_of_freelancer(freelancer), **values)
    return update_freelancer(freelancer_id=freelancer.pk, facts=facts, actor=actor)


def test_a_professional_is_written_down_once(organisation, actor):
    def write():
        return create_freelancer(organisation=organisation, facts=SOFIE, actor=actor)

    late = just_behind(organisation, write, write)

    assert "Another professional has this e-mail address" in str(late)
    assert Freelancer.objects.count() == Contact.objects.count() == 1


def test_a_login_that_was_just_given_is_not_given_again(freelancer, organisation, actor):
    def give():
        return give_login(freelancer_id=freelancer.pk, actor=actor)

    late = just_behind(organisation, give, give)

    assert isinstance(late, InvalidTransitionError)
    assert Message.objects.count() == 1


def test_a_login_goes_to_the_address_that_was_just_written_down(freelancer, organisation, actor):
    just_behind(
        organisation,
        lambda: change(freelancer, actor, email="new@jansen.example"),
        lambda: give_login(freelancer_id=freelancer.pk, actor=actor),
    )

    assert Freelancer.objects.get().user.email == "new@jansen.example"


def test_of_two_changes_of_a_professional_both_are_in_the_history(freelancer, organisation, actor):
    just_behind(
        organisation,
        lambda: change(freelancer, actor, phone="06 1"),
        lambda: change(freelancer, actor, phone="06 2"),
    )

    freelancer.refresh_from_db()
    assert freelancer.phone == "06 2"
    assert AuditEvent.objects.filter(action="engagements.freelancer.updated").count() == 2


def test_one_address_goes_to_one_of_two_professionals(freelancer, organisation, actor):
    other = FreelancerFactory(organisation=organisation)

    late = just_behind(
        organisation,
        lambda: change(freelancer, actor, email="new@jansen.example"),
        lambda: change(other, actor, email="New@jansen.example"),
    )

    assert isinstance(late, DomainError)
    other.refresh_from_db()
    assert other.business_contact.email != "New@jansen.example"


def test_an_address_is_changed_from_both_sides_one_after_the_other(freelancer, organisation, actor):
    contact = freelancer.business_contact

    just_behind(
        organisation,
        lambda: save_contact(
            organisation=organisation,
            facts=ContactFacts(name=contact.name, email="desk@jansen.example"),
            actor=actor,
            contact_id=contact.pk,
        ),
        lambda: change(freelancer, actor, email="own@jansen.example"),
    )

    contact.refresh_from_db()
    assert contact.email == "own@jansen.example"


def test_a_department_is_added_once(organisation, actor):
    def add(name):
        return save_department(organisation=organisation, name=name, head_id=None, actor=actor)

    late = just_behind(organisation, lambda: add("Zorgdata"), lambda: add("ZORGDATA"))

    assert "department" in str(late)
    assert Department.objects.get().name == "Zorgdata"


def test_two_heads_of_one_department_at_once_leave_the_last_one(organisation, actor):
    department = DepartmentFactory(organisation=organisation)
    heads = ContactFactory.create_batch(2, organisation=organisation)

    def name(head):
        return save_department(
            organisation=organisation,
            name=department.name,
            head_id=head.pk,
            actor=actor,
            department_id=department.pk,
        )

    just_behind(organisation, lambda: name(heads[0]), lambda: name(heads[1]))

    department.refresh_from_db()
    last = AuditEvent.objects.filter(action="engagements.department.changed").latest("pk")
    assert department.head == heads[1]
    assert last.data["old"]["head"] == heads[0].pk


def test_a_professional_who_is_engaged_twice_at_once_is_engaged_once(organisation, actor, heard):
    department = DepartmentFactory(organisation=organisation)
    parties = Parties(
        freelancer=SOFIE,
        manager=ContactFactory(organisation=organisation),
        department_id=department.pk,
        intermediary="Bureau Noord",
    )

    def plan():
        return engage(organisation=organisation, parties=parties, terms=TERMS, actor=actor)

    late = just_behind(organisation, plan, plan)

    assert isinstance(late, DomainError)
    assert Engagement.objects.count() == Freelancer.objects.count() == 1
    assert Intermediary.objects.count() == 1


def test_a_new_manager_of_two_engagements_at_once_is_one_contact(organisation, actor, heard):
    first, second = EngagementFactory.create_batch(2, organisation=organisation)
    manager = ContactFacts(name="Lies Mol", email="lies@veldam.example")

    def hand_over(engagement):
        return revise(
            engagement=engagement,
            parties=Parties(
                freelancer=engagement.freelancer,
                manager=manager,
                department_id=engagement.department_id,
            ),
            terms={},
            version=1,
            actor=actor,
        )

    late = just_behind(organisation, lambda: hand_over(first), lambda: hand_over(second))

    first.refresh_from_db()
    assert str(late) == "There is already a contact with this address."
    assert Contact.objects.with_email(manager.email).get() == first.manager
