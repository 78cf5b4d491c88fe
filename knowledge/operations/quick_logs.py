"""A short explanation, logged in half a minute: who explained what to whom."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import DomainError
from knowledge.models import (
    Deliverable,
    DeliverableVersion,
    Receiver,
    Topic,
    TopicHandover,
    TransferForm,
    TransferSession,
    basis_of,
)
from knowledge.operations.authorship import refuse_others, refuse_over
from knowledge.operations.deliverables import has_enough_today, record
from knowledge.operations.locking import lock_receiver
from knowledge.operations.receivers import ask_receivers

QUICK_FORM: Final = "questions"
MOST_MINUTES: Final = 240


class QuickLogError(DomainError):
    """This explanation cannot be logged like this."""


@transaction.atomic
def log_explanation(*, receiver_id: int, what: str, minutes: int, actor: Actor) -> Deliverable:
    """Write down that something was explained to a receiver; it counts once they say so.

    Args:
        receiver_id: to whom, about which topic.
        what: what was explained, a few words.
        minutes: how long it took, 5 to 240.
        actor: the professional.

    Raises:
        Receiver.DoesNotExist: there is no such receiver.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is not the professional.
        QuickLogError: the topic is not agreed, the receiver was released, nothing was said, the
            length is out of range, the policy knows no short explanations, or very many were
            logged today.
    """
    receiver = lock_receiver(receiver_id)
    topic = receiver.topic
    engagement = topic.engagement
    refuse_over(engagement)
    refuse_others(engagement, actor)
    title = " ".join(what.split())[:150]
    _check(receiver, title, minutes)
    if has_enough_today(engagement, is_quick_log=True):
        raise QuickLogError(_("You logged very many explanations today. Go on tomorrow."))
    form = TransferForm.objects.filter(policy=basis_of(engagement).policy, code=QUICK_FORM).first()
    if form is None:
        raise QuickLogError(_("Your agreement has no short explanations. Choose another form."))
    deliverable = Deliverable.objects.create(
        organisation=engagement.organisation,
        engagement=engagement,
        form=form,
        title=title,
        state=Deliverable.State.SUBMITTED,
        submitted_at=timezone.now(),
        is_quick_log=True,
        explained_to=receiver,
    )
    _add_session(deliverable, receiver, minutes)
    TopicHandover.objects.create(
        organisation=engagement.organisation, topic=topic, deliverable=deliverable
    )
    record("logged", deliverable, actor, name=receiver.contact.name)
    ask_receivers(topic=topic)
    return deliverable


def _check(receiver: Receiver, title: str, minutes: int) -> None:
    if receiver.released_at is not None or receiver.topic.state != Topic.State.AGREED:
        raise QuickLogError(_("Choose an agreed topic and one of its receivers."))
    if not title:
        raise QuickLogError(_("Say in a few words what you explained."))
    if not 5 <= minutes <= MOST_MINUTES:  # noqa: PLR2004 - as for every session
        raise QuickLogError(_("A short explanation lasts between 5 minutes and 4 hours."))


def _add_session(deliverable: Deliverable, receiver: Receiver, minutes: int) -> None:
    now = timezone.now()
    version = DeliverableVersion.objects.create(
        organisation=deliverable.organisation,
        deliverable=deliverable,
        number=1,
        kind=DeliverableVersion.Kind.SESSION,
        submitted_at=now,
    )
    TransferSession.objects.create(
        organisation=deliverable.organisation,
        version=version,
        starts_at=now - timedelta(minutes=minutes),
        minutes=minutes,
        attendees=[receiver.contact.name],
    )
