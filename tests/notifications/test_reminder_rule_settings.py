import pytest

from core import audit
from core.actors import Actor
from core.errors import DomainError
from core.models import AuditEvent
from core.scoping import organisation_scope
from notifications import operations
from notifications.models import ReminderRule
from tests.factories.core import OrganisationFactory

HR = Actor(label="Marieke", user_id=1)
pytestmark = pytest.mark.usefixtures("rules_shipped")


def change(code="thing_due", **facts):
    rule = ReminderRule.objects.get(code=code)
    defaults = {"is_active": True, "offsets": [-7], "escalate_after": []}
    return operations.change_rule(rule_id=rule.pk, actor=HR, **{**defaults, **facts})


def test_organisation_gets_every_rule_that_ships(organisation, planner):
    rule = ReminderRule.objects.get(code="thing_due")

    assert ReminderRule.objects.count() == 2
    assert (rule.offsets, rule.unit, rule.escalate_after) == ([-7, -2, 0, 1, 3], "calendar", [5, 8])


def test_shipping_again_adds_only_what_is_new_and_changes_nothing(organisation):
    change(offsets=[-3])
    ReminderRule.objects.get(code="thing_idle").delete()

    assert operations.ship_rules(organisation=organisation) == 1

    assert ReminderRule.objects.get(code="thing_due").offsets == [-3]


def test_rules_belong_to_one_organisation(organisation):
    change(offsets=[-3])
    other = OrganisationFactory()
    with organisation_scope(other):
        operations.ship_rules(organisation=other)

        assert ReminderRule.objects.get(code="thing_due").offsets == [-7, -2, 0, 1, 3]


def test_change_is_kept_in_order_and_in_the_history():
    rule = change(offsets=[3, -14, 3], escalate_after=[2, 4])

    rule.refresh_from_db()
    assert (rule.offsets, rule.escalate_after) == ([-14, 3], [2, 4])
    event = AuditEvent.objects.get(action="notifications.rule.changed")
    assert event.data["old"]["offsets"] == [-7, -2, 0, 1, 3]
    assert event.data["new"] == {"is_active": True, "offsets": [-14, 3], "escalate_after": [2, 4]}
    assert "thing_due" in audit.phrase_for(event)


@pytest.mark.parametrize(
    "facts",
    [
        {"offsets": []},
        {"offsets": range(20)},
        {"escalate_after": [8, 5]},
        {"escalate_after": [5, 5]},
    ],
)
def test_days_that_make_no_sense_are_refused(facts):
    with pytest.raises(DomainError):
        change(**facts)

    assert ReminderRule.objects.get(code="thing_due").offsets == [-7, -2, 0, 1, 3]
