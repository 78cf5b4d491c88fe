"""Reminders about the end of an engagement itself: tenure, the decision, the plan, the last day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.calendars import lasts_at_most, local_moment
from core.models import Contact, Organisation
from engagements.events import hr_contacts
from engagements.models import Engagement, EngagementChange
from engagements.planners.lines import lines_for
from engagements.planners.steps import DECISION, LAST_DAY, PLAN, REQUEST, TENURE, decision_day
from engagements.queries import decisions_by_engagement
from engagements.rules import EndDecision, is_end_decided
from notifications.models import Reminder, ReminderRule
from notifications.planning import DigestLine, ReminderDraft, RuleDefault, drafts_of_each, is_ahead
from notifications.rules import moment_for

# A rotation signal makes sense only where somebody has been around (domain.md section 4, E-90).
TENURE_MONTHS: Final = 6
URGENCY: Final = {TENURE: 20, PLAN: 30, REQUEST: 50, DECISION: 60, LAST_DAY: 70}
ESCALATED: Final = 80
DAY: Final = timedelta(days=1)


class EngagementPlanner:
    """Tells managers, professionals and HR what the end of an engagement asks of them."""

    is_repeatable = True
    rules: tuple[RuleDefault, ...] = (
        RuleDefault(
            code=TENURE,
            name=_("Long stay: rotation and who else knows the work"),
            audience=_("hiring manager, in engagements of more than six months"),
            offsets=(-90,),
        ),
        RuleDefault(
            code=DECISION,
            name=_("Decide on the end: extend, swap or end"),
            audience=_("hiring manager, then head of department, then HR"),
            # Of more than six months, of three to six, of at most three.
            offsets=(-60, -45, -30),
            escalate_after=(5, 10),
        ),
        RuleDefault(
            code=PLAN,
            name=_("Plan the transfer of knowledge"),
            audience=_("professional"),
            offsets=(-45,),
        ),
        RuleDefault(
            code=LAST_DAY,
            name=_("The last day is near"),
            audience=_("professional and hiring manager"),
            offsets=(-1,),
        ),
        RuleDefault(
            code=REQUEST,
            name=_("Request about the end waits for a decision"),
            audience=_("HR"),
            offsets=(1, 3),
            unit="working",
        ),
    )

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at a moment, told before or not."""
        active = {code: rule for code, rule in rules.items() if rule.is_active}
        desk = _Desk(organisation, at, active, hr_contacts())
        yield from desk.about_ends()
        yield from desk.about_requests()

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder that is still needed, in the active language."""
        return lines_for(reminders, hr_contacts())


@dataclass(frozen=True)
class _Desk:
    """One organisation at one moment, with its rules."""

    organisation: Organisation
    at: datetime
    rules: Mapping[str, ReminderRule]
    hr: Sequence[Contact]

    def about_ends(self) -> Iterator[ReminderDraft]:
        """Yield what is due about ends that are still ahead, in two queries for all of them."""
        engagements = self._near_their_end()
        decided = decisions_by_engagement([engagement.pk for engagement in engagements])

        def about(engagement: Engagement) -> Iterator[ReminderDraft]:
            if TENURE in self.rules:
                yield from self._tenure(engagement)
            if DECISION in self.rules:
                yield from self._decision(engagement, decided.get(engagement.pk, ()))
            if PLAN in self.rules:
                yield from self._plan(engagement)
            if LAST_DAY in self.rules:
                yield from self._last_day(engagement)

        yield from drafts_of_each(engagements, about)

    def about_requests(self) -> Iterator[ReminderDraft]:
        """Yield requests that HR has not decided on."""
        rule = self.rules.get(REQUEST)
        if rule is None:
            return
        waiting = EngagementChange.objects.requested().select_related("engagement")

        def about(change: EngagementChange) -> Iterator[ReminderDraft]:
            asked_on = self.organisation.today(change.requested_at)
            for offset in rule.offsets:
                day = self.organisation.calendar.counted(asked_on, offset, rule.unit)
                draft = _Draft(REQUEST, f"{offset:+d}", change.engagement, day, about_on=asked_on)
                yield from self._drafts(draft, self.hr, item=change)

        yield from drafts_of_each(waiting, about)

    def _near_their_end(self) -> list[Engagement]:
        today = self.organisation.today(self.at)
        furthest = max(
            (-offset for rule in self.rules.values() for offset in rule.offsets), default=0
        )
        return list(
            Engagement.objects.ending_between(
                today, today + timedelta(days=furthest)
            ).select_related(
                "manager",
                "department__head",
                "freelancer__business_contact",
                "freelancer__private_contact",
            )
        )

    def _tenure(self, engagement: Engagement) -> Iterator[ReminderDraft]:
        if lasts_at_most(engagement.starts_on, engagement.ends_on, TENURE_MONTHS):
            return
        yield from self._before_the_end(TENURE, engagement, [engagement.manager])

    def _plan(self, engagement: Engagement) -> Iterator[ReminderDraft]:
        yield from self._before_the_end(PLAN, engagement, [self._professional(engagement)])

    def _last_day(self, engagement: Engagement) -> Iterator[ReminderDraft]:
        readers = [self._professional(engagement), engagement.manager]
        yield from self._before_the_end(LAST_DAY, engagement, readers)

    def _before_the_end(
        self, code: str, engagement: Engagement, readers: Sequence[Contact]
    ) -> Iterator[ReminderDraft]:
        rule = self.rules[code]
        for offset in rule.offsets:
            day = self.organisation.calendar.counted(engagement.ends_on, offset, rule.unit)
            day = max(day, engagement.starts_on)
            draft = _Draft(code, f"{offset:+d}", engagement, day, about_on=engagement.ends_on)
            for reader in readers:
                yield from self._drafts(draft, self._or_hr(reader))

    def _decision(
        self, engagement: Engagement, decisions: Sequence[EndDecision]
    ) -> Iterator[ReminderDraft]:
        rule = self.rules[DECISION]
        if not rule.offsets:
            return
        due_on = decision_day(engagement, rule.offsets)
        if is_end_decided(decisions, engagement.ends_on, due_on):
            return
        draft = _Draft(DECISION, "0", engagement, due_on, about_on=engagement.ends_on)
        yield from self._drafts(draft, self._or_hr(engagement.manager))
        # Whoever was told late gets the same time before the next person hears of it.
        asked_on = max(due_on, self._known_since(engagement, decisions))
        head = engagement.department.head
        next_readers = (self._or_hr(head) if head else self.hr, self.hr)
        names = ("head", "hr")
        for days, readers, name in zip(rule.escalate_after, next_readers, names, strict=False):
            if days:
                day = self.organisation.calendar.add_working_days(asked_on, days)
                late = _Draft(
                    DECISION, f"{name}+{days}", engagement, day, about_on=engagement.ends_on
                )
                yield from self._drafts(late, readers)

    def _known_since(self, engagement: Engagement, decisions: Sequence[EndDecision]) -> date:
        moved_on = [d.decided_on for d in decisions if d.decided_on and d.new_ends_on]
        return max([self.organisation.today(engagement.created_at), *moved_on])

    def _drafts(
        self,
        draft: "_Draft",
        readers: Sequence[Contact],
        item: EngagementChange | None = None,
    ) -> Iterator[ReminderDraft]:
        organisation, engagement = self.organisation, draft.engagement
        due_at = moment_for(
            organisation.calendar,
            organisation.zone,
            organisation.send_time,
            draft.day,
            is_deadline=not draft.is_escalation,
        )
        if is_ahead(due_at, self.at):
            return
        # After the last day none of this can be acted upon.
        over_at = local_moment(engagement.ends_on + DAY, time(0), organisation.time_zone)
        for contact in readers:
            yield ReminderDraft(
                rule=draft.rule,
                band=draft.band,
                about_on=draft.about_on,
                contact_id=contact.pk,
                dossier=engagement.public_id,
                item=item.public_id if item else None,
                due_at=due_at,
                expires_at=over_at,
                urgency=ESCALATED if draft.is_escalation else URGENCY[draft.rule],
            )

    def _professional(self, engagement: Engagement) -> Contact:
        return engagement.professional_on(self.organisation.today(self.at))

    def _or_hr(self, reader: Contact) -> Sequence[Contact]:
        """Return the reader; HR when their mail comes back, or nobody would hear of it."""
        return [reader] if reader.is_reachable else self.hr


@dataclass(frozen=True)
class _Draft:
    """A step of a rule about one engagement, before it is known who hears of it."""

    rule: str
    band: str
    engagement: Engagement
    day: date
    about_on: date

    @property
    def is_escalation(self) -> bool:
        return self.rule == DECISION and "+" in self.band
