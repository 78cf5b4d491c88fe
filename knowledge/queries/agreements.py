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


def forms_for(engagement: Engagement) -> list[TransferForm]:
    """Return the forms in which an engagement can hand over, in the order of the policy."""
    return list(basis_of(engagement).policy.forms.all())


def agreements_of(engagement: Engagement) -> list[KnowledgeAgreement]:
    """Return every version of an engagement's agreement, newest first, forms included."""
    agreed = AgreedForm.objects.select_related("form").order_by("form__position")
    return list(
        KnowledgeAgreement.objects.filter(engagement=engagement)
        .select_related("policy")
        .prefetch_related(Prefetch("agreed_forms", queryset=agreed))
        .order_by("-version")
    )


def open_proposal_of(engagement: Engagement) -> KnowledgeAgreement | None:
    """Return the proposal that waits for an answer, if any."""
    return KnowledgeAgreement.objects.proposed().filter(engagement=engagement).first()


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
    """Return what people did about knowledge, in words, by engagement; in two queries for all."""
    traces: dict[int, list[str]] = {}
    agreed = KnowledgeAgreement.objects.filter(engagement__in=engagement_ids)
    for engagement_id in agreed.values_list("engagement_id", flat=True).distinct():
        traces.setdefault(engagement_id, []).append(_("a knowledge agreement"))
    handovers = Deliverable.objects.filter(engagement__in=engagement_ids)
    counts = handovers.values("engagement_id").annotate(count=Count("pk"))
    for row in counts.order_by("engagement_id"):
        text = ngettext("%(count)d handover", "%(count)d handovers", row["count"])
        traces.setdefault(row["engagement_id"], []).append(text % {"count": row["count"]})
    return traces
