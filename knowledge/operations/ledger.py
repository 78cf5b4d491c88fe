"""Bookings of points: written once, weighed against the caps, mended by a counter-entry."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from knowledge import rules
from knowledge.models import Basis, Confirmation, Deliverable, LedgerEntry, basis_of
from knowledge.operations.authorship import refuse_author
from knowledge.operations.locking import lock_ledger_of

# What a counter-entry shares with the booking that it takes back.
FROZEN: Final = (
    "stage",
    "base_points",
    "share",
    "uncapped",
    "limited_by",
    "target",
    "policy_code",
    "policy_version",
    "form_code",
    "is_written",
    "is_once",
    "form_cap",
    "written_cap",
    "confirmation_id",
    "without_receiver",
)


class LedgerError(DomainError):
    """A correction lacks its reason."""


def book_stage(
    deliverable: Deliverable,
    stage: rules.Stage,
    actor: Actor,
    *,
    confirmation: Confirmation | None = None,
    without_receiver: str = "",
) -> LedgerEntry | None:
    """Write down what a stage earns; call it with the engagement locked, once per stage.

    Without an agreement the usual target and the default policy hold, so that nobody waits for
    paperwork; the entry keeps the numbers that it was weighed with.

    Args:
        deliverable: which handover.
        stage: which stage it reached.
        actor: by whose decision or word.
        confirmation: the receiver's word behind a later stage.
        without_receiver: or why there was nobody to give it.

    Returns:
        The entry, also when a cap left nothing of it; None when the policy gives this stage
        nothing at all.
    """
    basis = basis_of(deliverable.engagement)
    form = basis.form_for(deliverable.form)
    standing = LedgerEntry.objects.standing(deliverable, form.code, stage)
    booking = rules.book(basis.target, basis.policy.terms, form.terms, stage, standing)
    if not booking.uncapped:
        return None
    entry = _weighed(deliverable, stage, basis, booking)
    entry.confirmation = confirmation
    entry.without_receiver, entry.reason = bool(without_receiver), without_receiver
    entry.booked_by = actor.label[:150]
    entry.save(force_insert=True)
    _record("booked", entry, deliverable, actor)
    return entry


@transaction.atomic
def reverse_entry(*, entry_id: int, reason: str, actor: Actor) -> LedgerEntry:
    """Take a booking back by a counter-entry; the stage is not booked a second time.

    The room under the caps that it took is free again for other handovers.

    Args:
        entry_id: a booking, not a counter-entry.
        reason: why; the professional reads it.
        actor: somebody of the client.

    Raises:
        LedgerEntry.DoesNotExist: there is no such entry.
        NotPermittedError: the actor is the professional.
        LedgerError: no reason was given.
        InvalidTransitionError: it is a counter-entry, was taken back before, or is zero.
    """
    entry = lock_ledger_of(entry_id)
    refuse_author(entry.engagement, actor)
    if not reason.strip():
        raise LedgerError(_("Say why; the professional reads it."))
    if entry.reverses_id is not None or not entry.amount:
        raise InvalidTransitionError(_("There is nothing to take back in this booking."))
    if LedgerEntry.objects.filter(reverses=entry).exists():
        raise InvalidTransitionError(_("This booking was taken back before."))

    counter = LedgerEntry.objects.create(
        organisation=entry.organisation,
        engagement=entry.engagement,
        deliverable=entry.deliverable,
        amount=-entry.amount,
        reverses=entry,
        reason=reason.strip()[:500],
        booked_by=actor.label[:150],
        **{name: getattr(entry, name) for name in FROZEN},
    )
    _record("reversed", counter, entry.deliverable, actor)
    return counter


def _record(past: str, entry: LedgerEntry, deliverable: Deliverable, actor: Actor) -> None:
    audit.record(
        f"knowledge.points.{past}",
        subject=entry,
        actor=actor,
        dossier=entry.engagement.public_id,
        data={
            "deliverable": str(deliverable.public_id),
            "title": deliverable.title,
            "stage": entry.stage,
            "points": str(abs(entry.amount)),
        },
    )


def _weighed(
    deliverable: Deliverable, stage: rules.Stage, basis: Basis, booking: rules.Booking
) -> LedgerEntry:
    """Return an entry with everything that it was weighed with; not saved yet."""
    policy, form = basis.policy, basis.form_for(deliverable.form)
    bounds = rules.bounds_of(basis.target, policy.terms, form.terms, stage)
    return LedgerEntry(
        organisation=deliverable.engagement.organisation,
        engagement=deliverable.engagement,
        deliverable=deliverable,
        stage=stage,
        amount=booking.amount,
        base_points=form.base_points,
        share=policy.terms.shares[stage],
        uncapped=booking.uncapped,
        limited_by=booking.limited_by,
        target=basis.target,
        policy_code=policy.code,
        policy_version=policy.version,
        form_code=form.code,
        is_written=form.is_written,
        is_once=bounds.is_once,
        form_cap=bounds.form,
        written_cap=bounds.written,
    )
