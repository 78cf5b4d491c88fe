"""Reads that join tables; other packages import from here."""

from offboarding.queries.counts import (
    ItemCounts,
    access_open_after_end,
    open_items_by_engagement,
)
from offboarding.queries.lists import (
    AttentionRow,
    HistoryEntry,
    attention_rows,
    blockers_of,
    cancelled_by_closing,
    counts_by_view,
    effects_of_move,
    history_of,
    open_items,
    procedure_steps,
    times_told,
)
from offboarding.queries.people import (
    Role,
    holders_of_hr,
    items_for_contact,
    items_for_freelancer,
    likely_owners,
    roles,
)
from offboarding.queries.rows import ItemRow, Lane, TaskBoard, board_of, row_of, rows_of

__all__ = [
    "AttentionRow",
    "HistoryEntry",
    "ItemCounts",
    "ItemRow",
    "Lane",
    "Role",
    "TaskBoard",
    "access_open_after_end",
    "attention_rows",
    "blockers_of",
    "board_of",
    "cancelled_by_closing",
    "counts_by_view",
    "effects_of_move",
    "history_of",
    "holders_of_hr",
    "items_for_contact",
    "items_for_freelancer",
    "likely_owners",
    "open_items",
    "open_items_by_engagement",
    "procedure_steps",
    "roles",
    "row_of",
    "rows_of",
    "times_told",
]
