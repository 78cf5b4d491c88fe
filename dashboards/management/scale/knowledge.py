"""What there was to know and what was handed over: agreement, topics, handovers, points."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from dashboards.management.scale import words
from dashboards.management.scale.bookings import Bookings
from dashboards.management.scale.dice import iso, moment
from dashboards.management.scale.ground import Ground
from dashboards.management.scale.people import Assignment, record
from knowledge import rules
from knowledge.models import Topic, TransferForm

WITH_AGREEMENT: Final = 0.92
TOPICS: Final = ((2, 30.0), (3, 40.0), (4, 20.0), (5, 10.0))
CRITICALITY: Final = ((1, 10.0), (2, 20.0), (3, 35.0), (4, 25.0), (5, 10.0))
VITAL: Final = Topic.Criticality.VITAL  # wants two people
WITH_HANDOVER: Final = 0.7  # of the topics
FORMS: Final = (
    ("handover-document", 25.0),
    ("runbook", 30.0),
    ("knowledge-base", 15.0),
    ("workshop", 15.0),
    ("presentation", 10.0),
    ("shadowing", 5.0),
)
# How far handovers came: when the engagement is over, and while it lasts.
STATES_AFTER: Final = (("accepted", 90.0), ("withdrawn", 10.0))
STATES_BEFORE: Final = (
    ("accepted", 45.0),
    ("submitted", 25.0),
    ("draft", 20.0),
    ("changes_asked", 10.0),
)
# Stages that an accepted handover reached: accepted, received, applied.
REACHED: Final = ((1, 30.0), (2, 35.0), (3, 35.0))
CHECKED_AFTER: Final = 365  # days, from acceptance to "still right?"
USEFUL_AFTER: Final = 30
ASKED_AND_ANSWERED: Final = 0.5
SAID: Final = {2: "received", 3: "performed"}


@dataclass(slots=True)
class _Handover:
    """One handover with its topic, while the rest of it is written."""

    pk: int
    form: str
    title: str
    state: str
    topic: int
    accepted_at: str
    receivers: list[tuple[int, str]] = field(default_factory=list)
    reached: int = 0
    confirmation: int | None = None


class Knowledge:
    """Writes what is known of the engagements of one organisation."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.book = ground.book
        self.dice = ground.dice
        self.organisation = ground.organisation.pk
        self.bookings = Bookings(ground.policy, ground.forms)

    def write(self, one: Assignment) -> None:
        """Write everything of an engagement; nothing for one that was cancelled."""
        if one.period.fate == "cancelled":
            return
        target = rules.target_for(
            date.fromordinal(one.period.starts), date.fromordinal(one.period.ends)
        )
        if self.dice.chance(WITH_AGREEMENT):
            self._agreement(one, target)
        if one.period.fate == "planned":
            return
        handovers = self._topics(one)
        for handover in handovers:
            self._received(handover, one)
        self._ledger(one, target, handovers)

    def _agreement(self, one: Assignment, target: int) -> None:
        is_accepted = one.period.fate != "planned"
        at = moment(iso(min(one.period.starts - 3, self.ground.today - 1)), 10)
        key = self.book.agreements.add(
            (self.organisation, one.pk, self.ground.policy.pk),
            self.dice.uuid(),
            "accepted" if is_accepted else "proposed",
            target,
            Decimal(target) / 5,
            one.manager[1],
            at,
            at,
            one.manager[1],
            at if is_accepted else None,
        )
        for code in ("runbook", "workshop"):
            self.book.agreed_forms.add((self.organisation, key, self.ground.forms[code].pk), 2)
        if is_accepted:
            record(self.ground, one, at, "knowledge.agreement.accepted", version=1)

    def _topics(self, one: Assignment) -> list[_Handover]:
        """Write the topics, and for most of them a handover that is about it."""
        began = iso(min(one.period.starts + 10, self.ground.today - 1))
        titles = dict.fromkeys(
            words.some(self.dice, 2).capitalize() for _n in range(self.dice.weighed(TOPICS))
        )
        handovers = []
        for title in titles:
            criticality = self.dice.weighed(CRITICALITY)
            topic = self.book.topics.add(
                (self.organisation, one.pk),
                self.dice.uuid(),
                title,
                criticality,
                "agreed",
                one.person.full_name,
                moment(began, 11),
                moment(began, 16),
                one.manager[1],
            )
            handover = (
                self._handover(one, topic, title) if self.dice.chance(WITH_HANDOVER) else None
            )
            receivers = self._receivers(one, topic, 2 if criticality == VITAL else 1, handover)
            if handover:
                handover.receivers = receivers
                handovers.append(handover)
        return handovers

    def _receivers(
        self, one: Assignment, topic: int, count: int, handover: _Handover | None
    ) -> list[tuple[int, str]]:
        named = moment(iso(min(one.period.starts + 12, self.ground.today - 1)), 11)
        is_asked = handover and handover.state == "accepted" and one.period.is_running
        people = self.dice.sample(one.department.colleagues, count)
        return [
            (
                self.book.receivers.add(
                    (self.organisation, topic, contact),
                    self.dice.uuid(),
                    one.manager[1],
                    named,
                    handover.accepted_at if handover and is_asked else None,
                ),
                name,
            )
            for contact, name in people
        ]

    def _handover(self, one: Assignment, topic: int, topic_title: str) -> _Handover:
        dice, period = self.dice, one.period
        is_over = period.ends < self.ground.today
        state = dice.weighed(STATES_AFTER if is_over else STATES_BEFORE)
        code = dice.weighed(FORMS)
        last = min(period.ends, self.ground.today) - 1
        # Days of review are still to come where a handover waits for one.
        first = last - 1 if state == "submitted" else period.starts
        day = dice.randint(min(first, last), last)
        submitted = None if state == "draft" else moment(iso(day), 13)
        decided = moment(iso(day), 15) if state in ("accepted", "changes_asked") else None
        form = self.ground.forms[code]
        title = f"{topic_title}: {words.some(dice, 2)}"
        outcome = words.sentence(dice, 10)
        key = self.book.deliverables.add(
            (self.organisation, one.pk, form.pk),
            dice.uuid(),
            title,
            outcome,
            state,
            moment(iso(day - 1), 10),
            submitted,
            iso(day + 3) if submitted else None,
            decided,
            iso(day + CHECKED_AFTER) if state == "accepted" else None,
        )
        self.book.links.add((self.organisation, topic, key))
        body = self._version(one, key, form, submitted, iso(day))
        made = _Handover(key, code, title, state, topic, decided or "")
        self._decided(one, made, topic_title, f"{outcome}\n{body}")
        return made

    def _version(
        self,
        one: Assignment,
        key: int,
        form: TransferForm,
        submitted: str | None,
        day: str,
    ) -> str:
        """Write what was handed in; return its words as the library has them."""
        text = (
            "" if form.is_session else "\n\n".join(words.sentence(self.dice, 12) for _n in range(2))
        )
        version = self.book.versions.add(
            (self.organisation, key),
            self.dice.uuid(),
            "session" if form.is_session else "text",
            text,
            moment(day, 10),
            submitted,
        )
        if not form.is_session:
            return text
        (_key, first), (_other, second) = one.department.colleagues[:2]
        self.book.sessions.add(
            (self.organisation, version),
            self.dice.uuid(),
            moment(day, 9),
            "Zaal 2",
            [first, second],
        )
        return f"Zaal 2\n{first} en {second}"

    def _decided(self, one: Assignment, made: _Handover, topic_title: str, body: str) -> None:
        if made.state not in ("accepted", "changes_asked"):
            return
        is_accepted = made.state == "accepted"
        version = self.book.versions.last_id
        self.book.reviews.add(
            (self.organisation, version, one.manager[0]),
            made.state,
            "" if is_accepted else words.sentence(self.dice, 8),
            one.manager[1],
            made.accepted_at,
        )
        if not is_accepted:
            return
        names = "\n".join(
            [made.title, one.person.full_name, one.person.full_name, one.department.name]
        )
        self.book.library.add(
            (self.organisation, made.pk, version, one.pk, self.ground.forms[made.form].pk),
            one.person.full_name,
            made.accepted_at,
            f"{names}\n{topic_title}",
            body,
        )
        action, facts = "knowledge.deliverable.accepted", {"version": 1, "title": made.title}
        record(self.ground, one, made.accepted_at, action, **facts)

    def _received(self, made: _Handover, one: Assignment) -> None:
        """Let the receiver say how far they came, and later whether it was of use."""
        if made.state != "accepted":
            return
        made.reached = self.dice.weighed(REACHED)
        if made.reached == 1:
            return
        receiver, name = made.receivers[0]
        made.confirmation = self.book.confirmations.add(
            (self.organisation, receiver, made.pk),
            self.dice.uuid(),
            SAID[made.reached],
            f"Ik heb {words.some(self.dice, 3)} zelf gedaan",
            name,
            made.accepted_at.replace(" 15:", " 16:"),
        )
        asked = one.period.ends + USEFUL_AFTER
        if asked < self.ground.today and self.dice.chance(ASKED_AND_ANSWERED):
            was_used = self.dice.chance(0.8)
            self.book.usefulness.add(
                (self.organisation, receiver),
                self.dice.uuid(),
                USEFUL_AFTER,
                was_used,
                self.dice.chance(0.8) if was_used else None,
                self.dice.chance(0.2),
                self.dice.randint(0, 8),
                name,
                moment(iso(asked), 12),
            )

    def _ledger(self, one: Assignment, target: int, handovers: list[_Handover]) -> None:
        accepted = [handover for handover in handovers if handover.reached]
        mix = tuple((handover.form, handover.reached) for handover in accepted)
        for line in self.bookings.of(target, mix):
            handover = accepted[line.handover]
            is_first = line.stage == "accepted"
            confirmation = "\\N" if is_first else str(handover.confirmation)
            by = one.manager[1] if is_first else handover.receivers[0][1]
            self.book.ledger.add_encoded(
                f"{self.organisation}\t{one.pk}\t{handover.pk}\t{confirmation}",
                f"{self.dice.uuid()}\t{by}\t{handover.accepted_at}\t{line.text}",
            )
        weight = 3 * len(handovers)
        if weight:
            left = 3 * sum(handover.reached == 0 for handover in handovers)
            on = iso(min(one.period.ends, self.ground.today - 1))
            keys = (self.organisation, one.pk, one.department.pk)
            self.book.snapshots.add(keys, on, weight, left)
