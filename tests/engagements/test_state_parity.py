"""The state that a list filters by is the state that a page shows, for every combination."""

import itertools
from datetime import date, timedelta

from django.utils import timezone

from engagements.models import Engagement
from engagements.rules import Decisions, state_of
from tests.factories.engagements import EngagementFactory

TODAY = date(2026, 11, 23)
ENDING_DAYS = 30
EDGES = (-400, -31, -30, -29, -1, 0, 1, 29, 30, 31, 400)
PERIODS = [pair for pair in itertools.product(EDGES, repeat=2) if pair[0] <= pair[1]]
MOMENTS = ("cancelled_at", "closed_at", "ended_early_at")
# Cancelled and closed at once is what the database refuses.
DECIDED = [
    decided
    for count in range(len(MOMENTS) + 1)
    for decided in itertools.combinations(MOMENTS, count)
    if not {"cancelled_at", "closed_at"} <= set(decided)
]


def test_the_query_and_the_rule_say_the_same_about_every_combination(organisation):
    model = EngagementFactory(organisation=organisation)
    Engagement.objects.bulk_create(
        Engagement(
            organisation=organisation,
            freelancer=model.freelancer,
            department=model.department,
            manager=model.manager,
            title=f"{first} {last} {decided}",
            starts_on=TODAY + timedelta(days=first),
            ends_on=TODAY + timedelta(days=last),
            may_overlap=True,
            **dict.fromkeys(decided, timezone.now()),
        )
        for first, last in PERIODS
        for decided in DECIDED
    )

    for ending_days in (0, ENDING_DAYS):
        found = Engagement.objects.exclude(pk=model.pk).with_state(TODAY, ending_days)
        by_query = {one.title: one.state_now for one in found}
        by_rule = {
            one.title: state_of(TODAY, one.starts_on, one.ends_on, decisions_of(one), ending_days)
            for one in found
        }
        assert by_query == by_rule
        assert len(by_query) == len(PERIODS) * len(DECIDED)
    assert set(by_rule.values()) == {
        "planned",
        "active",
        "ending",
        "ended",
        "ended_early",
        "closed",
        "cancelled",
    }


def decisions_of(engagement):
    return Decisions(
        cancelled=engagement.cancelled_at is not None,
        closed=engagement.closed_at is not None,
        ended_early=engagement.ended_early_at is not None,
    )
