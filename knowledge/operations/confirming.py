"""A receiver's own word: it proves that knowledge arrived, and books what that earns."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from core.models import Contact
from core.wording import date_short
from engagements.operations.refusals import refusing
from knowledge import rules
from knowledge.models import Confirmation, Deliverable, LedgerEntry, Receiver, Review, Topic
from knowledge.operations.authorship import refuse_author, refuse_others, refuse_over
from knowledge.operations.ledger import book_stage, reverse_entry
from knowledge.operations.locking import lock_confirmation, lock_deliverable, lock_receiver
from knowledge.operations.receivers import ask_receivers
from knowledge.operations.shelving import shelve

Answer = Confirmation.Answer

FEWEST_WORDS: Final = 3  # "in a sentence of their own" (domain.md section 2)
# What a level proves; the lower stage comes with the higher one.
STAGES_OF: Final[dict[str, tuple[rules.Stage, ...]]] = {
    Answer.RECEIVED: ("received",),
    Answer.EXPLAINED: ("received", "applied"),
    Answer.PERFORMED: ("received", "applied"),
    Answer.NOT_YET: (),
}


class ConfirmationError(DomainError):
    """A receiver's word cannot be taken like this."""


@transaction.atomic
def confirm_topic(
    *,
    receiver_id: int,
    answer: str,
    words: str,
    actor: Actor,
    deliverable_id: int | None = None,
) -> Confirmation:
    """Take a receiver's word about one topic, and book the points that it proves.

    Args:
        receiver_id: who says it, about which topic.
        answer: ``received``, ``explained``, ``performed`` or ``not_yet``.
        words: in a sentence of their own; for ``not_yet`` the question to the professional.
        actor: the receiver in person, by link or signed in.
        deliverable_id: by which handover it came; not needed where there is one at most.

    Raises:
        Receiver.DoesNotExist: there is no such receiver.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is somebody else, the professional, or who reviewed it.
        InvalidTransitionError: they do not receive this topic, or it was not agreed.
        ConfirmationError: the answer is unknown, is no sentence, was said of another topic in the
            same words, or it is not said by which handover.
        RefusedError: it was said before.

    Source: domain.md section 2, rules of awarding.
    """
    receiver = lock_receiver(receiver_id)
    _refuse_unfit(receiver, actor)
    if answer not in Answer.values:
        raise ConfirmationError(_("Choose one of the answers."))
    words = _checked_words(receiver, answer, words)
    deliverable = _handover_of(receiver, deliverable_id, is_needed=answer != Answer.NOT_YET)
    if deliverable is not None and answer != Answer.NOT_YET:
        _refuse_reviewer(deliverable, actor)
    confirmation = _written_down(receiver, deliverable, answer, words, actor)
    _book(confirmation, deliverable, actor)
    receiver.asked_at = None
    receiver.save(update_fields=["asked_at"])
    if answer != Answer.NOT_YET:
        ask_receivers(topic=receiver.topic)  # another handover may wait for their word
    _record("said", confirmation, actor, answer=answer)
    return confirmation


@transaction.atomic
def reply_to_question(*, confirmation_id: int, reply: str, actor: Actor) -> Confirmation:
    """Answer a receiver who is not there yet; they are asked again.

    Raises:
        Confirmation.DoesNotExist: there is no such confirmation.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is not the professional.
        InvalidTransitionError: it is no question, or was answered or taken back before.
        ConfirmationError: the answer is empty.
    """
    confirmation = lock_confirmation(confirmation_id)
    receiver = confirmation.receiver
    refuse_over(receiver.topic.engagement)
    refuse_others(receiver.topic.engagement, actor)
    is_open = confirmation.answer == Answer.NOT_YET and confirmation.withdrawn_at is None
    if not is_open or confirmation.replied_at is not None:
        raise InvalidTransitionError(_("This question does not wait for an answer any more."))
    if not reply.strip():
        raise ConfirmationError(_("Write an answer."))
    confirmation.reply = reply.strip()[:2000]
    confirmation.replied_at = timezone.now()
    confirmation.save(update_fields=["reply", "replied_at"])
    if receiver.released_at is None:
        receiver.asked_at = confirmation.replied_at
        receiver.save(update_fields=["asked_at"])
    _record("replied", confirmation, actor)
    return confirmation


@transaction.atomic
def withdraw_confirmation(*, confirmation_id: int, reason: str, actor: Actor) -> Confirmation:
    """Take a receiver's word back because it was not so; what it earned goes with it.

    Raises:
        Confirmation.DoesNotExist: there is no such confirmation.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is the professional, or came by a link.
        InvalidTransitionError: it was taken back before.
        ConfirmationError: no reason was given.
    """
    confirmation = lock_confirmation(confirmation_id)
    engagement = confirmation.receiver.topic.engagement
    refuse_over(engagement)
    refuse_author(engagement, actor)
    if actor.kind == "link":
        raise NotPermittedError(_("Only HR can take a confirmation back."))
    if confirmation.withdrawn_at is not None:
        raise InvalidTransitionError(_("This confirmation was taken back before."))
    if not reason.strip():
        raise ConfirmationError(_("Say why; the receiver and the professional read it."))
    confirmation.withdrawn_at = timezone.now()
    confirmation.withdrawn_reason = reason.strip()[:500]
    confirmation.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    earned = LedgerEntry.objects.filter(confirmation=confirmation, reverses=None)
    for entry in earned.filter(reversed_by=None).exclude(amount=0).order_by("pk"):
        reverse_entry(entry_id=entry.pk, reason=confirmation.withdrawn_reason, actor=actor)
    _record("withdrawn", confirmation, actor)
    return confirmation


@transaction.atomic
def book_without_receiver(*, deliverable_id: int, reason: str, actor: Actor) -> LedgerEntry:
    """Book the received stage because nobody was there to receive: points yes, coverage no.

    The professional is no hostage; the risk stays visible.

    Args:
        deliverable_id: an accepted handover.
        reason: why nobody received it; both sides read it.
        actor: the manager or HR.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is the professional.
        InvalidTransitionError: it is not accepted, was received before, earns nothing more, or it
            is too early: receivers have some working days first.
        ConfirmationError: no reason was given.

    Source: domain.md section 2: after 8 working days the manager decides.
    """
    deliverable = lock_deliverable(deliverable_id)
    refuse_over(deliverable.engagement)
    refuse_author(deliverable.engagement, actor)
    if deliverable.state != Deliverable.State.ACCEPTED or deliverable.decided_at is None:
        raise InvalidTransitionError(_("Only an accepted handover can be booked as received."))
    if _is_booked(deliverable, "received"):
        raise InvalidTransitionError(_("Somebody received this already."))
    organisation = deliverable.engagement.organisation
    decides_on = rules.receiver_decided_on(
        organisation.today(deliverable.decided_at),
        organisation.calendar,
        organisation.receiver_decide_working_days,
    )
    if organisation.today() < decides_on:
        raise InvalidTransitionError(
            _("Receivers have time until %(day)s. Decide from that day on.")
            % {"day": date_short(decides_on)}
        )
    if not reason.strip():
        raise ConfirmationError(_("Say why nobody received it; both sides read it."))
    entry = book_stage(deliverable, "received", actor, without_receiver=reason.strip()[:500])
    if entry is None:
        raise InvalidTransitionError(_("The policy books nothing for receiving."))
    return entry


def _written_down(
    receiver: Receiver, deliverable: Deliverable | None, answer: str, words: str, actor: Actor
) -> Confirmation:
    confirmation = Confirmation(
        organisation=receiver.organisation,
        receiver=receiver,
        deliverable=deliverable,
        answer=answer,
        words=words,
        is_external=receiver.contact.is_external,
        said_by=actor.label[:150],
    )
    with refusing(Confirmation):
        confirmation.save()
    return confirmation


def _refuse_unfit(receiver: Receiver, actor: Actor) -> None:
    """Stop everybody but the receiver in person, about a topic that is theirs."""
    engagement = receiver.topic.engagement
    refuse_over(engagement)
    refuse_author(engagement, actor)
    if actor.contact_id != receiver.contact_id:
        raise NotPermittedError(_("Only the receiver can say this, in person."))
    if receiver.released_at is not None:
        raise InvalidTransitionError(_("You do not receive this topic any more."))
    if receiver.topic.state != Topic.State.AGREED:
        raise InvalidTransitionError(_("This topic was not agreed, or was taken off the list."))


def _checked_words(receiver: Receiver, answer: str, words: str) -> str:
    said = " ".join(words.split())[:1000]
    if answer == Answer.NOT_YET:
        if not said:
            raise ConfirmationError(_("Say what you still miss, so that it can be answered."))
        return said
    if len(said.split()) < FEWEST_WORDS:
        raise ConfirmationError(_("Say it in a sentence of your own: what can you do now?"))
    elsewhere = Confirmation.objects.in_force().filter(
        receiver__contact=receiver.contact, words__iexact=said
    )
    if elsewhere.exclude(receiver=receiver).exists():
        raise ConfirmationError(
            _("You said this of another topic. Say what you can do now about this one.")
        )
    return said


def _handover_of(
    receiver: Receiver, deliverable_id: int | None, *, is_needed: bool
) -> Deliverable | None:
    candidates = list(Deliverable.objects.confirmable_by(receiver))
    if deliverable_id is not None:
        chosen = next((one for one in candidates if one.pk == deliverable_id), None)
        if chosen is None:
            raise ConfirmationError(_("This handover is not about this topic."))
    elif len(candidates) > 1 and is_needed:
        raise ConfirmationError(_("Choose by which handover you learned it."))
    else:
        chosen = candidates[0] if candidates else None
    return None if chosen is None else lock_deliverable(chosen.pk)


def _refuse_reviewer(deliverable: Deliverable, actor: Actor) -> None:
    """Stop whoever accepted a handover from being its receiver as well."""
    accepted = Review.objects.filter(
        version__deliverable=deliverable, verdict=Review.Verdict.ACCEPTED
    )
    reviewers = Contact.objects.filter(pk__in=accepted.values("reviewer_contact"))
    if reviewers.with_email(_email_of(actor)).exists():
        raise NotPermittedError(
            _("You reviewed this handover. Let a colleague confirm that they received it.")
        )


def _email_of(actor: Actor) -> str:
    if actor.contact_id is None:
        return ""
    return Contact.objects.values_list("email", flat=True).get(pk=actor.contact_id)


def _book(confirmation: Confirmation, deliverable: Deliverable | None, actor: Actor) -> None:
    if deliverable is None:
        return
    stages = STAGES_OF[confirmation.answer]
    if stages and deliverable.is_quick_log and deliverable.state != Deliverable.State.ACCEPTED:
        # Whoever heard a short explanation says that it took place; nobody else was there.
        deliverable.state = Deliverable.State.ACCEPTED
        deliverable.decided_at = timezone.now()
        deliverable.save(update_fields=["state", "decided_at"])
        book_stage(deliverable, "accepted", actor)
        shelve(deliverable=deliverable, version=deliverable.versions.latest("number"))
    for stage in stages:
        if not _is_booked(deliverable, stage):
            book_stage(deliverable, stage, actor, confirmation=confirmation)


def _is_booked(deliverable: Deliverable, stage: rules.Stage) -> bool:
    return LedgerEntry.objects.filter(deliverable=deliverable, stage=stage, reverses=None).exists()


def _record(past: str, confirmation: Confirmation, actor: Actor, **data: str) -> None:
    topic = confirmation.receiver.topic
    audit.record(
        f"knowledge.confirmation.{past}",
        subject=confirmation,
        actor=actor,
        dossier=topic.engagement.public_id,
        data={
            "topic": str(topic.public_id),
            "title": topic.title,
            "name": confirmation.receiver.contact.name,
            **data,
        },
    )
