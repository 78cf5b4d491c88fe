"""What receivers say after the end: was it of use? It suggests something, and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from knowledge import rules
from knowledge.models import Receiver, UsefulnessCheck, usefulness_round
from knowledge.models.usefulness import MOST_HOURS
from knowledge.operations.authorship import EngagementOverError
from knowledge.operations.locking import lock_engagement


class UsefulnessError(DomainError):
    """An answer is not complete, or cannot be right."""


@dataclass(frozen=True, kw_only=True)
class UsefulnessAnswer:
    """The three questions about one topic.

    Attributes:
        was_enough: only of what was used.
        hours_lost: that a gap cost, 0 when there was none.
    """

    was_used: bool
    had_to_call: bool
    was_enough: bool | None = None
    hours_lost: Decimal = Decimal(0)


@transaction.atomic
def answer_usefulness(
    *, engagement_id: int, answers: Mapping[int, UsefulnessAnswer], actor: Actor
) -> list[UsefulnessCheck]:
    """Take a receiver's answers about topics of one engagement; all of them or none.

    As long as the round is open they can say it differently; the last word stands.

    Args:
        engagement_id: whose transfer it was; its file may be closed by now.
        answers: by key of the receiver, each of them the actor about another topic.
        actor: the receiver in person, by link or signed in.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        EngagementOverError: the engagement was cancelled.
        InvalidTransitionError: it is too early, or time is up.
        NotPermittedError: the actor is somebody else, never received it, or left.
        UsefulnessError: nothing is answered, or an answer is not complete.

    Source: domain.md section 5, question V2.
    """
    engagement = lock_engagement(engagement_id)
    if engagement.cancelled_at is not None:
        raise EngagementOverError(_("This engagement was cancelled."))
    today = engagement.organisation.today()
    asked = usefulness_round(engagement, today)
    if asked is None:
        raise InvalidTransitionError(_("This is not asked now. Thank you for your trouble."))
    if not answers:
        raise UsefulnessError(_("Answer the questions about one topic at least."))
    own = Receiver.objects.holding(today).filter(
        topic__engagement=engagement, contact=actor.contact_id, pk__in=answers
    )
    receivers = list(own.select_related("topic", "contact").order_by("pk"))
    if len(receivers) != len(answers):
        raise NotPermittedError(_("Only who received a topic can say this, in person."))
    return [_keep(receiver, asked, answers[receiver.pk], actor) for receiver in receivers]


def _keep(
    receiver: Receiver, asked: rules.Round, answer: UsefulnessAnswer, actor: Actor
) -> UsefulnessCheck:
    _refuse_half(answer)
    check = UsefulnessCheck.objects.filter(receiver=receiver, days_after=asked.days).first()
    is_first = check is None
    check = check or UsefulnessCheck(
        organisation=receiver.organisation, receiver=receiver, days_after=asked.days
    )
    check.was_used = answer.was_used
    check.was_enough = answer.was_enough if answer.was_used else None
    check.had_to_call = answer.had_to_call
    check.hours_lost = answer.hours_lost
    check.said_by = actor.label[:150]
    check.changed_at = None if is_first else timezone.now()
    check.save()
    audit.record(
        f"knowledge.usefulness.{'answered' if is_first else 'changed'}",
        subject=check,
        actor=actor,
        dossier=receiver.topic.engagement.public_id,
        data={
            "topic": str(receiver.topic.public_id),
            "title": receiver.topic.title,
            "days": asked.days,
        },
    )
    return check


def _refuse_half(answer: UsefulnessAnswer) -> None:
    if answer.was_used and answer.was_enough is None:
        raise UsefulnessError(_("Say whether it was enough."))
    if not 0 <= answer.hours_lost <= MOST_HOURS:
        raise UsefulnessError(_("Fill in 0 to %(most)d hours.") % {"most": MOST_HOURS})
