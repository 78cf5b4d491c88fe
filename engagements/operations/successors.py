"""Who takes over from whom: the hiring manager says it, HR names it, nothing happens by itself.

Naming queues per organisation, so that two who name each other's engagements cannot make a circle.
Both engagements are locked in the order of keys, as those of a mail or of a list are. So does
whoever accepts what is left behind: it reaches the lists of the successors.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import Organisation
from engagements import events
from engagements.models import Engagement, EngagementChange, Freelancer
from engagements.operations.locking import lock_in_order, locked
from engagements.operations.refusals import refusing


class SuccessionError(DomainError):
    """This engagement cannot take over from that one, or not like this."""


@transaction.atomic
def name_successor(
    *, predecessor_id: int, successor_id: int, across_departments: bool = False, actor: Actor
) -> Engagement:
    """Say which engagement takes over from which; its list gets what the other left behind.

    Named once more, it changes nothing. A closed predecessor has successors too: its knowledge is
    in the library, and may be needed months later.

    Args:
        predecessor_id: the engagement that ends.
        successor_id: the one that takes over.
        across_departments: it is meant that they work at two departments.
        actor: who says so.

    Returns:
        The successor.

    Raises:
        InvalidTransitionError: the predecessor was cancelled, the file of the successor is closed,
            it was cancelled, or one of them was removed.
        SuccessionError: it is the same engagement or the same professional, another department, a
            circle, or the successor takes over from somebody else already.
    """
    _take_turn(successor_id)
    _refuse_circle(predecessor_id, successor_id)
    lock_in_order([predecessor_id, successor_id])
    predecessor, successor = locked(predecessor_id), locked(successor_id)
    if successor.succeeds_id == predecessor.pk:
        return successor
    _check(predecessor, successor, across_departments=across_departments)
    successor.succeeds = predecessor
    successor.version += 1
    with refusing(Engagement):
        successor.save(update_fields=["succeeds", "version"])
    for listener in events.succession_listeners():
        listener.successor_named(predecessor, successor, actor)
    _record("named", predecessor, successor, actor)
    return successor


@transaction.atomic
def drop_successor(*, successor_id: int, actor: Actor) -> Engagement:
    """Take back that an engagement takes over from another one: that was a mistake.

    Raises:
        InvalidTransitionError: it takes over from nobody, its file is closed, or it was cancelled
            or removed.
    """
    _take_turn(successor_id)
    # Only whoever has the turn changes it, so that it can be read before the rows are locked.
    key = Engagement.objects.filter(pk=successor_id).values_list("succeeds", flat=True).first()
    lock_in_order({key or successor_id, successor_id})
    predecessor = locked(key) if key else None
    successor = locked(successor_id)
    if predecessor is None:
        raise InvalidTransitionError(_("This engagement takes over from nobody."))
    _refuse_over(successor)
    successor.succeeds = None
    successor.version += 1
    successor.save(update_fields=["succeeds", "version"])
    for listener in events.succession_listeners():
        listener.successor_dropped(predecessor, successor, actor)
    _record("dropped", predecessor, successor, actor)
    return successor


@transaction.atomic
def propose_successor(*, engagement_id: int, freelancer_id: int, actor: Actor) -> EngagementChange:
    """Say which professional takes over after a swap; HR plans the engagement and names it.

    The last word counts until HR named an engagement.

    Raises:
        InvalidTransitionError: nobody decided that somebody else takes over, the file is closed,
            or it was cancelled or removed.
        SuccessionError: the professional would take over from themselves.
        Freelancer.DoesNotExist: there is no such professional here.
    """
    engagement = locked(engagement_id)
    _refuse_over(engagement)
    change = EngagementChange.objects.swaps().filter(engagement=engagement).first()
    if change is None:
        raise InvalidTransitionError(_("Nobody decided that somebody else takes over."))
    change.engagement = engagement
    change.successor = successor = other_professional(engagement, freelancer_id)
    change.save(update_fields=["successor"])
    for listener in events.succession_listeners():
        listener.successor_proposed(engagement, successor, actor)
    audit.record(
        "engagements.successor.proposed",
        subject=change,
        actor=actor,
        dossier=engagement.public_id,
        data={"freelancer": freelancer_id, "name": successor.full_name},
    )
    return change


def other_professional(engagement: Engagement, freelancer_id: int) -> Freelancer:
    """Return a professional who can take over from the one of an engagement.

    Raises:
        SuccessionError: it is the same one.
        Freelancer.DoesNotExist: there is no such professional here.
    """
    freelancer: Freelancer = Freelancer.objects.get(pk=freelancer_id)
    if freelancer.pk == engagement.freelancer_id:
        raise SuccessionError(
            _("%(name)s goes on, so nobody takes over. Extend the engagement instead.")
            % {"name": freelancer.full_name}
        )
    return freelancer


def _take_turn(engagement_id: int) -> None:
    """Let whoever names successors in one organisation queue; rows of engagements come after."""
    own = Engagement.objects.filter(pk=engagement_id).values("organisation")
    list(Organisation.objects.select_for_update(no_key=True).filter(pk__in=own))


def _refuse_circle(predecessor_id: int, successor_id: int) -> None:
    """Stop before any engagement is locked: waiting for one's own successors would never end."""
    if predecessor_id == successor_id:
        raise SuccessionError(_("An engagement cannot take over from itself."))
    key: int | None = predecessor_id
    while key is not None:
        if key == successor_id:
            raise SuccessionError(
                _("The other way round: this one was taken over from the other already.")
            )
        key = Engagement.objects.filter(pk=key).values_list("succeeds", flat=True).first()


def _check(predecessor: Engagement, successor: Engagement, *, across_departments: bool) -> None:
    _refuse_over(successor)
    if predecessor.cancelled_at is not None:
        raise InvalidTransitionError(
            _("This engagement was cancelled, so there is nothing to take over.")
        )
    if successor.succeeds_id is not None:
        raise SuccessionError(
            _("%(name)s takes over from somebody else already. Take that back first.")
            % {"name": successor.freelancer.full_name}
        )
    other_professional(predecessor, successor.freelancer_id)
    if predecessor.department_id != successor.department_id and not across_departments:
        raise SuccessionError(
            _("They work at two departments: %(old)s and %(new)s. Say below that this is meant so.")
            % {"old": predecessor.department.name, "new": successor.department.name}
        )


def _refuse_over(engagement: Engagement) -> None:
    if not engagement.is_running:
        raise InvalidTransitionError(
            _("This engagement is closed or cancelled and cannot change any more.")
        )


def _record(past: str, predecessor: Engagement, successor: Engagement, actor: Actor) -> None:
    """Write it into the history of both."""
    data = {"predecessor": predecessor.pk, "successor": successor.pk}
    audit.record(
        f"engagements.successor.{past}",
        subject=predecessor,
        actor=actor,
        dossier=predecessor.public_id,
        data={**data, "name": successor.freelancer.full_name},
    )
    audit.record(
        f"engagements.predecessor.{past}",
        subject=successor,
        actor=actor,
        dossier=successor.public_id,
        data={**data, "name": predecessor.freelancer.full_name},
    )
