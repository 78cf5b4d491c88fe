"""Names that are nearly the same, so that a slip of the pen makes no second department. Pure."""

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from engagements.rules import sort_name_of

LIKENESS: Final = 0.88
SHORTEST: Final = 5  # letters; shorter names are alike by chance
CANDIDATES: Final = 5  # that share most groups of three letters
MOST_NAMES: Final = 1000  # past this the wrong column was chosen, and comparing takes long


def near_duplicates(new: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return for each new name the known or earlier new one that it resembles, if any.

    Names that differ in their numbers only ("Team 1", "Team 2") are told apart on purpose.
    """
    index: dict[str, set[str]] = {}
    plain_of: dict[str, str] = {}
    for name in known:
        _add(name, index, plain_of)
    found = {}
    for count, name in enumerate(new):
        if count == MOST_NAMES:
            break
        like = _most_like(_plain(name), index, plain_of)
        if like:
            found[name] = like
        _add(name, index, plain_of)
    return found


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, sort_name_of(name)))


def _triples(plain: str) -> set[str]:
    padded = f"  {plain} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _add(name: str, index: dict[str, set[str]], plain_of: dict[str, str]) -> None:
    plain_of[name] = _plain(name)
    for triple in _triples(plain_of[name]):
        index.setdefault(triple, set()).add(name)


def _most_like(plain: str, index: dict[str, set[str]], plain_of: dict[str, str]) -> str | None:
    shared = Counter(name for triple in _triples(plain) for name in index.get(triple, ()))
    for name, _count in shared.most_common(CANDIDATES):
        if _are_alike(plain, plain_of[name]):
            return name
    return None


def _are_alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < SHORTEST or _digits(one) != _digits(other):
        return False
    return SequenceMatcher(None, one, other).ratio() >= LIKENESS


def _digits(text: str) -> list[str]:
    return [letter for letter in text if letter.isdigit()]
