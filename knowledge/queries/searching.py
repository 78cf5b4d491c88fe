"""Words to look for as PostgreSQL understands them, and what was meant when nothing was found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import SearchQuery, TrigramSimilarity
from django.db import connection
from django.db.models import Q

from knowledge.models import LibraryItemQuerySet, LibraryWord
from knowledge.rules import Term, terms_of

CONFIGURATIONS: Final = ("kb_simple", "kb_nl", "kb_en")
# Words that say nothing in one of the languages are left out, unless there are no others.
MEANINGFUL: Final = """
    SELECT word, numnode(plainto_tsquery('kb_nl', word)) > 0
             AND numnode(plainto_tsquery('kb_en', word)) > 0
      FROM unnest(%s::text[]) WITH ORDINALITY AS typed (word, place) ORDER BY place
"""
ALIKE: Final = 0.35  # trigrams in common; "wachlijst" and "wachtlijst" have more than half
MOST_GUESSES: Final = 6
# The parser takes "draaiboek.docx" for the name of a machine; in the index it is two words.
SIGNS: Final = re.compile(r"[\W_]+")


class PreparedQuery(SearchQuery):
    """A query that was put together before, and is not read as words again."""

    template = "%(expressions)s::tsquery"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Attributes:
        terms: the words, without those that say nothing.
        query: finds each word, also as the beginning of another one.
        exact: finds each word itself; ranks those higher.
    """

    terms: tuple[Term, ...]
    query: PreparedQuery
    exact: PreparedQuery


def wanted_of(text: str) -> Wanted | None:
    """Return what a typed text looks for; None when it holds no words."""
    terms = terms_of(text)
    if not terms:
        return None
    with connection.cursor() as cursor:
        cursor.execute(MEANINGFUL, [[term.text for term in terms]])
        said = [is_meaningful for _word, is_meaningful in cursor.fetchall()]
        if any(said):
            terms = [term for term, is_meaningful in zip(terms, said, strict=True) if is_meaningful]
        cursor.execute(*_statement(terms))
        query, exact = cursor.fetchone()
    return Wanted(tuple(terms), PreparedQuery(query), PreparedQuery(exact))


def did_you_mean(text: str, visible: LibraryItemQuerySet) -> str:
    """Return what somebody perhaps meant and what finds something; empty when nothing does.

    The words of the whole organisation are looked through, but only those are suggested that find
    something among what the reader may see.

    Args:
        text: what found nothing.
        visible: what the reader may find.
    """
    words, is_changed = [], False
    for term in terms_of(text):
        if _finds(term.text, visible):
            words.append(term.text)
            continue
        better = next((word for word in _alike(term.text) if _finds(word, visible)), None)
        is_changed = is_changed or better is not None
        words.append(better or term.text)
    meant = " ".join(words)
    return meant if is_changed and _finds(meant, visible) else ""


def _finds(text: str, visible: LibraryItemQuerySet) -> bool:
    wanted = wanted_of(text)
    return wanted is not None and visible.filter(search=wanted.query).exists()


def _alike(word: str) -> Sequence[str]:
    """Return words that look like it, the most alike first, then words with it inside."""
    known = LibraryWord.objects.annotate(alike=TrigramSimilarity("word", word))
    found = known.filter(Q(word__trigram_similar=word) | Q(word__contains=word))
    return list(
        found.filter(Q(alike__gte=ALIKE) | Q(word__contains=word))
        .order_by("-alike", "word")
        .values_list("word", flat=True)[:MOST_GUESSES]
    )


def _statement(terms: Sequence[Term]) -> tuple[str, list[str]]:
    """Return SQL that gives the two queries as text, with its parameters."""
    parts = [list(_either(term, is_prefix=term.is_prefix)) for term in terms]
    exact = [list(_either(term, is_prefix=False)) for term in terms]
    sql, values = [], []
    for group in (parts, exact):
        sql.append(" && ".join(f"({' || '.join(s for s, _ in word)})" for word in group))
        values += [value for word in group for _, value in word]
    return f"SELECT ({sql[0]})::text, ({sql[1]})::text", values


def _either(term: Term, *, is_prefix: bool) -> Iterator[tuple[str, str]]:
    for configuration in CONFIGURATIONS:
        if is_prefix:
            yield f"to_tsquery('{configuration}', %s)", f"{term.text}:*"
        else:
            yield f"plainto_tsquery('{configuration}', %s)", term.text
            if not term.text.isalnum():
                yield f"plainto_tsquery('{configuration}', %s)", SIGNS.sub(" ", term.text)
