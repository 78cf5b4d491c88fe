"""A package above notifications, as small as can be: things to do with a day."""

import datetime
import uuid
from dataclasses import dataclass, field

from notifications import rules
from notifications.planning import DigestLine, Entrance, Landing, Letter, ReminderDraft, RuleDefault

WEEK = datetime.timedelta(days=7)


@dataclass
class Thing:
    contact_id: int
    due_on: datetime.date
    text: str = "Collect the laptop"
    heading: str = "Fatima El Idrissi, ends on Tuesday 1 December"
    dossier: uuid.UUID = field(default_factory=uuid.uuid4)
    item: uuid.UUID = field(default_factory=uuid.uuid4)
    cadence: str = "daily"
    is_done: bool = False
    landing: Landing | None = None


class SamplePlanner:
    is_repeatable = False  # its things are in no database
    rules = (
        RuleDefault(
            code="thing_due",
            name="Thing due",
            audience="its owner",
            offsets=(-7, -2, 0, 1, 3),
            escalate_after=(5, 8),
        ),
        RuleDefault(code="thing_idle", name="Thing idle", audience="its owner", offsets=(30,)),
    )

    def __init__(self):
        self.things = []
        self.asked = []

    def add(self, contact, due_on, **facts):
        thing = Thing(contact.pk, due_on, **facts)
        self.things.append(thing)
        return thing

    def due(self, organisation, at, rules):
        self.asked.append(dict(rules))
        rule = rules.get("thing_due")
        for thing in self.things if rule else ():
            for offset in rule.offsets:
                draft = draft_of(organisation, thing, offset)
                if draft.due_at <= at and not thing.is_done:
                    yield draft

    def lines(self, reminders):
        things = {thing.item: thing for thing in self.things}
        for reminder in reminders:
            thing = things.get(reminder.item)
            if thing and not thing.is_done and thing.due_on == reminder.about_on:
                yield DigestLine(
                    reminder_id=reminder.pk,
                    heading=thing.heading,
                    text=thing.text,
                    when=f"{reminder.band} days",
                    is_late=not reminder.band.startswith("-"),
                    landing=thing.landing,
                )


def draft_of(organisation, thing, offset):
    day = thing.due_on + datetime.timedelta(days=offset)
    due_at = rules.moment_for(
        organisation.calendar,
        organisation.zone,
        organisation.send_time,
        day,
        is_deadline=offset <= 0,
    )
    return ReminderDraft(
        rule="thing_due",
        band=f"{offset:+d}",
        about_on=thing.due_on,
        contact_id=thing.contact_id,
        dossier=thing.dossier,
        item=thing.item,
        cadence=thing.cadence,
        due_at=due_at,
        expires_at=due_at + WEEK,
        urgency=80 if offset > 0 else 50,
    )


class SampleDoors:
    """Says which doors were opened and shut, by message."""

    def __init__(self):
        self.opened = []
        self.door = "link"
        self.shut_for = []

    def kinds(self, readers):
        return dict.fromkeys(readers, self.door)

    def open(self, letters):
        return {
            (message.pk, dossier): self._open(message, dossier)
            for message, dossiers in letters
            for dossier in dossiers
        }

    def _open(self, message, dossier):
        self.opened.append((message.contact_id, dossier, message.pk))
        url = f"http://127.0.0.1:8000/l/{dossier}-{len(self.opened)}/"
        return Entrance(door=self.door, url=url)

    def shut(self, *, message):
        self.shut_for.append(message.pk)


def compose_letter(message):
    """Say what the test put into the params; nothing when it says that nothing is needed."""
    if message.params.get("is_obsolete"):
        return None
    if message.params.get("is_broken"):
        raise ZeroDivisionError
    return Letter(
        template="account_notice",
        context={
            "subject": message.params.get("subject", "A letter"),
            "paragraphs": [message.params.get("text", "Some text.")],
        },
    )
