"""Which words of receivers somebody at HR should look at. No ORM, no clock.

Nothing here says that a word is untrue: it stays valid, and a person looks at it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Sign = Literal["fast", "same"]

FEWEST_SAID: Final = 3  # words of one person; two can be said after one meeting
FAST: Final = timedelta(minutes=2)  # for so many: nobody writes three sentences of their own in it
BESIDES_LETTERS: Final = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Said:
    """A receiver's word, as far as a sample needs it."""

    key: int
    person: int
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Words of one person to look at, and why.

    Attributes:
        person: their key.
        keys: of the words, in the order in which they were said.
        signs: why, each once.
    """

    person: int
    keys: tuple[int, ...]
    signs: tuple[Sign, ...]


def samples_of(said: Iterable[Said]) -> list[Sample]:
    """Return whose words to look at: said in a rush, or again and again in the same sentence.

    Args:
        said: words that nobody looked at yet, in any order.
    """
    by_person: dict[int, list[Said]] = defaultdict(list)
    for word in sorted(said, key=lambda one: (one.at, one.key)):
        by_person[word.person].append(word)
    found = []
    for person, words in by_person.items():
        fast, same = _in_a_rush(words), _in_one_sentence(words)
        if keys := fast | same:
            signs: list[tuple[Sign, set[int]]] = [("fast", fast), ("same", same)]
            found.append(
                Sample(
                    person=person,
                    keys=tuple(word.key for word in words if word.key in keys),
                    signs=tuple(sign for sign, which in signs if which),
                )
            )
    return found


def _in_a_rush(words: Sequence[Said]) -> set[int]:
    """Return the words of every few that came within the time that one takes."""
    keys: set[int] = set()
    for last in range(FEWEST_SAID - 1, len(words)):
        few = words[last - FEWEST_SAID + 1 : last + 1]
        if few[-1].at - few[0].at <= FAST:
            keys |= {word.key for word in few}
    return keys


def _in_one_sentence(words: Sequence[Said]) -> set[int]:
    """Return the words that say the same, numbers and punctuation aside."""
    alike: dict[str, set[int]] = defaultdict(set)
    for word in words:
        alike[BESIDES_LETTERS.sub(" ", word.words).strip().casefold()].add(word.key)
    return {key for keys in alike.values() if len(keys) >= FEWEST_SAID for key in keys}
