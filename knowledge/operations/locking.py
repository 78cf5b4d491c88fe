"""Rows in the order in which they are locked: the engagement first, then what belongs to it."""

from django.db.models import Q

from engagements.models import Engagement
from engagements.operations.locking import lock_in_order
from knowledge.models import (
    Confirmation,
    Deliverable,
    KnowledgeAgreement,
    LedgerEntry,
    Receiver,
    Topic,
)


def lock_engagement(engagement_id: int) -> Engagement:
    """Return an engagement that nobody else books points for until this transaction ends.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
    """
    # The lock by itself: in one statement with the joins below, a row whose manager was changed
    # while we waited for it would not be found at all.
    Engagement.objects.select_for_update().values_list("pk").get(pk=engagement_id)
    return Engagement.objects.select_related(
        "manager", "freelancer__business_contact", "freelancer__private_contact", "freelancer__user"
    ).get(pk=engagement_id)


def lock_with_successors(**which: int) -> None:
    """Lock an engagement and those that take over from it, before any of them by itself.

    What is left behind there reaches their lists. One that is named only now is locked later, and
    by then whoever named it is done.

    Args:
        which: something that belongs to the engagement, by its key.
    """
    own = Engagement.objects.filter(**which).values("pk")
    both = Engagement.objects.filter(Q(pk__in=own) | Q(succeeds__in=own))
    lock_in_order(both.values_list("pk", flat=True))


def lock_deliverable(deliverable_id: int) -> Deliverable:
    """Return a deliverable, locked after its engagement; its `engagement` is the locked one.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
    """
    engagement = lock_engagement(
        Deliverable.objects.values_list("engagement_id", flat=True).get(pk=deliverable_id)
    )
    deliverable = (
        Deliverable.objects.select_for_update(of=("self",))
        .select_related("form__policy", "reviewer")
        .get(pk=deliverable_id)
    )
    deliverable.engagement = engagement
    return deliverable


def lock_agreement(agreement_id: int) -> KnowledgeAgreement:
    """Return an agreement, locked after its engagement.

    Raises:
        KnowledgeAgreement.DoesNotExist: there is no such agreement.
    """
    engagement = lock_engagement(
        KnowledgeAgreement.objects.values_list("engagement_id", flat=True).get(pk=agreement_id)
    )
    agreement = KnowledgeAgreement.objects.select_for_update().get(pk=agreement_id)
    agreement.engagement = engagement
    return agreement


def lock_ledger_of(entry_id: int) -> LedgerEntry:
    """Return an entry while its engagement is locked; entries themselves never change.

    Raises:
        LedgerEntry.DoesNotExist: there is no such entry.
    """
    engagement = lock_engagement(
        LedgerEntry.objects.values_list("engagement_id", flat=True).get(pk=entry_id)
    )
    entry = LedgerEntry.objects.select_related("deliverable").get(pk=entry_id)
    entry.engagement = engagement
    return entry


def lock_topic(topic_id: int) -> Topic:
    """Return a topic, locked after its engagement.

    Raises:
        Topic.DoesNotExist: there is no such topic.
    """
    engagement = lock_engagement(
        Topic.objects.values_list("engagement_id", flat=True).get(pk=topic_id)
    )
    topic = Topic.objects.select_for_update().get(pk=topic_id)
    topic.engagement = engagement
    return topic


def lock_receiver(receiver_id: int) -> Receiver:
    """Return a receiver, locked after the topic and its engagement.

    Raises:
        Receiver.DoesNotExist: there is no such receiver.
    """
    topic = lock_topic(Receiver.objects.values_list("topic_id", flat=True).get(pk=receiver_id))
    receiver = (
        Receiver.objects.select_for_update(of=("self",))
        .select_related("contact")
        .get(pk=receiver_id)
    )
    receiver.topic = topic
    return receiver


def lock_confirmation(confirmation_id: int) -> Confirmation:
    """Return a confirmation, locked after its receiver, topic and engagement.

    Raises:
        Confirmation.DoesNotExist: there is no such confirmation.
    """
    receiver = lock_receiver(
        Confirmation.objects.values_list("receiver_id", flat=True).get(pk=confirmation_id)
    )
    confirmation = (
        Confirmation.objects.select_for_update(of=("self",))
        .select_related("deliverable")
        .get(pk=confirmation_id)
    )
    confirmation.receiver = receiver
    return confirmation
