from io import StringIO

import pytest
from django.core.management import (
    CommandError,
    call_command,
    get_commands,
    load_command_class,
)

from accounts.models import Membership
from core.errors import DomainError
from core.models import Organisation
from core.scoping import organisation_scope
from dashboards import rules
from dashboards.operations import found_organisation
from knowledge.models import TransferPolicy
from notifications.models import ReminderRule
from offboarding.models import ProcedureStep
from tests.factories.engagements import EngagementFactory
from tests.notifications.servers import RawServer

ORGANISATION = ["--organisation", "veldam"]


def test_an_organisation_is_founded_with_everything_that_ships(db):
    call_command(
        "create_organisation",
        name="Gemeente Oostwijk",
        hr_email="hr@oostwijk.example",
        stdout=StringIO(),
    )

    organisation = Organisation.objects.get(slug="gemeente-oostwijk")
    with organisation_scope(organisation):
        assert Membership.objects.get().role == "admin"
        assert TransferPolicy.objects.count() == 2
        assert ProcedureStep.objects.count() >= 44
        assert ReminderRule.objects.exists()


@pytest.mark.parametrize("email", ["", "not an address"])
def test_founding_refuses_what_is_no_address(db, email):
    with pytest.raises(CommandError):
        call_command("create_organisation", name="X", hr_email=email, stdout=StringIO())

    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"name": "  "}, "--name: This field cannot be blank."),
        ({"name": "x" * 151}, "--name: Ensure this value has at most 150 characters"),
        ({"slug": "not a slug"}, "--slug: Enter a valid “slug”"),
    ],
)
def test_founding_refuses_names_of_no_use(db, facts, says):
    given = {"name": "Oostwijk", "hr_email": "hr@oostwijk.example", "stdout": StringIO(), **facts}

    with pytest.raises(CommandError, match=says):
        call_command("create_organisation", **given)

    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("import_engagements", ["list.csv", "--dry-run", "--mapping", "m.json", *ORGANISATION]),
        ("plan_reminders", ["--at", "2026-12-01T09:00+01:00", "--dry-run", *ORGANISATION]),
        ("deliver_messages", ["--until-empty"]),
        ("run_dispatcher", []),
        ("seed_demo", []),
        ("seed_scale", ["--organisations", "10", "--engagements", "1000"]),
        ("check_ledger", ORGANISATION),
        ("doctor", []),
        ("backup", ["/backups/monday"]),
        ("restore", ["/backups/monday", "--replace"]),
    ],
)
def test_each_command_takes_what_people_rely_on(command, arguments):
    found = load_command_class(get_commands()[command], command)

    assert found.create_parser("manage.py", command).parse_args(arguments)


@pytest.mark.parametrize("moment", ["tomorrow", "2026-13-01T09:00", ""])
def test_a_moment_that_is_none_is_refused_at_the_option(moment):
    with pytest.raises(CommandError, match=r"--at: .* is not a moment such as 2026-12-01T09:00"):
        call_command("plan_reminders", "--at", moment)


def test_the_story_is_told_once_and_counted_both_times(organisation):
    organisation.slug = rules.DEMO_SLUG
    organisation.save()
    EngagementFactory(organisation=organisation)
    out = StringIO()

    call_command("seed_demo", stdout=out)

    assert out.getvalue() == (
        "it is there already, nothing was added: 1 organisation, 1 engagements\n"
    )


def test_founding_twice_says_so_and_adds_nothing(db):
    facts = {"name": "Gemeente Oostwijk", "hr_email": "hr@oostwijk.example"}
    call_command("create_organisation", **facts, stdout=StringIO())

    with pytest.raises(CommandError, match="short name"):
        call_command("create_organisation", **facts, stdout=StringIO())

    assert Organisation.objects.count() == 1


def test_what_ships_is_not_given_twice_to_one_organisation(db):
    def found():
        return found_organisation(
            name="Gemeente Oostwijk", hr_email="hr@oostwijk.example", hr_name="H. Smit"
        )

    organisation = found()

    with pytest.raises(DomainError, match="short name"):
        found()

    with organisation_scope(organisation):
        assert TransferPolicy.objects.count() == 2


def test_the_doctor_speaks_tls_from_the_first_byte_where_the_mail_server_does(db, settings):
    first: list[bytes] = []
    server = RawServer(lambda connection: first.append(connection.recv(1)))
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_SSL = (
        "127.0.0.1",
        server.port,
        True,
    )

    with pytest.raises(CommandError, match="faults"):
        call_command("doctor", stdout=StringIO(), no_color=True)

    server.stop()
    assert first == [b"\x16"]  # a handshake
