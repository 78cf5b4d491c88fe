import datetime
import random
import threading

import pytest
from django.db import transaction

from core.actors import Actor
from core.models import AuditEvent
from notifications import operations, outbox
from notifications.models import Message, Reminder, ReminderRule
from tests.factories.core import ContactFactory
from tests.notifications.conftest import local
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY = datetime.date(2026, 12, 1)


def test_planners_and_senders_together_lose_nothing_and_repeat_nothing(
    organisation,
    planner,
    rules_shipped,
    postbox,
):
    contacts = ContactFactory.create_batch(60, organisation=organisation, language="en")
    things = [planner.add(contacts[n % 60], TUESDAY, text=f"Thing {n}") for n in range(300)]
    at = local(2026, 11, 24)
    has_planned = threading.Event()

    def plan():
        operations.plan(organisation=organisation, at=at)
        has_planned.set()

    def send():
        while not has_planned.is_set() or Message.objects.unsettled().exists():
            operations.deliver_burst()

    at_once(organisation, plan, plan, send, send)

    assert Reminder.objects.filter(state=Reminder.State.SENT).count() == 300
    assert len(postbox.mails) == 60
    assert set(postbox.count_by_message_id().values()) == {1}
    everything = "".join(m.get_body(("plain",)).get_content() for m in postbox.mails)
    lines = [line.strip() for line in everything.splitlines()]
    for thing in things:
        assert lines.count(f"- {thing.text} (-7 days)") == 1


def test_planning_while_items_are_settled_and_dates_move_never_locks_up(
    organisation,
    planner,
    rules_shipped,
):
    contacts = ContactFactory.create_batch(10, organisation=organisation)
    things = [planner.add(contacts[n % 10], TUESDAY) for n in range(100)]

    def plan(days):
        operations.plan(
            organisation=organisation, at=local(2026, 11, 24) + datetime.timedelta(days=days)
        )

    def settle(seed):
        for thing in random.Random(seed).sample(things, 100):
            operations.cancel_for_item(item=thing.item)

    def move(seed):
        for thing in random.Random(seed).sample(things, 100):
            operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")

    at_once(
        organisation,
        lambda: plan(0),
        lambda: plan(3),
        lambda: plan(6),
        lambda: settle(1),
        lambda: move(2),
    )

    keys = Reminder.objects.values_list("key", flat=True)
    assert len(keys) == len(set(keys))
    live = Reminder.objects.unsent().values_list("item", flat=True)
    assert len(live) == len(set(live))


def test_two_promises_of_one_event_at_once_are_one_message(organisation, contact, planner):
    def promise():
        with transaction.atomic():
            outbox.enqueue("letter", contact=contact, dedupe_key="returned:1")

    at_once(organisation, promise, promise)

    assert Message.objects.count() == 1


def test_rule_changed_by_two_people_at_once_ends_as_one_of_both_said(
    organisation,
    rules_shipped,
):
    rule = ReminderRule.objects.get(code="thing_due")

    def change(offsets):
        operations.change_rule(
            rule_id=rule.pk,
            is_active=True,
            offsets=offsets,
            escalate_after=[],
            actor=Actor(label="Marieke"),
        )

    at_once(organisation, lambda: change([-10]), lambda: change([-20]))

    rule.refresh_from_db()
    first, second = AuditEvent.objects.filter(action="notifications.rule.changed").order_by("pk")
    assert second.data["old"] == first.data["new"]
    assert rule.offsets == second.data["new"]["offsets"]
