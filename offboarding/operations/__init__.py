"""Writes over several rows; other packages import from here."""

from offboarding.operations.backlog import BacklogAnswer, complete_backlog
from offboarding.operations.batons import drop_baton, pass_baton, pass_more
from offboarding.operations.deciding import answer_end
from offboarding.operations.ending import settle_items
from offboarding.operations.evidence import EvidenceError
from offboarding.operations.following import note_agreement, note_decision, note_handover
from offboarding.operations.items import (
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
from offboarding.operations.succeeding import ask_successor, note_successor

__all__ = [
    "BacklogAnswer",
    "EvidenceError",
    "answer_end",
    "ask_successor",
    "assign_item",
    "complete_backlog",
    "complete_item",
    "current_version",
    "discard_checklists",
    "drop_baton",
    "follow_manager",
    "note_agreement",
    "note_decision",
    "note_handover",
    "note_seen",
    "note_successor",
    "pass_baton",
    "pass_more",
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
