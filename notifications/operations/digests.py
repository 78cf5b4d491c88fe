"""What a digest says: the lines of its reminders at this moment, grouped by engagement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Contact
from notifications import planning
from notifications.models import Message, Reminder
from notifications.operations.bundling import DIGEST
from notifications.operations.clock import database_now
from notifications.planning import DigestLine, Door, Landing, Letter


@dataclass(frozen=True, kw_only=True)
class DigestGroup:
    """The lines about one engagement.

    Attributes:
        dossier: the engagement; its door is ``entrances[dossier]``.
        heading: the professional and the end date, in the reader's language.
        lines: most urgent first.
    """

    dossier: UUID
    heading: str
    lines: Sequence[DigestLine]

    @property
    def landing(self) -> Landing | None:
        """Return where the button leads: to the thing itself when there is but one."""
        return self.lines[0].landing if len(self.lines) == 1 else None


def lines_of(reminders: Sequence[Reminder]) -> dict[int, DigestLine]:
    """Return the line of each reminder that is still needed, by reminder.

    Every package is asked about its own reminders only; the language in force is the reader's.
    """
    lines: dict[int, DigestLine] = {}
    for planner in planning.planners():
        codes = {rule.code for rule in planner.rules}
        own = [reminder for reminder in reminders if reminder.rule in codes]
        if own:
            lines.update({line.reminder_id: line for line in planner.lines(own)})
    return lines


def group_lines(reminders: Sequence[Reminder], lines: dict[int, DigestLine]) -> list[DigestGroup]:
    """Return the needed lines by engagement: what is late first, then what is most urgent."""
    needed = [reminder for reminder in reminders if reminder.pk in lines]
    needed.sort(key=lambda r: (not lines[r.pk].is_late, -r.urgency, r.due_at, r.pk))
    groups: dict[UUID, list[DigestLine]] = defaultdict(list)
    for reminder in needed:
        groups[reminder.dossier].append(lines[reminder.pk])
    return [
        DigestGroup(dossier=dossier, heading=own[0].heading, lines=own)
        for dossier, own in groups.items()
    ]


def compose_digests(messages: Sequence[Message]) -> dict[int, Letter | None]:
    """Say what the reminders of messages say now, in as many queries as for one of them.

    Args:
        messages: of one organisation, to readers of the language in force.

    Returns:
        the letter of each by its key; None where no reminder is needed any more.
    """
    reminders: dict[int | None, list[Reminder]] = defaultdict(list)
    bundled = Reminder.objects.filter(
        message__in=messages, state=Reminder.State.BUNDLED, expires_at__gt=database_now()
    )
    for reminder in bundled:
        reminders[reminder.message_id].append(reminder)
    lines = lines_of([one for own in reminders.values() for one in own])
    groups = {message.pk: group_lines(reminders[message.pk], lines) for message in messages}
    doors = _doors_of(messages, groups)
    return {
        message.pk: letter_of(
            groups[message.pk],
            reader=message.contact.name,
            door=doors[message.pk],
            is_daily=message.kind == DIGEST,
        )
        if groups[message.pk]
        else None
        for message in messages
    }


def _doors_of(
    messages: Sequence[Message], groups: Mapping[int, Sequence[DigestGroup]]
) -> dict[int, Door]:
    """Return by which door the reader of each message gets to the first of its groups."""
    readers = {
        message.pk: (message.contact_id, groups[message.pk][0].dossier)
        for message in messages
        if groups[message.pk]
    }
    kinds = planning.doors().kinds(set(readers.values())) if readers else {}
    return {key: kinds[reader] for key, reader in readers.items()}


def door_of(reader: Contact, groups: Sequence[DigestGroup]) -> Door:
    """Return by which door the reader gets to the first of these groups."""
    first = reader.pk, groups[0].dossier
    return planning.doors().kinds([first])[first]


def letter_of(groups: Sequence[DigestGroup], *, reader: str, door: Door, is_daily: bool) -> Letter:
    """Return the letter that shows these groups.

    Args:
        groups: at least one, with at least one line each.
        reader: name of the contact.
        door: by which they come in; it decides what they can do there.
        is_daily: the digest, not a notice that could not wait for it.
    """
    lines = [line for group in groups for line in group.lines]
    first, more = lines[0], len(lines) - 1
    return Letter(
        template="digest",
        context={
            "groups": groups,
            "reader": reader,
            "door": door,
            "is_daily": is_daily,
            "count": len(lines),
            "late": sum(line.is_late for line in lines),
            "first": first,
            "title": title_of(groups, door),
            "more": ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
            if more
            else "",
        },
        attachments=[file for line in lines for file in line.attachments],
        dossiers=[group.dossier for group in groups],
        reminder_ids=[line.reminder_id for line in lines],
    )


def title_of(groups: Sequence[DigestGroup], door: Door) -> str:
    """Return the heading of a digest: how much there is to do.

    Behind an action link stands everything that is asked by the time it is opened, with its number;
    the mail names what it tells now, and promises no number that may have grown by then.
    """
    if door == "link":
        return _("What we ask of you")
    count = sum(len(group.lines) for group in groups)
    if count == 1:
        return _("One thing for you")
    return ngettext("%(count)d thing for you", "%(count)d things for you", count) % {"count": count}
