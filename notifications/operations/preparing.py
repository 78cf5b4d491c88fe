"""Writing messages just before they leave: what many of them need is looked up once."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone, translation

from notifications import mail, planning
from notifications.models import Message
from notifications.operations.claiming import bundled_ids
from notifications.operations.clock import database_is_away
from notifications.planning import Entrance, Letter, Opened

logger = logging.getLogger(__name__)
T = TypeVar("T")
# How long a door is waited for that somebody else holds shut, say a long import. A whole lot of
# such doors, tried together and then each alone, is done while the lot is fresh: the mail of other
# organisations stands behind it.
DOOR_MS: Final = 75


class UnknownKindError(LookupError):
    """No package of this installation composes messages of this kind."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A message as it goes out."""

    email: mail.Email
    reminder_ids: frozenset[int]
    told: frozenset[int]


@dataclass
class Written:
    """Messages as they go out, by key; one that is in neither is not needed any more.

    Attributes:
        prepared: what can be handed over.
        faults: why the others could not be written.
    """

    prepared: dict[int, Prepared] = field(default_factory=dict)
    faults: dict[int, Exception] = field(default_factory=dict)


def write_messages(messages: Sequence[Message]) -> Written:
    """Write messages of one organisation, whose scope is open; the fault of one stops no other."""
    written = Written()
    reminders = bundled_ids(messages)
    letters = _composed(messages, written)
    needed = [message for message in messages if message.pk in letters]
    opened: dict[Opened, Entrance] = {}

    def open_doors(some: Sequence[Message]) -> None:
        wanted = [(one, _dossiers_of(one, letters[one.pk])) for one in some]
        if any(dossiers for _message, dossiers in wanted):
            opened.update(_opened(wanted))

    def render(some: Sequence[Message]) -> None:
        for message in some:
            letter = letters[message.pk]
            written.prepared[message.pk] = Prepared(
                email=_email(message, letter, opened),
                reminder_ids=reminders[message.pk],
                told=frozenset(letter.reminder_ids),
            )

    _together_or_alone(open_doors, needed, written)
    for message in needed:
        if message.pk not in written.faults:
            _together_or_alone(render, [message], written)
    return written


def compose(message: Message) -> Letter | None:
    """Return what a message says now, in its reader's language; None when it is not needed.

    Raises:
        UnknownKindError: no package composes messages of this kind.
    """
    return _compose_alike([message])[message.pk]


def _composed(messages: Sequence[Message], written: Written) -> dict[int, Letter]:
    """Return the letters that are needed, by message."""
    letters: dict[int, Letter] = {}
    alike: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for message in messages:
        alike[message.kind, message.contact.language].append(message)

    def compose_some(some: Sequence[Message]) -> None:
        found = _compose_alike(some)
        # A message that the answer leaves out is a fault: only None says that nobody needs it.
        answers = {message.pk: found[message.pk] for message in some}
        letters.update({key: letter for key, letter in answers.items() if letter is not None})

    for some in alike.values():
        _together_or_alone(compose_some, some, written)
    return letters


def _compose_alike(messages: Sequence[Message]) -> Mapping[int, Letter | None]:
    """Compose messages of one kind, organisation and language."""
    first = messages[0]
    composers = planning.composers_for(first.kind)
    if composers is None:
        raise UnknownKindError(first.kind)
    with (
        translation.override(first.contact.language),
        timezone.override(first.organisation.zone),
    ):
        return composers(messages)


def _together_or_alone(
    work: Callable[[Sequence[Message]], None], messages: Sequence[Message], written: Written
) -> None:
    """Do it for all at once; where that fails, for each alone, to know which one is to blame."""
    if not messages:
        return
    try:
        work(messages)
    except Exception as error:
        if database_is_away():
            raise
        if len(messages) > 1:
            for message in messages:
                _together_or_alone(work, [message], written)
            return
        logger.exception("message could not be written", extra={"kind": messages[0].kind})
        written.faults[messages[0].pk] = error


def _opened(wanted: Sequence[tuple[Message, Sequence[UUID]]]) -> Mapping[Opened, Entrance]:
    """Open doors without waiting long for any of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {DOOR_MS}")
        return planning.doors().open(wanted)


def _dossiers_of(message: Message, letter: Letter) -> Sequence[UUID]:
    """Return the engagements for which the reader needs a door."""
    return letter.dossiers or ([message.dossier] if message.dossier else [])


def _email(message: Message, letter: Letter, opened: Mapping[Opened, Entrance]) -> mail.Email:
    contact, organisation = message.contact, message.organisation
    rendered = mail.render(
        letter.template,
        {**letter.context, **_doors_in(message, letter, opened)},
        language=contact.language,
        organisation=organisation,
    )
    return mail.build(
        rendered,
        to=contact.email,
        organisation=organisation,
        headers={
            "Message-ID": mail.message_id(organisation, message.dedupe_key),
            "X-Kennisborg-Ref": str(message.public_id),
        },
        attachments=[(a.name, a.content, a.media_type) for a in letter.attachments],
    )


def _doors_in(
    message: Message, letter: Letter, opened: Mapping[Opened, Entrance]
) -> dict[str, Any]:
    """Return the doors that were opened for a letter, for its templates."""
    dossiers = _dossiers_of(message, letter)
    if not dossiers:
        return {}
    entrances = {dossier: opened[message.pk, dossier] for dossier in dossiers}
    found: dict[str, Any] = {"entrances": entrances}
    if "action_label" in letter.context and "action_url" not in letter.context:
        found["action_url"] = entrances[dossiers[0]].to(letter.landing)
    return found
