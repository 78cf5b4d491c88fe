"""Which reminders an organisation wants, and on which days."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError
from core.models import Organisation
from notifications import planning
from notifications.models import Reminder, ReminderRule
from notifications.operations.deciding import take_turn

MOST_STEPS = 12


def rule_defaults() -> dict[str, planning.RuleDefault]:
    """Return every rule that ships, by code, lowest package first."""
    return {rule.code: rule for planner in planning.planners() for rule in planner.rules}


@transaction.atomic
def ship_rules(*, organisation: Organisation) -> int:
    """Give an organisation the rules that it does not have yet; safe to repeat.

    Returns:
        how many were added; rules that the organisation has keep its own days.
    """
    # Two starts at once would both find nothing: the organisation's row lets one pass.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    known = set(ReminderRule.objects.values_list("code", flat=True))
    missing = [rule for code, rule in rule_defaults().items() if code not in known]
    ReminderRule.objects.bulk_create(
        [
            ReminderRule(
                organisation=organisation,
                code=rule.code,
                offsets=list(rule.offsets),
                unit=rule.unit,
                escalate_after=list(rule.escalate_after),
            )
            for rule in missing
        ]
    )
    return len(missing)


@transaction.atomic
def change_rule(
    *,
    rule_id: int,
    is_active: bool,
    offsets: Sequence[int],
    escalate_after: Sequence[int],
    actor: Actor,
) -> ReminderRule:
    """Change when people are told; a rule that is switched off withdraws what is unsent.

    Args:
        rule_id: key of the rule.
        is_active: whether it is in use.
        offsets: days from the date it is about, negative is before.
        escalate_after: working days without action, one per next person, each later than the last.
        actor: who changes it.

    Raises:
        DomainError: no days, too many, or escalations that do not come one after the other.
    """
    rule = ReminderRule.objects.get(pk=rule_id)
    # Not while a planner writes: what it decides by a rule that is being switched off would stay.
    take_turn(rule.organisation)
    rule = ReminderRule.objects.select_for_update().get(pk=rule_id)
    days, steps = sorted(set(offsets)), list(escalate_after)
    _check_days(days, steps)
    old = _facts(rule)
    rule.is_active, rule.offsets, rule.escalate_after = is_active, days, steps
    rule.save(update_fields=["is_active", "offsets", "escalate_after"])
    if not is_active:
        _withdraw(rule.code)
    audit.record(
        "notifications.rule.changed",
        subject=rule,
        actor=actor,
        data={"code": rule.code, "old": old, "new": _facts(rule)},
    )
    return rule


def _check_days(offsets: list[int], escalate_after: list[int]) -> None:
    if not offsets:
        raise DomainError(_("Give at least one day, or switch the reminder off."))
    if len(offsets) > MOST_STEPS:
        raise DomainError(_("At most %(count)d days, please.") % {"count": MOST_STEPS})
    if escalate_after != sorted(set(escalate_after)):
        raise DomainError(_("Each next person is told later than the one before."))


def _facts(rule: ReminderRule) -> dict[str, object]:
    return {
        "is_active": rule.is_active,
        "offsets": list(rule.offsets),
        "escalate_after": list(rule.escalate_after),
    }


def _withdraw(code: str) -> None:
    unsent = Reminder.objects.unsent().filter(rule=code).order_by("pk").select_for_update()
    keys = list(unsent.values_list("pk", flat=True))
    Reminder.objects.filter(pk__in=keys).update(state=Reminder.State.CANCELLED)
