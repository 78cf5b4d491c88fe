"""Ports: what this package asks of the packages above it.

Each package answers in its ``planners.py`` and registers the answer once, in its ``apps.py``:
which reminders are due, what they say now, and by which door their reader comes in.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.utils.functional import Promise

from core.models import Organisation
from notifications.models import Message, Reminder, ReminderRule

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RuleDefault:
    """A reminder rule as shipped; organisations switch it off or change its days.

    Attributes:
        code: key of the rule, unique over all packages.
        name: what HR reads in the settings.
        audience: who is told, as HR reads it.
        offsets: days from the date it is about, negative is before.
        unit: ``calendar`` or ``working`` days.
        escalate_after: working days without action, one per next person.
    """

    code: str
    name: str | Promise
    audience: str | Promise
    offsets: tuple[int, ...]
    unit: Literal["calendar", "working"] = "calendar"
    escalate_after: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReminderDraft:
    """One notice that is due: due at or before now, and perhaps told already.

    Attributes:
        rule: code of the rule.
        band: step of the rule, such as ``"-21"`` or ``"hr+8"``.
        about_on: the date that the notice is about; part of its key.
        due_at: aware moment from which it may be sent (see ``rules.moment_for``).
        expires_at: aware moment after which it is of no use.
        urgency: larger is more urgent; sorts the lines of a mail, 0-100.
    """

    rule: str
    band: str
    about_on: date
    contact_id: int
    dossier: UUID
    due_at: datetime
    expires_at: datetime
    item: UUID | None = None
    cadence: Reminder.Cadence = Reminder.Cadence.DAILY
    urgency: int = 0


Door = Literal["desk", "portal", "link"]
"""A dashboard for members, the portal for professionals, an action link for all others."""


@dataclass(frozen=True, kw_only=True)
class Landing:
    """The one thing that a button leads to; empty where that door has no page of its own for it.

    Attributes:
        desk: path of the page for members.
        portal: path of the page for professionals.
        task: key of the question behind an action link.
    """

    desk: str = ""
    portal: str = ""
    task: str = ""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """A door that was opened for the reader of a message.

    Attributes:
        door: which one.
        url: absolute address of the engagement behind it.
    """

    door: Door
    url: str

    def to(self, landing: Landing | None) -> str:
        """Return the absolute address of one thing, that of the engagement when it has none."""
        if landing is None:
            return self.url
        if self.door == "link":
            return f"{self.url}?{urlencode({'to': landing.task})}" if landing.task else self.url
        path = landing.desk if self.door == "desk" else landing.portal
        # From a setting, never from a request: whoever asks must not choose where links lead.
        return f"{settings.BASE_URL}{path}" if path else self.url


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a letter, such as a calendar entry."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class DigestLine:
    """What one reminder says at the moment of sending, in the active language.

    Attributes:
        reminder_id: which reminder this is; those without a line are no longer needed.
        heading: the group it stands under, e.g. the professional and the end date.
        text: the thing to do, verb first.
        when: the date in words, e.g. "4 days late", may be empty.
        is_late: shown in red.
        attachments: files that go with the mail.
        landing: the thing itself; None leads to the engagement.
    """

    reminder_id: int
    heading: str
    text: str
    when: str = ""
    is_late: bool = False
    attachments: Sequence[Attachment] = ()
    landing: Landing | None = None


class ReminderPlanner(Protocol):
    """How a package says which of its reminders are due and what they say."""

    rules: tuple[RuleDefault, ...]
    # What is due follows from what it reads in the database and from the day; of moments that are
    # still to come it knows by `is_ahead` alone. Such a planner need not be asked twice.
    is_repeatable: bool

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at this moment or was due before; the caller drops what was told."""

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder that is still needed, in the active language."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a message says when it is sent.

    Attributes:
        template: ``templates/emails/<template>_{subject.txt,body.txt,body.html}``.
        context: values for the templates.
        dossiers: engagements for which the reader needs a door; by default the message's own. The
            templates get ``entrances`` (``Entrance`` by engagement) and, where the context has an
            ``action_label``, ``action_url``, which leads to the landing at the first of them.
        landing: the one thing that the mail is about; None leads to the engagement.
        reminder_ids: reminders that it tells; others of the message are no longer needed.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    dossiers: Sequence[UUID] = ()
    landing: Landing | None = None
    reminder_ids: Sequence[int] = ()


Composer = Callable[[Message], Letter | None]
"""Says what a message of one kind says now, or None when it is no longer needed."""

Composers = Callable[[Sequence[Message]], Mapping[int, Letter | None]]
"""The same for many messages of readers of one language, whose key is that of the message."""

Reader = tuple[int, UUID]
"""Key of a contact, and the engagement that it reads about."""

Opened = tuple[int, UUID]
"""Key of a message, and the engagement behind a door that was opened for it."""


class Doors(Protocol):
    """How the readers of messages get in: by action link, portal or dashboard."""

    def kinds(self, readers: Collection[Reader]) -> Mapping[Reader, Door]:
        """Return by which door each of these readers would come in."""

    def open(self, letters: Sequence[tuple[Message, Sequence[UUID]]]) -> Mapping[Opened, Entrance]:
        """Open the doors of these letters, all or none, with fresh action links where needed."""

    def shut(self, *, message: Message) -> None:
        """Withdraw what was opened for a message that was definitely not delivered."""


_faults: ContextVar[list[str] | None] = ContextVar("planning_faults", default=None)


@contextmanager
def noting_faults() -> Iterator[list[str]]:
    """Give the list on which ``drafts_of_each`` notes what could not be planned."""
    faults: list[str] = []
    token = _faults.set(faults)
    try:
        yield faults
    finally:
        _faults.reset(token)


_moments: ContextVar[list[datetime] | None] = ContextVar("planning_moments", default=None)


@contextmanager
def noting_moments() -> Iterator[list[datetime]]:
    """Give the list on which ``is_ahead`` notes what is still to come."""
    moments: list[datetime] = []
    token = _moments.set(moments)
    try:
        yield moments
    finally:
        _moments.reset(token)


def is_ahead(due_at: datetime, at: datetime) -> bool:
    """Say whether a notice is still to come; its moment is noted, to ask its planner again then."""
    if due_at <= at:
        return False
    moments = _moments.get()
    if moments is not None:
        moments.append(due_at)
    return True


def drafts_of_each(
    subjects: Iterable[T], drafts_of: Callable[[T], Iterable[ReminderDraft]]
) -> Iterator[ReminderDraft]:
    """Yield what is due about each subject; one that cannot be reckoned with stops no other.

    It is logged, and noted for the run (see ``noting_faults``), which is not complete then.
    """
    for subject in subjects:
        try:
            drafts = list(drafts_of(subject))
        except DatabaseError:
            raise  # says nothing about this subject, and the others would fail too
        except Exception:
            name = f"{type(subject).__name__} {getattr(subject, 'pk', '')}".strip()
            logger.exception("not planned", extra={"subject": name})
            faults = _faults.get()
            if faults is not None:
                faults.append(name)
        else:
            yield from drafts


@dataclass
class _Answers:
    planners: list[ReminderPlanner] = field(default_factory=list)
    composers: dict[str, Composers] = field(default_factory=dict)
    names: dict[str, str | Promise] = field(default_factory=dict)
    doors: Doors | None = None


_answers = _Answers()


def register_planner(planner: ReminderPlanner) -> None:
    """Add a package's planner; called once, when the package starts."""
    _answers.planners.append(planner)


def register_composer(kind: str, composer: Composer, name: str | Promise = "") -> None:
    """Say how messages of this kind are composed; called once per kind.

    Args:
        kind: as given to ``outbox.enqueue``.
        composer: says what such a message says now.
        name: what HR reads in the list of messages, e.g. ``_("end date moved")``.
    """

    def each(messages: Sequence[Message]) -> dict[int, Letter | None]:
        return {message.pk: composer(message) for message in messages}

    register_composers(kind, each, name)


def register_composers(kind: str, composers: Composers, name: str | Promise) -> None:
    """Say how messages of a kind are composed of which many leave at once."""
    _answers.composers[kind] = composers
    _answers.names[kind] = name


def register_doors(doors: Doors) -> None:
    """Say how readers get in; called once, by the package that owns action links."""
    _answers.doors = doors


def planners() -> Sequence[ReminderPlanner]:
    """Return the registered planners, lowest package first."""
    return tuple(_answers.planners)


def composers_for(kind: str) -> Composers | None:
    """Return who composes messages of this kind."""
    return _answers.composers.get(kind)


def name_of(kind: str) -> str:
    """Return what HR reads for a kind of message."""
    return str(_answers.names.get(kind, "")) or kind.replace("_", " ")


def doors() -> Doors:
    """Return who opens doors.

    Raises:
        LookupError: nobody registered, so no mail can carry a link.
    """
    if _answers.doors is None:
        message = "no doors registered"
        raise LookupError(message)
    return _answers.doors
