"""A second run reads nothing anew, and whatever changes is told as if all had been read."""

import datetime
import threading
from collections import Counter

import pytest
import time_machine
from django.db import connection, connections
from django.db.models import F
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from core.models import Contact, Organisation
from core.scoping import organisation_scope
from engagements.models import Engagement
from notifications import operations as notices
from notifications import planning
from notifications.models import Reminder, ReminderRule
from notifications.operations.remembering import decide_due, forget
from offboarding import operations
from offboarding.models import ChecklistItem
from offboarding.planners import OffboardingPlanner
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.offboarding.conftest import HR, MONDAY, day

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db(transaction=True)]
LATER = MONDAY + datetime.timedelta(minutes=10)


@pytest.fixture
def office(office):
    notices.ship_rules(organisation=office)
    forget()
    yield office
    forget()


@pytest.fixture
def planned(office, engagement):
    """An organisation of which everything was told that is due on this Monday."""
    first = plan(office, MONDAY)
    assert first.decided > 5
    assert plan(office, MONDAY).decided == 0
    return engagement


def plan(organisation, at):
    return notices.plan(organisation=Organisation.objects.get(pk=organisation.pk), at=at)


def rows_that_come(call):
    """Return how many rows of packages above came into Python, by model, and what was returned."""
    seen = Counter()

    def note(sender, **_more):
        if sender._meta.app_label in ("core", "engagements", "knowledge", "offboarding"):
            seen[sender.__name__] += 1

    post_init.connect(note)
    try:
        return call(), seen
    finally:
        post_init.disconnect(note)


def test_second_run_brings_no_row_into_python(office, planned):
    told = Reminder.objects.count()

    result, rows = rows_that_come(lambda: plan(office, LATER))

    assert (result.decided, result.told) == (0, told)
    assert rows == {"Organisation": 1}  # which the caller names


def test_what_other_planners_told_meanwhile_makes_nobody_ask_again(office, engagement):
    ahead = {"starts_on": day(-300), "ends_on": day(20)}
    Engagement.objects.filter(pk=engagement.pk).update(**ahead)
    assert plan(office, MONDAY).decided > 5
    assert Reminder.objects.values("rule").distinct().count() > 1

    result, rows = rows_that_come(lambda: plan(office, LATER))

    assert (result.decided, rows) == (0, {"Organisation": 1})


def test_ended_engagements_cost_a_second_run_no_statement(office, planned):
    with CaptureQueriesContext(connection) as before:
        plan(office, LATER)
    for _number in range(3):
        long_ago = EngagementFactory(organisation=office, starts_on=day(-900), ends_on=day(-500))
        operations.start_checklists(engagement=long_ago, actor=HR)
    plan(office, LATER)

    with CaptureQueriesContext(connection) as after:
        assert plan(office, LATER).decided == 0

    assert len(after) == len(before)


def own(engagement):
    return engagement.items.exclude(owner=None).order_by("due_on", "pk")


def another_owner(engagement):
    item = own(engagement).first()
    ChecklistItem.objects.filter(pk=item.pk).update(
        owner=ContactFactory(organisation=engagement.organisation)
    )


def withdrawn_and_just_as_before(engagement):
    told = Reminder.objects.unsent().exclude(item=None).first()
    notices.cancel_for_item(item=told.item)


def mail_comes_back(engagement):
    readers = Reminder.objects.values("contact")
    Contact.objects.filter(pk__in=readers).exclude(roles__role="hr").update(
        bounced_at=MONDAY, bounce_code="550"
    )


def earlier(engagement):
    own(engagement).update(due_on=F("due_on") - datetime.timedelta(days=1))


def other_days(engagement):
    ReminderRule.objects.filter(code="item_due").update(offsets=[-9, -3, 0])


def one_more_engagement(engagement):
    made = EngagementFactory(
        organisation=engagement.organisation, starts_on=day(-200), ends_on=day(9)
    )
    operations.start_checklists(engagement=made, actor=HR)


def other_end(engagement):
    Engagement.objects.filter(pk=engagement.pk).update(ends_on=day(7))


@pytest.mark.parametrize(
    "change",
    [
        another_owner,
        withdrawn_and_just_as_before,
        mail_comes_back,
        earlier,
        other_days,
        one_more_engagement,
        other_end,
    ],
)
def test_whatever_changes_is_told_at_the_next_run(office, planned, change):
    change(planned)

    assert plan(office, LATER).decided > 0

    assert nothing_was_missed(office, LATER)


def nothing_was_missed(office, at):
    """Say whether a run that remembers nothing finds nothing more."""
    forget()
    result = plan(office, at)
    return (result.decided, result.superseded, result.expired) == (0, 0, 0)


@pytest.mark.parametrize("hours", [1, 15, 23.6, 24, 48, 24 * 8, 24 * 9, 24 * 20])
def test_what_becomes_due_by_time_alone_is_told(office, planned, hours):
    at = MONDAY + datetime.timedelta(hours=hours)
    with time_machine.travel(at):
        plan(office, at)

        assert nothing_was_missed(office, at)


def test_alarm_of_any_hour_is_told_at_its_moment(office, planned):
    over_at = MONDAY + datetime.timedelta(hours=1)
    Engagement.objects.update(access_ends_at=over_at)
    plan(office, MONDAY)
    assert plan(office, over_at - datetime.timedelta(seconds=1)).decided == 0

    assert plan(office, over_at).decided > 0
    assert plan(office, over_at + datetime.timedelta(hours=4)).decided > 0


def meanwhile(organisation, change):
    """Let somebody else change something, and wait until it is committed."""

    def alone():
        with organisation_scope(organisation):
            change()
        connections.close_all()

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()


class Interrupted(OffboardingPlanner):
    """Whoever changes something while it answers is seen by the next run."""

    def __init__(self, change):
        self.change = change

    def due(self, organisation, at, rules):
        yield from super().due(organisation, at, rules)
        meanwhile(organisation, self.change)


def test_what_changes_while_a_planner_answers_is_told_by_the_next_run(office, planned):
    planner = Interrupted(lambda: another_owner(planned))
    facts = {
        "planner": planner,
        "organisation": office,
        "active": {rule.code: rule for rule in ReminderRule.objects.all()},
        "faults": [],
    }
    assert decide_due(at=MONDAY, **facts)["decided"] == 0
    planner.change = lambda: None

    assert decide_due(at=LATER, **facts)["decided"] > 0


def test_what_is_withdrawn_while_a_planner_answers_is_told_by_the_same_run(office, planned):
    planner = Interrupted(lambda: withdrawn_and_just_as_before(planned))
    facts = {
        "planner": planner,
        "organisation": office,
        "active": {rule.code: rule for rule in ReminderRule.objects.all()},
        "faults": [],
    }

    assert decide_due(at=MONDAY, **facts)["decided"] > 0

    assert not Reminder.objects.filter(state="cancelled").exists()


def test_what_is_withdrawn_before_an_answer_is_remembered_is_told_by_the_next_run(office, planned):
    facts = {
        "planner": OffboardingPlanner(),
        "organisation": office,
        "active": {rule.code: rule for rule in ReminderRule.objects.all()},
        "faults": [],
    }
    snapshots = []

    def withdraw_at_the_second(execute, sql, params, many, context):
        if sql.startswith("SET TRANSACTION"):
            snapshots.append(sql)
            if len(snapshots) == 2:
                meanwhile(office, lambda: withdrawn_and_just_as_before(planned))
        return execute(sql, params, many, context)

    forget()
    with connection.execute_wrapper(withdraw_at_the_second):
        decide_due(at=MONDAY, **facts)
    assert Reminder.objects.filter(state="cancelled").exists()

    assert decide_due(at=LATER, **facts)["decided"] > 0

    assert not Reminder.objects.filter(state="cancelled").exists()


def test_every_planner_of_the_product_can_be_remembered():
    assert all(planner.is_repeatable for planner in planning.planners())


def test_planner_that_could_not_reckon_with_something_is_asked_again(office, planned):
    facts = {
        "planner": OffboardingPlanner(),
        "organisation": office,
        "active": {rule.code: rule for rule in ReminderRule.objects.all()},
    }
    forget()
    decide_due(at=MONDAY, faults=["ChecklistItem 1"], **facts)

    _tally, rows = rows_that_come(lambda: decide_due(at=LATER, faults=[], **facts))

    assert rows["ChecklistItem"]
