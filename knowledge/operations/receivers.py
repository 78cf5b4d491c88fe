"""Who gets the knowledge of a topic: named by either side, asked once there is something to say."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from core import audit, limits
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from core.models import Contact
from engagements.models import Engagement, Freelancer
from engagements.operations.contacts import contact_at
from engagements.operations.refusals import refusing
from engagements.rules import sort_name_of
from knowledge.models import Confirmation, Deliverable, Receiver, Topic
from knowledge.operations.authorship import (
    Side,
    is_author_contact,
    refuse_other_side,
    refuse_over,
)
from knowledge.operations.locking import lock_receiver, lock_topic

Answer = Confirmation.Answer

MOST_RECEIVERS: Final = 20  # live ones of a topic
NEW_PER_HOUR: Final = 10  # contacts that somebody adds who is not of HR


class ReceiverError(DomainError):
    """This person cannot receive the topic, or not like this."""


@transaction.atomic
def name_receiver(*, topic_id: int, email: str, name: str, side: Side, actor: Actor) -> Receiver:
    """Say who gets a topic; they are asked as soon as there is something to confirm.

    Somebody new is made a contact. From a link or the portal only addresses of the organisation
    can be new, so that nobody brings in a second address of their own; HR may name anybody. To a
    professional another one is unknown, unless they take over or receive something here.

    Args:
        topic_id: which topic.
        email: of the receiver.
        name: used for somebody new only.
        side: for whom the actor speaks.
        actor: who names them.

    Raises:
        Topic.DoesNotExist: there is no such topic.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side, or would name the professional.
        InvalidTransitionError: the topic was dropped.
        ReceiverError: the address is unknown and not of the organisation, the person cannot be
            reached, somebody of that name receives it at another address, there are enough
            receivers, or the actor added many contacts just now.
        RefusedError: they receive this topic already.
        UnfitContactError: no new contact can have this name or this address.
    """
    topic = lock_topic(topic_id)
    refuse_over(topic.engagement)
    refuse_other_side(topic.engagement, side, actor)
    if topic.state == Topic.State.DROPPED:
        raise InvalidTransitionError(_("This topic was taken off the list."))
    if Receiver.objects.live().filter(topic=topic).count() >= MOST_RECEIVERS:
        raise ReceiverError(_("This topic has enough receivers."))
    contact = _contact(topic, email, name, side, actor)
    _refuse_professional(topic, contact)
    _refuse_namesake(topic, contact, actor)
    receiver = Receiver(
        organisation=topic.organisation,
        topic=topic,
        contact=contact,
        named_by_side=side,
        named_by=actor.label[:150],
    )
    with refusing(Receiver):
        receiver.save()
    _record("named", receiver, actor, contact=contact.pk, name=contact.name)
    ask_receivers(topic=topic)
    receiver.refresh_from_db(fields=["asked_at"])
    return receiver


@transaction.atomic
def release_receiver(*, receiver_id: int, reason: str, side: Side, actor: Actor) -> Receiver:
    """Say that somebody does not receive a topic any more; what they said before stays said.

    It counts for nothing from now on: whoever left takes their knowledge along.

    Raises:
        Receiver.DoesNotExist: there is no such receiver.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: they were released before.
        ReceiverError: no reason was given.
    """
    receiver = lock_receiver(receiver_id)
    refuse_over(receiver.topic.engagement)
    refuse_other_side(receiver.topic.engagement, side, actor)
    if receiver.released_at is not None:
        raise InvalidTransitionError(_("This person does not receive this topic any more."))
    if not reason.strip():
        raise ReceiverError(_("Say why; the other side reads it."))
    receiver.released_at = timezone.now()
    receiver.released_reason = reason.strip()[:500]
    receiver.asked_at = None
    receiver.save(update_fields=["released_at", "released_reason", "asked_at"])
    _record("released", receiver, actor, contact=receiver.contact_id, name=receiver.contact.name)
    return receiver


@transaction.atomic
def ask_again(*, receiver_id: int, side: Side, actor: Actor) -> Receiver:
    """Ask a receiver once more, for instance whether they can do it alone by now.

    Raises:
        Receiver.DoesNotExist: there is no such receiver.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: they were released, are asked already, have said all there is, or
            there is nothing to confirm yet.
    """
    receiver = lock_receiver(receiver_id)
    refuse_over(receiver.topic.engagement)
    refuse_other_side(receiver.topic.engagement, side, actor)
    if receiver.released_at is not None or receiver.topic.state != Topic.State.AGREED:
        raise InvalidTransitionError(_("This person does not receive this topic any more."))
    if receiver.asked_at is not None:
        raise InvalidTransitionError(_("This person is asked already."))
    said = Confirmation.objects.in_force().filter(receiver=receiver)
    if said.filter(answer=Answer.PERFORMED).exists():
        raise InvalidTransitionError(
            _("This person did it alone already; there is no more to ask.")
        )
    if not said.exists() and not Deliverable.objects.confirmable_by(receiver).exists():
        raise InvalidTransitionError(
            _("There is nothing to confirm yet. This person is asked as soon as there is.")
        )
    receiver.asked_at = timezone.now()
    receiver.save(update_fields=["asked_at"])
    _record("asked", receiver, actor, contact=receiver.contact_id, name=receiver.contact.name)
    return receiver


def ask_receivers(*, topic: Topic) -> None:
    """Ask every receiver of a topic who has something to confirm; the engagement is locked.

    Something to confirm is an accepted handover, or a short explanation to them, about which they
    said nothing yet. The daily mail tells them.
    """
    if topic.state != Topic.State.AGREED:
        return
    for receiver in Receiver.objects.live().filter(topic=topic, asked_at=None).order_by("pk"):
        answered = Confirmation.objects.in_force().filter(receiver=receiver)
        waiting = Deliverable.objects.confirmable_by(receiver)
        if waiting.exclude(confirmations__in=answered).exists():
            receiver.asked_at = timezone.now()
            receiver.save(update_fields=["asked_at"])


def _contact(topic: Topic, email: str, name: str, side: Side, actor: Actor) -> Contact:
    organisation, address = topic.engagement.organisation, email.strip()
    domains = [domain.lower() for domain in organisation.allowed_domains]
    is_own = address.rpartition("@")[2].lower() in domains
    known = Contact.objects.with_email(address).first() if address else None
    may_be_met = is_own or side == "client"
    if known is not None and (may_be_met or not _is_other_professional(topic.engagement, known)):
        if not known.is_reachable:
            raise ReceiverError(
                _("Mail does not reach %(name)s. Choose somebody else.") % {"name": known.name}
            )
        return known
    is_hr = _speaks_for_hr(actor)
    if not is_own and not is_hr:
        raise ReceiverError(
            _("Use an address at %(domains)s, or ask HR to name somebody from outside.")
            % {"domains": ", ".join(domains) or "—"}
        )
    if not address or not name.strip():
        raise ReceiverError(_("Fill in the name and the e-mail address."))
    if not is_hr:
        _refuse_many(actor)
    return contact_at(organisation=organisation, email=address, name=name, is_external=not is_own)


def _is_other_professional(engagement: Engagement, contact: Contact) -> bool:
    """Whether this engagement gives a professional no reason to know of another one.

    It would tell who else works here: whoever guesses an address hears what a guess hears.
    """
    if not Freelancer.objects.with_email(contact.email).exists():
        return False
    takes_over = Engagement.objects.filter(
        succeeds=engagement, cancelled_at=None, freelancer__business_contact=contact
    )
    receives = Receiver.objects.filter(topic__engagement=engagement, contact=contact)
    is_its_own = is_author_contact(engagement, contact)  # who hears why it cannot be
    return not (is_its_own or takes_over.exists() or receives.exists())


def _refuse_many(actor: Actor) -> None:
    who = f"{actor.kind}:{actor.user_id or actor.contact_id}"
    if not limits.allow("new-receiver", who, limit=NEW_PER_HOUR, seconds=3600):
        raise ReceiverError(
            _("You named very many new colleagues in a short time. Try again in an hour.")
        )


def _speaks_for_hr(actor: Actor) -> bool:
    if actor.kind == "link" or actor.user_id is None:
        return False
    return Membership.objects.hr().filter(user_id=actor.user_id).exists()


def _refuse_professional(topic: Topic, contact: Contact) -> None:
    """Stop the author from becoming their own receiver, also under another address."""
    freelancer = topic.engagement.freelancer
    is_same_name = sort_name_of(contact.name) == sort_name_of(freelancer.full_name)
    if is_same_name or is_author_contact(topic.engagement, contact):
        raise NotPermittedError(
            _("The professional cannot receive their own knowledge. Choose a colleague.")
        )


def _refuse_namesake(topic: Topic, contact: Contact, actor: Actor) -> None:
    """Stop one colleague with two addresses from counting as two; HR knows real namesakes."""
    if _speaks_for_hr(actor):
        return
    others = Receiver.objects.live().filter(topic=topic).exclude(contact=contact)
    names = others.values_list("contact__name", flat=True)
    if sort_name_of(contact.name) in {sort_name_of(name) for name in names}:
        raise ReceiverError(
            _("Somebody with the same name receives this topic. Two people? Then ask HR.")
        )


def _record(past: str, receiver: Receiver, actor: Actor, **data: int | str) -> None:
    topic = receiver.topic
    audit.record(
        f"knowledge.receiver.{past}",
        subject=receiver,
        actor=actor,
        dossier=topic.engagement.public_id,
        data={"topic": str(topic.public_id), "title": topic.title, **data},
    )
