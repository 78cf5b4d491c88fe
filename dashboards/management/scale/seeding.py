"""The whole of it: organisations of very different sizes, filled lot by lot in one transaction."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.utils import translation

from core.models import Organisation
from core.scoping import organisation_scope
from dashboards.management.scale import words
from dashboards.management.scale.book import Book
from dashboards.management.scale.ground import Ground, found, lay
from dashboards.management.scale.knowledge import Knowledge
from dashboards.management.scale.lists import Dues, Lists
from dashboards.management.scale.mail import Mail
from dashboards.management.scale.people import assign, record

ENGAGEMENTS_IN_A_LOT: Final = 500
SHORTEST_WORD: Final = 4  # of those that the library keeps
# What triggers would have written while rows came in.
STANDINGS: Final = """
    SELECT knowledge_stand_anew(ARRAY(
        SELECT topic.id FROM knowledge_topic topic
          JOIN engagements_engagement engagement ON engagement.id = topic.engagement_id
         WHERE engagement.closed_at IS NULL AND engagement.cancelled_at IS NULL
           AND engagement.organisation_id = ANY(%s)))
"""
GAINS: Final = """
    SELECT knowledge_gain_anew(ARRAY(
        SELECT DISTINCT receiver.topic_id FROM knowledge_confirmation word
          JOIN knowledge_receiver receiver ON receiver.id = word.receiver_id
         WHERE word.organisation_id = ANY(%s)))
"""


@dataclass(frozen=True)
class Seeded:
    """What was made.

    Attributes:
        counts: rows by table.
        fingerprint: of all values but keys; the same for the same seed, sizes and day.
    """

    counts: dict[str, int]
    fingerprint: str


def sizes(organisations: int, engagements: int) -> list[int]:
    """Return how many engagements each organisation has: a few have most of them.

    Args:
        organisations: 1 or more.
        engagements: of all together, at least one for each.
    """
    weights = [1 / (place + 1) for place in range(organisations)]
    rest = engagements - organisations
    shares = [1 + int(rest * weight / sum(weights)) for weight in weights]
    shares[0] += engagements - sum(shares)
    return shares


@transaction.atomic
def seed(*, organisations: int, engagements: int, seed: int, say: Callable[[str], None]) -> Seeded:
    """Make organisations with engagements and all that hangs on them, or nothing.

    Args:
        organisations: how many.
        engagements: of all together.
        seed: the dice; another one makes other organisations beside these.
        say: is told how far it is.
    """
    book = Book()
    with connection.cursor() as cursor, translation.override("nl"):
        say(f"founding {organisations} organisations")
        made = [found(seed, number) for number in range(1, organisations + 1)]
        with book.open(cursor):
            done, dues = 0, Dues(dict)
            for organisation, count in zip(made, sizes(organisations, engagements), strict=True):
                book.wait()  # what follows reads through the same connection
                for lot in _fill(organisation, count, book, dues):
                    book.flush(cursor)
                    done += lot
                    say(f"{done} of {engagements} engagements")
            say("building indexes, checking keys")
        for written in (STANDINGS, GAINS):
            cursor.execute(written, [[organisation.pk for organisation in made]])
        cursor.execute("ANALYZE knowledge_topicstanding, knowledge_topicgain")
    counts = {sheet.table: sheet.count for sheet in book.sheets}
    prints = "".join(sheet.fingerprint for sheet in book.sheets)
    return Seeded(counts, hashlib.blake2b(prints.encode(), digest_size=8).hexdigest())


def _fill(organisation: Organisation, count: int, book: Book, dues: Dues) -> Iterator[int]:
    """Write an organisation; yield where a lot is complete, with its size."""
    with organisation_scope(organisation):
        ground = lay(organisation, count, book)
        writers = (Lists(ground, dues), Knowledge(ground), Mail(ground))
        lot = 0
        for one in assign(ground, count):
            record(ground, one, one.planned_at, "engagements.engagement.created")
            for writer in writers:
                writer.write(one)
            if one.closed_at:
                record(ground, one, one.closed_at, "engagements.engagement.closed")
            lot += 1
            if lot == ENGAGEMENTS_IN_A_LOT:
                yield lot
                lot = 0
        _words(ground)
        yield lot


def _words(ground: Ground) -> None:
    """Write the words of the library, to say "did you mean"."""
    names = (part for name in words.LAST_NAMES + words.FIRST_NAMES for part in name.split())
    known: Iterable[str] = [*words.THINGS, *names, "zaal"]
    for word in sorted(
        {word.casefold() for word in known if word.isalpha() and len(word) >= SHORTEST_WORD}
    ):
        ground.book.words.add((ground.organisation.pk,), word)
