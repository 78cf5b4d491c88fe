"""Writes over several rows; other packages import from here."""

from offboarding.operations.agreeing import note_agreement
from offboarding.operations.backlog import BacklogAnswer, complete_backlog
from offboarding.operations.deciding import answer_end
from offboarding.operations.ending import settle_items
from offboarding.operations.items import (
    EvidenceError,
    assign_item,
    complete_item,
    note_seen,
    postpone_item,
    remind_item,
    reopen_item,
    snooze_item,
    waive_item,
)
from offboarding.operations.owners import remove_role_holder, set_role_holder
from offboarding.operations.procedures import current_version, ship_procedure
from offboarding.operations.shifting import follow_manager, shift_items
from offboarding.operations.starting import (
    discard_checklists,
    start_checklists,
    start_checklists_for,
    traces_on,
)

__all__ = [
    "BacklogAnswer",
    "EvidenceError",
    "answer_end",
    "assign_item",
    "complete_backlog",
    "complete_item",
    "current_version",
    "discard_checklists",
    "follow_manager",
    "note_agreement",
    "note_seen",
    "postpone_item",
    "remind_item",
    "remove_role_holder",
    "reopen_item",
    "set_role_holder",
    "settle_items",
    "shift_items",
    "ship_procedure",
    "snooze_item",
    "start_checklists",
    "start_checklists_for",
    "traces_on",
    "waive_item",
]
