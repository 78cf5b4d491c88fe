"""The engagements of one professional, the one they think of first on top."""

from datetime import date

from engagements.models import Engagement, Freelancer


def engagements_of(freelancer: Freelancer) -> list[Engagement]:
    """Return every engagement of a professional: what runs now, what comes, what is over.

    What runs now is ordered by its end, for the nearest end asks most; what is over by its end as
    well, the latest on top.
    """
    found = list(
        Engagement.objects.filter(freelancer=freelancer)
        .select_related("manager", "department", "succeeds__freelancer")
        .order_by("ends_on", "pk")
    )
    for engagement in found:
        engagement.freelancer = freelancer
    return sorted(found, key=lambda engagement: _place(engagement, engagement.organisation.today()))


def _place(engagement: Engagement, today: date) -> tuple[int, int]:
    if engagement.cancelled_at is not None:
        return 4, -engagement.ends_on.toordinal()
    if engagement.closed_at is not None or engagement.ends_on < today:
        return (3 if engagement.closed_at else 2), -engagement.ends_on.toordinal()
    if engagement.starts_on > today:
        return 1, engagement.starts_on.toordinal()
    return 0, engagement.ends_on.toordinal()
