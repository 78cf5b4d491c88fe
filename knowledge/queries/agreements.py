"""Agreements with their forms, and what a mix of forms can earn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    AgreedForm,
    Deliverable,
    KnowledgeAgreement,
    Topic,
    TransferForm,
    TransferPolicy,
    basis_of,
)


@dataclass(frozen=True, slots=True)
class ProposedForm:
    """One form in a mix, with what it can earn."""

    form: TransferForm
    times: int
    line: rules.MixLine


@dataclass(frozen=True, slots=True)
class AgreementVersions:
    """The versions of an engagement's agreement, forms included.

    Attributes:
        in_force: the version that holds, if any.
        proposal: the version that waits for an answer, if any.
        older: replaced and declined versions, newest first.
    """

    in_force: KnowledgeAgreement | None
    proposal: KnowledgeAgreement | None
    older: list[KnowledgeAgreement]

    @property
    def shown(self) -> KnowledgeAgreement | None:
        """Return the version that matters now: what waits for an answer, else what holds."""
        return self.proposal or self.in_force

    @property
    def before(self) -> KnowledgeAgreement | None:
        """Return the version from which a new one departs."""
        return self.shown or next(iter(self.older), None)

    def is_asked(self, side: str) -> bool:
        """Say whether a side has to answer: a proposal waits that the other side made."""
        return self.proposal is not None and self.proposal.proposed_by_side != side


def forms_for(engagement: Engagement) -> list[TransferForm]:
    """Return the forms in which an engagement can hand over, in the order of the policy."""
    return list(basis_of(engagement).policy.forms.all())


def agreements_of(engagement: Engagement) -> AgreementVersions:
    """Return every version of an engagement's agreement, forms included."""
    agreed = AgreedForm.objects.select_related("form").order_by("form__position")
    versions = list(
        KnowledgeAgreement.objects.filter(engagement=engagement)
        .select_related("policy")
        .prefetch_related(Prefetch("agreed_forms", queryset=agreed))
        .order_by("-version")
    )
    by_state = {version.state: version for version in reversed(versions)}
    in_force = by_state.get(KnowledgeAgreement.State.ACCEPTED)
    proposal = by_state.get(KnowledgeAgreement.State.PROPOSED)
    older = [version for version in versions if version not in (in_force, proposal)]
    return AgreementVersions(in_force, proposal, older)


def current_agreements_of(
    engagement: Engagement,
) -> tuple[KnowledgeAgreement | None, KnowledgeAgreement | None]:
    """Return the version in force and the proposal that waits, without their forms."""
    state = KnowledgeAgreement.State
    found = KnowledgeAgreement.objects.filter(
        engagement=engagement, state__in=[state.ACCEPTED, state.PROPOSED]
    )
    by_state = {version.state: version for version in found}
    return by_state.get(state.ACCEPTED), by_state.get(state.PROPOSED)


def open_proposal_of(engagement: Engagement) -> KnowledgeAgreement | None:
    """Return the proposal that waits for an answer, if any."""
    return KnowledgeAgreement.objects.proposed().filter(engagement=engagement).first()


def proposal_of(public_id: str) -> KnowledgeAgreement | None:
    """Return a proposal that waits for an answer, with its forms and both sides; else None."""
    agreed = AgreedForm.objects.select_related("form").order_by("form__position")
    return (
        KnowledgeAgreement.objects.proposed()
        .filter(public_id=public_id)
        .select_related(
            "policy",
            "engagement__manager",
            "engagement__freelancer__business_contact",
            "engagement__freelancer__private_contact",
        )
        .prefetch_related(Prefetch("agreed_forms", queryset=agreed))
        .first()
    )


def mix_of(
    policy: TransferPolicy, target: int, times: Mapping[str, int]
) -> tuple[list[ProposedForm], rules.Mix]:
    """Return what a choice of forms can earn under the caps, form by form and together.

    Args:
        policy: whose forms and caps hold.
        target: agreed points.
        times: how often, by code of the form; unknown codes do not count.
    """
    chosen = [form for form in policy.forms.all() if times.get(form.code)]
    mix = rules.mix(target, policy.terms, [(form.terms, times[form.code]) for form in chosen])
    pairs = zip(chosen, mix.lines, strict=True)
    return [ProposedForm(form, times[form.code], line) for form, line in pairs], mix


def agreed_mix_of(agreement: KnowledgeAgreement) -> tuple[list[ProposedForm], rules.Mix]:
    """Return what an agreement's forms can earn; forms prefetched by `agreements_of`."""
    return mix_of(agreement.policy, agreement.target, times_of(agreement))


def shortfall_of(agreement: KnowledgeAgreement) -> Decimal | None:
    """Return the points that the forms of an agreement can earn, where that is below its target.

    Returns:
        None where the target can be reached, or no forms were chosen.
    """
    lines, mix = agreed_mix_of(agreement)
    return mix.total if lines and not mix.is_enough else None


def policies() -> list[TransferPolicy]:
    """Return the policies that agreements can use, the default first, forms included."""
    return list(
        TransferPolicy.objects.filter(is_current=True)
        .prefetch_related("forms")
        .order_by("-is_default", "pk")
    )


def times_of(agreement: KnowledgeAgreement) -> dict[str, int]:
    """Return how often each form was agreed, by code; forms prefetched by `agreements_of`."""
    return {agreed.form.code: agreed.times for agreed in agreement.agreed_forms.all()}


def hours_for(target: int) -> Decimal:
    """Return the paid hours that a number of points usually takes.

    Source: domain.md section 2: 100 points is about 20 paid hours.
    """
    return Decimal(target) / 5


def traces_on(engagement_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return what people did about knowledge, in words, by engagement; in three queries for all."""
    traces: dict[int, list[str]] = {}
    agreed = KnowledgeAgreement.objects.filter(engagement__in=engagement_ids)
    for engagement_id in agreed.values_list("engagement_id", flat=True).distinct():
        traces.setdefault(engagement_id, []).append(_("a knowledge agreement"))
    handovers = Deliverable.objects.filter(engagement__in=engagement_ids)
    counts = handovers.values("engagement_id").annotate(count=Count("pk"))
    for row in counts.order_by("engagement_id"):
        text = ngettext("%(count)d handover", "%(count)d handovers", row["count"])
        traces.setdefault(row["engagement_id"], []).append(text % {"count": row["count"]})
    topics = Topic.objects.filter(engagement__in=engagement_ids)
    for row in topics.order_by("engagement_id").values("engagement_id").annotate(count=Count("pk")):
        text = ngettext("%(count)d topic", "%(count)d topics", row["count"])
        traces.setdefault(row["engagement_id"], []).append(text % {"count": row["count"]})
    return traces


def said_on_accepting(agreement: KnowledgeAgreement) -> str:
    """Say what the client's acceptance brought about and what follows, in the active language."""
    return _(
        "Agreed. It is in force from now on; %(name)s sees it at once, and earns points by what "
        "they hand over."
    ) % {"name": agreement.engagement.freelancer.full_name}
