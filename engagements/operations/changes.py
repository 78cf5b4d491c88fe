"""Moving the end: what it would do, asking for it, deciding on it, doing it."""

from datetime import date, datetime
from typing import Final, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.years import refuse_year
from engagements import events
from engagements.events import Effect
from engagements.models import Engagement, EngagementChange
from engagements.operations.locking import check_version, locked, locked_with_days, state_now
from engagements.operations.refusals import refusing
from engagements.operations.successors import other_professional
from engagements.rules import (
    ChangeKind,
    check_end_change,
    may_decide,
    may_keep_end,
    may_move_end,
    moved_with_end,
)
from notifications import outbox
from notifications.operations import cancel_for_dossier

Kind = EngagementChange.Kind
Status = EngagementChange.State

MOVES: Final = frozenset({Kind.EXTENSION, Kind.SHORTENING, Kind.EARLY_END, Kind.CORRECTION})
# The date stays; the decision is that it does.
STAYS: Final = (Kind.END_AS_PLANNED, Kind.SWAP)


def effects_of_move(engagement: Engagement, new_ends_on: date) -> list[Effect]:
    """Return what moving the end would shift, in the active language; writes nothing."""
    effects = []
    moved = _access_after(engagement, new_ends_on)
    if engagement.access_ends_at and moved:
        zone = engagement.organisation.zone
        effects.append(
            Effect(
                label=_("Access to systems ends"),
                old_on=engagement.access_ends_at.astimezone(zone).date(),
                new_on=moved.astimezone(zone).date(),
            )
        )
    for listener in events.listeners():
        effects.extend(listener.effects_of_moving_end(engagement, new_ends_on))
    return effects


@transaction.atomic
def move_end(
    *,
    engagement_id: int,
    new_ends_on: date,
    kind: str,
    reason: str,
    actor: Actor,
    version: int | None = None,
) -> EngagementChange:
    """Move the last day; what is open shifts, what was promised and not sent is cancelled.

    A waiting request for the same day is carried out by it, another one is declined.

    Args:
        engagement_id: which one.
        new_ends_on: last day from now on, counted.
        kind: extension, shortening, early_end or correction.
        reason: for the history, may be empty.
        actor: who does it.
        version: of the page on which it was decided; None does not compare.

    Raises:
        StaleError: somebody else changed the engagement since.
        InvalidTransitionError: it is closed or cancelled, or cannot end early any more.
        EndChangeError: the day does not go with the start or with the kind.
        DomainError: the new period overlaps another engagement.
    """
    engagement = locked_with_days(engagement_id)
    check_version(engagement, version)
    _check_move(engagement, new_ends_on, kind)
    change = _waiting_request(engagement)
    if change and (change.kind not in MOVES or change.new_ends_on != new_ends_on):
        _decline(change, actor, note="")
        change = None
    if change is None:
        change = _new_change(engagement, kind, actor, reason)
        change.new_ends_on = new_ends_on
    change.kind = kind
    _carry_out(engagement, change, actor)
    return change


@transaction.atomic
def request_change(
    *,
    engagement_id: int,
    kind: str,
    new_ends_on: date | None,
    reason: str,
    actor: Actor,
    successor_id: int | None = None,
) -> EngagementChange:
    """Ask HR for another end, or tell HR that it ends as planned; nothing moves yet.

    Args:
        engagement_id: which one.
        kind: any kind of change, ``swap`` and ``end_as_planned`` included.
        new_ends_on: needed for a move; ignored where the date stays.
        reason: for HR, may be empty.
        actor: who asks; its contact hears what HR decides.
        successor_id: of the professional who takes over, where that is known; of a swap only.

    Raises:
        InvalidTransitionError: the end cannot change any more.
        EndChangeError: the day does not go with the start or with the kind.
        SuccessionError: the professional would take over from themselves.
        DomainError: a request is waiting already.
    """
    engagement = locked(engagement_id)
    if kind in MOVES:
        if new_ends_on is None:
            raise DomainError(_("Choose the new last day."))
        _check_move(engagement, new_ends_on, kind)
    else:
        _check_stays(engagement, kind)
    change = _new_change(engagement, kind, actor, reason)
    change.new_ends_on = new_ends_on if kind in MOVES else None
    if kind == Kind.SWAP and successor_id is not None:
        change.successor = other_professional(engagement, successor_id)
    with refusing(EngagementChange):
        change.save()
    if change.kind in MOVES:
        _record("engagements.change.requested", change, actor)
    else:
        _record("engagements.change.stay_requested", change, actor)
    return change


@transaction.atomic
def decide_change(*, change_id: int, approve: bool, reason: str, actor: Actor) -> EngagementChange:
    """Carry out a request, or decline it; whoever asked hears of it.

    Args:
        change_id: which request.
        approve: carry it out.
        reason: answer to whoever asked; needed to decline.
        actor: who decides.

    Raises:
        InvalidTransitionError: it was decided before, or the end cannot change any more.
        DomainError: declined without a reason, or the new end is no longer possible.
    """
    asked = EngagementChange.objects.get(pk=change_id)
    engagement = locked_with_days(asked.engagement_id)
    change = (
        EngagementChange.objects.select_for_update(of=("self",))
        .select_related("requester")
        .get(pk=change_id)
    )
    if change.state != Status.REQUESTED:
        raise InvalidTransitionError(_("This request was decided before."))
    if not approve:
        if not reason.strip():
            raise DomainError(_("Say why, so that whoever asked knows what to do."))
        _decline(change, actor, note=reason)
    elif change.kind in MOVES:
        new_ends_on = cast("date", change.new_ends_on)
        _check_move(engagement, new_ends_on, change.kind)
        change.decision_note = reason.strip()
        _carry_out(engagement, change, actor)
    else:
        _check_stays(engagement, change.kind)
        change.decision_note = reason.strip()
        _confirm(change, actor)
    _tell_requester(change)
    return change


@transaction.atomic
def confirm_end(*, engagement_id: int, kind: str, reason: str, actor: Actor) -> EngagementChange:
    """Decide for HR that the date stays: it ends as planned, or somebody else takes over.

    The same decision about the same day again changes nothing.

    Raises:
        InvalidTransitionError: the end is past, or the engagement is closed or cancelled.
    """
    engagement = locked(engagement_id)
    _check_stays(engagement, kind)
    change = _waiting_request(engagement)
    if change and change.kind != kind:
        _decline(change, actor, note="")
        change = None
    if change is None and (decided := _decided_before(engagement, kind)):
        return decided
    change = change or _new_change(engagement, kind, actor, reason)
    _confirm(change, actor)
    return change


def _decided_before(engagement: Engagement, kind: str) -> EngagementChange | None:
    """Return the last decision, when it said the same of the same day."""
    decided = EngagementChange.objects.filter(engagement=engagement, state=Status.APPLIED)
    last = decided.order_by("-decided_at", "-pk").first()
    is_the_same = last and (last.kind, last.old_ends_on) == (kind, engagement.ends_on)
    return last if is_the_same else None


def _check_move(engagement: Engagement, new_ends_on: date, kind: str) -> None:
    state = state_now(engagement)
    if not may_move_end(state):
        raise InvalidTransitionError(
            _("This engagement is closed or cancelled and cannot change any more.")
        )
    if kind not in MOVES:
        raise DomainError(_("Choose what kind of change this is."))
    refuse_year(new_ends_on)
    check_end_change(
        cast("ChangeKind", kind), engagement.starts_on, engagement.ends_on, new_ends_on
    )
    if kind == Kind.EARLY_END and not may_decide(state, "end_early"):
        raise InvalidTransitionError(
            _("Only a running engagement can end early. Call it a shortening or a correction.")
        )


def _check_stays(engagement: Engagement, kind: str) -> None:
    if kind not in STAYS:
        raise DomainError(_("Choose what kind of change this is."))
    if not may_keep_end(state_now(engagement)):
        raise InvalidTransitionError(_("This engagement has ended already."))


def _waiting_request(engagement: Engagement) -> EngagementChange | None:
    return (
        EngagementChange.objects.requested()
        .select_for_update()
        .filter(engagement=engagement)
        .first()
    )


def _new_change(engagement: Engagement, kind: str, actor: Actor, reason: str) -> EngagementChange:
    return EngagementChange(
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        kind=kind,
        state=Status.REQUESTED,
        old_ends_on=engagement.ends_on,
        reason=reason.strip(),
        requested_by=actor.label[:150],
        requester_id=actor.contact_id,
    )


def _carry_out(engagement: Engagement, change: EngagementChange, actor: Actor) -> None:
    """Move the end as the change says; the rows are locked and the move is allowed."""
    old_ends_on, new_ends_on = engagement.ends_on, cast("date", change.new_ends_on)
    engagement.access_ends_at = _access_after(engagement, new_ends_on)
    engagement.ends_on = new_ends_on
    if change.kind == Kind.EARLY_END:
        engagement.ended_early_at = timezone.now()
    elif new_ends_on > old_ends_on or change.kind == Kind.CORRECTION:
        engagement.ended_early_at = None
    engagement.version += 1
    with refusing(Engagement):
        engagement.save(update_fields=["ends_on", "access_ends_at", "ended_early_at", "version"])
    change.old_ends_on = old_ends_on
    _settle(change, Status.APPLIED, actor)
    cancel_for_dossier(dossier=engagement.public_id, reason="end_moved")
    for listener in events.listeners():
        listener.end_moved(engagement, old_ends_on, actor)
    _record("engagements.engagement.end_moved", change, actor)
    _tell_both_sides(engagement, change)


def _confirm(change: EngagementChange, actor: Actor) -> None:
    _settle(change, Status.APPLIED, actor)
    if change.kind == Kind.SWAP:
        for listener in events.succession_listeners():
            listener.swap_decided(change.engagement, change.successor, actor)
    _record("engagements.change.confirmed", change, actor)


def _decline(change: EngagementChange, actor: Actor, note: str) -> None:
    change.decision_note = note.strip()
    _settle(change, Status.DECLINED, actor)
    if change.kind in MOVES:
        _record("engagements.change.declined", change, actor)
    else:
        _record("engagements.change.stay_declined", change, actor)


def _settle(change: EngagementChange, state: str, actor: Actor) -> None:
    change.state = state
    change.decided_at = timezone.now()
    change.decided_by = actor.label[:150]
    change.save()


def decline_waiting(engagement: Engagement, actor: Actor) -> None:
    """Decline what waits for HR, because the engagement is over; its row is locked."""
    change = _waiting_request(engagement)
    if change is not None:
        _decline(change, actor, note="")


def _access_after(engagement: Engagement, new_ends_on: date) -> datetime | None:
    if engagement.access_ends_at is None:
        return None
    return moved_with_end(
        engagement.access_ends_at,
        new_ends_on - engagement.ends_on,
        engagement.organisation.time_zone,
    )


def _record(action: str, change: EngagementChange, actor: Actor) -> None:
    audit.record(
        action,
        subject=change,
        actor=actor,
        dossier=change.engagement.public_id,
        data={
            "kind": change.kind,
            "old": change.old_ends_on.isoformat(),
            "new": change.new_ends_on.isoformat() if change.new_ends_on else None,
        },
    )


def _tell_both_sides(engagement: Engagement, change: EngagementChange) -> None:
    """Promise the one mail that is not part of the daily overview: the date changed."""
    address = engagement.professional_on(engagement.organisation.today())
    for contact in {engagement.manager_id: engagement.manager, address.pk: address}.values():
        outbox.enqueue(
            "end_moved",
            contact=contact,
            dedupe_key=f"end_moved:{change.public_id}:{contact.public_id}",
            dossier=engagement.public_id,
            params={"change": change.pk},
        )


def _tell_requester(change: EngagementChange) -> None:
    """Promise an answer, unless the news of the moved date is one already."""
    is_told = change.state == Status.APPLIED and change.kind in MOVES
    if change.requester is None or is_told:
        return
    outbox.enqueue(
        "change_decided",
        contact=change.requester,
        dedupe_key=f"change_decided:{change.public_id}",
        dossier=change.engagement.public_id,
        params={"change": change.pk},
    )
