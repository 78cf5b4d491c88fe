"""Where the words of a file come together: cleaned, counted, and no more than there is room for."""

import contextlib
import re
import time
import unicodedata
from typing import Final

from core.words import with_few_marks
from knowledge.extraction.sandbox import Limits

# Control characters, lone halves of characters, and marks that show nothing but split words.
INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
SPACES: Final = re.compile(r"[^\S\n]+")
EMPTY_LINES: Final = re.compile(r"\s*\n\s*")
# A word that was broken at the end of a line becomes one word again.
BROKEN_WORD: Final = re.compile(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])")
BLOCK: Final = 64 * 1024


class EnoughError(Exception):
    """There is as much text, or it took as long, as is allowed: what is there counts."""


class NotReadableError(Exception):
    """The file has no text for us; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Collector:
    """Takes pieces of text in order, until there is enough."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._started = time.monotonic()
        self._left = limits.text_bytes
        self._raw: list[str] = []
        self._waiting = 0
        self._clean: list[str] = []
        self.is_cut = False

    def add(self, piece: str) -> None:
        """Add a piece of text.

        Raises:
            EnoughError: no more is taken.
        """
        self._raw.append(piece)
        self._waiting += len(piece)
        if self._waiting >= BLOCK:
            self._settle()
            self.check_time()

    def check_time(self) -> None:
        """Stop while there is still time to say what was found.

        Raises:
            EnoughError: the time is used up.
        """
        is_late = time.monotonic() - self._started > self.limits.soft_wait_seconds
        if is_late or time.process_time() > self.limits.soft_seconds:
            self.is_cut = True
            raise EnoughError

    @property
    def text(self) -> str:
        """All text so far."""
        with contextlib.suppress(EnoughError):
            self._settle()
        return EMPTY_LINES.sub("\n", "".join(self._clean)).strip()

    def _settle(self) -> None:
        text = cleaned("".join(self._raw))
        self._raw, self._waiting = [], 0
        encoded = text.encode()
        if len(encoded) > self._left:  # once cut, nothing is left and nothing more is taken
            self._clean.append(encoded[: self._left].decode("utf-8", "ignore"))
            self._left = 0
            self.is_cut = True
            raise EnoughError
        self._left -= len(encoded)
        self._clean.append(text)


def cleaned(text: str) -> str:
    """Return text without what nobody sees, broken words made whole."""
    normal = unicodedata.normalize("NFC", with_few_marks(text.replace("\r", "\n")))
    visible = INVISIBLE.sub("", normal)
    return SPACES.sub(" ", BROKEN_WORD.sub("", visible))
