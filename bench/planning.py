"""Deciding what is due, against the bare SQL that finds the same rows."""

import time
from datetime import datetime, timedelta
from datetime import time as clock
from typing import Final

from django.db import connection
from django.utils import timezone

from bench.report import Figure, Report
from core.models import Organisation
from notifications.operations import PlanResult, plan

SATURDAY: Final = 5
# The bare statement for each kind of thing that planners look at: open tasks that are near or late,
# ends that are near, reviews, receivers who were asked, and what waits to be told.
BARE = {
    "offboarding_checklistitem": "state = 'open' AND due_on <= current_date + 21",
    "engagements_engagement": (
        "cancelled_at IS NULL AND closed_at IS NULL AND ends_on <= current_date + 90"
    ),
    "knowledge_deliverable": "state = 'submitted'",
    "knowledge_receiver": "asked_at IS NOT NULL",
    "notifications_reminder": "state = 'planned'",
}


def add_planning(report: Report) -> None:
    """Plan all organisations twice; the second time nothing is due."""
    organisations = list(Organisation.objects.order_by("pk"))
    bare, rows = _bare(organisations)
    at = _next_morning()
    first, result = _plan(organisations, at)
    second, nothing = _plan(organisations, at)
    bare_again, _rows = _bare(organisations)
    base = (bare + bare_again) / 2
    note = f"{first:.1f} s against {base:.2f} s; {result.decided} decided, {rows} rows found bare"
    report.add(
        "Planning, in bare SQL",
        Figure("first run, all that was missed", first / base, note=note),
        Figure(
            "second run, nothing due",
            second / base,
            5.0,
            2.0,
            note=f"{second:.1f} s, {nothing.told} told before, {nothing.decided} decided",
        ),
    )
    report.facts["planning"] = {"first": first, "second": second, "bare": base}


def _next_morning() -> datetime:
    """Return ten o'clock of the next day from Monday to Friday: digests leave by day only."""
    day = timezone.localdate() + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, clock(10)))


def _bare(organisations: list[Organisation]) -> tuple[float, int]:
    began, rows = time.perf_counter(), 0
    with connection.cursor() as cursor:
        for organisation in organisations:
            for table, condition in BARE.items():
                cursor.execute(
                    f"SELECT * FROM {table} WHERE organisation_id = %s AND {condition}",  # noqa: S608
                    [organisation.pk],
                )
                rows += len(cursor.fetchall())
    return time.perf_counter() - began, rows


def _plan(organisations: list[Organisation], at: datetime) -> tuple[float, PlanResult]:
    began = time.perf_counter()
    results = [plan(organisation=one, at=at) for one in organisations]
    return time.perf_counter() - began, PlanResult.sum_of(results)
