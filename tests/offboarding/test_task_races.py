"""Two people do something to one task at the same moment: one wins, the other is told."""

import datetime

import pytest

from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent
from core.scoping import organisation_scope
from engagements.operations import close_engagement
from notifications.models import Message
from offboarding import operations
from offboarding.models import ChecklistItem, RoleHolder
from offboarding.rules import SnoozeRefusedError
from tests.factories.core import ContactFactory
from tests.offboarding.conftest import HR, MANAGER, day, task
from tests.races import at_once, winner_of

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db(transaction=True)]


def test_a_task_is_finished_once(stored):
    item = task(stored, "OF05")

    results = at_once(
        stored.organisation,
        lambda: operations.complete_item(item_id=item.pk, actor=HR),
        lambda: operations.complete_item(item_id=item.pk, actor=MANAGER),
    )

    winner = winner_of(results, losers_hear=InvalidTransitionError)
    item.refresh_from_db()
    assert item.settled_by == winner.settled_by
    assert AuditEvent.objects.filter(action="offboarding.item.done").count() == 1


def test_a_task_is_finished_or_waived(stored):
    item = task(stored, "OF05")

    results = at_once(
        stored.organisation,
        lambda: operations.complete_item(item_id=item.pk, actor=HR),
        lambda: operations.waive_item(item_id=item.pk, reason="Nee", actor=MANAGER),
    )

    winner = winner_of(results, losers_hear=InvalidTransitionError)
    item.refresh_from_db()
    assert item.state == winner.state


def test_a_task_is_opened_again_once(stored):
    item = operations.complete_item(item_id=task(stored, "OF05").pk, actor=HR)

    results = at_once(
        stored.organisation,
        lambda: operations.reopen_item(item_id=item.pk, reason="Vergist", actor=HR),
        lambda: operations.reopen_item(item_id=item.pk, reason="Nog niet", actor=MANAGER),
    )

    winner = winner_of(results, losers_hear=InvalidTransitionError)
    item.refresh_from_db()
    assert item.reason == winner.reason


def test_a_task_is_put_off_or_finished_but_never_both_unseen(stored):
    item = task(stored, "OF28")

    results = at_once(
        stored.organisation,
        lambda: operations.complete_item(item_id=item.pk, actor=HR),
        lambda: operations.snooze_item(item_id=item.pk, working_days=1, actor=MANAGER),
    )

    item.refresh_from_db()
    assert item.state == "done"
    assert item.snooze_count == sum(not isinstance(r, Exception) for r in results) - 1


def test_a_task_is_not_put_off_a_third_time_by_two_at_once(stored):
    item = operations.snooze_item(item_id=task(stored, "OF28").pk, working_days=1, actor=HR)

    results = at_once(
        stored.organisation,
        lambda: operations.snooze_item(item_id=item.pk, working_days=1, actor=HR),
        lambda: operations.snooze_item(item_id=item.pk, working_days=3, actor=MANAGER),
    )

    winner_of(results, losers_hear=SnoozeRefusedError)
    item.refresh_from_db()
    assert item.snooze_count == 2


def test_two_answers_not_yet_are_both_written_down(stored):
    item = task(stored, "OF28")

    at_once(
        stored.organisation,
        lambda: operations.postpone_item(item_id=item.pk, expected_on=day(1), actor=HR),
        lambda: operations.postpone_item(item_id=item.pk, expected_on=day(2), actor=MANAGER),
    )

    events = AuditEvent.objects.filter(action="offboarding.item.postponed").order_by("pk")
    item.refresh_from_db()
    assert [event.data["old"] for event in events] == [None, events[0].data["new"]]
    assert item.expected_on == datetime.date.fromisoformat(events[1].data["new"])


def test_a_task_given_to_two_people_goes_to_the_last_one_written(stored):
    item = task(stored, "OF28")
    first, second = (ContactFactory(organisation=stored.organisation) for _ in range(2))

    at_once(
        stored.organisation,
        lambda: operations.assign_item(item_id=item.pk, contact_id=first.pk, actor=HR),
        lambda: operations.assign_item(item_id=item.pk, contact_id=second.pk, actor=MANAGER),
    )

    events = AuditEvent.objects.filter(action="offboarding.item.assigned").order_by("pk")
    item.refresh_from_db()
    assert events[1].data["old"] == events[0].data["new"]
    assert item.owner_id == events[1].data["new"]


def test_two_who_ask_for_a_task_send_one_mail(stored):
    item = task(stored, "OF05")

    results = at_once(
        stored.organisation,
        lambda: operations.remind_item(item_id=item.pk, actor=HR),
        lambda: operations.remind_item(item_id=item.pk, actor=MANAGER),
    )

    winner_of(results, losers_hear=DomainError)
    assert Message.objects.filter(kind="item_reminder").count() == 1


def test_closing_and_opening_again_do_not_pass_each_other(stored, monday):
    """Whoever comes second sees what the first one did: no closed file has an open task."""
    for item in stored.items.all():
        operations.complete_item(item_id=item.pk, actor=HR, note="Klaar")
    monday.shift(datetime.timedelta(days=30))
    gate = task(stored, "OF20")

    at_once(
        stored.organisation,
        lambda: close_engagement(
            engagement_id=stored.pk, waivers={"points": "Niet afgesproken"}, actor=HR
        ),
        lambda: operations.reopen_item(item_id=gate.pk, reason="Laptop mist", actor=MANAGER),
    )

    stored.refresh_from_db()
    gate.refresh_from_db()
    assert not (stored.closed_at and gate.is_open)


def test_two_holders_of_one_role_at_once_leave_one(stored):
    first, second = (ContactFactory(organisation=stored.organisation) for _ in range(2))

    def give(contact):
        return operations.set_role_holder(
            organisation=stored.organisation, role="it", contact_id=contact.pk, actor=HR
        )

    at_once(stored.organisation, lambda: give(first), lambda: give(second))

    holder = RoleHolder.objects.get(role="it")
    assert set(ChecklistItem.objects.filter(owner_role="it").values_list("owner", flat=True)) == {
        holder.contact_id
    }


def test_an_engagement_gets_its_lists_once(stored):
    with organisation_scope(stored.organisation):
        operations.discard_checklists(engagements=[stored], actor=HR)

    results = at_once(
        stored.organisation,
        lambda: operations.start_checklists(engagement=stored, actor=HR),
        lambda: operations.start_checklists(engagement=stored, actor=HR),
    )

    assert results == [None, None]
    assert stored.items.count() == 44
