"""What pages and commands ask about messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import Now

from core.models import Contact
from notifications import planning
from notifications.models import Message, MessageQuerySet, RelayPause, Reminder, ReminderRule


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A reminder rule as HR reads it: the organisation's days beside the shipped words."""

    rule: ReminderRule
    name: str
    audience: str
    is_as_shipped: bool


def relay_pause() -> RelayPause | None:
    """Return the pause in force when the mail server refuses us, else None."""
    return RelayPause.objects.filter(until__gt=Now()).first()


def counts_by_state(messages: MessageQuerySet) -> dict[str, int]:
    """Return how many of these messages are in each state."""
    rows = messages.order_by().values_list("state").annotate(Count("pk"))
    found = dict(rows)
    return {state: found.get(state, 0) for state in Message.State.values}


def messages_for_list() -> MessageQuerySet:
    """Return messages with their contacts, what asks for attention first."""
    return Message.objects.select_related("contact").most_pressing_first()


def rule_rows() -> list[RuleRow]:
    """Return the organisation's rules in the order of the packages that ship them."""
    rules = {rule.code: rule for rule in ReminderRule.objects.all()}
    shipped = [rule for planner in planning.planners() for rule in planner.rules]
    return [
        RuleRow(
            rule=rules[default.code],
            name=str(default.name),
            audience=str(default.audience),
            is_as_shipped=list(default.offsets) == rules[default.code].offsets
            and list(default.escalate_after) == rules[default.code].escalate_after,
        )
        for default in shipped
        if default.code in rules
    ]


def contacts_with_reminders(at: datetime, limit: int = 50) -> Sequence[Contact]:
    """Return who has unsent reminders that are due at a moment, most reminders first."""
    waiting = Reminder.objects.unsent().filter(due_at__lte=at)
    return list(
        Contact.objects.filter(reminders__in=waiting)
        .annotate(waiting=Count("reminders"))
        .order_by("-waiting", "name")[:limit]
    )
