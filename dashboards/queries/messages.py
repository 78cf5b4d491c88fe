"""Messages as HR reads them: in words, with what it would say now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.models import Engagement
from notifications import operations, planning
from notifications.models import Message, MessageAttempt
from notifications.queries import counts_by_state
from notifications.rules import explain

State = Message.State
OPEN_STATES: Final = (State.DEAD, State.RETRY, State.EXPIRED)
TABS: Final[dict[str, Promise]] = {
    "": gettext_lazy("All"),
    State.DEAD: gettext_lazy("Not delivered"),
    State.RETRY: gettext_lazy("Tried again"),
    State.EXPIRED: gettext_lazy("Too late"),
    State.PENDING: gettext_lazy("Waiting"),
    State.SENT: gettext_lazy("Sent"),
}
KINDS: Final = {State.DEAD: "bad", State.RETRY: "warn", State.EXPIRED: "warn", State.SENT: "plain"}


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One message with the words beside it."""

    message: Message
    kind: str
    why: str
    colour: str
    engagement: Engagement | None


def rows_of(messages: Iterable[Message]) -> list[MessageRow]:
    """Return messages with the engagement that they are about, in two queries together."""
    listed = list(messages)
    dossiers = {message.dossier for message in listed if message.dossier}
    engagements = {
        engagement.public_id: engagement
        for engagement in Engagement.objects.filter(public_id__in=dossiers).select_related(
            "freelancer"
        )
    }
    return [
        _row(message, engagements.get(message.dossier) if message.dossier else None)
        for message in listed
    ]


def row_of(message: Message) -> MessageRow:
    """Return one message with the words beside it."""
    return rows_of([message])[0]


def _row(message: Message, engagement: Engagement | None) -> MessageRow:
    return MessageRow(
        message=message,
        kind=str(planning.name_of(message.kind)),
        why=str(explain(message.reason)),
        colour=KINDS.get(State(message.state), "quiet"),
        engagement=engagement,
    )


def tabs(current: str) -> list[dict[str, object]]:
    """Return the views of the list with how much is in each."""
    counts = counts_by_state()
    url = reverse("dashboards:message_list")
    return [
        {
            "label": label,
            "url": f"{url}?state={state}" if state else url,
            "is_current": state == current,
            "count": counts[state] if state else sum(counts.values()),
        }
        for state, label in TABS.items()
    ]


def steps_of(message: Message) -> QuerySet[MessageAttempt]:
    """Return what happened while sending, oldest first."""
    return MessageAttempt.objects.filter(message=message).order_by("at", "pk")


def preview_of(message: Message) -> str:
    """Return what a message that has not gone out would say now, as plain text; empty for others.

    The text of mail is never stored, so what went out cannot be shown again.
    """
    if message.state in (State.SENT, State.CANCELLED, State.SUPERSEDED):
        return ""
    return operations.preview(message) or _("Nothing any more: what it was about is done.")
