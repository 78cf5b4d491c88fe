import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.scoping import organisation_scope
from notifications.models import Message, Reminder
from tests.factories.core import OrganisationFactory
from tests.notifications.servers import free_port

TUESDAY = datetime.date(2026, 12, 1)


def run(name, *arguments):
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def thing(planner, rules_shipped, contact):
    return planner.add(contact, TUESDAY)


def test_planning_tells_the_counts_last(thing, organisation):
    lines = run("plan_reminders", "--at", "2026-11-24T08:00:00+01:00")

    assert lines[-2].startswith(f"{organisation.slug}: 1 decided, 0 told")
    assert lines[-1].startswith("planned at 2026-11-24T08:00:00+01:00: 1 decided")
    assert Message.objects.count() == 1


def test_planning_again_decides_nothing_new(thing):
    run("plan_reminders", "--at", "2026-11-24T08:00+01:00")

    assert "0 decided, 1 told" in run("plan_reminders", "--at", "2026-11-24T08:00+01:00")[-1]


def test_moment_without_offset_is_in_the_zone_of_the_installation(thing):
    assert "0 decided" in run("plan_reminders", "--at", "2026-11-24T07:59")[-1]
    assert "1 decided" in run("plan_reminders", "--at", "2026-11-24T08:00")[-1]


def test_dry_run_says_what_it_would_do(thing):
    lines = run("plan_reminders", "--at", "2026-11-24T08:00", "--dry-run")

    assert lines[-1].startswith("would plan")
    assert "1 decided" in lines[-1]
    assert not Reminder.objects.exists()


def test_one_organisation_alone(thing, organisation):
    other = OrganisationFactory()

    lines = run("plan_reminders", "--organisation", other.slug, "--at", "2026-11-24T08:00")

    assert [line.split(":")[0] for line in lines[:-1]] == [other.slug]
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(
    "arguments", [["--organisation", "nobody"], ["--at", "tomorrow"], ["--at", "2026-13-01T08:00"]]
)
@pytest.mark.django_db
def test_what_cannot_be_done_is_said(arguments):
    with pytest.raises((CommandError, ValueError)):
        run("plan_reminders", *arguments)


def test_fault_of_a_planner_fails_the_command_after_the_rest_is_done(thing, planner, answers):
    class Faulty:
        is_repeatable = False
        rules = ()

        def due(self, *args):
            raise ZeroDivisionError

    answers.planners.insert(0, Faulty())

    with pytest.raises(CommandError):
        run("plan_reminders", "--at", "2026-11-24T08:00")
    assert Message.objects.count() == 1


def test_fault_of_an_organisation_fails_the_command(thing):
    OrganisationFactory(time_zone="Mars/Olympus")

    with pytest.raises(CommandError):
        run("plan_reminders", "--at", "2026-11-24T08:00")


def test_delivering_tells_the_counts(contact, letter_for, postbox):
    for _ in range(2):
        letter_for(contact)

    assert run("deliver_messages")[-1].startswith("2 sent, 0 deferred")
    assert run("deliver_messages", "--until-empty")[-1].startswith("0 sent")


def test_delivering_fails_when_something_stays_behind(contact, letter_for, postbox):
    letter_for(contact)
    postbox.refuse_rcpt = lambda address: "450 later"

    with pytest.raises(CommandError, match="stays in the outbox"):
        run("deliver_messages")


def test_delivering_without_a_mail_server_fails(contact, letter_for, use_mail_server):
    letter_for(contact)
    use_mail_server(free_port())

    with pytest.raises(CommandError):
        run("deliver_messages", "--until-empty")


def test_delivering_to_a_server_that_refuses_us_names_the_code(contact, letter_for, postbox):
    letter_for(contact)
    postbox.refuse_mail = lambda address: "530 5.7.0 authentication required"

    with pytest.raises(CommandError, match=r"sender 530 5\.7\.0"):
        run("deliver_messages")
    with pytest.raises(CommandError, match="refuses us"):
        run("deliver_messages")  # the pause goes on


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("arguments", "expected"), [([], 1), (["--until-empty"], 2)])
def test_what_becomes_due_meanwhile_is_sent_only_until_empty(
    *, organisation, contact, letter_for, postbox, close_connections, arguments, expected
):
    letter_for(contact)

    def promise_another(mail):
        if len(postbox.mails) == 1:
            with organisation_scope(organisation):
                letter_for(contact, dedupe_key="another")
            close_connections()

    postbox.after_data = promise_another

    assert run("deliver_messages", *arguments)[-1].startswith(f"{expected} sent")
