"""What was mailed about engagements: reminders, the messages that told them, and their links."""

from typing import Final

from dashboards.management.scale.dice import iso, moment
from dashboards.management.scale.ground import Ground
from dashboards.management.scale.people import Assignment
from dashboards.management.scale.sheets import NULL, encoded

# Which rule told whom, counted from the last day; each goes out in a mail of its own day.
TOLD: Final = (
    ("task_due", "-7", -60, "manager"),
    ("end_decision", "-14", -45, "manager"),
    ("task_due", "-2", -21, "freelancer"),
    ("task_due", "0", -7, "freelancer"),
    ("review_due", "1", -3, "manager"),
)
DEAD, CANCELLED = 0.004, 0.03
BOUNCED: Final = "550 5.1.1"
SCOPES: Final = ("view", "tick", "decide", "review", "delegate")
LINK_DAYS: Final = 30


class Mail:
    """Writes the mail of the engagements of one organisation."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.book = ground.book
        self.dice = ground.dice
        self.organisation = ground.organisation.pk

    def write(self, one: Assignment) -> None:
        """Write the mail up to yesterday, and a link for the hiring manager."""
        if one.period.fate == "cancelled":
            return
        message = None
        for rule, band, days, reader in TOLD:
            day = one.period.ends + days
            if one.period.starts <= day < self.ground.today:
                contact = one.manager[0] if reader == "manager" else one.person.business
                message = self._message(one, contact, iso(day))
                self._reminder(one, (rule, band), contact, iso(day), message)
        if message is not None:
            self._grant(one, message)

    def _message(self, one: Assignment, contact: int, day: str) -> int:
        at, fate = moment(day, 7), self.dice.random()
        state, code, reason, sent = "sent", "250 2.0.0", "", moment(day, 7, 1)
        if fate < DEAD:
            state, code, reason, sent = "dead", BOUNCED, "refused", NULL
        elif fate < DEAD + CANCELLED:
            state, code, reason, sent = "cancelled", "", "settled", NULL
        public_id = self.dice.uuid()
        expires = moment(day, 23)
        key = self.book.messages.add_encoded(
            f"{self.organisation}\t{contact}",
            f"{public_id}\tdigest\tschaal:{public_id}\t{one.public_id}\t{state}"
            f"\t{at}\t{at}\t{expires}\t1\t{sent}\t{code}\t{reason}",
        )
        step = {"sent": "sent", "dead": "refused", "cancelled": "obsolete"}[state]
        for name in ("started", step):
            self.book.attempts.add_encoded(
                f"{self.organisation}\t{key}", f"1\t{public_id}\t{name}\t{at}\t{code}"
            )
        return key

    def _reminder(
        self, one: Assignment, told: tuple[str, str], contact: int, day: str, message: int
    ) -> None:
        rule, band = told
        at = moment(day, 7)
        key = f"schaal:{one.public_id}:{rule}:{band}:{day}"
        self.book.reminders.add_encoded(
            f"{self.organisation}\t{contact}\t{message}",
            f"{key}\t{rule}\t{band}\t{day}\t{one.public_id}\t{at}\t{moment(day, 23)}\tsent\t{at}",
        )

    def _grant(self, one: Assignment, message: int) -> None:
        made = min(one.period.ends - 14, self.ground.today - 1)
        self.book.grants.add_encoded(
            encoded(self.organisation, one.manager[0], one.pk, message),
            encoded(
                self.dice.uuid(),
                SCOPES,
                self.dice.getrandbits(256).to_bytes(32, "big"),
                moment(iso(made), 7),
                moment(iso(made + LINK_DAYS), 7),
                moment(iso(made), 9),
                1,
            ),
        )
