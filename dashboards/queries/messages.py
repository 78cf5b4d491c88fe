"""Messages as HR reads them: in words, with what it would say now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.pages import counts_of
from core.tables import Tab
from engagements.models import Engagement
from engagements.rules import sort_name_of
from notifications import operations, planning
from notifications.models import Message, MessageAttempt, MessageQuerySet
from notifications.queries import counts_by_state, messages_for_list
from notifications.rules import explain

State = Message.State
OPEN_STATES: Final = (State.DEAD, State.RETRY, State.EXPIRED)
# Each state stands in one view besides "all", so that they add up.
VIEWS: Final[Mapping[str, tuple[Promise, tuple[State, ...]]]] = {
    "": (gettext_lazy("All"), tuple(State)),
    "dead": (gettext_lazy("Not delivered"), (State.DEAD,)),
    "retry": (gettext_lazy("Tried again"), (State.RETRY,)),
    "expired": (gettext_lazy("Too late"), (State.EXPIRED,)),
    "pending": (gettext_lazy("Waiting"), (State.PENDING, State.LEASED)),
    "sent": (gettext_lazy("Sent"), (State.SENT,)),
    "dropped": (gettext_lazy("Dropped"), (State.CANCELLED, State.SUPERSEDED)),
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


def rows_of(messages: Iterable[Message], known: Iterable[Engagement] = ()) -> list[MessageRow]:
    """Return messages with the engagement that they are about, in two queries together.

    Args:
        messages: in the order of the list.
        known: engagements that were read before, with their professionals.
    """
    listed = list(messages)
    engagements = {engagement.public_id: engagement for engagement in known}
    dossiers = {message.dossier for message in listed if message.dossier} - engagements.keys()
    others = Engagement.objects.filter(public_id__in=dossiers).select_related("freelancer")
    engagements.update({engagement.public_id: engagement for engagement in others})
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


def messages_about(text: str) -> MessageQuerySet:
    """Return messages by whom they are to, or about which professional; without words all.

    Args:
        text: words that must all be found, each in a name or an address.
    """
    found = messages_for_list()
    for word in text.split():
        # An organisation has some thousands of contacts: reading their names takes no index.
        about = Engagement.objects.filter(freelancer__sort_name__contains=sort_name_of(word))
        found = found.filter(
            Q(contact__name__icontains=word)
            | Q(contact__email__icontains=word)
            | Q(dossier__in=about.values("public_id"))
        )
    return found


def in_view(messages: MessageQuerySet, view: str) -> MessageQuerySet:
    """Return those of the messages that stand in one view of the list."""
    return messages.filter(state__in=VIEWS[view][1]) if view else messages


def tabs(messages: MessageQuerySet, view: str, text: str) -> list[Tab]:
    """Return the views of the list with how many of these messages are in each.

    Args:
        messages: what was looked for, in any state.
        view: the one that is shown.
        text: what was looked for; the addresses keep it.
    """
    counts, url = _counts(messages, is_searched=bool(text)), reverse("dashboards:message_list")
    return [
        Tab(
            label,
            f"{url}?{asked}" if (asked := _asked(name, text)) else url,
            is_current=name == view,
            count=counts[name],
        )
        for name, (label, _states) in VIEWS.items()
    ]


def _counts(messages: MessageQuerySet, *, is_searched: bool) -> dict[str, int]:
    """Return how many messages each view has; a search reads all of them once."""
    if not is_searched:
        return counts_of({name: in_view(messages, name) for name in VIEWS})
    by_state = counts_by_state(messages)
    return {name: sum(by_state[state] for state in states) for name, (_l, states) in VIEWS.items()}


def _asked(view: str, text: str) -> str:
    return urlencode({key: value for key, value in {"state": view, "q": text}.items() if value})


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
