"""What is due when, what of it is told, and what an answer of the mail server means.

No ORM, no clock, no mail server: every function here returns the same for the same arguments.
"""

from notifications.rules.answers import Answer, Fate, Stage, explain, fate_of, readable
from notifications.rules.retries import pause_of, retry_delay
from notifications.rules.selection import (
    Decision,
    Notice,
    decide,
    group_of,
    key_of,
    overtaken,
    rank_of,
)
from notifications.rules.timing import (
    digest_day,
    may_send,
    moment_for,
    next_daily_mail,
    weekly_slot,
)

__all__ = [
    "Answer",
    "Decision",
    "Fate",
    "Notice",
    "Stage",
    "decide",
    "digest_day",
    "explain",
    "fate_of",
    "group_of",
    "key_of",
    "may_send",
    "moment_for",
    "next_daily_mail",
    "overtaken",
    "pause_of",
    "rank_of",
    "readable",
    "retry_delay",
    "weekly_slot",
]
