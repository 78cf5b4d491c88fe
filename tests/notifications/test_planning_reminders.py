import datetime
import uuid

import pytest

from core.models import Heartbeat
from core.scoping import organisation_scope
from notifications import operations, planning
from notifications.models import Message, Reminder, ReminderRule
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.notifications.conftest import local

State = Reminder.State
TUESDAY = datetime.date(2026, 12, 1)
pytestmark = pytest.mark.usefixtures("rules_shipped")


def plan(organisation, at, **options):
    return operations.plan(organisation=organisation, at=at, **options)


def bands(state):
    return sorted(Reminder.objects.filter(state=state).values_list("band", flat=True))


def test_due_notice_becomes_one_reminder_in_one_message(organisation, planner, contact):
    planner.add(contact, TUESDAY)

    result = plan(organisation, local(2026, 11, 24, 8))

    reminder, message = Reminder.objects.get(), Message.objects.get()
    assert (result.decided, result.bundled, result.messages) == (1, 1, 1)
    assert (reminder.band, reminder.state, reminder.message) == ("-7", State.BUNDLED, message)
    assert (message.kind, message.contact, message.state) == ("digest", contact, "pending")
    assert message.dedupe_key == f"digest:{contact.pk}:2026-11-24"
    assert message.expires_at == reminder.expires_at


def test_planning_again_decides_nothing_new(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))

    again = plan(organisation, local(2026, 11, 24, 8, 10))

    assert (again.decided, again.told, again.messages) == (0, 1, 0)
    assert Reminder.objects.count() == Message.objects.count() == 1


def test_notice_that_is_not_due_yet_is_left_alone(organisation, planner, contact):
    planner.add(contact, TUESDAY)

    assert plan(organisation, local(2026, 11, 24, 7, 59)).decided == 0


def test_dry_run_counts_and_writes_nothing(organisation, planner, contact):
    planner.add(contact, TUESDAY)

    result = plan(organisation, local(2026, 11, 24, 8), dry_run=True)

    assert (result.decided, result.bundled, result.messages) == (1, 1, 1)
    assert not Reminder.objects.exists()
    assert not Message.objects.exists()


def test_late_creation_tells_only_the_most_urgent_step(organisation, planner, contact):
    planner.add(contact, TUESDAY)

    result = plan(organisation, local(2026, 12, 1, 9))

    assert (result.decided, result.superseded) == (1, 2)
    assert bands(State.BUNDLED) == ["+0"]
    assert bands(State.SUPERSEDED) == ["-2", "-7"]


def test_more_urgent_step_replaces_one_that_was_not_sent(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))

    plan(organisation, local(2026, 11, 29, 8))  # Sunday: decided on Monday at the latest
    plan(organisation, local(2026, 11, 30, 8))

    assert bands(State.BUNDLED) == ["-2"]
    assert bands(State.SUPERSEDED) == ["-7"]


def test_what_was_sent_is_not_taken_back(organisation, planner, contact, postbox):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    operations.deliver_one()

    plan(organisation, local(2026, 11, 30, 8))

    assert bands(State.SENT) == ["-7"]
    assert bands(State.BUNDLED) == ["-2"]


def test_things_have_their_own_most_urgent_step(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    planner.add(contact, TUESDAY)

    assert plan(organisation, local(2026, 12, 1, 9)).decided == 2


@pytest.mark.parametrize(
    ("days_down", "told", "superseded", "expired"),
    [
        # Due on 24 and 27 November, 1, 2 and 4 December; each of use for a week.
        (datetime.timedelta(hours=1), ["-7"], [], []),
        (datetime.timedelta(days=3), ["-2"], ["-7"], []),
        (datetime.timedelta(days=8), ["+1"], ["+0", "-2", "-7"], []),
        (datetime.timedelta(days=30), [], ["+0", "+1", "-2", "-7"], ["+3"]),
    ],
)
def test_downtime_is_caught_up_with_one_notice(
    *, organisation, planner, contact, days_down, told, superseded, expired
):
    planner.add(contact, TUESDAY)

    plan(organisation, local(2026, 11, 24, 8) + days_down)

    assert bands(State.BUNDLED) == told
    assert bands(State.SUPERSEDED) == superseded
    assert bands(State.EXPIRED) == expired


def test_planned_reminder_that_is_of_no_use_any_more_expires_visibly(
    organisation, planner, contact
):
    planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    message = Message.objects.get()

    plan(organisation, message.expires_at + datetime.timedelta(days=200))

    message.refresh_from_db()
    assert (message.state, message.reason) == (Message.State.EXPIRED, "expired")
    assert "-7" in bands(State.EXPIRED)


def test_moved_date_gives_new_notices_and_the_old_ones_lapse(organisation, planner, contact):
    thing = planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")
    thing.due_on = TUESDAY + datetime.timedelta(days=14)

    assert plan(organisation, local(2026, 11, 30, 8)).decided == 0
    assert plan(organisation, local(2026, 12, 8, 8)).decided == 1
    assert bands(State.CANCELLED) == ["-7"]


def test_date_that_moves_back_before_anything_was_told_is_told_after_all(
    organisation, planner, contact
):
    thing = planner.add(contact, TUESDAY)
    plan(organisation, local(2026, 11, 24, 8))
    operations.cancel_for_dossier(dossier=thing.dossier, reason="end_moved")

    result = plan(organisation, local(2026, 11, 25, 8))

    assert result.decided == 1
    assert bands(State.BUNDLED) == ["-7"]
    assert Reminder.objects.count() == 1


def test_rule_that_is_off_decides_nothing(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    ReminderRule.objects.filter(code="thing_due").update(is_active=False)

    assert plan(organisation, local(2026, 11, 24, 8)).decided == 0
    assert "thing_due" not in planner.asked[-1]


def test_days_of_the_organisation_decide_and_not_the_shipped_ones(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    ReminderRule.objects.filter(code="thing_due").update(offsets=[-4])

    plan(organisation, local(2026, 11, 27, 8))

    assert bands(State.BUNDLED) == ["-4"]


def test_send_time_of_the_organisation_decides(organisation, planner, contact):
    planner.add(contact, TUESDAY)
    organisation.send_time = datetime.time(10, 15)
    organisation.save()

    assert plan(organisation, local(2026, 11, 24, 10, 14)).messages == 0
    assert plan(organisation, local(2026, 11, 24, 10, 15)).messages == 1


def test_zone_of_the_organisation_decides(planner, organisation):
    there = OrganisationFactory(time_zone="Pacific/Auckland", country="NZ")
    with organisation_scope(there):
        operations.ship_rules(organisation=there)
        planner.things.clear()
        planner.add(ContactFactory(organisation=there), datetime.date(2026, 12, 2))

        # 08:00 in Auckland on 25 November is 20:00 in Amsterdam on the 24th.
        assert plan(there, local(2026, 11, 24, 19, 59)).messages == 0
        assert plan(there, local(2026, 11, 24, 20, 0)).messages == 1


def test_fault_in_one_planner_does_not_silence_another(organisation, planner, contact, answers):
    class Faulty:
        is_repeatable = False
        rules = ()

        def due(self, organisation, at, rules):
            raise ZeroDivisionError

        def lines(self, reminders):
            return []

    answers.planners.insert(0, Faulty())
    planner.add(contact, TUESDAY)

    result = plan(organisation, local(2026, 11, 24, 8))

    assert result.failed == ("Faulty",)
    assert result.bundled == 1


class Halting:
    """A planner that stumbles over the second of three things."""

    is_repeatable = False
    rules = ()

    def __init__(self, planner, things):
        self.planner, self.things = planner, things

    def due(self, organisation, at, rules):
        drafts = list(self.planner.due(organisation, at, rules))

        def about(number):
            if number == 1:
                raise OverflowError
            return [drafts[number]]

        return planning.drafts_of_each(range(self.things), about)

    def lines(self, reminders):
        return []


def test_one_thing_that_cannot_be_reckoned_with_stops_no_other(
    organisation, planner, contact, answers, caplog
):
    for number in range(3):
        planner.add(contact, TUESDAY, text=f"Thing {number}", dossier=uuid.uuid4())
    answers.planners[:] = [Halting(planner, 3)]

    results = operations.plan_all(at=local(2026, 11, 24, 8))

    result = results[organisation.slug]
    assert (result.decided, result.failed) == (2, ("Halting (int)",))
    assert "not planned" in caplog.text
    assert not Heartbeat.objects.filter(name="planner").exists()

    answers.planners[:] = [planner]
    assert operations.plan_all(at=local(2026, 11, 24, 8))[organisation.slug].decided == 1
    assert Heartbeat.objects.filter(name="planner").exists()


def test_fault_in_one_organisation_does_not_stop_the_next(organisation, planner, contact):
    broken = OrganisationFactory(slug="aaa", time_zone="Mars/Olympus")
    planner.add(contact, TUESDAY)

    results = operations.plan_all(at=local(2026, 11, 24, 8))

    assert results[broken.slug] is None
    assert results[organisation.slug].messages == 1


def test_draft_of_a_rule_that_the_organisation_does_not_have_is_dropped(
    organisation, planner, contact
):
    planner.add(contact, TUESDAY)
    ReminderRule.objects.filter(code="thing_due").delete()

    assert plan(organisation, local(2026, 11, 24, 8)).decided == 0


def test_thousands_of_notices_take_few_queries(
    organisation, planner, contact, django_assert_max_num_queries
):
    dossier = uuid.uuid4()
    for number in range(600):
        planner.add(contact, TUESDAY, text=f"Thing {number}", dossier=dossier)

    with django_assert_max_num_queries(40):
        assert plan(organisation, local(2026, 11, 24, 8)).bundled == 600
    with django_assert_max_num_queries(20):
        assert plan(organisation, local(2026, 11, 24, 9)).told == 600
