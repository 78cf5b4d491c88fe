"""The sample: words of receivers that stand out and that nobody at HR looked at yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Contact
from core.scoping import organisation_at_hand
from knowledge import rules
from knowledge.models import Confirmation

LOOKED_BACK: Final = timedelta(days=92)
MOST_SEEN: Final = 20
# What is shown of words, by whom and about what.
SHOWN: Final = (
    "organisation_id",
    "public_id",
    "receiver__contact__name",
    "receiver__topic__public_id",
    "receiver__topic__title",
)
SHOWN_TO_LOOK_AT: Final = (
    *SHOWN,
    "answer",
    "at",
    "words",
    "receiver__contact__public_id",
    "receiver__topic__engagement__freelancer__full_name",
)
SHOWN_OF_SEEN: Final = (*SHOWN, "looked_at", "looked_by")
# The words of which `rules.samples_of` finds some, and a few others: of a rush, as many came within
# its time before or after each; and the same sentence, numbers and punctuation aside, has as many
# of this letter, into which no other one is folded. A test proves that none is left out.
MAY_STAND_OUT: Final = """
SELECT said.id, said.contact_id, said.at, said.words, contact.name
FROM (
    SELECT word.id, receiver.contact_id, word.at, word.words,
           count(*) OVER (PARTITION BY receiver.contact_id ORDER BY word.at
               RANGE BETWEEN %(fast)s PRECEDING AND %(fast)s FOLLOWING) AS close_by,
           count(*) OVER (PARTITION BY receiver.contact_id,
               length(word.words) - length(translate(word.words, 'eE', ''))) AS alike
    FROM knowledge_confirmation word
    JOIN knowledge_receiver receiver ON receiver.id = word.receiver_id
    WHERE word.organisation_id = %(organisation)s AND word.at >= %(since)s
      AND word.withdrawn_at IS NULL AND word.looked_at IS NULL AND word.answer <> 'not_yet'
) said
JOIN core_contact contact ON contact.id = said.contact_id
WHERE said.close_by >= %(fewest)s OR said.alike >= %(fewest)s
"""


@dataclass(frozen=True, slots=True)
class FoundSample:
    """Words of one receiver that stand out, as long as nobody needs to read them.

    Attributes:
        name: of the receiver.
        last_at: when the newest of the words was said.
        keys: of the words, in the order in which they were said.
        signs: why they stand out, each once.
    """

    name: str
    last_at: datetime
    keys: tuple[int, ...]
    signs: tuple[rules.Sign, ...]

    @property
    def reasons(self) -> list[str]:
        """Why somebody should look, in sentences."""
        told = {
            "fast": _("several answers within two minutes"),
            "same": _("the same sentence every time"),
        }
        return [told[sign] for sign in self.signs]


@dataclass(frozen=True, slots=True)
class SampledWords:
    """What one receiver said that stands out; topics, engagements and professionals fetched."""

    contact: Contact
    words: tuple[Confirmation, ...]
    reasons: list[str]


def found_samples() -> list[FoundSample]:
    """Return whose words stand out, the newest first; one query."""
    given: dict[str, Any] = {
        "organisation": organisation_at_hand().pk,
        "since": timezone.now() - LOOKED_BACK,
        "fewest": rules.FEWEST_SAID,
        "fast": rules.FAST,
    }
    with connection.cursor() as cursor:
        cursor.execute(MAY_STAND_OUT, given)
        rows = cursor.fetchall()
    samples = rules.samples_of(rules.Said(*said) for *said, _name in rows)
    known = {key: (name, at) for key, _person, at, _words, name in rows}
    samples.sort(key=lambda one: one.keys[-1], reverse=True)
    return [FoundSample(*known[one.keys[-1]], one.keys, one.signs) for one in samples]


def sampled_words(samples: Sequence[FoundSample]) -> list[SampledWords]:
    """Return samples with what was said, in one query for all."""
    words = (
        Confirmation.objects.filter(pk__in=[key for sample in samples for key in sample.keys])
        .select_related("receiver__contact", "receiver__topic__engagement__freelancer")
        .only(*SHOWN_TO_LOOK_AT)
        .in_bulk()
    )
    return [
        SampledWords(
            contact=words[sample.keys[0]].receiver.contact,
            words=tuple(words[key] for key in sample.keys),
            reasons=sample.reasons,
        )
        for sample in samples
    ]


def words_looked_at() -> list[Confirmation]:
    """Return what somebody looked at last, newest first."""
    seen = Confirmation.objects.filter(looked_at__isnull=False)
    return list(
        seen.select_related("receiver__contact", "receiver__topic")
        .only(*SHOWN_OF_SEEN)
        .order_by("-looked_at", "-pk")[:MOST_SEEN]
    )
