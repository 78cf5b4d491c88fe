"""The planner's run: ask every package what is due, decide, put into messages."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.models import Organisation
from core.scoping import organisation_scope
from notifications import planning
from notifications.models import ReminderRule
from notifications.operations.bundling import bundle
from notifications.operations.clock import database_is_away, database_now, show_life
from notifications.operations.deciding import expire_late
from notifications.operations.remembering import decide_due

logger = logging.getLogger(__name__)

PLANNER = "planner"
COUNTS = ("decided", "told", "superseded", "expired", "bundled", "messages")


@dataclass(frozen=True, kw_only=True)
class PlanResult:
    """What one run of the planner did, in numbers.

    Attributes:
        decided: reminders that will be told.
        told: notices that are due and were decided before.
        superseded: replaced by a more urgent notice about the same thing.
        expired: reminders that could not be told in time.
        bundled: reminders put into messages.
        messages: messages made.
        failed: planners that raised, or what they could not plan; all others were planned.
    """

    decided: int = 0
    told: int = 0
    superseded: int = 0
    expired: int = 0
    bundled: int = 0
    messages: int = 0
    failed: tuple[str, ...] = ()

    @classmethod
    def sum_of(cls, results: Iterable["PlanResult"]) -> "PlanResult":
        """Add up the results of several organisations."""
        every = list(results)
        return cls(
            failed=tuple(name for result in every for name in result.failed),
            **{name: sum(getattr(result, name) for result in every) for name in COUNTS},
        )

    @property
    def summary(self) -> str:
        """Return the counts in one line for the person at the terminal."""
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in COUNTS)
        return counts + (f", failed: {', '.join(self.failed)}" if self.failed else "")


def plan(*, organisation: Organisation, at: datetime, dry_run: bool = False) -> PlanResult:
    """Decide what is due at a moment and put it into messages; a second run decides nothing new.

    Each batch of decisions commits by itself: a crash in between loses nothing, for what was not
    decided is still due at the next run.

    Args:
        organisation: whose reminders; its scope is opened here.
        at: aware moment. What was missed before it is caught up with.
        dry_run: count, and take everything back.
    """
    with organisation_scope(organisation):
        if not dry_run:
            return _run(organisation, at)
        with transaction.atomic():
            result = _run(organisation, at)
            transaction.set_rollback(True)
        return result


def plan_all(
    *, at: datetime | None = None, slug: str | None = None, dry_run: bool = False
) -> dict[str, PlanResult | None]:
    """Plan for every organisation; the fault of one is logged and does not stop the others.

    Args:
        at: aware moment, default now by the database's clock.
        slug: only the organisation of this short name.
        dry_run: count, and take everything back.

    Returns:
        the result per organisation's short name; None where planning failed.
    """
    moment = at or database_now()
    results: dict[str, PlanResult | None] = {}
    organisations = Organisation.objects.order_by("pk")
    for organisation in organisations.filter(slug=slug) if slug else organisations:
        try:
            results[organisation.slug] = plan(organisation=organisation, at=moment, dry_run=dry_run)
        except Exception:
            if database_is_away():
                raise
            logger.exception("planning failed", extra={"organisation": organisation.slug})
            results[organisation.slug] = None
    if not slug and not dry_run and all(r and not r.failed for r in results.values()):
        # Where this grows old, `doctor` and `/readyz` say that reminders are missing.
        show_life(name=PLANNER)
    return results


def _run(organisation: Organisation, at: datetime) -> PlanResult:
    tally: Counter[str] = Counter()
    failed = []
    active = {rule.code: rule for rule in ReminderRule.objects.filter(is_active=True)}
    for planner in planning.planners():
        name = type(planner).__name__
        with planning.noting_faults() as faults:
            try:
                tally.update(
                    decide_due(
                        planner=planner,
                        organisation=organisation,
                        at=at,
                        active=active,
                        faults=faults,
                    )
                )
            except Exception:
                # One package's fault must not silence the reminders of the others.
                logger.exception("planner failed", extra={"planner": name})
                failed.append(name)
        failed.extend(f"{name} ({fault})" for fault in faults)
    tally.update(expire_late(at=at))
    tally.update(bundle(organisation=organisation, at=at))
    result = PlanResult(
        failed=tuple(failed),
        **{name: tally[name] for name in COUNTS},
    )
    logger.info(
        "reminders planned",
        extra={"organisation": organisation.slug, "decided": result.decided},
    )
    return result
