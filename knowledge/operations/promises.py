"""What the client promised and only people can know: whether it was kept."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from engagements.models import Engagement
from knowledge.models import KeptPromise
from knowledge.operations.authorship import Side, refuse_other_side
from knowledge.operations.locking import lock_engagement


class PromiseError(DomainError):
    """This is nothing that the client promised."""


@transaction.atomic
def keep_promise(*, engagement_id: int, kind: str, side: Side, actor: Actor) -> KeptPromise:
    """Say that the client kept a promise; either side may, also after the file was closed.

    Args:
        engagement_id: to whom it was promised.
        kind: one of `KeptPromise.Kind`.
        side: for whom the actor speaks.
        actor: who says so.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        NotPermittedError: the actor does not belong to that side.
        PromiseError: nothing of this kind was promised.
        InvalidTransitionError: somebody said so before.
    """
    engagement = _lock(engagement_id, kind, side, actor)
    promise, is_new = KeptPromise.objects.get_or_create(
        organisation=engagement.organisation,
        engagement=engagement,
        kind=kind,
        defaults={"said_by": actor.label[:150], "said_by_side": side},
    )
    if not is_new:
        raise InvalidTransitionError(_("%(name)s said so already.") % {"name": promise.said_by})
    _record("kept", engagement, kind, actor)
    return promise


@transaction.atomic
def reopen_promise(*, engagement_id: int, kind: str, side: Side, actor: Actor) -> None:
    """Take back that a promise was kept; the professional always may, the client its own word.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        NotPermittedError: the actor does not belong to that side, or the client would take back
            what the professional said.
        PromiseError: nothing of this kind was promised.
        InvalidTransitionError: nobody said that it was kept.
    """
    engagement = _lock(engagement_id, kind, side, actor)
    kept = KeptPromise.objects.filter(engagement=engagement, kind=kind).first()
    if kept is None:
        raise InvalidTransitionError(_("Nobody said that this was kept."))
    if kept.said_by_side != side == "client":
        raise NotPermittedError(_("The professional said so; only they can take it back."))
    kept.delete()
    _record("reopened", engagement, kind, actor)


def _lock(engagement_id: int, kind: str, side: Side, actor: Actor) -> Engagement:
    engagement = lock_engagement(engagement_id)
    refuse_other_side(engagement, side, actor)
    if kind not in KeptPromise.Kind.values:
        raise PromiseError(_("This is nothing that was promised."))
    return engagement


def _record(past: str, engagement: Engagement, kind: str, actor: Actor) -> None:
    audit.record(
        f"knowledge.promise.{past}",
        subject=engagement,
        actor=actor,
        dossier=engagement.public_id,
        data={"kind": kind},
    )
