"""What people type to find something, kept to a size at which looking for it stays cheap."""

import re
import unicodedata
from typing import Final

LONGEST_SEARCH: Final = 200  # characters
# What a field suggests may be typed back whole: a name of 150 and an address of 254, or a title.
LONGEST_LOOKUP: Final = 500  # characters
# Each word is one more condition on every row; nobody needs more to find something.
MOST_WORDS: Final = 8


# Normalising costs the square of marks in a row; no writing system puts this many on a letter.
MOST_MARKS: Final = 30
_MARKS: Final = "".join(chr(at) for at in range(0x300, 0x1F000) if unicodedata.combining(chr(at)))
_RUN: Final = re.compile(rf"([{_MARKS}]{{{MOST_MARKS}}})[{_MARKS}]+")


def with_few_marks(text: str) -> str:
    """Return a text that is cheap to normalise: no letter has more than 30 marks."""
    return text if text.isascii() else _RUN.sub(r"\1", text)


def words_of(text: str) -> list[str]:
    """Return the first words of a text that somebody types to find something.

    Args:
        text: of any length; what is beyond a whole suggestion is not read.
    """
    return text[:LONGEST_LOOKUP].split()[:MOST_WORDS]
