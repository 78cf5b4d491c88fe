"""One engagement from welcome to farewell: stations, files, links, mail and history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.audit import phrase_for
from core.charts import Station
from core.models import AuditEvent
from core.wording import date_short, number
from dashboards.queries.messages import MessageRow, rows_of
from engagements.models import Engagement, EngagementChange, LinkGrant, Waiver
from knowledge.models import DeliverableFile
from knowledge.queries import KnowledgeCard
from notifications.models import Message
from offboarding.models import ChecklistItem, Phase

EXIT_INTERVIEW = "OF12"
# Closing a file cancels what is open: then nobody did it.
SETTLED = (ChecklistItem.State.DONE, ChecklistItem.State.WAIVED)
HISTORY_SHOWN = 15
HISTORY_ALL = 500
MESSAGES_SHOWN = 6


def stations_of(engagement: Engagement, card: KnowledgeCard, today: date) -> list[Station]:
    """Return the six stations of the relay line; the first that is not reached has the baton."""
    tasks = _tasks_by_phase(engagement)
    stops = [
        _welcome(engagement, tasks, today),
        _agreement(card),
        _handover(engagement, card),
        _decision(engagement),
        _exit_interview(engagement),
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


def _tasks_by_phase(engagement: Engagement) -> dict[str, _Tasks]:
    rows = (
        ChecklistItem.objects.filter(engagement=engagement)
        .order_by()
        .values("phase")
        .annotate(all=Count("pk"), settled=Count("pk", filter=Q(state__in=SETTLED)))
    )
    return {row["phase"]: _Tasks(row["all"], row["settled"]) for row in rows}


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


def _decision(engagement: Engagement) -> Stop:
    label = _("Decision on the end")
    change = (
        EngagementChange.objects.filter(
            Q(old_ends_on=engagement.ends_on) | Q(new_ends_on=engagement.ends_on),
            engagement=engagement,
        )
        .exclude(state=EngagementChange.State.DECLINED)
        .order_by("-state", "-requested_at")  # what waits comes before what was carried out
        .first()
    )
    if change is None:
        return label, "", False
    kind = str(change.get_kind_display())
    if change.state == EngagementChange.State.REQUESTED:
        return label, _("asked: %(kind)s") % {"kind": kind}, False
    return label, kind, True


def _exit_interview(engagement: Engagement) -> Stop:
    item = ChecklistItem.objects.filter(engagement=engagement, code=EXIT_INTERVIEW).first()
    if item is None:
        return _("Exit interview"), "", False
    return (
        _("Exit interview"),
        date_short(item.due_on),
        item.state in SETTLED,
    )


def files_of(engagement: Engagement) -> QuerySet[DeliverableFile]:
    """Return the files that were handed in, newest first."""
    return (
        DeliverableFile.objects.filter(engagement=engagement, version__submitted_at__isnull=False)
        .select_related("version__deliverable")
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
    return rows_of(newest)


def waivers_of(engagement: Engagement) -> QuerySet[Waiver]:
    """Return what was waived at closing, with the reasons."""
    return Waiver.objects.filter(engagement=engagement).order_by("approved_at")


def history_of(engagement: Engagement, *, is_whole: bool) -> list[dict[str, object]]:
    """Return the history as people read it, newest first.

    Args:
        engagement: whose history.
        is_whole: all of it (500 entries at most) instead of the newest fifteen.
    """
    events = AuditEvent.objects.for_dossier(engagement.public_id).order_by("-at", "-pk")
    if not is_whole:  # every mail brings a link: true, and noise
        events = events.exclude(action="engagements.link.issued")
    shown = list(events[: HISTORY_ALL if is_whole else HISTORY_SHOWN])
    reasons = _reasons_of(shown)
    return [
        {
            "text": f"{phrase_for(event)}{reasons.get(event.pk, '')}",
            "actor": event.actor_label,
            "at": event.at,
        }
        for event in shown
    ]


def _reasons_of(events: Sequence[AuditEvent]) -> dict[int, str]:
    """Return, by key of the event, why the end was moved, asked for or refused.

    What people wrote stays out of the audit trail, which keeps everything; it is read from the
    change itself.
    """
    kind = EngagementChange._meta.label_lower
    about = {event.pk: event for event in events if event.subject_type == kind}
    changes = EngagementChange.objects.in_bulk({event.subject_id for event in about.values()})
    reasons = {}
    for key, event in about.items():
        if change := changes.get(event.subject_id):
            is_refusal = event.action.endswith("declined")
            reason = change.decision_note if is_refusal else change.reason
            reasons[key] = f": “{reason}”" if reason else ""
    return reasons
