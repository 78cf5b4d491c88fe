"""Balances, bookings with their explanation, and what the next acceptance would book."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from core.charts import PointStep
from core.scoping import organisation_at_hand
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    Basis,
    Deliverable,
    KnowledgeAgreement,
    LedgerEntry,
    basis_of,
    usual_target,
)
from knowledge.queries.dossiers import Dossier

# Every list asks this of its rows; written down, as putting it together took as long as the answer.
BALANCES: Final = """
SELECT engagement.id, engagement.starts_on, engagement.ends_on, engagement.knowledge_target,
       agreed.target,
       COALESCE(sum(entry.amount) FILTER (WHERE entry.stage = 'accepted'), 0),
       COALESCE(sum(entry.amount) FILTER (WHERE entry.stage = 'received'), 0),
       COALESCE(sum(entry.amount) FILTER (WHERE entry.stage = 'applied'), 0)
  FROM engagements_engagement engagement
  LEFT JOIN knowledge_knowledgeagreement agreed
    ON agreed.engagement_id = engagement.id AND agreed.state = 'accepted'
  LEFT JOIN knowledge_ledgerentry entry ON entry.engagement_id = engagement.id
 WHERE engagement.organisation_id = %(organisation)s AND engagement.id = ANY(%(engagements)s)
 GROUP BY engagement.id, agreed.target
"""


@dataclass(frozen=True, slots=True)
class Points:
    """How far an engagement is.

    Attributes:
        balance: net points, all stages together.
        target: agreed points; what is usual when nothing was agreed.
        accepted: net points of the first stage.
        received: net points of the second stage.
        applied: net points of the third stage.
        is_agreed: whether an agreement is in force.
    """

    balance: Decimal
    target: int
    accepted: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    applied: Decimal = Decimal(0)
    is_agreed: bool = False

    @property
    def to_go(self) -> Decimal:
        """Points that are still missing, 0 when the target is met."""
        return rules.points_to_go(self.target, self.balance)

    @property
    def is_met(self) -> bool:
        """Whether the target is reached."""
        return not self.to_go


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting would book now, and against what it is weighed."""

    booking: rules.Booking
    base_points: Decimal
    basis: Basis

    @property
    def share(self) -> Decimal:
        """Return the share that accepting books, in hundredths."""
        return self.basis.policy.accepted_share * 100

    @property
    def limit_label(self) -> str:
        """Return in words which cap takes something off, or that none does."""
        return str(LedgerEntry.Limit(self.booking.limited_by).label)


def points_by_engagement(engagement_ids: Iterable[int]) -> dict[int, Points]:
    """Return how far engagements of the organisation at hand are, in one query for all of them.

    Args:
        engagement_ids: keys; those that do not exist are left out.
    """
    keys = list(engagement_ids)
    if not keys:
        return {}
    asked: dict[str, Any] = {"organisation": organisation_at_hand().pk, "engagements": keys}
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, asked)
        return {
            key: _points(
                rules.usual_target(chosen, start, end),
                agreed,
                dict(zip(rules.STAGES, amounts, strict=True)),
            )
            for key, start, end, chosen, agreed, *amounts in cursor
        }


def progress_of(
    dossier: Dossier, agreement: KnowledgeAgreement | None
) -> tuple[Points, list[PointStep]]:
    """Return what `points_of` returns, and the balance at the end of each day with a booking.

    Args:
        dossier: of the engagement.
        agreement: the version in force, if any.
    """
    amounts: dict[str, Decimal] = dict.fromkeys(rules.STAGES, Decimal(0))
    for _at, amount, stage in dossier.bookings:
        amounts[stage] += amount
    agreed = None if agreement is None else agreement.target
    points = _points(usual_target(dossier.engagement), agreed, amounts)
    return points, _steps(dossier)


def points_of(engagement: Engagement) -> Points:
    """Return how far one engagement is."""
    return points_by_engagement([engagement.pk])[engagement.pk]


def ledger_of(engagement: Engagement) -> list[LedgerEntry]:
    """Return all bookings of an engagement, newest first; each explains itself (`explanation`)."""
    return list(
        LedgerEntry.objects.filter(engagement=engagement)
        .select_related("deliverable__form", "reverses", "reversed_by")
        .order_by("-booked_at", "-pk")
    )


def entries_of(deliverable: Deliverable) -> list[LedgerEntry]:
    """Return the bookings of one handover, oldest first; each explains itself."""
    return list(
        LedgerEntry.objects.filter(deliverable=deliverable)
        .select_related("deliverable__form")
        .order_by("pk")
    )


def _steps(dossier: Dossier) -> list[PointStep]:
    balance = Decimal(0)
    organisation = dossier.engagement.organisation
    steps: dict[date, PointStep] = {}
    for booked_at, amount, _stage in dossier.bookings:
        balance += amount
        day = organisation.today(booked_at)
        steps[day] = PointStep(on=day, balance=balance)
    return list(steps.values())


def preview_of(deliverable: Deliverable) -> Preview:
    """Return what accepting a deliverable would book now; writes nothing.

    Another acceptance in between may take up room under a cap, so the ledger has the last word.
    """
    basis = basis_of(deliverable.engagement)
    form = basis.form_for(deliverable.form)
    standing = LedgerEntry.objects.standing(deliverable, form.code, "accepted")
    booking = rules.book(basis.target, basis.policy.terms, form.terms, "accepted", standing)
    return Preview(booking, form.base_points, basis)


def _points(usual: int, agreed: int | None, amounts: Mapping[str, Decimal]) -> Points:
    return Points(
        balance=sum(amounts.values(), Decimal(0)),
        target=usual if agreed is None else agreed,
        is_agreed=agreed is not None,
        **amounts,
    )
