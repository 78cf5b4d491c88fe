"""Mails that a step promises, each once: its key names the step."""

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from core.models import Contact
from engagements.events import hr_contacts
from engagements.models import Engagement
from knowledge.models import Deliverable, KnowledgeAgreement
from notifications import outbox
from notifications.models import Message

AGAIN = ":again"
KINDS = ("agreement_proposed", "review_asked", "deliverable_accepted", "deliverable_returned")


def reviewer_of(deliverable: Deliverable) -> Contact:
    """Return who reviews: the hiring manager, unless it was handed on."""
    return deliverable.reviewer or deliverable.engagement.manager


def answerer_of(agreement: KnowledgeAgreement, today: date | None = None) -> Contact:
    """Return who answers a proposal: the hiring manager, or the professional where they read."""
    engagement = agreement.engagement
    if agreement.proposed_by_side == KnowledgeAgreement.Side.FREELANCER:
        return engagement.manager
    has_ended = engagement.ends_on < (today or engagement.organisation.today())
    return engagement.freelancer.address_after(has_ended=has_ended)


def may_answer(agreement: KnowledgeAgreement, today: date | None = None) -> bool:
    """Say whether whoever answers can be reached, and has a door behind which to answer."""
    is_by_client = agreement.proposed_by_side == KnowledgeAgreement.Side.CLIENT
    if is_by_client and agreement.engagement.freelancer.user_id is None:
        return False  # a professional agrees in the portal only
    return answerer_of(agreement, today).is_reachable


def ask_answer(agreement: KnowledgeAgreement) -> None:
    """Promise the other side a mail with what is proposed; once per version and reader.

    HR reads instead of a manager whose mail comes back. What HR proposed to somebody who cannot
    answer yet is told on the page where they proposed it.
    """
    if may_answer(agreement):
        readers = [answerer_of(agreement)]
    elif agreement.proposed_by_side == KnowledgeAgreement.Side.FREELANCER:
        readers = hr_contacts()
    else:
        readers = []
    for reader in readers:
        outbox.enqueue(
            "agreement_proposed",
            contact=reader,
            dedupe_key=f"agreement_proposed:{agreement.public_id}:{reader.pk}",
            dossier=agreement.engagement.public_id,
            params={"agreement": str(agreement.public_id)},
        )


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
        contact=engagement.professional_on(engagement.organisation.today()),
        dedupe_key=f"{kind}:{deliverable.public_id}:{version_number}",
        dossier=engagement.public_id,
        params={"deliverable": str(deliverable.public_id), "version": version_number},
    )


@transaction.atomic
def promise_again(*, engagement: Engagement) -> None:
    """Promise mails about handovers once more that were withdrawn because the end moved.

    They are not about the end: moving it withdraws all unsent mail of the engagement, these too.
    """
    again = Concat(OuterRef("dedupe_key"), Value(AGAIN))
    withdrawn = Message.objects.filter(
        # What was promised again after an earlier move is not looked at with every later one.
        ~Exists(Message.objects.filter(dedupe_key=again)),
        dossier=engagement.public_id,
        kind__in=KINDS,
        state=Message.State.CANCELLED,
        reason="end_moved",
    )
    for message in withdrawn.select_related("contact").order_by("pk"):
        outbox.enqueue(
            message.kind,
            contact=message.contact,
            dedupe_key=f"{message.dedupe_key}{AGAIN}",
            dossier=message.dossier,
            params=message.params,
        )
