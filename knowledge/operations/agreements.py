"""What both sides agree to hand over: proposed by one, in force once the other accepts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from engagements.models import Engagement
from knowledge import events, rules
from knowledge.models import (
    AgreedForm,
    KnowledgeAgreement,
    TransferForm,
    TransferPolicy,
    basis_of,
    usual_target,
)
from knowledge.operations.authorship import Side, refuse_other_side, refuse_over
from knowledge.operations.letters import ask_answer
from knowledge.operations.locking import lock_agreement, lock_engagement

State = KnowledgeAgreement.State

LONGEST_NOTE: Final = 2000  # characters


class AgreementError(DomainError):
    """What is proposed cannot be agreed like this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementFacts:
    """What is proposed.

    Attributes:
        target: points, 1 to 1000; what is usual for this engagement when not given.
        paid_hours: hours that the client pays for handing over.
        forms: how often by code of the form; a plan, not a limit.
        note: anything else that was agreed.
        reason: why this differs from the version before; needed from version 2 on.
        policy_id: whose forms and shares hold; the organisation's default when not given.
    """

    target: int | None = None
    paid_hours: Decimal = Decimal(0)
    forms: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    reason: str = ""
    policy_id: int | None = None


@transaction.atomic
def propose_agreement(
    *, engagement_id: int, facts: AgreementFacts, side: Side, actor: Actor
) -> KnowledgeAgreement:
    """Propose a version of the agreement; the side that proposes has thereby accepted.

    The other side hears of it at once. A proposal that still waited for an answer is replaced. What
    is in force stays in force until the other side accepts.

    Args:
        engagement_id: for which engagement.
        facts: what is proposed.
        side: for whom the actor speaks.
        actor: who proposes.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        EngagementOverError: its file is closed, or it was cancelled.
        NotPermittedError: the actor does not belong to that side.
        AgreementError: a number is out of range, a form is unknown, there are too few forms, or a
            change comes without a reason.
    """
    engagement = lock_engagement(engagement_id)
    refuse_over(engagement)
    refuse_other_side(engagement, side, actor)
    policy = _policy_for(engagement, facts)
    forms = _chosen_forms(policy, facts)
    versions = KnowledgeAgreement.objects.filter(engagement=engagement)
    number = (versions.order_by("-version").values_list("version", flat=True).first() or 0) + 1
    _check_words(facts, number)

    versions.proposed().update(state=State.SUPERSEDED)
    agreement = KnowledgeAgreement(
        organisation=engagement.organisation,
        engagement=engagement,
        policy=policy,
        version=number,
        target=usual_target(engagement) if facts.target is None else facts.target,
        paid_hours=facts.paid_hours,
        note=facts.note.strip(),
        reason=facts.reason.strip()[:500] if number > 1 else "",
        proposed_by_side=side,
        proposed_by=actor.label[:150],
    )
    _note_acceptance(agreement, side, actor)
    _save_with_forms(agreement, forms)
    _record("proposed", agreement, actor, side=side, target=agreement.target)
    ask_answer(agreement)
    return agreement


@transaction.atomic
def accept_agreement(*, agreement_id: int, side: Side, actor: Actor) -> KnowledgeAgreement:
    """Accept a proposal for one side; it is in force once both have, and replaces the one before.

    Raises:
        KnowledgeAgreement.DoesNotExist: there is no such agreement.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: it does not wait for this side's answer.
    """
    agreement = lock_agreement(agreement_id)
    refuse_over(agreement.engagement)
    refuse_other_side(agreement.engagement, side, actor)
    _refuse_answered(agreement)
    if _accepted_at(agreement, side) is not None:
        raise InvalidTransitionError(_("Your side agreed already; the other side is next."))

    KnowledgeAgreement.objects.in_force().filter(engagement=agreement.engagement).update(
        state=State.SUPERSEDED
    )
    _note_acceptance(agreement, side, actor)
    agreement.state = State.ACCEPTED
    agreement.save()
    for in_force in events.agreed_listeners():
        in_force(agreement, actor)
    _record("accepted", agreement, actor, side=side, target=agreement.target)
    return agreement


@transaction.atomic
def decline_agreement(
    *, agreement_id: int, side: Side, reason: str, actor: Actor
) -> KnowledgeAgreement:
    """Decline a proposal, or take one's own proposal back; what is in force stays.

    Raises:
        KnowledgeAgreement.DoesNotExist: there is no such agreement.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor does not belong to that side.
        InvalidTransitionError: it waits for no answer any more.
        AgreementError: no reason was given.
    """
    agreement = lock_agreement(agreement_id)
    refuse_over(agreement.engagement)
    refuse_other_side(agreement.engagement, side, actor)
    _refuse_answered(agreement)
    if not reason.strip():
        raise AgreementError(_("Say what should be different, so that a new proposal can be made."))

    agreement.state = State.DECLINED
    agreement.declined_at = timezone.now()
    agreement.declined_reason = reason.strip()[:500]
    agreement.save(update_fields=["state", "declined_at", "declined_reason"])
    _record("declined", agreement, actor, side=side)
    return agreement


@transaction.atomic
def drop_proposals(*, engagement: Engagement, actor: Actor) -> None:
    """Settle a proposal that nobody will answer, because the engagement is over."""
    for agreement in KnowledgeAgreement.objects.proposed().filter(engagement=engagement):
        agreement.state = State.SUPERSEDED
        agreement.save(update_fields=["state"])
        _record("dropped", agreement, actor)


def _refuse_answered(agreement: KnowledgeAgreement) -> None:
    messages = {
        State.ACCEPTED: _("This agreement is in force already."),
        State.SUPERSEDED: _("This proposal was replaced by a newer one. Look at that one instead."),
        State.DECLINED: _("This proposal was declined. Make a new one."),
    }
    if agreement.state in messages:
        raise InvalidTransitionError(messages[State(agreement.state)])


def _policy_for(engagement: Engagement, facts: AgreementFacts) -> TransferPolicy:
    held = basis_of(engagement).policy
    if facts.policy_id in (None, held.pk):
        return held  # also when a newer version of it exists: what was agreed can be changed
    policy = TransferPolicy.objects.filter(pk=facts.policy_id, is_current=True).first()
    if policy is None:
        raise AgreementError(_("Choose one of the points policies."))
    return policy


def _chosen_forms(policy: TransferPolicy, facts: AgreementFacts) -> list[tuple[TransferForm, int]]:
    wanted = {code: times for code, times in facts.forms.items() if times}
    forms = list(policy.forms.filter(code__in=wanted))
    if len(forms) != len(wanted):
        raise AgreementError(_("Choose from the forms of the points policy."))
    if any(not 1 <= times <= rules.MOST_TIMES for times in wanted.values()):
        raise AgreementError(
            _("Choose each form at most %(most)d times.") % {"most": rules.MOST_TIMES}
        )
    if not rules.has_enough_forms(wanted, policy.minimum_forms):
        raise AgreementError(
            ngettext(
                "Choose at least %(count)d form of handing over.",
                "Choose at least %(count)d different forms of handing over.",
                policy.minimum_forms,
            )
            % {"count": policy.minimum_forms}
        )
    return [(form, wanted[form.code]) for form in forms]


def _check_words(facts: AgreementFacts, number: int) -> None:
    if number > 1 and not facts.reason.strip():
        raise AgreementError(_("Say why the agreement changes; the other side reads it."))
    if len(facts.note) > LONGEST_NOTE:
        raise AgreementError(_("This note is too long. Make it shorter."))


def _accepted_at(agreement: KnowledgeAgreement, side: Side) -> object:
    return getattr(agreement, f"{side}_accepted_at")


def _note_acceptance(agreement: KnowledgeAgreement, side: Side, actor: Actor) -> None:
    if side == "client":
        agreement.client_accepted_at = timezone.now()
        agreement.client_accepted_by = actor.label[:150]
    else:
        agreement.freelancer_accepted_at = timezone.now()


def _save_with_forms(agreement: KnowledgeAgreement, forms: list[tuple[TransferForm, int]]) -> None:
    try:
        agreement.clean_fields()
    except ValidationError as error:
        raise AgreementError(_wording_of(error)) from error
    agreement.save()
    AgreedForm.objects.bulk_create(
        AgreedForm(organisation=agreement.organisation, agreement=agreement, form=form, times=times)
        for form, times in forms
    )


def _wording_of(error: ValidationError) -> str:
    name, messages = next(iter(error.message_dict.items()))
    label = getattr(KnowledgeAgreement._meta.get_field(name), "verbose_name", name)
    return f"{label}: {messages[0]}".capitalize()


def _record(past: str, agreement: KnowledgeAgreement, actor: Actor, **data: int | str) -> None:
    audit.record(
        f"knowledge.agreement.{past}",
        subject=agreement,
        actor=actor,
        dossier=agreement.engagement.public_id,
        data={"version": agreement.version, **data},
    )
