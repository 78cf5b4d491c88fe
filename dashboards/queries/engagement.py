"""One engagement from welcome to farewell: stations, files, links, mail and history."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.audit import phrases_for
from core.charts import Station
from core.models import AuditEvent
from core.wording import date_short, number
from dashboards.queries.messages import MessageRow, rows_of
from engagements.models import Engagement, EngagementChange, Freelancer, LinkGrant, Waiver
from engagements.queries import decisions_of, neighbours_of
from engagements.rules import decision_due_on, is_end_decided
from knowledge.models import DeliverableFile
from knowledge.queries import KnowledgeCard
from notifications.models import Message
from offboarding.models import ChecklistItem, Phase
from offboarding.rules import DECISION_STEP

EXIT_INTERVIEW = "OF12"
# Closing a file cancels what is open: then nobody did it.
SETTLED = (ChecklistItem.State.DONE, ChecklistItem.State.WAIVED)
HISTORY_SHOWN = 15
MESSAGES_SHOWN = 6


def stations_of(
    engagement: Engagement,
    card: KnowledgeCard,
    changes: Sequence[EngagementChange],
    items: Sequence[ChecklistItem],
) -> list[Station]:
    """Return the stations of the relay line; the first that is not reached has the baton.

    There are six, and one more where the end was moved: with what was reached before it.

    Args:
        engagement: whose line.
        card: what is known about its knowledge.
        changes: what `changes_of` returned.
        items: all its tasks.
    """
    today, tasks = engagement.organisation.today(), _tasks_by_phase(items)
    begun = [_welcome(engagement, tasks, today), _agreement(card)]
    if moved := moved_end_of(engagement, changes):
        # Whoever was not welcomed yet is: nobody moves an end before the first day is agreed.
        reached = sum(is_reached for _label, _note, is_reached in begun)
        begun.insert(max(1, reached), _moved(moved))
    stops = [
        *begun,
        _handover(engagement, card),
        _decision(engagement, changes, items),
        _exit_interview(items),
        _farewell(engagement, tasks, today),
    ]
    stations, is_passed = list[Station](), False
    for label, note, is_reached in stops:
        state = "done" if is_reached else "ahead"
        if not is_reached and not is_passed and engagement.is_running:
            state, is_passed = "now", True
        stations.append(Station(label=label, note=note, state=state))
    return stations


Stop = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class MovedEnd:
    """An end that was moved, once or several times: as it was agreed at first, and as it is now."""

    original_on: date
    now_on: date


def moved_end_of(engagement: Engagement, changes: Sequence[EngagementChange]) -> MovedEnd | None:
    """Return from when to when the end was moved; None where it is what was agreed at first.

    A mistake that was corrected was never agreed.

    Args:
        engagement: whose end.
        changes: what `changes_of` returned.
    """
    original_on = next((one.old_ends_on for one in changes if _is_move(one)), engagement.ends_on)
    if original_on == engagement.ends_on:
        return None
    return MovedEnd(original_on, engagement.ends_on)


def _is_move(change: EngagementChange) -> bool:
    is_applied = change.state == EngagementChange.State.APPLIED
    is_correction = change.kind == EngagementChange.Kind.CORRECTION
    return is_applied and not is_correction and change.new_ends_on is not None


def _moved(moved: MovedEnd) -> Stop:
    label = _("Extended") if moved.now_on > moved.original_on else _("End brought forward")
    days = {"old": date_short(moved.original_on), "new": date_short(moved.now_on)}
    return label, _("from %(old)s to %(new)s") % days, True


@dataclass(frozen=True, slots=True)
class _Tasks:
    """How many tasks of one phase there are, and how many of them are settled."""

    all: int = 0
    settled: int = 0

    @property
    def are_settled(self) -> bool:
        return self.settled == self.all

    def note(self, day: date) -> str:
        """Say the day of a station, and how far its tasks are while some are open."""
        if self.are_settled:
            return date_short(day)
        done = _("%(done)s of %(all)s done") % {"done": self.settled, "all": self.all}
        return f"{date_short(day)} · {done}"


def _tasks_by_phase(items: Sequence[ChecklistItem]) -> dict[str, _Tasks]:
    every = Counter(item.phase for item in items)
    settled = Counter(item.phase for item in items if item.state in SETTLED)
    return {phase: _Tasks(count, settled[phase]) for phase, count in every.items()}


def _welcome(engagement: Engagement, tasks: Mapping[str, _Tasks], today: date) -> Stop:
    welcome = tasks.get(Phase.ONBOARDING, _Tasks())
    has_come = engagement.starts_on <= today and welcome.are_settled
    return _("Welcome"), welcome.note(engagement.starts_on), has_come


def _farewell(engagement: Engagement, tasks: Mapping[str, _Tasks], today: date) -> Stop:
    farewell = tasks.get(Phase.OFFBOARDING, _Tasks())
    has_gone = engagement.ends_on < today and farewell.all > 0 and farewell.are_settled
    is_over = has_gone or engagement.closed_at is not None
    return _("Farewell"), farewell.note(engagement.ends_on), is_over


def _agreement(card: KnowledgeCard) -> Stop:
    label = _("Knowledge agreement")
    if card.agreement is None:
        return label, _("waits for agreement") if card.proposal else _("not yet made"), False
    agreed_at = card.agreement.freelancer_accepted_at or card.agreement.proposed_at
    points = _("%(target)s points") % {"target": card.agreement.target}
    return label, f"{date_short(agreed_at)} · {points}", True


def _handover(engagement: Engagement, card: KnowledgeCard) -> Stop:
    note = _("%(balance)s of %(target)s points") % {
        "balance": number(card.points.balance),
        "target": card.points.target,
    }
    return _("Handover"), note, card.points.is_met


def _decision(
    engagement: Engagement,
    changes: Sequence[EngagementChange],
    items: Sequence[ChecklistItem],
) -> Stop:
    label = _("Decision on the end")
    if settled_at := _said_without_words(changes, items):
        return label, date_short(settled_at), True
    about = [one for one in changes if engagement.ends_on in (one.old_ends_on, one.new_ends_on)]
    # What waits comes before what was carried out.
    change = max(about, key=lambda one: (one.is_waiting, one.requested_at), default=None)
    if change is None:
        return label, "", False
    kind = str(change.get_kind_display())
    if change.is_waiting:
        return label, _("asked: %(kind)s") % {"kind": kind}, False
    # An extension long before the new end is none: then the decision on that one is still ahead.
    if not is_end_decided(
        decisions_of(about),
        engagement.ends_on,
        decision_due_on(engagement.starts_on, engagement.ends_on),
    ):
        return label, "", False
    return label, kind, True


def _said_without_words(
    changes: Sequence[EngagementChange], items: Sequence[ChecklistItem]
) -> datetime | None:
    """Return when somebody ticked the step that asks for a decision, unless the end moved since."""
    step = next((item for item in items if item.code == DECISION_STEP), None)
    if step is None or step.state not in SETTLED or step.settled_at is None or changes:
        return None
    return step.settled_at


def _exit_interview(items: Sequence[ChecklistItem]) -> Stop:
    item = next((item for item in items if item.code == EXIT_INTERVIEW), None)
    if item is None:
        return _("Exit interview"), "", False
    return (
        _("Exit interview"),
        date_short(item.due_on),
        item.state in SETTLED,
    )


@dataclass(frozen=True, slots=True)
class Baton:
    """From whom an engagement is taken over, and who takes over.

    Attributes:
        predecessor: as HR named it.
        likely: who ends here around the first day, when nobody was named.
        successors: as HR named them, the first to start on top.
        proposed: who takes over according to the hiring manager, while nobody was named.
    """

    predecessor: Engagement | None
    likely: Engagement | None
    successors: list[Engagement]
    proposed: Freelancer | None


def baton_of(engagement: Engagement, changes: Sequence[EngagementChange]) -> Baton:
    """Return who hands the baton to whom, in one query.

    Args:
        engagement: with `succeeds` and its professional.
        changes: what `changes_of` returned.
    """
    before, after = neighbours_of(engagement)
    swap = next((one for one in reversed(changes) if one.kind == one.Kind.SWAP), None)
    return Baton(
        predecessor=engagement.succeeds,
        likely=next(iter(before), None),
        successors=after,
        proposed=swap.successor if swap and not after else None,
    )


def changes_of(engagement: Engagement) -> list[EngagementChange]:
    """Return what was asked or decided about the end, the oldest first."""
    changes = EngagementChange.objects.filter(engagement=engagement)
    return list(changes.select_related("successor").order_by("pk"))


def files_of(engagement: Engagement) -> QuerySet[DeliverableFile]:
    """Return the files that were handed in, newest first."""
    return (
        DeliverableFile.objects.filter(engagement=engagement, version__submitted_at__isnull=False)
        .select_related("version__deliverable")
        .only(
            *("organisation_id", "public_id", "original_name", "size"),
            *("version__number", "version__deliverable__title"),
        )
        .order_by("-created_at")
    )


def links_of(engagement: Engagement) -> QuerySet[LinkGrant]:
    """Return the newest action link of everybody who has one that works now.

    Every mail brings a link: ``used_at`` tells when that person last used any of them.
    """
    uses = (
        LinkGrant.objects.filter(engagement=engagement, contact=OuterRef("contact"))
        .exclude(last_used_at=None)
        .order_by("-last_used_at")
        .values("last_used_at")[:1]
    )
    return (
        LinkGrant.objects.usable()
        .filter(engagement=engagement)
        .annotate(used_at=Subquery(uses))
        .select_related("contact", "handed_on_by__contact")
        .only(
            *("organisation_id", "public_id", "expires_at"),
            *("contact__name", "handed_on_by__contact__name"),
        )
        .order_by("contact", "-created_at")
        .distinct("contact")
    )


def messages_of(engagement: Engagement) -> list[MessageRow]:
    """Return the newest mails about an engagement."""
    newest = (
        Message.objects.filter(dossier=engagement.public_id)
        .select_related("contact")
        .order_by("-created_at")[:MESSAGES_SHOWN]
    )
    return rows_of(newest, known=[engagement])


def waivers_of(engagement: Engagement) -> QuerySet[Waiver]:
    """Return what was waived at closing, with the reasons."""
    return Waiver.objects.filter(engagement=engagement).order_by("approved_at")


def events_of(engagement: Engagement) -> QuerySet[AuditEvent]:
    """Return everything that happened to an engagement, newest first."""
    return AuditEvent.objects.for_dossier(engagement.public_id).order_by("-at", "-pk")


def newest_history_of(
    engagement: Engagement, changes: Sequence[EngagementChange]
) -> list[dict[str, object]]:
    """Return the newest of the history as people read it."""
    # Every mail brings a link: true, and noise.
    events = events_of(engagement).exclude(action="engagements.link.issued")
    return entries_of(events[:HISTORY_SHOWN], changes)


def entries_of(
    events: Iterable[AuditEvent], changes: Sequence[EngagementChange]
) -> list[dict[str, object]]:
    """Return events as people read them, in the same order.

    Args:
        events: of one engagement.
        changes: of its end, all of them.
    """
    shown = list(events)
    reasons = _reasons_of(shown, changes)
    return [
        {
            "text": f"{text}{reasons.get(event.pk, '')}",
            "actor": event.actor_label,
            "at": event.at,
        }
        for event, text in zip(shown, phrases_for(shown), strict=True)
    ]


def _reasons_of(
    events: Sequence[AuditEvent], changes: Sequence[EngagementChange]
) -> dict[int, str]:
    """Return, by key of the event, why the end was moved, asked for or refused.

    What people wrote stays out of the audit trail, which keeps everything; it is read from the
    change itself.
    """
    kind = EngagementChange._meta.label_lower
    about = {event.pk: event for event in events if event.subject_type == kind}
    by_key = {change.pk: change for change in changes}
    reasons = {}
    for key, event in about.items():
        if change := by_key.get(event.subject_id):
            is_refusal = event.action.endswith("declined")
            reason = change.decision_note if is_refusal else change.reason
            reasons[key] = f": “{reason}”" if reason else ""
    return reasons
