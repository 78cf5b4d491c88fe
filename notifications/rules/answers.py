"""What an answer of the mail server means, for the message and for people."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMANENT: Final = range(500, 600)
# The text or its size was refused before it was sent, which says nothing about the relay.
TOO_LARGE: Final = 552


class Stage(StrEnum):
    """How far the conversation with the mail server had come."""

    CONNECTION = "connection"
    GREETING = "greeting"
    SIGN_IN = "sign-in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


class Fate(StrEnum):
    """What becomes of the message."""

    RETRY = "retry"
    BOUNCED = "bounced"  # dead, and nothing more is sent to this address
    REFUSED = "refused"  # dead, but the address is not to blame
    RELAY = "relay"  # the server refuses us: nobody tries for a while, no attempt is counted


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer without its text, which would carry addresses.

    Attributes:
        stage: how far the conversation had come.
        code: of SMTP, or None when there was no answer.
        status: enhanced status code such as "5.1.1", may be empty.
        fault: class of the error when there was no answer, e.g. "TimeoutError".
    """

    stage: Stage
    code: int | None = None
    status: str = ""
    fault: str = ""

    @property
    def label(self) -> str:
        """Return what is stored: ``recipient 550 5.1.1``."""
        parts = (self.stage, self.code or "", self.status, self.fault)
        return " ".join(str(part) for part in parts if part)


AT_STAGE: Final[dict[str, Promise]] = {
    Stage.CONNECTION: _("connecting: %(answer)s"),
    Stage.GREETING: _("greeting: %(answer)s"),
    Stage.SIGN_IN: _("signing in: %(answer)s"),
    Stage.SENDER: _("about the sender: %(answer)s"),
    Stage.RECIPIENT: _("about the recipient: %(answer)s"),
    Stage.CONTENT: _("about the text: %(answer)s"),
}


def readable(label: str) -> str:
    """Return a stored answer as people read it: the stage in words, the codes as they are."""
    stage, _space, answer = label.partition(" ")
    if stage not in AT_STAGE:
        return label
    return str(AT_STAGE[stage]) % {"answer": answer}


def fate_of(answer: Answer) -> Fate:
    """Return what an answer means for the message.

    Source: trust.md section 3.2, "Retry".
    """
    if answer.code not in PERMANENT:
        return Fate.RETRY
    match answer.stage:
        case Stage.RECIPIENT:
            # 5.7: a policy of the server ("relay access denied"), not a wrong address.
            return Fate.REFUSED if answer.status.startswith("5.7.") else Fate.BOUNCED
        case Stage.CONTENT:
            return Fate.BOUNCED if _names_recipient(answer.status) else Fate.REFUSED
        case Stage.SENDER if answer.code == TOO_LARGE:
            return Fate.REFUSED
        case _:
            return Fate.RELAY


def _names_recipient(status: str) -> bool:
    # 5.1.7 and 5.1.8 are about the sender's address; the rest of 5.1 about the recipient's.
    is_address = status.startswith("5.1.") and status not in ("5.1.7", "5.1.8")
    return is_address or status == "5.2.1"


EXPLANATIONS: Final[dict[str, str | Promise]] = {
    "bounced": _("The address does not exist or takes no mail."),
    "suppressed": _("An earlier message to this address came back, so this one was not tried."),
    "inactive": _("This contact is no longer active."),
    "no_address": _("This contact has no valid e-mail address."),
    "refused": _("The receiving mail server refused this message, not the address."),
    "relay": _("Our own mail server refuses us at the moment. Nothing is lost."),
    "away": _("The mail server did not answer. We try again by ourselves."),
    "deferred": _("The receiving mail server asked us to try again later."),
    "error": _("Something went wrong while this message was written. We try again by ourselves."),
    "unknown_kind": _("This installation does not know how to write this kind of message."),
    "not_needed": _("It was no longer needed when it was its turn."),
    "expired": _("It could not be sent in time and would have been of no use."),
    "merged": _("What it said went into a newer daily message."),
    "redirected": _("It was sent to another address instead."),
    "end_moved": _("The end date was moved."),
    "closed": _("The file was closed."),
    "cancelled": _("The engagement was cancelled."),
}


def explain(reason: str) -> str | Promise:
    """Return in words that people understand why a message was not sent, may be empty."""
    return EXPLANATIONS.get(reason, "")
