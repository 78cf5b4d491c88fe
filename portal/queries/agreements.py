"""The knowledge agreement in plain words: what each form earns, and what bounds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.wording import number
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import KnowledgeAgreement, TransferForm, TransferPolicy
from knowledge.queries import agreements_of, mix_of
from knowledge.queries.agreements import times_of

State = KnowledgeAgreement.State


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


@dataclass(frozen=True, slots=True)
class ShownAgreement:
    """Everything that the page about an agreement shows.

    Attributes:
        in_force: the version that holds, if any.
        proposal: the version that waits for an answer, if any.
        older: replaced and declined versions, newest first.
        mix: what the version in question can earn; None when there is none.
    """

    in_force: KnowledgeAgreement | None
    proposal: KnowledgeAgreement | None
    older: list[KnowledgeAgreement]
    mix: ShownMix | None

    @property
    def shown(self) -> KnowledgeAgreement | None:
        """Return the version that matters now: what waits for an answer, else what holds."""
        return self.proposal or self.in_force

    @property
    def is_mine_to_answer(self) -> bool:
        """Say whether the professional is asked."""
        return self.proposal is not None and self.proposal.freelancer_accepted_at is None


def shown_agreements(engagement: Engagement) -> ShownAgreement:
    """Return the versions of an agreement, and what the one that matters now can earn."""
    versions = agreements_of(engagement)
    by_state = {agreement.state: agreement for agreement in reversed(versions)}
    in_force, proposal = by_state.get(State.ACCEPTED), by_state.get(State.PROPOSED)
    shown = proposal or in_force
    return ShownAgreement(
        in_force=in_force,
        proposal=proposal,
        older=[a for a in versions if a not in (in_force, proposal)],
        mix=shown_mix(shown.policy, shown.target, times_of(shown)) if shown else None,
    )


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
            cap=cap_words(one.form, target),
        )
        for one in proposed
    ]
    return ShownMix(forms, mix.total, policy_notes(policy, target), mix.is_enough)


def cap_words(form: TransferForm, target: int) -> str:
    """Return what bounds a form, as a few words."""
    if form.once_only:
        return _("counts once")
    cap = rules.cap_of(target, form.terms.cap_share)
    return "" if cap is None else _("at most %(points)s points") % {"points": number(cap)}


def policy_notes(policy: TransferPolicy, target: int) -> list[str]:
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
