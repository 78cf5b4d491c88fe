"""What stages that were reached would have earned under another policy. No ORM, no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter

from knowledge.rules.points import NOTHING, FormTerms, PolicyTerms, Stage, Standing, book


@dataclass(frozen=True, slots=True)
class StageEvent:
    """A stage that a deliverable reached, or whose points were taken back.

    Attributes:
        deliverable: its key.
        form: code of its form.
        stage: which one.
        target: agreed points at that moment.
        is_taken_back: whether this takes back what the stage earned before.
        kept: points that stay as they were, because another policy than the one that changes
            weighed them; None for what is weighed again.
        is_written: of a kept one, whether it counted towards the common cap.
    """

    deliverable: int
    form: str
    stage: Stage
    target: int
    is_taken_back: bool = False
    kept: Decimal | None = None
    is_written: bool = False


@dataclass
class _Books:
    """What one engagement earned so far."""

    by_form: dict[tuple[str, Stage], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    written: dict[Stage, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    net: dict[tuple[str, int], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    earned: dict[tuple[int, Stage], Decimal] = field(default_factory=dict)

    def standing(self, event: StageEvent) -> Standing:
        others = sum(
            1
            for (form, deliverable), net in self.net.items()
            if form == event.form and deliverable != event.deliverable and net
        )
        return Standing(self.by_form[event.form, event.stage], self.written[event.stage], others)

    def add(self, event: StageEvent, amount: Decimal, *, is_written: bool) -> None:
        self.by_form[event.form, event.stage] += amount
        self.net[event.form, event.deliverable] += amount
        if is_written:
            self.written[event.stage] += amount


def replay(
    events: Iterable[StageEvent], policy: PolicyTerms, forms: Mapping[str, FormTerms]
) -> list[Decimal]:
    """Return what each event of one engagement would have booked under a policy.

    With the policy under which everything was booked, these are the amounts of its ledger.

    Args:
        events: of one engagement, in the order in which they happened.
        policy: whose shares and common cap hold.
        forms: terms by code; a form that is not among them earns nothing.
    """
    books, amounts = _Books(), []
    for event in events:
        form = forms.get(event.form)
        is_written = event.is_written if event.kept is not None or form is None else form.is_written
        amount = _amount(event, policy, form, books)
        books.add(event, amount, is_written=is_written)
        amounts.append(amount)
    return amounts


def _amount(
    event: StageEvent, policy: PolicyTerms, form: FormTerms | None, books: _Books
) -> Decimal:
    if event.kept is not None:
        return event.kept
    key = (event.deliverable, event.stage)
    if event.is_taken_back:
        earned, books.earned[key] = books.earned.get(key, NOTHING), NOTHING
        return -earned
    if form is None or key in books.earned:
        return NOTHING
    earned = book(event.target, policy, form, event.stage, books.standing(event)).amount
    books.earned[key] = earned
    return earned


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one engagement earned, and what it would have earned.

    Attributes:
        engagement: its key.
        target: agreed points.
        before: points as booked.
        after: points under the other policy.
    """

    engagement: int
    target: int
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """Points more, or fewer when below 0."""
        return self.after - self.before

    @property
    def size(self) -> Decimal:
        """How large the difference is, either way."""
        return abs(self.difference)

    @property
    def was_met(self) -> bool:
        """Whether the target was reached."""
        return self.before >= self.target

    @property
    def would_be_met(self) -> bool:
        """Whether the target would have been reached."""
        return self.after >= self.target


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change would have meant for many engagements, the largest differences first."""

    outcomes: tuple[Outcome, ...]

    @property
    def more(self) -> int:
        """How many would have earned more."""
        return sum(1 for one in self.outcomes if one.difference > 0)

    @property
    def fewer(self) -> int:
        """How many would have earned less."""
        return sum(1 for one in self.outcomes if one.difference < 0)

    @property
    def same(self) -> int:
        """How many would have earned the same."""
        return len(self.outcomes) - self.more - self.fewer

    @property
    def changed(self) -> tuple[Outcome, ...]:
        """Those with a difference, the largest first."""
        return tuple(one for one in self.outcomes if one.difference)

    @property
    def newly_met(self) -> int:
        """How many would have reached their target that did not."""
        return sum(1 for one in self.outcomes if one.would_be_met and not one.was_met)

    @property
    def newly_missed(self) -> int:
        """How many reached their target that would not have."""
        return sum(1 for one in self.outcomes if one.was_met and not one.would_be_met)


def compare(outcomes: Sequence[Outcome]) -> Comparison:
    """Return outcomes together, the largest differences first, the newest engagement of equals."""
    newest_first = sorted(outcomes, key=attrgetter("engagement"), reverse=True)
    return Comparison(tuple(sorted(newest_first, key=attrgetter("size"), reverse=True)))
