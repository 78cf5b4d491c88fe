"""Deciding what is told: each notice once, of each group only the most urgent."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Q

from core.models import Organisation
from notifications import rules
from notifications.models import Message, Reminder, ReminderRule
from notifications.planning import ReminderDraft

T = TypeVar("T")
State = Reminder.State


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most this many items."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def take_turn(organisation: Organisation, *, patience_seconds: int = 60) -> None:
    """Wait until nobody else decides for this organisation; lasts for the transaction.

    Args:
        organisation: whose turn it is.
        patience_seconds: a turn is short, but many planners may queue, so that the default is
            longer than that of a page.

    Raises:
        django.db.OperationalError: it took longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true),"
            " set_config('statement_timeout', %s, true)",
            [f"{patience_seconds}s", f"{patience_seconds + 30}s"],
        )
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"notifications.plan:{organisation.pk}"],
        )


@transaction.atomic
def decide_drafts(
    *, organisation: Organisation, drafts: Sequence[ReminderDraft], at: datetime
) -> Counter[str]:
    """Store a batch of notices that are due; those that were decided before are left alone.

    Args:
        organisation: whose they are; its scope is open.
        drafts: due at this moment or before.
        at: the moment of deciding.

    Returns:
        counts of ``decided``, ``superseded``, ``expired`` and ``told`` (decided before).
    """
    by_key = {rules.key_of(draft, organisation.pk): draft for draft in drafts}
    if not undecided(by_key):
        return Counter(told=len(by_key))
    take_turn(organisation)
    # Somebody may have decided, or switched a rule off, while we waited.
    by_key = _without_rules_that_are_off(by_key)
    states = undecided(by_key)
    fresh = {key: by_key[key] for key in states}
    decision = rules.decide(fresh.values(), _earlier(fresh.values()), at)
    fates = {
        State.PLANNED: decision.kept,
        State.SUPERSEDED: decision.superseded,
        State.EXPIRED: decision.expired,
    }
    rows = [_row(organisation, draft, state) for state, fate in fates.items() for draft in fate]
    _keep_place(rows, decision.superseded, decision.overtaken)
    _store(rows, withdrawn={key for key, state in states.items() if state == State.CANCELLED})
    _supersede([reminder.pk for reminder in decision.overtaken])
    return Counter(
        told=len(by_key) - len(fresh),
        decided=len(decision.kept),
        superseded=len(decision.superseded) + len(decision.overtaken),
        expired=len(decision.expired),
    )


@transaction.atomic
def expire_late(*, at: datetime) -> Counter[str]:
    """Give up on what can no longer be of use; it stays visible to HR."""
    late = Message.objects.waiting().filter(expires_at__lte=at).order_by("pk")
    keys = list(late.select_for_update().values_list("pk", flat=True))
    Message.objects.filter(pk__in=keys).update(state=Message.State.EXPIRED, reason="expired")
    unsent = Reminder.objects.filter(
        Q(state=State.PLANNED, expires_at__lte=at) | Q(state=State.BUNDLED, message__in=keys)
    )
    reminders = list(
        unsent.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    )
    Reminder.objects.filter(pk__in=reminders).update(state=State.EXPIRED)
    return Counter(expired=len(reminders), expired_messages=len(keys))


def _without_rules_that_are_off(by_key: dict[str, ReminderDraft]) -> dict[str, ReminderDraft]:
    off = set(ReminderRule.objects.filter(is_active=False).values_list("code", flat=True))
    return {key: draft for key, draft in by_key.items() if draft.rule not in off}


def undecided(by_key: dict[str, ReminderDraft]) -> dict[str, str | None]:
    """Return the keys that nobody decided on, or that were withdrawn, with their state."""
    states = dict(Reminder.objects.filter(key__in=by_key).values_list("key", "state"))
    return {
        key: states.get(key) for key in sorted(by_key) if states.get(key) in (None, State.CANCELLED)
    }


def _earlier(drafts: Iterable[ReminderDraft]) -> list[Reminder]:
    """Return what was decided before about the same things, and not withdrawn."""
    about = list(drafts)
    return list(
        Reminder.objects.exclude(state=State.CANCELLED).filter(
            dossier__in={draft.dossier for draft in about},
            rule__in={draft.rule for draft in about},
        )
    )


def _row(organisation: Organisation, draft: ReminderDraft, state: State) -> Reminder:
    return Reminder(
        organisation=organisation,
        key=rules.key_of(draft, organisation.pk),
        rule=draft.rule,
        band=draft.band,
        about_on=draft.about_on,
        contact_id=draft.contact_id,
        dossier=draft.dossier,
        item=draft.item,
        cadence=draft.cadence,
        due_at=draft.due_at,
        expires_at=draft.expires_at,
        urgency=draft.urgency,
        state=state,
    )


def _keep_place(
    rows: Sequence[Reminder],
    superseded: Sequence[ReminderDraft],
    overtaken: Sequence[Reminder],
) -> None:
    """Let a weekly notice leave when the one that it replaces would have left.

    Else a thing whose notices follow each other within the week would never be told.
    """
    places = [(rules.group_of(draft), draft.due_at) for draft in superseded]
    places += [(rules.group_of(r), r.due_at) for r in overtaken if r.state == State.PLANNED]
    since: dict[Hashable, datetime] = {}
    for group, due_at in places:
        since[group] = min(since.get(group, due_at), due_at)
    for row in rows:
        if row.state == State.PLANNED and row.cadence == Reminder.Cadence.WEEKLY:
            row.due_at = min(row.due_at, since.get(rules.group_of(row), row.due_at))


def _store(rows: Sequence[Reminder], withdrawn: set[str]) -> None:
    """Write decisions; one that was withdrawn unsent (a date that moved back) lives again."""
    Reminder.objects.bulk_create(
        [row for row in rows if row.key not in withdrawn], batch_size=1000, ignore_conflicts=True
    )
    if not withdrawn:
        return
    keys = dict(Reminder.objects.filter(key__in=withdrawn).values_list("key", "pk"))
    revived = [row for row in rows if row.key in withdrawn]
    for row in revived:
        row.pk = keys[row.key]
    Reminder.objects.bulk_update(
        revived,
        ["state", "cadence", "due_at", "expires_at", "urgency", "message"],
        batch_size=500,
    )


def _supersede(keys: list[int]) -> None:
    # What is being sent at this moment stays as it is.
    open_messages = Q(state=State.BUNDLED, message__state__in=Message.WAITING)
    unsent = Reminder.objects.filter(pk__in=keys).filter(Q(state=State.PLANNED) | open_messages)
    locked = unsent.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    Reminder.objects.filter(pk__in=list(locked)).update(state=State.SUPERSEDED)
