"""Where a mail about one handover or one agreement leads to, whoever reads it."""

from django.urls import reverse

from engagements.models import Engagement
from knowledge.models import Deliverable, Receiver
from notifications.planning import Landing


def landing_on_handover(deliverable: Deliverable) -> Landing:
    """Return the pages of one handover; behind a link it is the question about its review."""
    return Landing(
        desk=deliverable.get_absolute_url(),
        portal=reverse("portal:deliverable_detail", args=[deliverable.public_id]),
        task=str(deliverable.public_id),
    )


def landing_on_agreement(engagement: Engagement) -> Landing:
    """Return the pages of an agreement; behind a link it is the question whether one agrees."""
    return Landing(
        desk=reverse("knowledge:agreement_detail", args=[engagement.public_id]),
        portal=reverse("portal:agreement_detail", args=[engagement.public_id]),
        task="agreement",
    )


def landing_on_word(receiver: Receiver) -> Landing:
    """Return where a receiver says what they can do now, with or without an account."""
    return Landing(
        desk=reverse("offboarding:receive", args=[receiver.public_id]),
        task=str(receiver.public_id),
    )


def landing_on_explanation(explanation: Deliverable) -> Landing:
    """Return where a receiver says whether a short explanation took place."""
    return Landing(
        desk=reverse("offboarding:explanation", args=[explanation.public_id]),
        task=str(explanation.public_id),
    )
