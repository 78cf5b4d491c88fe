"""What reminders about the end say at the moment of sending."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Contact
from core.wording import from_now, in_days
from engagements.models import Engagement, EngagementChange
from engagements.planners.headings import heading_for
from engagements.planners.steps import (
    DECISION,
    LAST_DAY,
    PLAN,
    REQUEST,
    TENURE,
    decision_day,
)
from engagements.queries import decisions_by_engagement
from engagements.rules import EndDecision, is_end_decided, tenure
from notifications.models import Reminder, ReminderRule
from notifications.planning import DigestLine, Landing

DAYS_IN_A_MONTH = 30.44


def lines_for(reminders: Sequence[Reminder], hr: Sequence[Contact]) -> Iterator[DigestLine]:
    """Yield a line for each reminder that is still needed, in a handful of queries for all."""
    facts = _Facts.of(reminders, hr)
    for reminder in reminders:
        engagement = facts.engagements.get(reminder.dossier)
        # Another end date has reminders of its own.
        if engagement is None or (
            reminder.rule != REQUEST and engagement.ends_on != reminder.about_on
        ):
            continue
        line = WRITERS[reminder.rule](reminder, engagement, facts)
        if line is not None:
            yield line


@dataclass(frozen=True)
class _Facts:
    """What the lines of one lot need, looked up once."""

    engagements: Mapping[UUID, Engagement]
    decisions: Mapping[int, Sequence[EndDecision]]
    requests: Mapping[UUID, EngagementChange]
    periods: Mapping[int, Sequence[tuple[date, date]]]
    decision_offsets: Sequence[int]
    hr: frozenset[int]

    @classmethod
    def of(cls, reminders: Sequence[Reminder], hr: Sequence[Contact]) -> "_Facts":
        by_rule: dict[str, set[UUID]] = defaultdict(set)
        for reminder in reminders:
            by_rule[reminder.rule].add(reminder.dossier)
        engagements = _engagements({reminder.dossier for reminder in reminders})
        asked = [e.pk for e in engagements.values() if e.public_id in by_rule[DECISION]]
        long = [e.freelancer_id for e in engagements.values() if e.public_id in by_rule[TENURE]]
        rule = ReminderRule.objects.filter(code=DECISION).first() if asked else None
        return cls(
            engagements=engagements,
            decisions=decisions_by_engagement(asked) if asked else {},
            requests=_requests([r.item for r in reminders if r.rule == REQUEST and r.item]),
            periods=_periods(long),
            decision_offsets=rule.offsets if rule else (),
            hr=frozenset(contact.pk for contact in hr),
        )


def _engagements(dossiers: set[UUID]) -> dict[UUID, Engagement]:
    found = (
        Engagement.objects.running()
        .filter(public_id__in=dossiers)
        .select_related("freelancer", "department", "manager")
    )
    return {engagement.public_id: engagement for engagement in found}


def _requests(items: Sequence[UUID]) -> dict[UUID, EngagementChange]:
    if not items:
        return {}
    waiting = EngagementChange.objects.requested().filter(public_id__in=items)
    return {change.public_id: change for change in waiting}


def _periods(freelancers: Sequence[int]) -> dict[int, list[tuple[date, date]]]:
    periods: dict[int, list[tuple[date, date]]] = defaultdict(list)
    if freelancers:
        rows = Engagement.objects.filter(freelancer__in=freelancers, cancelled_at=None)
        for freelancer, starts_on, ends_on in rows.values_list(
            "freelancer", "starts_on", "ends_on"
        ):
            periods[freelancer].append((starts_on, ends_on))
    return periods


def _may_hear(reminder: Reminder, facts: _Facts, *contact_ids: int | None) -> bool:
    """Say whether the reader still has that part; HR hears what nobody else can be told."""
    return reminder.contact_id in facts.hr or reminder.contact_id in contact_ids


def _tenure_line(reminder: Reminder, engagement: Engagement, facts: _Facts) -> DigestLine | None:
    if not _may_hear(reminder, facts, engagement.manager_id):
        return None
    gap = engagement.organisation.tenure_gap_months
    chain = tenure(facts.periods.get(engagement.freelancer_id, ()), gap)
    months = round(chain.span_days / DAYS_IN_A_MONTH) if chain else 0
    text = ngettext(
        "Look ahead: %(months)d month here in all. Who else knows this work?",
        "Look ahead: %(months)d months here in all. Who else knows this work?",
        months,
    ) % {"months": months}
    return _line(reminder, engagement, text, from_now(engagement.ends_on))


def _decision_line(reminder: Reminder, engagement: Engagement, facts: _Facts) -> DigestLine | None:
    if not _may_hear(reminder, facts, engagement.manager_id, engagement.department.head_id):
        return None
    due_on = decision_day(engagement, facts.decision_offsets or (-60,))
    if is_end_decided(facts.decisions.get(engagement.pk, ()), engagement.ends_on, due_on):
        return None
    text = _("Decide: extend, let somebody else take over, or let it end")
    if reminder.band.startswith("head"):
        text = _("%(manager)s did not decide about the end yet: please ask, or decide") % {
            "manager": engagement.manager.name
        }
    elif reminder.band.startswith("hr"):
        text = _("Nobody decided about the end: extend it, or let it end as planned")
    today = engagement.organisation.today()
    line = _line(reminder, engagement, text, in_days(due_on, today), is_late=due_on < today)
    return replace(line, landing=Landing(task="end"))


def _plan_line(reminder: Reminder, engagement: Engagement, facts: _Facts) -> DigestLine | None:
    if not _may_hear(reminder, facts, *engagement.freelancer.contact_ids):
        return None
    text = _("Plan what you hand over before your last day, and to whom")
    return _line(reminder, engagement, text, from_now(engagement.ends_on))


def _last_day_line(reminder: Reminder, engagement: Engagement, facts: _Facts) -> DigestLine | None:
    own, manager = engagement.freelancer.contact_ids, engagement.manager_id
    if not _may_hear(reminder, facts, manager, *own):
        return None
    text = _("Say goodbye, and take in the laptop, the pass and the keys")
    if reminder.contact_id in own:
        text = _("Bring your laptop, pass and keys, and ask for a reference if you want one")
    return _line(reminder, engagement, text, from_now(engagement.ends_on))


def _request_line(reminder: Reminder, engagement: Engagement, facts: _Facts) -> DigestLine | None:
    change = facts.requests.get(reminder.item) if reminder.item else None
    if change is None or reminder.contact_id not in facts.hr:
        return None
    text = _("Decide on the request of %(name)s: %(kind)s") % {
        "name": change.requested_by,
        "kind": change.get_kind_display(),
    }
    line = _line(reminder, engagement, text, from_now(reminder.about_on))
    return replace(line, landing=Landing(desk=change.get_absolute_url()))


def _line(
    reminder: Reminder, engagement: Engagement, text: str, when: str, *, is_late: bool = False
) -> DigestLine:
    return DigestLine(
        reminder_id=reminder.pk,
        heading=heading_for(engagement, reminder.contact_id),
        text=text,
        when=when,
        is_late=is_late,
    )


WRITERS = {
    TENURE: _tenure_line,
    DECISION: _decision_line,
    PLAN: _plan_line,
    LAST_DAY: _last_day_line,
    REQUEST: _request_line,
}
