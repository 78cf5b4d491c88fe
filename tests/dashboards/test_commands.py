from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership
from core.models import Organisation
from core.scoping import organisation_scope
from knowledge.models import TransferPolicy
from notifications import operations
from notifications.models import ReminderRule
from offboarding.models import ProcedureStep
from tests.notifications.servers import RawServer


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


def test_founding_twice_says_so_and_adds_nothing(db):
    facts = {"name": "Gemeente Oostwijk", "hr_email": "hr@oostwijk.example"}
    call_command("create_organisation", **facts, stdout=StringIO())

    with pytest.raises(CommandError, match="short name"):
        call_command("create_organisation", **facts, stdout=StringIO())

    assert Organisation.objects.count() == 1


def test_the_doctor_names_each_fault_on_a_line(db, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    out = StringIO()

    with pytest.raises(CommandError, match="faults"):
        call_command("doctor", stdout=out, no_color=True)

    lines = dict(line.split(maxsplit=1) for line in out.getvalue().splitlines()[:-1])
    assert lines["database"].startswith("ok")
    assert lines["storage"].startswith("ok")
    assert "ConnectionRefusedError" in lines["mail"]
    assert "never seen" in lines["planner"]

    operations.plan_all()
    out = StringIO()
    with pytest.raises(CommandError, match="faults"):
        call_command("doctor", stdout=out, no_color=True)
    lines = dict(line.split(maxsplit=1) for line in out.getvalue().splitlines()[:-1])
    assert lines["planner"].startswith("ok")


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
