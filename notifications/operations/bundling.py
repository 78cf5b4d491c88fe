"""Putting reminders into messages: one mail per contact per working day, few at once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from core.models import Organisation
from notifications import rules
from notifications.models import Message, Reminder, ReminderQuerySet
from notifications.operations.clock import database_now
from notifications.operations.deciding import batches, take_turn

CONTACTS_AT_ONCE = 500
REMINDERS_AT_ONCE = 1000
DIGEST, NOTICE = "digest", "notice"
# Part of the key of a message that HR sent elsewhere: its reminders belong to somebody else.
REDIRECTED = ":to:"
# Today's message can still take more as long as nothing of it was told.
OPEN = (Message.State.PENDING, Message.State.RETRY, Message.State.CANCELLED)


@dataclass(frozen=True)
class Round:
    """One run of the planner for one organisation."""

    organisation: Organisation
    at: datetime
    start: datetime  # from when its messages may leave

    def key_of(self, contact_id: int) -> str:
        """Return what makes a contact's digest of this day the only one."""
        day = rules.digest_day(self.organisation.zone, self.at)
        return f"{DIGEST}:{contact_id}:{day.isoformat()}"


def bundle(*, organisation: Organisation, at: datetime) -> Counter[str]:
    """Put what is due into messages: immediate notices now, the rest within the sending hours.

    Args:
        organisation: whose scope is open.
        at: the moment of planning. A moment ahead of the clock (a try-out) is taken at its word:
            its messages leave at once.

    Returns:
        counts of ``messages`` and ``bundled`` reminders.
    """
    # The database's clock decides when a message leaves.
    turn = Round(organisation, at, min(at, database_now()))
    tally: Counter[str] = Counter()
    while (found := bundle_immediate(turn=turn))["bundled"]:
        tally += found
    if not rules.may_send(
        organisation.calendar,
        organisation.zone,
        organisation.send_time,
        organisation.quiet_from,
        at,
    ):
        return tally
    waiting = _due_for_digest(turn).values_list("contact_id", flat=True)
    contacts = sorted(set(waiting.distinct()))
    for some in batches(contacts, CONTACTS_AT_ONCE):
        tally += bundle_digests(turn=turn, contact_ids=some)
    return tally


@transaction.atomic
def bundle_immediate(*, turn: Round) -> Counter[str]:
    """Make one message per contact and engagement of notices that do not wait for the digest."""
    take_turn(turn.organisation)
    due = _reachable(turn).filter(cadence=Reminder.Cadence.NOW)[:REMINDERS_AT_ONCE]
    groups: dict[tuple[object, ...], list[Reminder]] = defaultdict(list)
    for reminder in due.select_for_update(of=("self",)):
        groups[reminder.contact_id, reminder.dossier].append(reminder)
    made = {f"{NOTICE}:{group[0].pk}:{turn.at:%Y%m%dT%H%M%S}": group for group in groups.values()}
    _create(turn, [(key, group[0].contact_id, group[0]) for key, group in made.items()])
    messages = dict(Message.objects.filter(dedupe_key__in=made).values_list("dedupe_key", "pk"))
    reminders = []
    for key, group in made.items():
        for reminder in group:
            reminder.state, reminder.message_id = Reminder.State.BUNDLED, messages[key]
            reminders.append(reminder)
    Reminder.objects.bulk_update(reminders, ["state", "message"], batch_size=500)
    _live_as_long_as_reminders(list(messages.values()))
    return Counter(messages=len(messages), bundled=len(reminders))


@transaction.atomic
def bundle_digests(*, turn: Round, contact_ids: Sequence[int]) -> Counter[str]:
    """Give each contact at most one message for this day, with all that is due.

    A digest of an earlier day that is still unsent is taken up into today's: after a silence
    people get one mail, not one per day missed.
    """
    take_turn(turn.organisation)
    keys = {turn.key_of(contact): contact for contact in contact_ids}
    todays, older = _lock_digests(keys)
    closed = {m.contact_id for m in todays if m.state not in OPEN}
    reminders = _lock_reminders(turn, set(contact_ids) - closed, older)
    contacts = set(reminders.values())
    if not contacts:
        return Counter()
    known = {message.contact_id for message in todays}
    _create(turn, [(key, c, None) for key, c in keys.items() if c in contacts - known])
    open_keys = [key for key, contact in keys.items() if contact in contacts]
    _reopen(open_keys, turn.start)
    todays_of = Message.objects.filter(
        contact_id=OuterRef("contact_id"), dedupe_key__in=open_keys
    ).values("pk")[:1]
    # Asking for the state again: one may have been withdrawn while we waited for its lock.
    Reminder.objects.unsent().filter(pk__in=reminders).update(
        state=Reminder.State.BUNDLED, message=Subquery(todays_of)
    )
    merged = [message.pk for message in older if message.contact_id in contacts]
    Message.objects.filter(pk__in=merged).update(state=Message.State.SUPERSEDED, reason="merged")
    _live_as_long_as_reminders(
        list(Message.objects.filter(dedupe_key__in=open_keys).values_list("pk", flat=True))
    )
    return Counter(messages=len(contacts - known), bundled=len(reminders))


def _reachable(turn: Round) -> ReminderQuerySet:
    # What cannot be sent waits until HR mends the address, or expires where HR sees it.
    return (
        Reminder.objects.waiting(turn.at)
        .filter(expires_at__gt=turn.at, contact__is_active=True, contact__bounced_at=None)
        .exclude(contact__email="")
        .order_by("pk")
    )


def _due_for_digest(turn: Round) -> ReminderQuerySet:
    organisation = turn.organisation
    slot = rules.weekly_slot(
        organisation.calendar,
        organisation.zone,
        organisation.send_time,
        organisation.weekly_digest_weekday,
        turn.at,
    )
    cadence = Reminder.Cadence
    return (
        _reachable(turn)
        .filter(Q(cadence=cadence.DAILY) | Q(cadence=cadence.WEEKLY, due_at__lte=slot))
        .order_by()
    )


def _lock_digests(keys: dict[str, int]) -> tuple[list[Message], list[Message]]:
    """Lock and return today's digests of these contacts, and unsent ones of earlier days."""
    digests = Message.objects.filter(kind=DIGEST, contact_id__in=keys.values()).filter(
        Q(dedupe_key__in=keys) | Q(state__in=Message.WAITING)
    )
    todays, older = [], []
    for message in digests.order_by("pk").select_for_update():
        if message.dedupe_key in keys:
            todays.append(message)
        elif REDIRECTED not in message.dedupe_key:
            older.append(message)
    return todays, older


def _lock_reminders(turn: Round, contact_ids: set[int], older: Sequence[Message]) -> dict[int, int]:
    """Lock what is due and what unsent digests hold, and return the contact of each.

    In one query and in the order of keys, as everybody locks reminders: no two can wait for
    each other. Only contacts with something newly due are taken.
    """
    fresh = _due_for_digest(turn).filter(contact_id__in=contact_ids)
    taken = set(fresh.values_list("contact_id", flat=True))
    held = Q(state=Reminder.State.BUNDLED, message__in=[m for m in older if m.contact_id in taken])
    either = Reminder.objects.filter(Q(pk__in=fresh.values("pk")) | held, contact_id__in=taken)
    locked = either.order_by("pk").select_for_update(of=("self",))
    return dict(locked.values_list("pk", "contact_id"))


def _create(turn: Round, wanted: Sequence[tuple[str, int, Reminder | None]]) -> None:
    Message.objects.bulk_create(
        [
            Message(
                organisation=turn.organisation,
                kind=key.partition(":")[0],
                dedupe_key=key,
                contact_id=contact_id,
                dossier=about.dossier if about else None,
                next_attempt_at=turn.start,
                expires_at=turn.at,  # set below, from its reminders
            )
            for key, contact_id, about in wanted
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )


def _reopen(keys: Sequence[str], start: datetime) -> None:
    """Use today's message again when all that it was to say was withdrawn before it left."""
    Message.objects.filter(dedupe_key__in=keys, state=Message.State.CANCELLED).update(
        state=Message.State.PENDING, reason="", attempts=0, next_attempt_at=start
    )


def _live_as_long_as_reminders(message_ids: Sequence[int]) -> None:
    longest = (
        Reminder.objects.filter(message=OuterRef("pk"), state=Reminder.State.BUNDLED)
        .order_by("-expires_at")
        .values("expires_at")[:1]
    )
    Message.objects.filter(pk__in=message_ids).update(
        expires_at=Coalesce(Subquery(longest), F("expires_at"))
    )
