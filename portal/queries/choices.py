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
    """Net points of an engagement so far: by code of the form, and for written forms together."""

    by_form: Mapping[str, Decimal]
    written: Decimal


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
            earns=_earns(form, room),
            room=room,
            agreed=agreed.get(form.code, 0),
            begun=times[form.code],
            existing=once.get(form.code),
        )
        for form in basis.policy.forms.all()
        for room in [_room(basis, form, booked)]
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
        .values("form_code", "is_written")
        .annotate(points=Sum("amount"))
        .order_by()
    )
    by_form: defaultdict[str, Decimal] = defaultdict(Decimal)
    written = NOTHING
    for row in sums:
        by_form[row["form_code"]] += row["points"]
        written += row["points"] if row["is_written"] else NOTHING
    return _Booked(by_form, written)


def _room(basis: Basis, form: TransferForm, booked: _Booked) -> Decimal | None:
    """Return the points that are left under the caps of a form, None without any."""
    left = []
    own = rules.cap_of(basis.target, form.terms.cap_share)
    if own is not None:
        left.append(own - booked.by_form.get(form.code, NOTHING))
    shared = rules.cap_of(basis.target, basis.policy.terms.written_share)
    if form.is_written and shared is not None:
        left.append(shared - booked.written)
    return max(NOTHING, min(left)) if left else None


def _earns(form: TransferForm, room: Decimal | None) -> Decimal:
    return form.base_points if room is None else min(form.base_points, room)
