"""The forms in which something can be handed over, with what each can still bring."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from engagements.models import Engagement
from knowledge import rules
from knowledge.models import Basis, Deliverable, LedgerEntry, TransferForm, basis_of

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class FormChoice:
    """A form of transfer that can be begun.

    Attributes:
        form: the form.
        earns: points that one more of it can bring, all stages together.
        room: points that are left under its caps; None when it has none.
        agreed: how often it was agreed.
        begun: how often it was begun, withdrawn ones left out.
        existing: the handover that there is already, where only one counts.
    """

    form: TransferForm
    earns: Decimal
    room: Decimal | None
    agreed: int
    begun: int
    existing: Deliverable | None = None

    @property
    def to_do(self) -> int:
        """How often it was agreed and not yet begun."""
        return max(0, self.agreed - self.begun)


@dataclass(frozen=True, slots=True)
class FormGroup:
    """Forms that are alike, under one heading."""

    title: str
    choices: list[FormChoice]


@dataclass(frozen=True, slots=True)
class _Booked:
    """Net points of an engagement so far, by stage: of each form, and of the written ones."""

    by_form: Mapping[tuple[str, str], Decimal]
    written: Mapping[str, Decimal]

    def standing(self, form: TransferForm, stage: rules.Stage) -> rules.Standing:
        """Say against what one more handover of a form would be weighed."""
        has_points = any(self.by_form.get((form.code, name), NOTHING) for name in rules.STAGES)
        return rules.Standing(
            form=self.by_form.get((form.code, stage), NOTHING),
            written=self.written.get(stage, NOTHING),
            others_with_points=int(has_points),
        )


def choices_of(engagement: Engagement) -> list[FormChoice]:
    """Return the forms of the policy in force, in its order."""
    basis = basis_of(engagement)
    booked = _booked(engagement)
    begun = list(
        Deliverable.objects.filter(engagement=engagement)
        .exclude(state=Deliverable.State.WITHDRAWN)
        .select_related("form")
        .order_by("-pk")
    )
    times = Counter(deliverable.form.code for deliverable in begun)
    once = {d.form.code: d for d in begun if d.form.once_only}
    agreed = _agreed(basis)
    return [
        FormChoice(
            form=form,
            earns=_earns(basis, form, booked),
            room=_room(basis, form, booked),
            agreed=agreed.get(form.code, 0),
            begun=times[form.code],
            existing=once.get(form.code),
        )
        for form in basis.policy.forms.all()
    ]


def form_groups(choices: Sequence[FormChoice]) -> list[FormGroup]:
    """Return forms to choose from: what is written or recorded, and what is done together."""
    alone = [choice for choice in choices if not choice.form.is_session]
    together = [choice for choice in choices if choice.form.is_session]
    groups = [
        FormGroup(_("Write it down or record it"), alone),
        FormGroup(_("Do it together"), together),
    ]
    return [group for group in groups if group.choices]


def _agreed(basis: Basis) -> dict[str, int]:
    if basis.agreement is None:
        return {}
    return dict(basis.agreement.agreed_forms.values_list("form__code", "times"))


def _booked(engagement: Engagement) -> _Booked:
    sums = (
        LedgerEntry.objects.filter(engagement=engagement)
        .values("stage", "form_code", "is_written")
        .annotate(points=Sum("amount"))
        .order_by()
    )
    by_form: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    written: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in sums:
        by_form[row["form_code"], row["stage"]] += row["points"]
        written[row["stage"]] += row["points"] if row["is_written"] else NOTHING
    return _Booked(by_form, written)


def _room(basis: Basis, form: TransferForm, booked: _Booked) -> Decimal | None:
    """Return the points that are left under the caps of a form, None without any.

    Each stage has its own part of a cap: what acceptance filled leaves room for receiving.
    """
    rooms = []
    for stage in rules.STAGES:
        bounds = rules.bounds_of(basis.target, basis.policy.terms, form.terms, stage)
        standing = booked.standing(form, stage)
        left = []
        if bounds.form is not None:
            left.append(bounds.form - standing.form)
        if bounds.written is not None:
            left.append(bounds.written - standing.written)
        if left:
            rooms.append(max(NOTHING, min(left)))
    return sum(rooms, NOTHING) if rooms else None


def _earns(basis: Basis, form: TransferForm, booked: _Booked) -> Decimal:
    """Return what one more handover of this form can earn when every stage is reached."""
    terms = basis.policy.terms
    return sum(
        (
            rules.book(basis.target, terms, form.terms, stage, booked.standing(form, stage)).amount
            for stage in rules.STAGES
        ),
        NOTHING,
    )
