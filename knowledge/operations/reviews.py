"""A reviewer's word on what was handed in: accept, ask for changes, or hand on."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.calendars import add_months
from core.errors import DomainError, InvalidTransitionError, NotPermittedError, StaleError
from core.models import Contact
from engagements.models import Engagement
from knowledge.events import tell_handover, tell_left_behind
from knowledge.models import Deliverable, DeliverableVersion, KnowledgeAgreement, Review
from knowledge.operations.authorship import is_author_contact, refuse_author, refuse_over
from knowledge.operations.deliverables import record
from knowledge.operations.ledger import book_stage
from knowledge.operations.letters import ask_answer, ask_review, reviewer_of, tell_author
from knowledge.operations.locking import lock_deliverable, lock_with_successors
from knowledge.operations.receivers import ask_receivers
from knowledge.operations.shelving import shelve

State = Deliverable.State


class ReviewError(DomainError):
    """The review cannot be taken like this."""


@transaction.atomic
def accept_deliverable(
    *,
    deliverable_id: int,
    actor: Actor,
    is_complete: str = "",
    is_usable: str = "",
    comment: str = "",
    version: int | None = None,
) -> Deliverable:
    """Accept a handover, book the points of its first stage and tell the professional.

    Args:
        deliverable_id: what is accepted.
        actor: who accepts; never its author.
        is_complete: ``no``, ``partly``, ``yes``, or empty when not answered.
        is_usable: the same.
        comment: for the professional, may be empty.
        version: number of the one that the reviewer saw; None does not compare.

    Raises:
        StaleError: a newer version was handed in since.
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is its author.
        InvalidTransitionError: it does not wait for review.
        ReviewError: an answer is none of the three.
    """
    lock_with_successors(deliverables=deliverable_id)
    deliverable, latest = _lock_for_review(deliverable_id, actor)
    _refuse_unseen(latest, version)
    _write_review(
        latest,
        actor,
        verdict=Review.Verdict.ACCEPTED,
        is_complete=is_complete,
        is_usable=is_usable,
        comment=comment,
    )
    _mark_accepted(deliverable)
    book_stage(deliverable, "accepted", actor)
    for link in deliverable.topic_links.select_related("topic").order_by("topic_id"):
        ask_receivers(topic=link.topic)
    shelve(deliverable=deliverable, version=latest)
    _tell_accepted(deliverable, actor)
    record("accepted", deliverable, actor, version=latest.number)
    tell_author("deliverable_accepted", deliverable, latest.number)
    return deliverable


@transaction.atomic
def ask_changes(
    *,
    deliverable_id: int,
    comment: str,
    actor: Actor,
    is_complete: str = "",
    is_usable: str = "",
    version: int | None = None,
) -> Deliverable:
    """Give a handover back with a question; the professional hears it at once.

    Args:
        deliverable_id: what is given back.
        comment: what is missing or unclear; needed.
        actor: who reviews; never its author.
        is_complete: ``no``, ``partly``, ``yes``, or empty when not answered.
        is_usable: the same.
        version: number of the one that the reviewer saw; None does not compare.

    Raises:
        StaleError: a newer version was handed in since.
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is its author.
        InvalidTransitionError: it does not wait for review.
        ReviewError: there is no comment, or an answer is none of the three.
    """
    deliverable, latest = _lock_for_review(deliverable_id, actor)
    _refuse_unseen(latest, version)
    if not comment.strip():
        raise ReviewError(_("Say what is missing or unclear, so that it can be mended."))
    _write_review(
        latest,
        actor,
        verdict=Review.Verdict.CHANGES_ASKED,
        is_complete=is_complete,
        is_usable=is_usable,
        comment=comment,
    )
    deliverable.state = State.CHANGES_ASKED
    deliverable.decided_at = timezone.now()
    deliverable.save(update_fields=["state", "decided_at"])
    record("returned", deliverable, actor, version=latest.number)
    tell_author("deliverable_returned", deliverable, latest.number)
    return deliverable


@transaction.atomic
def hand_on_review(*, deliverable_id: int, contact_id: int, actor: Actor) -> Deliverable:
    """Let a colleague review instead; the day on which it should be done stays the same.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor, or the colleague, is its author.
        InvalidTransitionError: it does not wait for review.
        ReviewError: the colleague cannot be reached, or reviews it already.
    """
    deliverable, version = _lock_for_review(deliverable_id, actor)
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None or not contact.is_reachable:
        raise ReviewError(_("This colleague cannot be reached by mail. Choose somebody else."))
    if is_author_contact(deliverable.engagement, contact):
        raise NotPermittedError(_("The professional cannot review their own handover."))
    if contact == reviewer_of(deliverable):
        raise ReviewError(_("%(name)s reviews this already.") % {"name": contact.name})

    deliverable.reviewer = contact
    deliverable.save(update_fields=["reviewer"])
    record("handed_on", deliverable, actor, contact=contact.pk, name=contact.name)
    ask_review(deliverable, version.number)
    return deliverable


@transaction.atomic
def ask_new_manager(*, engagement: Engagement) -> None:
    """Ask a hiring manager who took over for what nobody else has: reviews, and an answer."""
    waiting = (
        Deliverable.objects.awaiting_review()
        .filter(engagement=engagement, reviewer=None)
        .order_by("pk")
    )
    for deliverable in waiting:
        deliverable.engagement = engagement
        ask_review(deliverable, deliverable.versions.latest("number").number)
    by_professional = KnowledgeAgreement.objects.proposed().filter(
        engagement=engagement, proposed_by_side=KnowledgeAgreement.Side.FREELANCER
    )
    for agreement in by_professional:
        agreement.engagement = engagement
        ask_answer(agreement)


def _mark_accepted(deliverable: Deliverable) -> None:
    deliverable.state = State.ACCEPTED
    deliverable.decided_at = timezone.now()
    organisation = deliverable.engagement.organisation
    deliverable.check_on = add_months(organisation.today(), organisation.library_check_months)
    deliverable.save(update_fields=["state", "decided_at", "check_on"])


def _tell_accepted(deliverable: Deliverable, actor: Actor) -> None:
    tell_left_behind(deliverable.engagement, actor)
    tell_handover(deliverable, actor)


def _lock_for_review(deliverable_id: int, actor: Actor) -> tuple[Deliverable, DeliverableVersion]:
    deliverable = lock_deliverable(deliverable_id)
    refuse_over(deliverable.engagement)
    refuse_author(deliverable.engagement, actor)
    if deliverable.state != State.SUBMITTED:
        raise InvalidTransitionError(_("This handover does not wait for review any more."))
    return deliverable, deliverable.versions.latest("number")


def _refuse_unseen(latest: DeliverableVersion, seen: int | None) -> None:
    if seen is not None and latest.number != seen:
        raise StaleError(
            _("The professional handed in a newer version. Look at that one before you answer.")
        )


def _write_review(version: DeliverableVersion, actor: Actor, **answers: str) -> Review:
    grades = {"", *Review.Grade.values}
    if not {answers["is_complete"], answers["is_usable"]} <= grades:
        raise ReviewError(_("Answer with yes, partly or no."))
    return Review.objects.create(
        organisation=version.organisation,
        version=version,
        reviewer_label=actor.label[:150],
        reviewer_contact_id=actor.contact_id,
        **{**answers, "comment": answers["comment"].strip()[:4000]},
    )
