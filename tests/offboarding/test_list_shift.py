"""Moving the first or last day, another manager: only what is open follows."""

import datetime

import pytest

from core.models import AuditEvent
from engagements import operations as engagements
from engagements.models import Engagement
from notifications.models import Message
from offboarding import operations, queries
from offboarding.models import ChecklistItem
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.offboarding.conftest import HR, TODAY, day, task

pytestmark = pytest.mark.usefixtures("english")


def move(engagement, ends_on, kind="extension"):
    engagements.move_end(
        engagement_id=engagement.pk, new_ends_on=ends_on, kind=kind, reason="", actor=HR
    )


def dates(engagement):
    return dict(engagement.items.values_list("code", "due_on"))


def test_an_extension_shifts_open_farewell_tasks_only(engagement):
    done = operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)
    before = dates(engagement)

    move(engagement, engagement.ends_on + datetime.timedelta(days=70))

    after = dates(engagement)
    assert after["OF05"] == before["OF05"] == done.due_on
    assert after["OF21"] == before["OF21"] + datetime.timedelta(days=70)
    assert after["OF06"] == engagement.ends_on + datetime.timedelta(days=70 - 21)
    assert {code for code in before if after[code] != before[code]} == {
        code for code in before if code.startswith("OF") and code != "OF05"
    }


@pytest.mark.parametrize(
    ("days", "kind", "is_decided"),
    [
        (-3, "shortening", True),
        (14, "extension", True),
        (200, "extension", False),
        (-3, "correction", False),
    ],
)
def test_moving_an_end_that_is_near_answers_what_happens_at_it(engagement, days, kind, is_decided):
    move(engagement, engagement.ends_on + datetime.timedelta(days=days), kind)

    step = task(engagement, "OF01")
    assert (step.state == "done") == is_decided
    assert ("The last day was moved to" in step.note) == is_decided


def test_a_move_is_written_down_once_with_every_date(engagement):
    move(engagement, engagement.ends_on + datetime.timedelta(days=7))

    event = AuditEvent.objects.get(action="offboarding.items.shifted")
    assert event.dossier == engagement.public_id
    assert event.data["count"] == 28
    assert event.data["due"]["OF21"] == ["2026-12-01", "2026-12-08"]
    assert task(engagement, "OF21").pk in event.data["items"]


def test_a_shortening_never_makes_a_task_late_by_itself(engagement):
    move(engagement, day(60))
    assert task(engagement, "OF06").due_on == day(39)

    move(engagement, day(14), "shortening")

    assert task(engagement, "OF06").due_on == TODAY  # E-21 would be a week ago
    assert task(engagement, "OF07").due_on == day(4)
    assert not task(engagement, "OF06").is_late(TODAY)


def test_a_task_that_was_late_stays_late_when_the_end_comes_nearer(engagement):
    engagement.items.filter(code="OF06").update(due_on=day(-3))

    move(engagement, day(6), "shortening")

    assert task(engagement, "OF06").due_on == day(-3)


def test_moving_the_first_day_shifts_open_welcome_tasks(office):
    engagement = EngagementFactory(organisation=office, starts_on=day(30), ends_on=day(200))
    operations.start_checklists(engagement=engagement, actor=HR)
    done = operations.complete_item(item_id=task(engagement, "ON02").pk, actor=HR, note="Getoetst")
    facts = engagements.facts_of(Engagement.objects.get(pk=engagement.pk))

    engagements.update_engagement(
        engagement_id=engagement.pk,
        facts=engagements.EngagementFacts(**{**vars(facts), "starts_on": day(37)}),
        version=None,
        actor=HR,
    )

    assert task(engagement, "ON01").due_on == day(22)
    assert task(engagement, "ON02").due_on == done.due_on == day(15)
    assert task(engagement, "OF21").due_on == day(200)


def test_a_welcome_task_that_is_ahead_again_is_no_longer_from_before(engagement):
    assert task(engagement, "ON01").is_backlog
    engagement.starts_on = day(40)
    engagement.ends_on = day(100)
    engagement.save()

    operations.shift_items(engagement=engagement, old_ends_on=engagement.ends_on, actor=HR)

    assert task(engagement, "ON01").due_on == day(25)
    assert not task(engagement, "ON01").is_backlog


def test_what_was_put_off_past_the_new_due_date_is_put_off_no_longer(engagement):
    item = task(engagement, "OF26")  # due on 15 December
    operations.snooze_item(item_id=item.pk, working_days=5, actor=HR)

    move(engagement, day(-10), "correction")

    item.refresh_from_db()
    assert (item.due_on, item.snoozed_until) == (day(4), None)


def test_the_preview_says_what_the_move_then_does(engagement):
    for new_end, kind in [(day(40), "extension"), (day(1), "shortening"), (day(90), "correction")]:
        engagement.refresh_from_db()
        before = dates(engagement)
        effects = queries.effects_of_move(engagement, new_end)

        move(engagement, new_end, kind)

        after = dates(engagement)
        changed = sorted((before[c], after[c]) for c in before if before[c] != after[c])
        shown = sorted((e.old_on, e.new_on) for e in effects if e.old_on != e.new_on)
        assert shown == changed
        assert all(effect.label and effect.owner for effect in effects)


def test_the_preview_writes_nothing(engagement):
    before = dates(engagement)

    queries.effects_of_move(engagement, day(90))

    assert dates(engagement) == before


def test_an_immediate_end_makes_the_manager_rescue_the_knowledge(engagement):
    move(engagement, TODAY, "early_end")

    rescued = {item.code: item for item in engagement.items.all() if item.is_rescue}
    assert set(rescued) == {"OF06", "OF08", "OF09", "OF11"}
    assert {item.owner for item in rescued.values()} == {engagement.manager}
    assert {item.owner_role for item in rescued.values()} == {"manager"}
    assert rescued["OF06"].text.startswith("Have the essentials written down today")


def test_an_immediate_end_asks_for_access_and_assets_today(engagement):
    move(engagement, TODAY, "early_end")

    assert [task(engagement, code).due_on for code in ("OF14", "OF20", "OF21")] == [TODAY] * 3


def test_an_immediate_end_is_told_at_once_to_whoever_takes_access_and_assets_back(
    engagement, office
):
    move(engagement, TODAY, "early_end")

    told = Message.objects.filter(kind="end_now").values_list("contact", flat=True)
    assert set(told) == {office.holders[role].pk for role in ("it", "facilities", "security")}


def test_an_end_some_days_away_is_not_immediate(engagement):
    move(engagement, day(2), "shortening")

    assert not any(item.is_rescue for item in engagement.items.all())
    assert not Message.objects.filter(kind="end_now").exists()


def test_an_immediate_end_that_was_a_mistake_gives_tasks_back(engagement):
    before = {i.code: (i.text_nl, i.owner_id, i.owner_role) for i in engagement.items.all()}
    move(engagement, TODAY, "early_end")

    move(engagement, day(8), "correction")

    after = {i.code: (i.text_nl, i.owner_id, i.owner_role) for i in engagement.items.all()}
    assert after == before


def test_a_task_given_by_hand_stays_with_its_owner_in_an_immediate_end(engagement, office):
    colleague = ContactFactory(organisation=office)
    operations.assign_item(item_id=task(engagement, "OF06").pk, contact_id=colleague.pk, actor=HR)

    move(engagement, TODAY, "early_end")

    assert task(engagement, "OF06").owner == colleague
    assert task(engagement, "OF06").is_rescue


def test_a_new_manager_takes_over_open_tasks_except_those_given_by_hand(engagement, office):
    old_manager = engagement.manager
    colleague, new_manager = (ContactFactory(organisation=office) for _ in range(2))
    done = operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)
    operations.assign_item(item_id=task(engagement, "OF15").pk, contact_id=colleague.pk, actor=HR)
    facts = engagements.facts_of(Engagement.objects.get(pk=engagement.pk))

    engagements.update_engagement(
        engagement_id=engagement.pk,
        facts=engagements.EngagementFacts(**{**vars(facts), "manager_id": new_manager.pk}),
        version=None,
        actor=HR,
    )

    assert task(engagement, "OF01").owner == new_manager
    assert task(engagement, "OF15").owner == colleague
    assert task(engagement, "OF05").owner == done.owner == old_manager
    assert task(engagement, "OF21").owner == office.holders["it"]
    event = AuditEvent.objects.get(action="offboarding.items.followed_manager")
    assert event.data["count"] == ChecklistItem.objects.filter(owner=new_manager).count()


def test_a_manager_without_open_tasks_leaves_no_trace(engagement, office):
    engagement.items.all().update(owner=office.holders["hr"], is_assigned=True)
    engagement.manager = ContactFactory(organisation=office)

    assert operations.follow_manager(engagement=engagement, actor=HR) == 0
    assert not AuditEvent.objects.filter(action="offboarding.items.followed_manager").exists()
