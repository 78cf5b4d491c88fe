"""How much would be lost, written down day by day, so that a trend can be shown."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from core.models import Organisation
from engagements.models import Engagement
from knowledge.models import CoverageSnapshot


@transaction.atomic
def take_snapshots(
    *, organisation: Organisation, figures: Mapping[int, tuple[int, Decimal]]
) -> int:
    """Write down today's coverage of engagements where it changed.

    Safe to repeat: a second run on the same day brings that day's row up to date.

    Args:
        organisation: its scope is open.
        figures: sum of criticality and the part of it that is not covered, by engagement.

    Returns:
        How many rows were written.
    """
    today = organisation.today()
    last = {
        row.engagement_id: row
        for row in CoverageSnapshot.objects.filter(engagement__in=figures)
        .order_by("engagement", "-on")
        .distinct("engagement")
    }
    departments = dict(Engagement.objects.filter(pk__in=figures).values_list("pk", "department_id"))
    changed = [
        CoverageSnapshot(
            organisation=organisation,
            engagement_id=key,
            department_id=departments[key],
            on=today,
            weight=weight,
            open_weight=open_weight,
        )
        for key, (weight, open_weight) in figures.items()
        if _differs(last.get(key), departments[key], weight, open_weight)
    ]
    CoverageSnapshot.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["engagement", "on"],
        update_fields=["department", "weight", "open_weight"],
    )
    return len(changed)


def _differs(
    last: CoverageSnapshot | None, department: int, weight: int, open_weight: Decimal
) -> bool:
    if last is None:
        return True
    return (last.department_id, last.weight, last.open_weight) != (department, weight, open_weight)
