"""What handovers earn: weighed by the rules of the product, once for each mix that occurs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from dashboards.management.scale.sheets import Encoded, encoded
from knowledge import rules
from knowledge.models import TransferForm, TransferPolicy

# For each handover in order: its form, and how many stages it reached.
Mix = tuple[tuple[str, int], ...]
NONE: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the ledger, but for whose it is."""

    handover: int  # its place in the mix
    stage: rules.Stage
    text: Encoded


class Bookings:
    """Weighs the handovers of an engagement one after the other, as operations do."""

    def __init__(self, policy: TransferPolicy, forms: dict[str, TransferForm]) -> None:
        self._policy = policy.terms
        self._forms = forms
        self.of = cache(self._of)

    def _of(self, target: int, mix: Mix) -> Sequence[Line]:
        """Return the entries that a mix of handovers leaves, in the order of booking."""
        form_sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: NONE)
        written: dict[str, Decimal] = defaultdict(lambda: NONE)
        earned: dict[int, Decimal] = defaultdict(lambda: NONE)
        lines = []
        for place, (code, reached) in enumerate(mix):
            form = self._forms[code]
            for stage in rules.STAGES[:reached]:
                others = [at for at in earned if at != place and mix[at][0] == code and earned[at]]
                standing = rules.Standing(form_sums[code, stage], written[stage], len(others))
                booking = rules.book(target, self._policy, form.terms, stage, standing)
                form_sums[code, stage] += booking.amount
                written[stage] += booking.amount if form.is_written else NONE
                earned[place] += booking.amount
                lines.append(Line(place, stage, self._text(target, form, stage, booking)))
        return lines

    def _text(
        self, target: int, form: TransferForm, stage: rules.Stage, booking: rules.Booking
    ) -> Encoded:
        bounds = rules.bounds_of(target, self._policy, form.terms, stage)
        return encoded(
            stage,
            booking.amount,
            form.base_points,
            self._policy.shares[stage],
            booking.uncapped,
            booking.limited_by,
            target,
            form.code,
            form.is_written,
            bounds.is_once,
            bounds.form,
            bounds.written,
        )
