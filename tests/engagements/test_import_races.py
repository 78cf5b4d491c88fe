"""An import goes on while people work: what they did first counts, and nothing is written over."""

import dataclasses
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.errors import InvalidTransitionError
from core.models import AuditEvent
from engagements.models import Engagement, Freelancer, ImportRun
from engagements.operations import (
    facts_of,
    facts_of_freelancer,
    imports,
    update_engagement,
    update_freelancer,
)
from offboarding.models import ChecklistItem
from offboarding.operations import complete_item
from tests.engagements.imports import HR, applied, checked, fresh, uploaded
from tests.factories.lists import row_of, rows_of
from tests.races import at_once, just_behind

pytestmark = pytest.mark.django_db(transaction=True)


def choose(run):
    return imports.choose_columns(run_id=run.pk, mapping=run.mapping, actor=HR)


def confirm(run):
    return imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)


def discard(run):
    return imports.discard_import(run_id=run.pk, actor=HR)


def carry_out(run):
    return imports.carry_out(run_id=run.pk)


def undo(run):
    imports.confirm_undo(run_id=run.pk, actor=HR)
    carry_out(run)


def change_by_hand(**values):
    engagement = Engagement.objects.get()
    facts = dataclasses.replace(facts_of(engagement), **values)
    return update_engagement(engagement_id=engagement.pk, facts=facts, version=None, actor=HR)


def change_person_by_hand(**values):
    person = Freelancer.objects.get()
    facts = dataclasses.replace(facts_of_freelancer(person), **values)
    return update_freelancer(freelancer_id=person.pk, facts=facts, actor=HR)


def tick(item):
    return complete_item(item_id=item.pk, note="Done", actor=HR)


def step_taken(name):
    return AuditEvent.objects.filter(action=f"engagements.import.{name}").count()


def test_the_columns_of_a_list_are_chosen_once(organisation):
    run = uploaded(organisation, rows_of(1))

    late = just_behind(organisation, lambda: choose(run), lambda: choose(run))

    assert isinstance(late, InvalidTransitionError)
    assert fresh(run).state == "checking"


def test_a_list_that_was_just_confirmed_is_not_confirmed_again(organisation):
    run = checked(organisation, rows_of(1))

    late = just_behind(organisation, lambda: confirm(run), lambda: confirm(run))

    assert isinstance(late, InvalidTransitionError)
    assert step_taken("confirmed") == 1


def test_a_list_that_was_just_confirmed_is_not_thrown_away(organisation):
    run = checked(organisation, rows_of(1))

    late = just_behind(organisation, lambda: confirm(run), lambda: discard(run))

    assert isinstance(late, InvalidTransitionError)
    assert fresh(run).state == "applying"


@pytest.mark.parametrize("act", [choose, confirm, discard])
def test_with_a_list_that_was_just_thrown_away_nothing_is_done(organisation, act):
    run = checked(organisation, rows_of(1))

    late = just_behind(organisation, lambda: discard(run), lambda: act(run))

    assert str(late) == "This was removed in the meantime."
    assert step_taken("discarded") == 1


def test_two_lists_uploaded_at_once_are_two_imports(organisation):
    at_once(organisation, *[lambda: uploaded(organisation, rows_of(1))] * 2)

    assert ImportRun.objects.count() == 2


def test_a_step_that_was_just_stopped_is_not_stopped_again(organisation):
    run = uploaded(organisation, rows_of(1))
    choose(run)

    def stop(problem):
        imports.stop_import(run_id=run.pk, problem=problem)

    just_behind(organisation, lambda: stop("first"), lambda: stop("second"))

    assert (fresh(run).state, fresh(run).problem) == ("failed", "first")


def test_old_lists_are_forgotten_once(organisation):
    run = checked(organisation, rows_of(1))
    with time_machine.travel(timezone.now() + timedelta(days=31)):

        def forget():
            return imports.forget_old_imports(organisation=organisation, at=timezone.now())

        late = just_behind(organisation, forget, forget)

    assert late == 0
    assert fresh(run).file.name == ""


def test_two_workers_check_a_list_once(organisation):
    run = uploaded(organisation, rows_of(20))
    choose(run)

    at_once(organisation, *[lambda: carry_out(run)] * 2)

    assert fresh(run).state == "checked"
    assert run.rows.count() == 20


def test_an_engagement_that_somebody_just_changed_is_not_written_over(organisation):
    applied(organisation, rows_of(1))
    run = confirm(checked(organisation, [row_of(1, title="Architect")]))

    just_behind(organisation, lambda: change_by_hand(title="Tester"), lambda: carry_out(run))

    assert Engagement.objects.get().title == "Tester"
    assert fresh(run).state == "failed"
    assert "Somebody else changed this engagement" in fresh(run).problem


def test_what_somebody_just_wrote_down_about_a_person_stays(organisation):
    headers = (*row_of(1), "business_name")
    applied(organisation, rows_of(1), headers=headers)
    run = confirm(checked(organisation, [row_of(1, business_name="Idrissi Data")], headers=headers))

    just_behind(organisation, lambda: change_person_by_hand(phone="06 1"), lambda: carry_out(run))

    person = Freelancer.objects.get()
    assert fresh(run).state == "applied"
    assert (person.business_name, person.phone) == ("Idrissi Data", "06 1")


def test_an_import_is_undone_once(organisation):
    run = applied(organisation, rows_of(1))

    late = just_behind(organisation, lambda: undo(run), lambda: undo(run))

    assert isinstance(late, InvalidTransitionError)
    assert step_taken("undone") == 1


def test_what_somebody_just_changed_stops_the_undo(organisation):
    run = applied(organisation, rows_of(1))

    just_behind(organisation, lambda: change_by_hand(title="Tester"), lambda: undo(run))

    assert fresh(run).state == "applied"
    assert fresh(run).summary["trace_count"] == 1
    assert Engagement.objects.get().title == "Tester"


def test_a_task_that_was_just_ticked_stops_the_undo(organisation):
    run = applied(organisation, rows_of(1))
    item = ChecklistItem.objects.first()

    just_behind(organisation, lambda: tick(item), lambda: undo(run))

    item.refresh_from_db()
    assert item.state == "done"
    assert fresh(run).state == "applied"


@pytest.mark.parametrize("act", [tick, lambda item: change_by_hand(title="T")])
def test_on_what_is_being_undone_nobody_builds(organisation, act):
    run = applied(organisation, rows_of(1))
    item = ChecklistItem.objects.first()

    late = just_behind(organisation, lambda: undo(run), lambda: act(item))

    assert str(late) == "This was removed in the meantime."
    assert not Engagement.objects.exists()


def test_a_person_whom_somebody_just_changed_stops_the_undo(organisation):
    headers = (*row_of(1), "business_name")
    applied(organisation, rows_of(1), headers=headers)
    run = applied(organisation, [row_of(1, business_name="Idrissi Data")], headers=headers)

    just_behind(organisation, lambda: change_person_by_hand(phone="06 1"), lambda: undo(run))

    person = Freelancer.objects.get()
    assert (person.business_name, person.phone) == ("Idrissi Data", "06 1")
    assert fresh(run).state == "applied"


@pytest.mark.parametrize("act", ["apply", "undo"])
def test_a_list_in_any_order_and_whoever_needs_the_same_engagements_never_wait_for_each_other(
    organisation, act
):
    applied(organisation, rows_of(2))
    changed = [row_of(3), *(row_of(number, title="Architect") for number in (2, 1))]
    run = (
        applied(organisation, changed) if act == "undo" else confirm(checked(organisation, changed))
    )
    first, *_others, last = Engagement.objects.order_by("pk").values_list("pk", flat=True)

    just_behind(
        organisation,
        lambda: Engagement.objects.select_for_update().get(pk=first),
        lambda: undo(run) if act == "undo" else carry_out(run),
        then=lambda: Engagement.objects.select_for_update().get(pk=last),
    )

    assert fresh(run).state == ("undone" if act == "undo" else "applied")
