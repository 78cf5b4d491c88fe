"""Whole lists of tasks change while somebody works on one of them: neither is lost."""

import dataclasses
import datetime

import pytest

from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent
from engagements.models import EngagementChange
from engagements.operations import (
    BlockedError,
    cancel_engagement,
    close_engagement,
    facts_of,
    move_end,
    update_engagement,
)
from engagements.rules import EndChangeError
from knowledge.operations import AgreementFacts, accept_agreement, propose_agreement
from notifications.models import Message
from offboarding import operations
from offboarding.models import ChecklistItem, RoleHolder
from offboarding.rules import DECISION_STEP
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import policy_of
from tests.factories.offboarding import RoleHolderFactory
from tests.offboarding.conftest import HR, MANAGER, day, task
from tests.races import at_once, just_behind

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db(transaction=True)]


def tick(item, actor=HR):
    return operations.complete_item(item_id=item.pk, note="Klaar", actor=actor)


def waive(item, actor=HR):
    return operations.waive_item(item_id=item.pk, reason="Niet nodig", actor=actor)


def postpone(item, to, actor=MANAGER):
    return operations.postpone_item(item_id=item.pk, expected_on=to, actor=actor)


def remind(item):
    return operations.remind_item(item_id=item.pk, actor=HR)


def move(engagement, to, kind="extension"):
    return move_end(engagement_id=engagement.pk, new_ends_on=to, kind=kind, reason="", actor=HR)


def answer(engagement, to):
    manager = Actor(label=MANAGER.label, kind="link", contact_id=engagement.manager_id)
    return operations.answer_end(
        engagement_id=engagement.pk, kind="extension", new_ends_on=to, reason="", actor=manager
    )


def give(engagement, contact, role="it"):
    return operations.set_role_holder(
        organisation=engagement.organisation, role=role, contact_id=contact.pk, actor=HR
    )


def take(holder):
    return operations.remove_role_holder(role_holder_id=holder.pk, actor=HR)


def catch_up(engagement, note="Gedaan"):
    return operations.complete_backlog(engagement_id=engagement.pk, note=note, actor=HR)


def close(engagement):
    return close_engagement(
        engagement_id=engagement.pk, waivers={"points": "Niet afgesproken"}, actor=HR
    )


def name_manager(engagement, contact):
    facts = dataclasses.replace(facts_of(engagement), manager_id=contact.pk)
    return update_engagement(engagement_id=engagement.pk, facts=facts, version=None, actor=HR)


def owners_of(engagement, role):
    return set(engagement.items.filter(owner_role=role).values_list("owner", flat=True))


def history(action):
    return AuditEvent.objects.filter(action=f"offboarding.{action}")


def test_an_answer_behind_an_answer_not_yet_settles_the_task(stored):
    item = task(stored, "OF28")

    just_behind(stored.organisation, lambda: postpone(item, day(1)), lambda: waive(item))

    item.refresh_from_db()
    assert item.state == "waived"
    assert history("item.postponed").count() == 1


def test_what_was_just_waived_is_not_put_off(stored):
    item = task(stored, "OF28")

    late = just_behind(stored.organisation, lambda: waive(item), lambda: postpone(item, day(1)))

    assert isinstance(late, InvalidTransitionError)
    item.refresh_from_db()
    assert item.expected_on is None


def test_a_task_that_was_just_waived_is_not_waived_again(stored):
    item = task(stored, "OF05")

    late = just_behind(
        stored.organisation, lambda: waive(item), lambda: waive(item, Actor(label="Joost"))
    )

    assert isinstance(late, InvalidTransitionError)
    assert history("item.waived").count() == 1


def test_a_task_of_a_file_that_was_just_closed_is_not_opened_again(stored, monday):
    for item in stored.items.all():
        tick(item)
    monday.shift(datetime.timedelta(days=30))
    gate = task(stored, "OF20")

    late = just_behind(
        stored.organisation,
        lambda: close(stored),
        lambda: operations.reopen_item(item_id=gate.pk, reason="Laptop mist", actor=MANAGER),
    )

    assert isinstance(late, InvalidTransitionError)
    gate.refresh_from_db()
    assert not gate.is_open


def test_a_gate_that_was_just_opened_again_stops_closing(stored, monday):
    for item in stored.items.all():
        tick(item)
    monday.shift(datetime.timedelta(days=30))
    gate = task(stored, "OF20")

    late = just_behind(
        stored.organisation,
        lambda: operations.reopen_item(item_id=gate.pk, reason="Laptop mist", actor=MANAGER),
        lambda: close(stored),
    )

    assert isinstance(late, BlockedError)


def test_a_task_that_was_just_done_stays_done_when_the_file_closes(stored, monday):
    monday.shift(datetime.timedelta(days=30))
    for item in stored.items.filter(is_gate=True):
        tick(item)
    item = task(stored, "OF28")

    just_behind(stored.organisation, lambda: tick(item, MANAGER), lambda: close(stored))

    item.refresh_from_db()
    assert (item.state, item.settled_by) == ("done", MANAGER.label)
    cancelled = history("items.cancelled").get()
    assert item.pk not in cancelled.data["items"]


def test_a_task_of_what_was_just_cancelled_is_cancelled(stored):
    planned = EngagementFactory(
        organisation=stored.organisation, starts_on=day(30), ends_on=day(90)
    )
    operations.start_checklists(engagement=planned, actor=HR)
    item = task(planned, "ON01")

    late = just_behind(
        stored.organisation,
        lambda: cancel_engagement(engagement_id=planned.pk, reason="Niet nodig", actor=HR),
        lambda: tick(item),
    )

    assert isinstance(late, InvalidTransitionError)
    item.refresh_from_db()
    assert item.state == "cancelled"


def test_a_task_that_was_just_done_does_not_move_with_the_end(stored):
    item = task(stored, "OF28")
    due_on = item.due_on

    just_behind(stored.organisation, lambda: tick(item), lambda: move(stored, day(40)))

    item.refresh_from_db()
    assert (item.state, item.due_on) == ("done", due_on)


def test_a_task_that_just_moved_with_the_end_is_done_at_its_new_day(stored):
    item = task(stored, "OF28")

    late = just_behind(stored.organisation, lambda: move(stored, day(40)), lambda: tick(item))

    assert (late.state, late.due_on) == ("done", item.due_on + datetime.timedelta(days=32))


def test_a_task_that_was_just_given_by_hand_does_not_follow_the_manager(stored):
    item = task(stored, "OF05")
    colleague, successor = ContactFactory.create_batch(2, organisation=stored.organisation)

    just_behind(
        stored.organisation,
        lambda: operations.assign_item(item_id=item.pk, contact_id=colleague.pk, actor=HR),
        lambda: name_manager(stored, successor),
    )

    item.refresh_from_db()
    assert item.owner == colleague
    assert owners_of(stored, "manager") == {colleague.pk, successor.pk}


def test_the_holder_of_a_moment_ago_is_the_one_who_is_reminded(stored):
    old, new = ContactFactory.create_batch(2, organisation=stored.organisation)
    give(stored, old)
    item = stored.items.filter(owner_role="it").first()

    just_behind(stored.organisation, lambda: give(stored, new), lambda: remind(item))

    assert Message.objects.get(kind="item_reminder").contact == new


def test_the_holder_of_a_moment_ago_is_told_that_the_end_is_now(stored):
    old, new = ContactFactory.create_batch(2, organisation=stored.organisation)
    give(stored, old)

    just_behind(
        stored.organisation,
        lambda: give(stored, new),
        lambda: move(stored, day(0), kind="early_end"),
    )

    told = set(Message.objects.filter(kind="end_now").values_list("contact", flat=True))
    assert new.pk in told
    assert old.pk not in told


def test_a_role_is_taken_away_once(stored):
    holder = RoleHolderFactory(organisation=stored.organisation)

    late = just_behind(stored.organisation, lambda: take(holder), lambda: take(holder))

    assert late == 0
    assert history("role.taken").count() == 1


@pytest.mark.parametrize("given_first", [True, False])
def test_tasks_follow_whoever_holds_the_role_in_the_end(stored, given_first):
    """Nobody gets the tasks of a role that was taken away, or keeps them."""
    old, new = ContactFactory.create_batch(2, organisation=stored.organisation)
    everywhere = give(stored, old)

    def give_here():
        return operations.set_role_holder(
            organisation=stored.organisation,
            role="it",
            contact_id=new.pk,
            department_id=stored.department_id,
            actor=HR,
        )

    calls = [give_here, lambda: take(everywhere)]
    elsewhere = EngagementFactory(organisation=stored.organisation, ends_on=day(8))
    operations.start_checklists(engagement=elsewhere, actor=HR)
    just_behind(stored.organisation, *(calls if given_first else reversed(calls)))

    assert owners_of(stored, "it") == {new.pk}
    assert owners_of(elsewhere, "it") == {None}


def test_what_is_caught_up_with_is_not_ticked_again(stored):
    item = ChecklistItem.objects.backlog().filter(needs_evidence=False).first()

    late = just_behind(stored.organisation, lambda: catch_up(stored), lambda: tick(item))

    assert isinstance(late, InvalidTransitionError)
    assert history("item.done").count() == 0


def test_what_was_just_ticked_is_left_by_whoever_catches_up(stored):
    item = ChecklistItem.objects.backlog().filter(needs_evidence=False).first()

    just_behind(stored.organisation, lambda: tick(item, MANAGER), lambda: catch_up(stored))

    item.refresh_from_db()
    assert item.settled_by == MANAGER.label
    assert item.pk not in history("items.done").get().data["items"]


def test_nobody_catches_up_twice(stored):
    late = just_behind(stored.organisation, lambda: catch_up(stored), lambda: catch_up(stored))

    assert isinstance(late, DomainError)
    assert history("items.done").count() == 1


def test_the_end_is_answered_once(stored):
    late = just_behind(
        stored.organisation, lambda: answer(stored, day(40)), lambda: answer(stored, day(70))
    )

    assert "There is a request for this engagement already" in str(late)
    assert EngagementChange.objects.get().new_ends_on == day(40)
    assert history("item.done").count() == 1


def test_an_answer_behind_the_move_of_hr_to_the_same_day_is_told_so(stored):
    late = just_behind(
        stored.organisation, lambda: move(stored, day(40)), lambda: answer(stored, day(40))
    )

    assert isinstance(late, EndChangeError)
    assert task(stored, DECISION_STEP).settled_by == HR.label


def test_hr_carries_out_what_was_answered_a_moment_ago(stored):
    just_behind(stored.organisation, lambda: answer(stored, day(40)), lambda: move(stored, day(40)))

    change = EngagementChange.objects.get()
    assert (change.state, change.requested_by) == ("applied", MANAGER.label)
    assert task(stored, DECISION_STEP).state == "done"


def test_an_answer_and_a_tick_of_its_step_at_once_do_not_get_in_each_others_way(stored):
    step = task(stored, DECISION_STEP)

    just_behind(stored.organisation, lambda: tick(step), lambda: answer(stored, day(40)))

    step.refresh_from_db()
    assert (step.state, step.settled_by) == ("done", HR.label)
    assert EngagementChange.objects.get().state == "requested"


def test_an_agreement_and_a_tick_of_its_step_at_once_do_not_get_in_each_others_way(stored):
    policy_of(stored.organisation)
    freelancer = Actor(
        label="Fatima", contact_id=stored.freelancer.business_contact_id, kind="link"
    )
    proposed = propose_agreement(
        engagement_id=stored.pk,
        facts=AgreementFacts(forms={"runbook": 1, "workshop": 1}),
        side="client",
        actor=HR,
    )
    step = task(stored, "ON08")

    late = just_behind(
        stored.organisation,
        lambda: tick(step),
        lambda: accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=freelancer),
    )

    step.refresh_from_db()
    assert late.state == "accepted"
    assert (step.state, step.settled_by) == ("done", HR.label)


def test_two_who_look_at_once_are_both_no_hindrance(stored):
    keys = list(stored.items.values_list("pk", flat=True))

    just_behind(
        stored.organisation,
        lambda: operations.note_seen(item_ids=keys, actor=HR),
        lambda: operations.note_seen(item_ids=reversed(keys), actor=MANAGER),
    )

    assert set(stored.items.values_list("last_seen_by", flat=True)) == {MANAGER.label}


def test_the_lists_of_many_are_started_once(stored):
    many = EngagementFactory.create_batch(3, organisation=stored.organisation, ends_on=day(8))

    def start(engagements):
        return operations.start_checklists_for(engagements=engagements, actor=HR)

    late = just_behind(
        stored.organisation, lambda: start(many), lambda: start(list(reversed(many)))
    )

    assert late == 0
    assert ChecklistItem.objects.filter(engagement__in=many).count() == 3 * 44


def test_lists_that_were_just_discarded_are_gone_for_whoever_discards_them_too(stored):
    def discard():
        return operations.discard_checklists(engagements=[stored], actor=HR)

    assert sorted(at_once(stored.organisation, discard, discard)) == [0, 44]


def test_a_role_has_one_holder_however_many_give_it(stored):
    contacts = ContactFactory.create_batch(4, organisation=stored.organisation)

    at_once(stored.organisation, *[lambda one=one: give(stored, one) for one in contacts])

    assert owners_of(stored, "it") == {RoleHolder.objects.get(role="it").contact_id}
