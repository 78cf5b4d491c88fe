from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engagements.models import EngagementChange
from engagements.rules import EndDecision


def decisions_by_engagement(engagement_ids: Iterable[int]) -> Mapping[int, Sequence[EndDecision]]:
    """Return what was asked or decided about ends, oldest first, in one query for all of them.

    Declined requests are left out: they decide nothing.
    """
    changes = (
        EngagementChange.objects.filter(engagement__in=list(engagement_ids))
        .exclude(state=EngagementChange.State.DECLINED)
        .order_by("pk")
    )
    found = defaultdict(list)
    for change in changes:
        found[change.engagement_id].append(_decision_of(change))
    return found


def decisions_of(changes: Iterable[EngagementChange]) -> list[EndDecision]:
    """Return what changes of the end decide; they have their organisation at hand."""
    return [_decision_of(change) for change in changes]


def _decision_of(change: EngagementChange) -> EndDecision:
    decided_at = change.decided_at
    return EndDecision(
        kind=change.kind,
        is_applied=change.state == EngagementChange.State.APPLIED,
        old_ends_on=change.old_ends_on,
        new_ends_on=change.new_ends_on,
        decided_on=change.organisation.today(decided_at) if decided_at else None,
    )
