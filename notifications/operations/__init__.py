"""Writes of this package: deciding reminders, sending messages, taking them back."""

from notifications.operations.corrections import (
    cancel_for_dossier,
    cancel_for_item,
    redirect_message,
    retry_message,
)
from notifications.operations.rule_settings import change_rule, ship_rules

__all__ = [
    "cancel_for_dossier",
    "cancel_for_item",
    "change_rule",
    "redirect_message",
    "retry_message",
    "ship_rules",
]
