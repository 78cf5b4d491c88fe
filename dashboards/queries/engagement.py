"""One engagement from welcome to farewell: stations, files, links, mail and history."""

from datetime import date

from django.db.models import Q, QuerySet
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
from offboarding.models import ChecklistItem

EXIT_INTERVIEW = "OF12"
HISTORY_SHOWN = 15
HISTORY_ALL = 500
MESSAGES_SHOWN = 6


def stations_of(engagement: Engagement, card: KnowledgeCard, today: date) -> list[Station]:
    """Return the six stations of the relay line; the first that is not reached has the baton."""
    stops = [
        _welcome(engagement, today),
        _agreement(card),
        _handover(engagement, card),
        _decision(engagement, today),
        _exit_interview(engagement),
        (_("Farewell"), date_short(engagement.ends_on), engagement.ends_on < today),
    ]
    stations, is_passed = list[Station](), False
    for label, note, is_reached in stops:
        is_done = is_reached or engagement.closed_at is not None
        state = "done" if is_done else "ahead"
        if not is_done and not is_passed and engagement.cancelled_at is None:
            state, is_passed = "now", True
        stations.append(Station(label=label, note=note, state=state))
    return stations


Stop = tuple[str, str, bool]


def _welcome(engagement: Engagement, today: date) -> Stop:
    return _("Welcome"), date_short(engagement.starts_on), engagement.starts_on <= today


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


def _decision(engagement: Engagement, today: date) -> Stop:
    change = (
        EngagementChange.objects.filter(
            Q(old_ends_on=engagement.ends_on) | Q(new_ends_on=engagement.ends_on),
            engagement=engagement,
        )
        .exclude(state=EngagementChange.State.DECLINED)
        .order_by("-requested_at")
        .first()
    )
    if change is None:
        return _("Decision on the end"), "", engagement.ends_on < today
    return _("Decision on the end"), str(change.get_kind_display()), True


def _exit_interview(engagement: Engagement) -> Stop:
    item = ChecklistItem.objects.filter(engagement=engagement, code=EXIT_INTERVIEW).first()
    if item is None:
        return _("Exit interview"), "", False
    return (
        _("Exit interview"),
        date_short(item.due_on),
        item.state != ChecklistItem.State.OPEN,
    )


def files_of(engagement: Engagement) -> QuerySet[DeliverableFile]:
    """Return the files that were handed in, newest first."""
    return (
        DeliverableFile.objects.filter(engagement=engagement, version__submitted_at__isnull=False)
        .select_related("version__deliverable")
        .order_by("-created_at")
    )


def links_of(engagement: Engagement) -> QuerySet[LinkGrant]:
    """Return the newest action link of everybody who has one that works now."""
    return (
        LinkGrant.objects.usable()
        .filter(engagement=engagement)
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
    shown = HISTORY_ALL if is_whole else HISTORY_SHOWN
    return [
        {"text": phrase_for(event), "actor": event.actor_label, "at": event.at}
        for event in events[:shown]
    ]
