"""What somebody types, as words to look for, and how a text that was found reads; pure."""

import re
from dataclasses import dataclass
from typing import Final

MOST_WORDS: Final = 8
LONGEST_QUERY: Final = 200  # characters
SHORTEST_PREFIX: Final = 3  # letters; shorter words are looked for whole
# What people write to shape a text (Markdown), and nobody wants to read in an excerpt of it.
LINK: Final = re.compile(r"!?\[([^\]\n]{0,200})\]\((?:https?:|mailto:|[/.#])[^)\x00-\x1f]{0,500}\)")
ONLY_SIGNS: Final = re.compile(r"^[ \t]*[-=|:*_~`+][-=|:*_~`+ \t]{2,}$", re.MULTILINE)
LINE_START: Final = re.compile(r"^[ \t]*(?:#{1,6}|[-*+>|])(?=[ \t])", re.MULTILINE)
LINE_END: Final = re.compile(r"[ \t](?:#+|\|)[ \t]*$", re.MULTILINE)
BOLD: Final = re.compile(r"\*{2,}|__+|~~+|`+")
SLANTED: Final = re.compile(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
TOKEN: Final = re.compile(r"[^\W_](?:[^\s,;:!?()\"“”„]*[^\W_])?")


@dataclass(frozen=True, slots=True)
class Term:
    """One word to look for.

    Attributes:
        text: as typed, in lower case.
        is_prefix: also words that begin with it. Dutch writes compounds as one word, so the first
            part of one has to find it: "wachtwoord" finds "wachtwoordbeheer".
    """

    text: str
    is_prefix: bool


def plain_text(text: str) -> str:
    """Return a text without the signs that shape it: headings, lists, bold, links; on one line."""
    text = ONLY_SIGNS.sub("", LINK.sub(r"\1", text))
    text = BOLD.sub("", LINE_END.sub("", LINE_START.sub("", text)))
    return " ".join(SLANTED.sub("", text).split())


def terms_of(query: str) -> list[Term]:
    """Return the words of a query, each once, in order.

    Args:
        query: what somebody typed; signs around words mean nothing.

    Source: stack.md section 3.9 of the design: prefix match, also for compounds.
    """
    words = dict.fromkeys(TOKEN.findall(query[:LONGEST_QUERY].casefold()))
    kept = list(words)[:MOST_WORDS]
    return [
        Term(word, is_prefix=word.isalnum() and _is_long(word, word == kept[-1])) for word in kept
    ]


def _is_long(word: str, is_last: bool) -> bool:  # noqa: FBT001 - one caller
    return len(word) >= (2 if is_last else SHORTEST_PREFIX)
