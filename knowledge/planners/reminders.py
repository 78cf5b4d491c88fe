"""Reviews and agreements that wait too long."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Contact, Organisation
from core.wording import date_short, in_days
from engagements.events import hr_contacts
from engagements.planners import engagements_near_people, heading_for
from knowledge.models import Deliverable, KnowledgeAgreement
from knowledge.operations import answerer_of, may_answer, reviewer_of
from knowledge.planners.landings import landing_on_agreement, landing_on_handover
from notifications.models import Reminder, ReminderRule
from notifications.planning import (
    DigestLine,
    Landing,
    ReminderDraft,
    RuleDefault,
    drafts_of_each,
    is_ahead,
)
from notifications.rules import moment_for

REVIEW: Final = "review_due"
AGREEMENT: Final = "agreement_open"

# What waits is still worth telling after a long outage; `lines` drops what was settled since.
STAYS_OF_USE: Final = timedelta(days=60)
# Rows are looked up this many days ahead of their date; no offset lies further before it.
LOOK_AHEAD: Final = timedelta(days=60)
URGENCY: Final = {"before": 40, "after": 60, "escalated": 80, AGREEMENT: 30}


class KnowledgePlanner:
    """Tells reviewers and HR about handovers, and the other side about an agreement."""

    is_repeatable = True
    rules: tuple[RuleDefault, ...] = (
        RuleDefault(
            code=REVIEW,
            name=gettext_lazy("Review of a handover"),
            audience=gettext_lazy("reviewer, then HR"),
            offsets=(-1, 1, 3),
            unit="working",
            escalate_after=(5,),
        ),
        RuleDefault(
            code=AGREEMENT,
            name=gettext_lazy("Agreement without an answer"),
            audience=gettext_lazy("the side that has to answer, then HR"),
            offsets=(1, 5),
            unit="working",
            escalate_after=(8,),
        ),
    )

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at a moment, told before or not."""
        hr = hr_contacts()
        if (rule := rules.get(REVIEW)) and rule.is_active:
            yield from _due_reviews(_Steps(organisation, at, rule, hr))
        if (rule := rules.get(AGREEMENT)) and rule.is_active:
            yield from _due_agreements(_Steps(organisation, at, rule, hr))

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder whose handover or agreement still waits."""
        items = [reminder.item for reminder in reminders if reminder.item is not None]
        waiting = _reviews_by_id(items)
        proposals = _proposals_by_id(items)
        hr = {contact.pk for contact in hr_contacts()}
        for reminder in reminders:
            if reminder.item in waiting:
                line = _review_line(reminder, waiting[reminder.item], hr)
            elif reminder.item in proposals:
                line = _agreement_line(reminder, proposals[reminder.item], hr)
            else:
                line = None
            if line is not None:
                yield line


@dataclass(frozen=True)
class _Steps:
    """Who hears what about one thing that waits, and when; told before or not."""

    organisation: Organisation
    at: datetime
    rule: ReminderRule
    hr: Sequence[Contact]

    def about(
        self, item: Deliverable | KnowledgeAgreement, on: date, readers: Sequence[Contact]
    ) -> Iterator[ReminderDraft]:
        """Yield the steps of one item that came already."""
        for offset in self.rule.offsets:
            yield from self._step(item, on, readers, (offset, f"{offset:+d}", self.rule.unit))
        for days in self.rule.escalate_after[:1]:
            if days:  # counts in working days, whatever the rule itself counts in
                yield from self._step(item, on, self.hr, (days, f"hr+{days}", "working"))

    def _step(
        self,
        item: Deliverable | KnowledgeAgreement,
        on: date,
        readers: Sequence[Contact],
        step: tuple[int, str, str],
    ) -> Iterator[ReminderDraft]:
        offset, band, unit = step
        due_at = self._moment(on, offset, unit)
        if is_ahead(due_at, self.at):
            return
        for contact in readers:
            yield ReminderDraft(
                rule=self.rule.code,
                band=band,
                about_on=on,
                contact_id=contact.pk,
                dossier=item.engagement.public_id,
                item=item.public_id,
                due_at=due_at,
                expires_at=due_at + STAYS_OF_USE,
                urgency=_urgency(self.rule.code, band),
            )

    def _moment(self, on: date, offset: int, unit: str) -> datetime:
        organisation = self.organisation
        calendar = organisation.calendar
        day = calendar.counted(on, offset, unit)
        return moment_for(
            calendar, organisation.zone, organisation.send_time, day, is_deadline=offset <= 0
        )


def _due_reviews(steps: _Steps) -> Iterator[ReminderDraft]:
    latest = steps.organisation.today(steps.at) + LOOK_AHEAD
    waiting = (
        Deliverable.objects.awaiting_review()
        .filter(review_due_on__lte=latest)
        .select_related("reviewer", "engagement__manager")
    )

    def about(deliverable: Deliverable) -> Iterator[ReminderDraft]:
        if deliverable.review_due_on is not None:
            readers = _or_hr(reviewer_of(deliverable), steps.hr)
            yield from steps.about(deliverable, deliverable.review_due_on, readers)

    yield from drafts_of_each(waiting, about)


def _due_agreements(steps: _Steps) -> Iterator[ReminderDraft]:
    today = steps.organisation.today(steps.at)
    proposals = list(
        KnowledgeAgreement.objects.proposed().filter(
            engagement__cancelled_at=None, engagement__closed_at=None
        )
    )
    engagements = engagements_near_people({proposal.engagement_id for proposal in proposals})
    for proposal in proposals:
        proposal.engagement = engagements[proposal.engagement_id]

    def about(agreement: KnowledgeAgreement) -> Iterator[ReminderDraft]:
        is_asked = may_answer(agreement, today)
        readers = [answerer_of(agreement, today)] if is_asked else steps.hr
        yield from steps.about(agreement, steps.organisation.today(agreement.proposed_at), readers)

    yield from drafts_of_each(proposals, about)


def _or_hr(reader: Contact, hr: Sequence[Contact]) -> Sequence[Contact]:
    """Return the reader; HR when their mail comes back, or the thing would wait with nobody."""
    return [reader] if reader.is_reachable else hr


def _review_line(reminder: Reminder, deliverable: Deliverable, hr: set[int]) -> DigestLine | None:
    if reminder.contact_id not in {reviewer_of(deliverable).pk, *hr}:
        return None  # somebody else reviews by now
    if deliverable.review_due_on is None:
        return None
    organisation = deliverable.engagement.organisation
    today = organisation.today()
    text = _("Review the handover “%(title)s”")
    if reminder.band.startswith("hr"):
        text = _("Nobody reviewed the handover “%(title)s”: decide, or hand it on")
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(deliverable.engagement, reminder.contact_id),
        text=text % {"title": deliverable.title},
        when=in_days(deliverable.review_due_on, today),
        is_late=deliverable.review_due_on < today,
        landing=landing_on_handover(deliverable),
    )


def _agreement_line(
    reminder: Reminder, agreement: KnowledgeAgreement, hr: set[int]
) -> DigestLine | None:
    engagement = agreement.engagement
    is_asked = may_answer(agreement) and reminder.contact_id == answerer_of(agreement).pk
    if not is_asked and reminder.contact_id not in hr:
        return None  # somebody else answers by now
    landing = landing_on_agreement(engagement)
    words = {"target": agreement.target, "name": engagement.freelancer.full_name}
    if is_asked or agreement.proposed_by_side == KnowledgeAgreement.Side.FREELANCER:
        text = _("Read the knowledge agreement and answer it: %(target)d points")
    elif engagement.freelancer.user_id is None:
        text = _("Let %(name)s into the portal: the knowledge agreement waits for an answer")
        landing = Landing(desk=engagement.freelancer.get_absolute_url())
    else:
        text = _("%(name)s did not answer the knowledge agreement yet: please ask")
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(engagement, reminder.contact_id),
        text=text % words,
        when=_("since %(day)s")
        % {"day": date_short(agreement.proposed_at, engagement.organisation.today())},
        landing=landing,
    )


def _reviews_by_id(items: Iterable[UUID]) -> dict[UUID | None, Deliverable]:
    waiting = (
        Deliverable.objects.awaiting_review()
        .filter(public_id__in=items)
        .select_related("reviewer", "engagement__manager", "engagement__freelancer")
    )
    return {deliverable.public_id: deliverable for deliverable in waiting}


def _proposals_by_id(items: Iterable[UUID]) -> dict[UUID | None, KnowledgeAgreement]:
    proposals = (
        KnowledgeAgreement.objects.proposed()
        .filter(public_id__in=items, engagement__cancelled_at=None, engagement__closed_at=None)
        .select_related(
            "engagement__manager",
            "engagement__freelancer__business_contact",
            "engagement__freelancer__private_contact",
        )
    )
    return {agreement.public_id: agreement for agreement in proposals}


def _urgency(rule: str, band: str) -> int:
    if band.startswith("hr"):
        return URGENCY["escalated"]
    if rule == AGREEMENT:
        return URGENCY[AGREEMENT]
    return URGENCY["before" if band.startswith("-") else "after"]
