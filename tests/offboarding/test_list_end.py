"""What closing asks for, and what becomes of tasks when a file is closed or cancelled."""

import datetime

import pytest

from core.models import AuditEvent
from engagements.operations import (
    BlockedError,
    blockers_of,
    cancel_engagement,
    close_engagement,
)
from offboarding import operations, queries
from tests.factories.engagements import EngagementFactory
from tests.offboarding.conftest import HR, MONDAY, day, task
from tests.offboarding.test_shipped_procedure import GATES

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def ended(engagement, monday):
    monday.move_to(MONDAY + datetime.timedelta(days=20))
    engagement.refresh_from_db()
    return engagement


def test_each_open_gate_task_blocks_closing_and_says_where_to_mend_it(ended):
    blockers = queries.blockers_of(ended)

    assert {b.code for b in blockers} == {f"item:{task(ended, code).public_id}" for code in GATES}
    assert {b.label for b in blockers} >= {"Collect and check assets, badge and keys"}
    assert {b.url for b in blockers} == {task(ended, code).get_absolute_url() for code in GATES}


def test_what_is_done_or_waived_blocks_no_longer(ended):
    operations.complete_item(item_id=task(ended, "OF20").pk, actor=HR, note="Terug")
    operations.waive_item(item_id=task(ended, "OF19").pk, reason="Geen geheimen", actor=HR)

    codes = {blocker.code for blocker in queries.blockers_of(ended)}

    assert f"item:{task(ended, 'OF20').public_id}" not in codes
    assert f"item:{task(ended, 'OF19').public_id}" not in codes


def test_a_file_is_not_closed_while_a_gate_task_is_open(ended):
    with pytest.raises(BlockedError, match="Collect and check assets"):
        close_engagement(engagement_id=ended.pk, waivers={}, actor=HR)


def test_closing_takes_over_the_reasons_of_waivers_and_cancels_the_rest(ended):
    done = operations.complete_item(item_id=task(ended, "OF20").pk, actor=HR, note="Terug")
    waivers = {blocker.code: "Was al geregeld" for blocker in blockers_of(ended)}

    close_engagement(engagement_id=ended.pk, waivers=waivers, actor=HR)

    states = dict(ended.items.values_list("code", "state"))
    assert {code for code, state in states.items() if state == "waived"} == GATES - {"OF20"}
    assert states["OF20"] == "done"
    assert states["OF24"] == "cancelled"
    assert "open" not in states.values()
    waived = task(ended, "OF21")
    assert (waived.reason, waived.settled_by) == ("Was al geregeld", "Marieke Visser")
    assert task(ended, "OF20").settled_at == done.settled_at
    counts = {
        action: AuditEvent.objects.get(action=action).data["count"]
        for action in ("offboarding.items.waived", "offboarding.items.cancelled")
    }
    assert counts == {"offboarding.items.waived": 9, "offboarding.items.cancelled": 34}


def test_cancelling_an_engagement_cancels_its_open_tasks(office):
    engagement = EngagementFactory(organisation=office, starts_on=day(30), ends_on=day(200))
    operations.start_checklists(engagement=engagement, actor=HR)
    done = operations.complete_item(item_id=task(engagement, "ON01").pk, actor=HR)

    cancel_engagement(engagement_id=engagement.pk, reason="Ging niet door", actor=HR)

    states = set(engagement.items.exclude(pk=done.pk).values_list("state", flat=True))
    assert states == {"cancelled"}
    assert task(engagement, "ON01").state == "done"


def test_nothing_open_leaves_no_trace(engagement):
    for item in engagement.items.all():
        operations.complete_item(item_id=item.pk, actor=HR, note="Klaar")

    assert operations.settle_items(engagement=engagement, actor=HR) == 0
    assert not AuditEvent.objects.filter(action__startswith="offboarding.items.").exists()
