"""What another policy would have meant for engagements that ended."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef, Q

from core.calendars import add_months
from core.models import Organisation
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    Confirmation,
    Deliverable,
    KnowledgeAgreement,
    LedgerEntry,
    TransferPolicy,
)
from knowledge.queries.points import Points, points_by_engagement

MONTHS_BACK: Final = 12
STAGES_OF: Final[Mapping[str, tuple[rules.Stage, ...]]] = {
    Confirmation.Answer.RECEIVED: ("received",),
    Confirmation.Answer.EXPLAINED: ("received", "applied"),
    Confirmation.Answer.PERFORMED: ("received", "applied"),
}


@dataclass(frozen=True, slots=True)
class _Reached:
    """A stage that was reached while the policy of that moment gave nothing for it."""

    at: datetime
    engagement: int
    deliverable: int
    form: str
    stage: rules.Stage
    taken_back_at: datetime | None = None


def changes_under(
    code: str,
    policy: rules.PolicyTerms,
    forms: Mapping[str, rules.FormTerms],
    organisation: Organisation,
) -> rules.Comparison:
    """Return what a version would have meant for engagements of its policy that ended.

    What another policy weighed stays as it was booked. A stage for which nothing was booked,
    because the policy of that moment gave nothing, counts from the receiver's word.

    Args:
        code: of the policy that changes, or of which a new one is a copy.
        policy: the new terms.
        forms: the new terms by code of the form; a form that is off earns nothing.
        organisation: whose engagements of the last 12 months count.
    """
    points = points_by_engagement(_ended(code, organisation))
    events = _events(code, points)
    outcomes = [
        rules.Outcome(
            engagement=key,
            target=one.target,
            before=one.balance,
            after=sum(rules.replay(events[key], policy, forms), Decimal(0)),
        )
        for key, one in points.items()
    ]
    return rules.compare(outcomes)


def with_engagements(outcomes: Sequence[rules.Outcome]) -> list[tuple[rules.Outcome, Engagement]]:
    """Return outcomes with their engagements, professionals fetched, in one query for all."""
    found = Engagement.objects.select_related("freelancer").in_bulk(
        [outcome.engagement for outcome in outcomes]
    )
    return [(outcome, found[outcome.engagement]) for outcome in outcomes]


def looked_back(organisation: Organisation) -> tuple[date, date]:
    """Return the first and the last day of the period in which the engagements ended."""
    today = organisation.today()
    return add_months(today, -MONTHS_BACK), today


def _ended(code: str, organisation: Organisation) -> list[int]:
    """Return the engagements that earned by this policy, or would have."""
    first, today = looked_back(organisation)
    agreements = KnowledgeAgreement.objects.in_force().filter(engagement=OuterRef("pk"))
    booked = LedgerEntry.objects.filter(engagement=OuterRef("pk"), policy_code=code)
    is_meant = Q(Exists(booked)) | Q(Exists(agreements.filter(policy__code=code)))
    if TransferPolicy.objects.filter(code=code, is_default=True).exists():
        is_meant |= Q(~Exists(agreements))
    ended = Engagement.objects.filter(
        is_meant, cancelled_at=None, ends_on__gte=first, ends_on__lt=today
    )
    return list(ended.values_list("pk", flat=True))


def _events(code: str, points: Mapping[int, Points]) -> Mapping[int, list[rules.StageEvent]]:
    """Return what happened in each engagement, in the order in which it did."""
    agreed = KnowledgeAgreement.objects.in_force().filter(engagement__in=points)
    codes = dict(agreed.values_list("engagement_id", "policy__code"))
    usual = TransferPolicy.objects.values_list("code", flat=True).get(is_default=True)
    entries = _entries_by_engagement(points)
    unbooked = _unbooked_by_engagement(points, entries)
    return {
        key: list(_in_order(code, entries[key], unbooked[key], (codes.get(key, usual), one.target)))
        for key, one in points.items()
    }


def _entries_by_engagement(keys: Iterable[int]) -> Mapping[int, list[LedgerEntry]]:
    found: dict[int, list[LedgerEntry]] = defaultdict(list)
    entries = LedgerEntry.objects.filter(engagement__in=list(keys)).order_by("pk")
    for entry in entries.only(
        "engagement_id",
        "deliverable_id",
        "stage",
        "amount",
        "target",
        "policy_code",
        "form_code",
        "is_written",
        "reverses_id",
        "booked_at",
    ):
        found[entry.engagement_id].append(entry)
    return found


def _unbooked_by_engagement(
    keys: Iterable[int], entries: Mapping[int, list[LedgerEntry]]
) -> Mapping[int, list[_Reached]]:
    """Return stages without a booking; of several words about one stage, the first."""
    found: dict[int, list[_Reached]] = defaultdict(list)
    seen = {(entry.deliverable_id, entry.stage) for booked in entries.values() for entry in booked}
    for reached in [*_acceptances(keys), *_words(keys)]:
        if (reached.deliverable, reached.stage) not in seen:
            seen.add((reached.deliverable, reached.stage))
            found[reached.engagement].append(reached)
    return found


def _acceptances(keys: Iterable[int]) -> Iterator[_Reached]:
    booked = LedgerEntry.objects.filter(deliverable=OuterRef("pk"), stage="accepted")
    accepted = Deliverable.objects.filter(
        ~Exists(booked),
        engagement__in=list(keys),
        state=Deliverable.State.ACCEPTED,
        decided_at__isnull=False,
    )
    for at, engagement, pk, form in accepted.values_list(
        "decided_at", "engagement_id", "pk", "form__code"
    ):
        assert at is not None  # noqa: S101 - for the type checker
        yield _Reached(at, engagement, pk, form, "accepted")


def _words(keys: Iterable[int]) -> Iterator[_Reached]:
    said = Confirmation.objects.filter(
        Q(answer__in=list(STAGES_OF)), deliverable__engagement__in=list(keys)
    ).order_by("at", "pk")
    for at, withdrawn, answer, engagement, pk, form in said.values_list(
        "at",
        "withdrawn_at",
        "answer",
        "deliverable__engagement_id",
        "deliverable_id",
        "deliverable__form__code",
    ):
        for stage in STAGES_OF[answer]:
            yield _Reached(at, engagement, pk, form, stage, withdrawn)


def _in_order(
    code: str,
    entries: Sequence[LedgerEntry],
    unbooked: Iterable[_Reached],
    usual: tuple[str, int],
) -> Iterator[rules.StageEvent]:
    """Merge bookings and unbooked stages; an unbooked one is of the policy booked by before it."""
    happened: list[tuple[datetime, LedgerEntry | _Reached, bool]] = []
    for entry in entries:  # their order is that of the ledger, also where a clock went back
        moment = max(entry.booked_at, happened[-1][0]) if happened else entry.booked_at
        happened.append((moment, entry, entry.reverses_id is not None))
    for reached in unbooked:
        happened.append((reached.at, reached, False))
        if reached.taken_back_at is not None:
            happened.append((reached.taken_back_at, reached, True))
    policy_code, target = (entries[0].policy_code, entries[0].target) if entries else usual
    for _moment, what, is_taken_back in sorted(happened, key=lambda one: one[0]):
        if isinstance(what, LedgerEntry):
            policy_code, target = what.policy_code, what.target
            yield _booked(what, code, is_taken_back=is_taken_back)
        elif policy_code == code:
            yield rules.StageEvent(what.deliverable, what.form, what.stage, target, is_taken_back)


def _booked(entry: LedgerEntry, code: str, *, is_taken_back: bool) -> rules.StageEvent:
    is_kept = entry.policy_code != code
    return rules.StageEvent(
        deliverable=entry.deliverable_id,
        form=entry.form_code,
        stage=entry.stage,  # type: ignore[arg-type]
        target=entry.target,
        is_taken_back=is_taken_back,
        kept=entry.amount if is_kept else None,
        is_written=entry.is_written,
    )
