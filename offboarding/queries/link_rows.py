"""The rows that a list behind an action link is made of."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal[
    "decide",
    "agreement",
    "review",
    "item",
    "explanation",
    "word",
    "topic",
    "receivers",
    "points",
    "check",
    "usefulness",
]


@dataclass(frozen=True, kw_only=True)
class LinkTask:
    """One question behind an action link.

    Attributes:
        kind: what is asked.
        key: names it within the link, stable while it is open.
        title: the question or task, in the active language.
        due_on: day by which it should be answered; since when it waits, where no day was set.
        url: where it is answered.
        is_asked: asked in the row of questions now; else it is only listed.
        is_settled: answered already, shown quietly.
        is_waiting: nobody set a day by which it should be answered.
        is_backlog: a welcome task from before the list was made; nobody is late.
    """

    kind: Kind
    key: str
    title: str
    due_on: date
    url: str
    is_asked: bool = True
    is_settled: bool = False
    is_backlog: bool = False
    is_waiting: bool = False

    @property
    def is_later(self) -> bool:
        """Return whether this is listed for a later day."""
        return not (self.is_asked or self.is_settled or self.is_backlog)
