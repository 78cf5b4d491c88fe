"""What receivers are asked after the end, and what their answers say about forms of transfer.

An answer is about a topic, and counts for each form by which its receiver says the topic came.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from django.db import connection

from core.calendars import local_moment
from core.models import Organisation
from core.periods import Period
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    Receiver,
    TransferForm,
    UsefulnessCheck,
    usefulness_rounds,
)

MOST_ENGAGEMENTS: Final = 3  # looked at for somebody's first page, those that ended last

# Asked is who was told by a mail that left, and who answered all the same; each once per topic and
# round, on the first day of it that we know of. A reminder names the round by its step ("+30").
# What was answered before the period counts only against those who were told in it.
TALLIES: Final = """
WITH told AS (
    SELECT receiver.id AS receiver_id, substr(told.band, 2)::integer AS days_after, told.due_at AS at
    FROM notifications_reminder told
    JOIN engagements_engagement engagement
      ON engagement.public_id = told.dossier AND engagement.cancelled_at IS NULL
    JOIN knowledge_topic topic ON topic.engagement_id = engagement.id AND topic.state = 'agreed'
    JOIN knowledge_receiver receiver ON receiver.topic_id = topic.id
      AND receiver.contact_id = told.contact_id AND receiver.released_at IS NULL
    WHERE told.organisation_id = %(organisation)s AND told.rule = %(rule)s
      AND told.state = 'sent' AND told.band ~ '^[+][0-9]+$'
),
checks AS (
    SELECT id, receiver_id, days_after, answered_at AS at
    FROM knowledge_usefulnesscheck
    WHERE organisation_id = %(organisation)s AND answered_at >= %(start)s
    UNION ALL
    SELECT answer.id, answer.receiver_id, answer.days_after, answer.answered_at
    FROM told
    JOIN knowledge_usefulnesscheck answer
      ON answer.receiver_id = told.receiver_id AND answer.days_after = told.days_after
     AND answer.answered_at < %(start)s
    UNION ALL
    SELECT NULL, receiver_id, days_after, at FROM told
),
asked AS (
    SELECT receiver_id, days_after, max(id) AS id
    FROM checks GROUP BY receiver_id, days_after
    HAVING min(at) >= %(start)s AND min(at) < %(end)s
),
came AS (
    SELECT DISTINCT asked.receiver_id, asked.days_after, asked.id, form.code
    FROM asked
    JOIN knowledge_confirmation word ON word.receiver_id = asked.receiver_id
     AND word.withdrawn_at IS NULL AND word.answer <> 'not_yet'
    LEFT JOIN knowledge_deliverable handover ON handover.id = word.deliverable_id
    LEFT JOIN knowledge_transferform form ON form.id = handover.form_id
)
SELECT came.code, count(*), count(answer.id),
       count(*) FILTER (WHERE answer.was_used), count(*) FILTER (WHERE answer.was_enough),
       count(*) FILTER (WHERE answer.had_to_call), COALESCE(sum(answer.hours_lost), 0),
       COALESCE(round((percentile_cont(0.5) WITHIN GROUP (ORDER BY answer.hours_lost))::numeric, 2), 0)
FROM came LEFT JOIN knowledge_usefulnesscheck answer ON answer.id = came.id
GROUP BY came.code
"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class AskedTopic:
    """One topic about which somebody is asked, with what they said in this round."""

    receiver: Receiver
    check: UsefulnessCheck | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is asked about one engagement.

    Attributes:
        now: the round that is open; None outside of them.
        opens_on: when the next round opens; None when there is none.
        topics: what they received, the most critical first.
    """

    now: rules.Round | None
    opens_on: date | None
    topics: tuple[AskedTopic, ...]

    @property
    def is_answered(self) -> bool:
        """Whether they said something about every topic in this round."""
        return all(one.check is not None for one in self.topics)


@dataclass(frozen=True, slots=True)
class FormUsefulness:
    """What receivers said about one form of transfer.

    Attributes:
        form: as the newest policy has it; None for knowledge that came without a handover.
        tally: the answers.
        is_shown: whether there are enough answers for figures.
        advice: for the points of the form; None with too few answers, or without a form.
    """

    form: TransferForm | None
    tally: rules.Tally
    is_shown: bool
    advice: rules.Advice | None


def usefulness_asked_of(
    contacts: Collection[int], engagement: Engagement, today: date
) -> Asked | None:
    """Return what somebody is asked about an engagement; None who received nothing of it."""
    held = Receiver.objects.holding(today).filter(
        topic__engagement=engagement, contact__in=contacts
    )
    receivers = list(held.select_related("topic", "contact").order_by("-topic__criticality", "pk"))
    if not receivers:
        return None
    rounds = usefulness_rounds(engagement)
    now = rules.round_on(today, rounds) if today > engagement.ends_on else None
    checks = UsefulnessCheck.objects.filter(
        receiver__in=receivers, days_after=0 if now is None else now.days
    )
    said = {check.receiver_id: check for check in checks}
    return Asked(
        now=now,
        opens_on=min(
            (one.opens_on for one in rounds if one.opens_on > today),
            default=None,
        ),
        topics=tuple(AskedTopic(one, said.get(one.pk)) for one in receivers),
    )


def usefulness_waiting(contacts: Collection[int], today: date) -> list[tuple[Engagement, Asked]]:
    """Return the engagements about which somebody is asked now and did not say everything yet."""
    held = Receiver.objects.holding(today).filter(contact__in=contacts)
    # Not by way of its topics: the database would begin with every engagement that ever ended.
    ended = (
        Engagement.objects.filter(pk__in=held.values("topic__engagement"), ends_on__lt=today)
        .select_related("freelancer")
        .order_by("-ends_on", "pk")
    )
    found = [(one, usefulness_asked_of(contacts, one, today)) for one in ended[:MOST_ENGAGEMENTS]]
    return [
        (engagement, asked)
        for engagement, asked in found
        if asked is not None and asked.now is not None and not asked.is_answered
    ]


def usefulness_by_form(organisation: Organisation, period: Period) -> list[FormUsefulness]:
    """Return what was asked and said in a period about each form of transfer, by its name.

    Knowledge that came without a handover stands last.

    Args:
        organisation: whose receivers.
        period: days where the organisation is; what counts is the day on which they were asked.
    """
    tallies = _tallies(organisation, period)
    # A code means the same in every version of a policy; the newest has the name of today.
    forms = {form.code: form for form in TransferForm.objects.order_by("policy", "pk")}
    least = organisation.usefulness_least_answers
    rows = [_about(forms.get(code or ""), tally, least) for code, tally in tallies.items()]
    return sorted(rows, key=lambda row: (row.form is None, str(row.form or "").casefold()))


def _about(form: TransferForm | None, tally: rules.Tally, least: int) -> FormUsefulness:
    return FormUsefulness(
        form=form,
        tally=tally,
        is_shown=tally.answered >= least,
        advice=None if form is None else rules.advice_on(tally, least),
    )


def _tallies(organisation: Organisation, period: Period) -> dict[str | None, rules.Tally]:
    after = period.last + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            TALLIES,
            {
                "organisation": organisation.pk,
                "rule": rules.USEFULNESS_RULE,
                "start": local_moment(period.first, time(0), organisation.time_zone),
                "end": local_moment(after, time(0), organisation.time_zone),
            },
        )
        return {code: rules.Tally(*figures) for code, *figures in cursor.fetchall()}
