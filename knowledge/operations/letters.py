"""Mails that a step promises, each once: its key names the step."""

from django.db import transaction

from core.models import Contact
from engagements.models import Engagement
from knowledge.models import Deliverable
from notifications import outbox
from notifications.models import Message

KINDS = ("review_asked", "deliverable_accepted", "deliverable_returned")


def reviewer_of(deliverable: Deliverable) -> Contact:
    """Return who reviews: the hiring manager, unless it was handed on."""
    return deliverable.reviewer or deliverable.engagement.manager


def ask_review(deliverable: Deliverable, version_number: int) -> None:
    """Promise the reviewer a mail that something waits; once per version and reviewer."""
    reviewer = reviewer_of(deliverable)
    outbox.enqueue(
        "review_asked",
        contact=reviewer,
        dedupe_key=f"review_asked:{deliverable.public_id}:{version_number}:{reviewer.pk}",
        dossier=deliverable.engagement.public_id,
        params={"deliverable": str(deliverable.public_id), "version": version_number},
    )


def tell_author(kind: str, deliverable: Deliverable, version_number: int) -> None:
    """Promise the professional a mail about a decision, at the address that works now."""
    engagement = deliverable.engagement
    outbox.enqueue(
        kind,
        contact=engagement.freelancer.address_after(
            has_ended=engagement.organisation.today() > engagement.ends_on
        ),
        dedupe_key=f"{kind}:{deliverable.public_id}:{version_number}",
        dossier=engagement.public_id,
        params={"deliverable": str(deliverable.public_id), "version": version_number},
    )


@transaction.atomic
def promise_again(*, engagement: Engagement) -> None:
    """Promise mails about handovers once more that were withdrawn because the end moved.

    They are not about the end: moving it withdraws all unsent mail of the engagement, these too.
    """
    withdrawn = Message.objects.filter(
        dossier=engagement.public_id,
        kind__in=KINDS,
        state=Message.State.CANCELLED,
        reason="end_moved",
    )
    for message in withdrawn.select_related("contact").order_by("pk"):
        outbox.enqueue(
            message.kind,
            contact=message.contact,
            dedupe_key=f"{message.dedupe_key}:again",
            dossier=message.dossier,
            params=message.params,
        )
