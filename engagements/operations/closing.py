"""The end of a file: closed with what is missing waived, or cancelled before it started."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from engagements import events
from engagements.events import Blocker
from engagements.models import Engagement, Waiver
from engagements.operations.changes import decline_waiting
from engagements.operations.links import revoke_grants
from engagements.operations.locking import locked, locked_with_days, state_now
from engagements.rules import may_decide
from notifications.operations import cancel_for_dossier


class BlockedError(DomainError):
    """Something is missing before closing, and nobody said why it may be."""

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        """Name what is missing, for people and for the page."""
        names = ", ".join(blocker.label for blocker in blockers)
        super().__init__(
            _("Finish this first, or say for each why it is not needed: %(names)s.")
            % {"names": names}
        )
        self.blockers = tuple(blockers)


def blockers_of(engagement: Engagement) -> list[Blocker]:
    """Return what is missing before closing and was not waived, in the active language."""
    waived = set(Waiver.objects.filter(engagement=engagement).values_list("blocker", flat=True))
    return [
        blocker
        for listener in events.listeners()
        for blocker in listener.blockers_to_closing(engagement)
        if blocker.code not in waived
    ]


@transaction.atomic
def close_engagement(*, engagement_id: int, waivers: Mapping[str, str], actor: Actor) -> Engagement:
    """Close the file for good; what is missing needs a reason.

    Args:
        engagement_id: which one.
        waivers: code of the blocker → why it is not needed; codes that no longer block are left.
        actor: who approves the waivers and closes.

    Raises:
        InvalidTransitionError: it has not ended yet, or is closed or cancelled.
        BlockedError: something is missing without a reason.
    """
    engagement = locked(engagement_id)
    if not may_decide(state_now(engagement), "close"):
        raise InvalidTransitionError(_("Only an engagement that has ended can be closed."))
    blockers = blockers_of(engagement)
    reasons = {code: reason.strip() for code, reason in waivers.items()}
    missing = [blocker for blocker in blockers if not reasons.get(blocker.code)]
    if missing:
        raise BlockedError(missing)
    Waiver.objects.bulk_create(
        Waiver(
            organisation_id=engagement.organisation_id,
            engagement=engagement,
            blocker=blocker.code,
            label=blocker.label[:300],
            reason=reasons[blocker.code],
            approved_by=actor.label[:150],
        )
        for blocker in blockers
    )
    engagement.closed_at = timezone.now()
    engagement.version += 1
    engagement.save(update_fields=["closed_at", "version"])
    _settle_promises(engagement, "closed", actor)
    for listener in events.listeners():
        listener.closed(engagement, actor)
    audit.record(
        "engagements.engagement.closed",
        subject=engagement,
        actor=actor,
        dossier=engagement.public_id,
        data={"waived": [blocker.code for blocker in blockers]},
    )
    return engagement


@transaction.atomic
def cancel_engagement(*, engagement_id: int, reason: str, actor: Actor) -> Engagement:
    """Cancel an engagement that has not started; what hangs on it is cancelled with it.

    Raises:
        InvalidTransitionError: it has started already, or is closed or cancelled.
        DomainError: no reason was given.
    """
    engagement = locked_with_days(engagement_id)
    if not may_decide(state_now(engagement), "cancel"):
        raise InvalidTransitionError(
            _("Only an engagement that has not started can be cancelled. End it early instead.")
        )
    if not reason.strip():
        raise DomainError(_("Say why it is cancelled."))
    engagement.cancelled_at = timezone.now()
    engagement.cancel_reason = reason.strip()
    engagement.version += 1
    engagement.save(update_fields=["cancelled_at", "cancel_reason", "version"])
    _settle_promises(engagement, "cancelled", actor)
    for listener in events.listeners():
        listener.cancelled(engagement, actor)
    audit.record(
        "engagements.engagement.cancelled",
        subject=engagement,
        actor=actor,
        dossier=engagement.public_id,
    )
    return engagement


def _settle_promises(engagement: Engagement, reason: str, actor: Actor) -> None:
    """Withdraw what was promised or asked and has lost its sense, action links included."""
    decline_waiting(engagement, actor)
    cancel_for_dossier(dossier=engagement.public_id, reason=reason)
    revoke_grants(engagement_id=engagement.pk, reason=reason, actor=actor)
