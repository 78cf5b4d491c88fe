"""The knowledge agreement in plain words: what each form earns, and what bounds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.wording import number
from knowledge import rules
from knowledge.models import KnowledgeAgreement, TransferForm, TransferPolicy
from knowledge.queries import mix_of, times_of


@dataclass(frozen=True, slots=True)
class ShownForm:
    """One form of a mix.

    Attributes:
        form: the form.
        times: how often.
        points: what that can earn, its own cap taken off.
        cap: what bounds it, in words.
    """

    form: TransferForm
    times: int
    points: Decimal
    cap: str


@dataclass(frozen=True, slots=True)
class ShownMix:
    """A choice of forms with what it can earn.

    Attributes:
        forms: the forms.
        total: points of all together, all caps taken off.
        notes: what bounds the sum, in sentences.
        is_enough: whether the target can be reached.
    """

    forms: list[ShownForm]
    total: Decimal
    notes: list[str]
    is_enough: bool


def agreed_mix(agreement: KnowledgeAgreement) -> ShownMix:
    """Return what the forms of an agreement can earn; forms prefetched by `agreements_of`."""
    return shown_mix(agreement.policy, agreement.target, times_of(agreement))


def shown_mix(policy: TransferPolicy, target: int, times: Mapping[str, int]) -> ShownMix:
    """Return what a choice of forms can earn, with its bounds in words.

    Args:
        policy: whose forms and caps hold.
        target: points to reach.
        times: how often, by code of the form.
    """
    proposed, mix = mix_of(policy, target, times)
    forms = [
        ShownForm(
            form=one.form,
            times=times[one.form.code],
            points=one.line.capped,
            cap=_cap_words(one.form, target),
        )
        for one in proposed
    ]
    return ShownMix(forms, mix.total, _policy_notes(policy, target), mix.is_enough)


def _cap_words(form: TransferForm, target: int) -> str:
    """Return what bounds a form, as a few words."""
    if form.once_only:
        return _("counts once")
    cap = rules.cap_of(target, form.terms.cap_share)
    return "" if cap is None else _("at most %(points)s points") % {"points": number(cap)}


def _policy_notes(policy: TransferPolicy, target: int) -> list[str]:
    """Return how points come and what bounds them, as plain sentences."""
    terms = policy.terms
    notes = [_when_points_come(terms)]
    written = rules.cap_of(target, terms.written_share)
    if written is not None:
        notes.append(
            _("Everything written or recorded together counts for at most %(points)s points.")
            % {"points": number(written)}
        )
    if terms.least_forms > 1:
        notes.append(
            ngettext(
                "An agreement names at least %(count)d form.",
                "An agreement names at least %(count)d different forms.",
                terms.least_forms,
            )
            % {"count": terms.least_forms}
        )
    notes.append(_("Handing over more than agreed is welcome, also where it brings no points."))
    return notes


def _when_points_come(terms: rules.PolicyTerms) -> str:
    shares = {stage: number(share * 100) for stage, share in terms.shares.items()}
    if terms.shares["accepted"] == 1:
        return _("All points come when your handover is accepted.")
    return (
        _(
            "Of the points, %(accepted)s%% come when your handover is accepted, %(received)s%% when"
            " a colleague has received it and %(applied)s%% when a colleague works with it alone."
        )
        % shares
    )
