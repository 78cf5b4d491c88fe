"""Reads that join tables; other packages import from here."""

from offboarding.queries.batons import BatonNow, baton_of, may_say_successor, packs_of
from offboarding.queries.counts import (
    ItemCounts,
    access_open_after_end,
    open_in_lane,
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
    items_for_freelancer,
    likely_owners,
    roles,
)
from offboarding.queries.rows import (
    ItemRow,
    Lane,
    TaskBoard,
    board_of,
    due_words,
    row_of,
    rows_of,
    together,
)

__all__ = [
    "AttentionRow",
    "BatonNow",
    "HistoryEntry",
    "ItemCounts",
    "ItemRow",
    "Lane",
    "Role",
    "TaskBoard",
    "access_open_after_end",
    "attention_rows",
    "baton_of",
    "blockers_of",
    "board_of",
    "cancelled_by_closing",
    "counts_by_view",
    "due_words",
    "effects_of_move",
    "history_of",
    "holders_of_hr",
    "items_for_freelancer",
    "likely_owners",
    "may_say_successor",
    "open_in_lane",
    "open_items",
    "open_items_by_engagement",
    "packs_of",
    "procedure_steps",
    "roles",
    "row_of",
    "rows_of",
    "times_told",
    "together",
]
