"""What the mails about one handover or one proposal say at the moment of sending."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagements.events import hr_contacts
from knowledge.models import Deliverable, DeliverableVersion, KnowledgeAgreement, LedgerEntry
from knowledge.operations import answerer_of, may_answer, reviewer_of
from knowledge.planners.landings import landing_on_agreement, landing_on_handover
from knowledge.queries import agreed_mix_of, proposal_of
from notifications.models import Message
from notifications.planning import Letter

State = Deliverable.State


def compose_review_asked(message: Message) -> Letter | None:
    """Ask the reviewer to look; nothing to say once it was decided or somebody else reviews."""
    version = _version_of(message)
    if version is None or not version.deliverable.engagement.is_running:
        return None
    deliverable = version.deliverable
    if deliverable.state != State.SUBMITTED or reviewer_of(deliverable) != message.contact:
        return None
    return _letter(message, version, _("Read and decide"))


def compose_deliverable_returned(message: Message) -> Letter | None:
    """Tell the professional what is asked; nothing to say once a newer version was handed in."""
    version = _version_of(message)
    if version is None or version.deliverable.state != State.CHANGES_ASKED:
        return None
    return _letter(message, version, _("Mend and hand in again"))


def compose_deliverable_accepted(message: Message) -> Letter | None:
    """Tell the professional that it was accepted and how many points that brought."""
    version = _version_of(message)
    if version is None:
        return None
    entry = (
        LedgerEntry.objects.filter(deliverable=version.deliverable, stage="accepted", reverses=None)
        .select_related("deliverable__form")
        .first()
    )
    return _letter(message, version, _("Look at your points"), entry=entry)


def compose_agreement_proposed(message: Message) -> Letter | None:
    """Ask the other side to answer; nothing to say once it was answered or replaced."""
    agreement = proposal_of(message.params["agreement"])
    if agreement is None or not agreement.engagement.is_running:
        return None
    readers = [answerer_of(agreement)] if may_answer(agreement) else hr_contacts()
    if message.contact not in readers:
        return None
    forms, mix = agreed_mix_of(agreement)
    return Letter(
        template=message.kind,
        context={
            "agreement": agreement,
            "engagement": agreement.engagement,
            "is_own": agreement.proposed_by_side == KnowledgeAgreement.Side.CLIENT,
            "forms": forms,
            "mix": mix,
            "reader": message.contact,
            "action_label": _("Read and answer"),
        },
        landing=landing_on_agreement(agreement.engagement),
    )


# Kind of the message: who says what it says, and what HR calls it.
COMPOSERS: Mapping[str, tuple[Callable[[Message], Letter | None], Promise]] = {
    "agreement_proposed": (compose_agreement_proposed, _("knowledge agreement proposed")),
    "review_asked": (compose_review_asked, _("review asked")),
    "deliverable_returned": (compose_deliverable_returned, _("changes asked")),
    "deliverable_accepted": (compose_deliverable_accepted, _("handover accepted")),
}


def _version_of(message: Message) -> DeliverableVersion | None:
    return (
        DeliverableVersion.objects.filter(
            deliverable__public_id=message.params["deliverable"],
            number=message.params["version"],
        )
        .select_related(
            "review",
            "deliverable__form",
            "deliverable__reviewer",
            "deliverable__engagement__manager",
            "deliverable__engagement__freelancer",
        )
        .first()
    )


def _letter(
    message: Message, version: DeliverableVersion, action_label: Promise, **more: object
) -> Letter:
    deliverable = version.deliverable
    return Letter(
        template=message.kind,
        context={
            "deliverable": deliverable,
            "version": version,
            "review": getattr(version, "review", None),
            "engagement": deliverable.engagement,
            "reader": message.contact,
            "action_label": str(action_label),
            **more,
        },
        landing=landing_on_handover(deliverable),
    )
