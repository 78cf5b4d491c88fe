"""Whether the ledger still says what was decided: every booking recounted from the beginning."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef

from core.models import Organisation
from knowledge import rules
from knowledge.models import Deliverable, LedgerEntry
from knowledge.queries.points import points_by_engagement


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the ledger that no series of decisions could have left."""

    where: str
    what: str

    def __str__(self) -> str:
        """Return the fault as a line for an operator."""
        return f"{self.where}: {self.what}"


@dataclass
class _Books:
    """One engagement's bookings, recounted one after the other."""

    by_form: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    by_deliverable: dict[tuple[str, int], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    written: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    balance: Decimal = Decimal(0)
    booked: set[tuple[int, str]] = field(default_factory=set)
    entries: dict[int, LedgerEntry] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)

    def standing(self, entry: LedgerEntry) -> rules.Standing:
        others = sum(
            1
            for (form_code, deliverable_id), net in self.by_deliverable.items()
            if form_code == entry.form_code and deliverable_id != entry.deliverable_id and net
        )
        return rules.Standing(
            self.by_form[entry.form_code, entry.stage], self.written[entry.stage], others
        )

    def add(self, entry: LedgerEntry) -> None:
        self.entries[entry.pk] = entry
        self.by_form[entry.form_code, entry.stage] += entry.amount
        self.by_deliverable[entry.form_code, entry.deliverable_id] += entry.amount
        self.written[entry.stage] += entry.amount if entry.is_written else 0
        self.balance += entry.amount


def faults_of(organisation: Organisation) -> list[Fault]:
    """Return what is wrong in the ledger of the organisation whose scope is open.

    Each booking is weighed again against the ones before it, with the numbers that it keeps; the
    balances that pages show are compared with the recounted ones.

    Args:
        organisation: whose ledger.
    """
    return list(_faults(organisation))


def entry_count(organisation: Organisation) -> int:
    """Return how many entries the ledger has."""
    return LedgerEntry.objects.filter(organisation=organisation).count()


def _faults(organisation: Organisation) -> Iterator[Fault]:
    entries = (
        LedgerEntry.objects.filter(organisation=organisation)
        .select_related("deliverable", "engagement")
        .order_by("engagement_id", "pk")
    )
    books: dict[int, _Books] = defaultdict(_Books)
    for entry in entries.iterator(chunk_size=2000):
        of_engagement = books[entry.engagement_id]
        where = f"entry {entry.public_id}"
        yield from (Fault(where, what) for what in _faults_in(entry, of_engagement))
        of_engagement.add(entry)
        if of_engagement.balance < 0:
            yield Fault(where, f"the balance falls to {of_engagement.balance}")
    yield from _faulty_balances(books)
    yield from _faulty_states(organisation)


def _faults_in(entry: LedgerEntry, books: _Books) -> Iterable[str]:
    deliverable = entry.deliverable
    if entry.organisation_id != deliverable.organisation_id or (
        entry.engagement_id != deliverable.engagement_id
    ):
        yield "belongs to another engagement than its handover"
    if entry.reverses_id is None:
        yield from _faults_in_booking(entry, books)
    else:
        yield from _faults_in_reversal(entry, books)


def _faults_in_booking(entry: LedgerEntry, books: _Books) -> Iterable[str]:
    stage = (entry.deliverable_id, entry.stage)
    if stage in books.booked:
        yield f"books the stage {entry.stage} a second time"
    books.booked.add(stage)
    uncapped = rules.points_for_stage(entry.base_points, entry.share)
    if entry.uncapped != uncapped:
        yield f"says {entry.uncapped} points without a cap, which are {uncapped}"
    right = rules.within(uncapped, entry.bounds, books.standing(entry))
    if (entry.amount, entry.limited_by) != (right.amount, right.limited_by):
        yield f"books {entry.amount} points where its caps leave {right.amount}"


def _faults_in_reversal(entry: LedgerEntry, books: _Books) -> Iterable[str]:
    original = books.entries.get(entry.reverses_id or 0)
    if original is None:
        yield "takes back what was not booked before it"
        return
    if original.pk in books.reversed or original.reverses_id is not None:
        yield "takes back what cannot be taken back"
    books.reversed.add(original.pk)
    if entry.amount != -original.amount:
        yield f"takes back {-entry.amount} points of {original.amount}"
    if (entry.deliverable_id, entry.stage, entry.form_code) != (
        original.deliverable_id,
        original.stage,
        original.form_code,
    ):
        yield "is about another handover or stage than what it takes back"


def _faulty_balances(books: dict[int, _Books]) -> Iterator[Fault]:
    shown = points_by_engagement(books)
    for engagement_id, of_engagement in books.items():
        if shown[engagement_id].balance != of_engagement.balance:
            yield Fault(
                f"engagement {engagement_id}",
                f"shows {shown[engagement_id].balance} points, recounted {of_engagement.balance}",
            )


def _faulty_states(organisation: Organisation) -> Iterator[Fault]:
    booked = LedgerEntry.objects.filter(deliverable=OuterRef("pk"), stage="accepted", reverses=None)
    deliverables = (
        Deliverable.objects.filter(organisation=organisation)
        .annotate(is_booked=Exists(booked))
        .order_by("pk")
    )
    accepted = deliverables.filter(state=Deliverable.State.ACCEPTED, is_booked=False)
    for deliverable in accepted.select_related("form__policy"):
        shares = deliverable.form.policy.terms.shares
        if rules.points_for_stage(deliverable.form.base_points, shares["accepted"]):
            yield Fault(f"handover {deliverable.public_id}", "accepted, and nothing was booked")
    others = deliverables.exclude(state=Deliverable.State.ACCEPTED).filter(is_booked=True)
    for deliverable in others:
        yield Fault(f"handover {deliverable.public_id}", "booked, and never accepted")
