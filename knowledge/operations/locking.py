"""Rows in the order in which they are locked: the engagement first, then what belongs to it."""

from engagements.models import Engagement
from knowledge.models import Deliverable, KnowledgeAgreement, LedgerEntry


def lock_engagement(engagement_id: int) -> Engagement:
    """Return an engagement that nobody else books points for until this transaction ends.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
    """
    return (
        Engagement.objects.select_for_update(of=("self",))
        .select_related(
            "organisation",
            "manager",
            "freelancer__business_contact",
            "freelancer__private_contact",
            "freelancer__user",
        )
        .get(pk=engagement_id)
    )


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
