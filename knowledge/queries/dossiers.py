"""What points, promises and the balance over time are made of, for one engagement at a time."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from engagements.models import Engagement

# One statement: each of these has a few rows, and asking takes longer than answering.
FACTS: Final = """
SELECT 'booking', entry.stage, '', entry.amount, entry.booked_at, NULL::timestamptz,
       NULL::timestamptz, NULL::bigint, NULL::boolean
  FROM knowledge_ledgerentry entry
 WHERE entry.organisation_id = %(organisation)s AND entry.engagement_id = %(engagement)s
UNION ALL
SELECT 'topic', '', '', NULL, topic.agreed_at, NULL, NULL, NULL, EXISTS (
           SELECT FROM knowledge_receiver receiver
            WHERE receiver.topic_id = topic.id AND receiver.released_at IS NULL)
  FROM knowledge_topic topic
 WHERE topic.organisation_id = %(organisation)s AND topic.engagement_id = %(engagement)s
   AND topic.state = 'agreed'
UNION ALL
SELECT 'kept', kept.kind, kept.said_by, NULL, kept.kept_at, NULL, NULL, NULL, NULL
  FROM knowledge_keptpromise kept
 WHERE kept.organisation_id = %(organisation)s AND kept.engagement_id = %(engagement)s
UNION ALL
SELECT 'version', handover.state, '', NULL, version.submitted_at, review.at, meeting.starts_at,
       handover.id, cardinality(meeting.attendees) >= greatest(1, form.minimum_attendees)
  FROM knowledge_deliverable handover
  JOIN knowledge_transferform form ON form.id = handover.form_id
  JOIN knowledge_deliverableversion version ON version.deliverable_id = handover.id
  LEFT JOIN knowledge_review review ON review.version_id = version.id
  LEFT JOIN knowledge_transfersession meeting ON meeting.version_id = version.id
 WHERE handover.organisation_id = %(organisation)s AND handover.engagement_id = %(engagement)s
   AND NOT handover.is_quick_log AND handover.state <> 'withdrawn'
UNION ALL
SELECT 'files', '', '', NULL, NULL, NULL, NULL, NULL, EXISTS (
           SELECT FROM knowledge_deliverablefile file
             JOIN knowledge_deliverableversion version ON version.id = file.version_id
            WHERE file.organisation_id = %(organisation)s
              AND file.engagement_id = %(engagement)s AND version.submitted_at IS NOT NULL)
"""
LATER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ToldVersion:
    """A version of a handover about which something was promised.

    Attributes:
        deliverable_id: key of the handover.
        state: of the handover.
        submitted_at: aware; None as long as it is a draft.
        reviewed_at: aware; None as long as nobody did.
        session_at: when it was explained to several people, aware; None when it is no session.
        is_attended: whether enough people came.
    """

    deliverable_id: int
    state: str
    submitted_at: datetime | None
    reviewed_at: datetime | None
    session_at: datetime | None
    is_attended: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """What was booked, agreed, handed in and said to be kept in one engagement.

    Attributes:
        engagement: whose it is.
        bookings: moment, amount and stage, the oldest first.
        topics: of each agreed one since when and whether somebody is named for it.
        kept: by kind of promise, when it was said to be kept and by whom.
        versions: the newest first, drafts on top, of all that counts: short explanations wait for
            nobody, and what was withdrawn was never there.
        has_files: whether any were handed in.
    """

    engagement: Engagement
    bookings: list[tuple[datetime, Decimal, str]] = field(default_factory=list)
    topics: list[tuple[datetime, bool]] = field(default_factory=list)
    kept: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    versions: list[ToldVersion] = field(default_factory=list)
    has_files: bool = False


def dossier_of(engagement: Engagement) -> Dossier:
    """Return what points and promises of an engagement are made of, in one statement."""
    dossier = Dossier(engagement)
    given = {"organisation": engagement.organisation_id, "engagement": engagement.pk}
    with connection.cursor() as cursor:
        cursor.execute(FACTS, given)
        for fact, word, name, amount, at, reviewed_at, session_at, key, is_so in cursor:
            match fact:
                case "booking":
                    dossier.bookings.append((at, amount, word))
                case "topic":
                    dossier.topics.append((at, is_so))
                case "kept":
                    dossier.kept[word] = (at, name)
                case "files":
                    dossier = replace(dossier, has_files=is_so)
                case _:
                    told = ToldVersion(key, word, at, reviewed_at, session_at, bool(is_so))
                    dossier.versions.append(told)
    dossier.bookings.sort()
    dossier.versions.sort(key=lambda one: one.submitted_at or LATER, reverse=True)
    return dossier
