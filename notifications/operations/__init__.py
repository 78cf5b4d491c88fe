"""Writes of this package: deciding reminders, sending messages, taking them back."""

from notifications.operations.clock import DATABASE_AWAY, database_now, show_life
from notifications.operations.corrections import (
    cancel_for_dossier,
    cancel_for_item,
    redirect_message,
    retry_message,
)
from notifications.operations.digests import compose_digests
from notifications.operations.plans import PlanResult, plan, plan_all
from notifications.operations.preparing import compose
from notifications.operations.previews import preview, preview_digest, sample_digest
from notifications.operations.rule_settings import change_rule, rule_defaults, ship_rules
from notifications.operations.sending import deliver_burst, deliver_one
from notifications.operations.settling import Delivery

__all__ = [
    "DATABASE_AWAY",
    "Delivery",
    "PlanResult",
    "cancel_for_dossier",
    "cancel_for_item",
    "change_rule",
    "compose",
    "compose_digests",
    "database_now",
    "deliver_burst",
    "deliver_one",
    "plan",
    "plan_all",
    "preview",
    "preview_digest",
    "redirect_message",
    "retry_message",
    "rule_defaults",
    "sample_digest",
    "ship_rules",
    "show_life",
]
