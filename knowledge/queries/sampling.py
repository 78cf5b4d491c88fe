"""The sample: words of receivers that stand out and that nobody at HR looked at yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Window
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Contact
from knowledge import rules
from knowledge.models import Confirmation

LOOKED_BACK: Final = timedelta(days=92)
MOST_SEEN: Final = 20


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
    unseen = Confirmation.objects.unseen().filter(at__gte=timezone.now() - LOOKED_BACK)
    # Most said less than what makes a sample: those are left in the database.
    words = Window(Count("pk"), partition_by="receiver__contact")
    enough = unseen.annotate(words_of_person=words).filter(words_of_person__gte=rules.FEWEST_SAID)
    names = "receiver__contact__name"
    rows = list(enough.values_list("pk", "receiver__contact_id", "at", "words", names))
    samples = rules.samples_of(rules.Said(*said) for *said, _name in rows)
    known = {key: (name, at) for key, _person, at, _words, name in rows}
    samples.sort(key=lambda one: one.keys[-1], reverse=True)
    return [FoundSample(*known[one.keys[-1]], one.keys, one.signs) for one in samples]


def sampled_words(samples: Sequence[FoundSample]) -> list[SampledWords]:
    """Return samples with what was said, in one query for all."""
    words = (
        Confirmation.objects.filter(pk__in=[key for sample in samples for key in sample.keys])
        .select_related("receiver__contact", "receiver__topic__engagement__freelancer")
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
        seen.select_related("receiver__contact", "receiver__topic").order_by("-looked_at", "-pk")[
            :MOST_SEEN
        ]
    )
