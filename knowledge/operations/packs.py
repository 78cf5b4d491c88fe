"""What a successor takes over beyond reading: their predecessor's topics, as a receiver."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import InvalidTransitionError
from engagements.models import Engagement
from knowledge.models import Receiver, Topic, TopicQuerySet
from knowledge.operations.authorship import Side
from knowledge.operations.locking import lock_engagement
from knowledge.operations.receivers import ReceiverError, name_receiver


@transaction.atomic
def make_successor_receiver(*, successor_id: int, side: Side, actor: Actor) -> int:
    """Name the successor as receiver of every topic of the predecessor, in one go.

    An external receiver counts in part, as everywhere; knowledge is secured only inside.

    Args:
        successor_id: the engagement that takes over.
        side: for whom the actor speaks in the predecessor's engagement.
        actor: who names them.

    Returns:
        Of how many topics.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        InvalidTransitionError: it takes over from nobody, is closed, or was cancelled.
        EngagementOverError: the file of the predecessor is closed.
        NotPermittedError: the actor does not belong to that side.
        ReceiverError: there is no topic left, or the successor cannot be reached.
    """
    key = Engagement.objects.values_list("succeeds", flat=True).get(pk=successor_id)
    if key is not None:
        lock_engagement(key)
    successor = Engagement.objects.select_related("freelancer__business_contact").get(
        pk=successor_id
    )
    if successor.succeeds_id is None or not successor.is_running:
        raise InvalidTransitionError(_("This engagement takes over from nobody."))
    topics = list(_not_received(successor))
    if not topics:
        raise ReceiverError(_("The successor receives every topic already."))
    contact = successor.freelancer.business_contact
    for topic in topics:
        name_receiver(
            topic_id=topic.pk, email=contact.email, name=contact.name, side=side, actor=actor
        )
    return len(topics)


def _not_received(successor: Engagement) -> TopicQuerySet:
    own = Receiver.objects.live().filter(contact__in=successor.freelancer.contact_ids)
    agreed = Topic.objects.agreed().filter(engagement=successor.succeeds_id)
    return agreed.exclude(pk__in=own.values("topic")).order_by("pk")
