"""``manage.py import_engagements``: the same import from a file on the machine."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEvent, Contact
from engagements.models import Engagement, ImportRun
from tests.engagements.imports import undone
from tests.factories.core import OrganisationFactory
from tests.factories.lists import HEADERS, csv_of, row_of, rows_of, workbook_of


@pytest.fixture
def run_command(organisation, tmp_path):
    """Run the command on a list; return what it wrote, or the error it ended with."""
    organisation.language = "en"
    organisation.save()

    def run(content, *options, name="lijst.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        out, err = StringIO(), StringIO()
        try:
            call_command("import_engagements", str(path), *options, stdout=out, stderr=err)
        except CommandError as error:
            return out.getvalue(), err.getvalue(), str(error)
        return out.getvalue(), err.getvalue(), ""

    return run


@pytest.mark.parametrize("content", [csv_of(rows_of(3)), workbook_of(rows_of(3))])
def test_a_good_list_is_imported_and_counted(run_command, content):
    out, err, problem = run_command(content)

    assert out == "3 new, 0 changed, 0 unchanged, 0 error; imported\n"
    assert (err, problem) == ("", "")
    assert Engagement.objects.count() == 3
    assert AuditEvent.objects.filter(actor_label="import_engagements").exists()


def test_one_bad_row_stops_all_and_says_where(run_command):
    out, err, problem = run_command(
        csv_of([row_of(1), row_of(2, ends_on="31-2-2026", title=""), row_of(3)])
    )

    title, ends_on = err.splitlines()
    assert title == "row 3, column title: This cell must not be empty."
    assert ends_on.startswith("row 3, column ends_on: There is no such day.")
    assert problem == "2 new, 0 changed, 0 unchanged, 1 error; nothing imported"
    assert out == ""
    assert not Engagement.objects.exists()
    assert not Contact.objects.exists()
    assert not ImportRun.objects.exists()


def test_a_dry_run_counts_and_imports_nothing(run_command):
    out, _err, problem = run_command(csv_of(rows_of(3)), "--dry-run")

    assert out == "3 new, 0 changed, 0 unchanged, 0 error; dry run, nothing imported\n"
    assert problem == ""
    assert not Engagement.objects.exists()
    assert not ImportRun.objects.exists()


def test_the_same_list_again_imports_nothing(run_command):
    run_command(csv_of(rows_of(3)))

    out, _err, problem = run_command(csv_of(rows_of(3)))

    assert out == "0 new, 0 changed, 3 unchanged, 0 error; nothing to import\n"
    assert problem == ""
    assert ImportRun.objects.count() == 1


def test_a_mapping_names_the_headers(run_command, tmp_path):
    headers = tuple(f"Kolom {name}" for name in HEADERS)
    rows = [dict(zip(headers, row_of(1).values(), strict=True))]
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps(dict(zip(HEADERS, headers, strict=True))))

    _out, _err, problem = run_command(csv_of(rows, headers=headers), "--mapping", str(mapping))

    assert problem == ""
    assert Engagement.objects.get().external_id == "X-1"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("{", "Expecting"),
        ("[1]", "mapping.json"),
        ('{"title": "Functie"}', "The list has no column “Functie”"),
        ('{"baas": "title"}', "Choose columns of this list"),
        ('{"title": "title"}', "Choose a column for: Name of the professional"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(run_command, tmp_path, mapping, message):
    path = tmp_path / "mapping.json"
    path.write_text(mapping)

    _out, _err, problem = run_command(csv_of(rows_of(1)), "--mapping", str(path))

    assert message in problem
    assert not ImportRun.objects.exists()


def test_headers_that_are_missing_are_named(run_command):
    _out, _err, problem = run_command(csv_of(rows_of(1), headers=HEADERS[:-2]))

    assert problem == "Choose a column for: Last day."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "old Excel"),
        (b"\x89PNG\r\n\x1a\n\x00", "not a list"),
    ],
)
def test_what_is_no_list_is_refused(run_command, content, message):
    assert message in run_command(content)[2]
    assert not ImportRun.objects.exists()


def test_a_file_that_is_not_there_is_told(organisation):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_engagements", "/nowhere/lijst.csv")


def test_with_several_organisations_one_must_be_named(run_command, organisation):
    OrganisationFactory(slug="elders")

    assert "--organisation" in run_command(csv_of(rows_of(1)))[2]
    assert (
        "no organisation nergens" in run_command(csv_of(rows_of(1)), "--organisation", "nergens")[2]
    )
    assert run_command(csv_of(rows_of(1)), "--organisation", organisation.slug)[2] == ""


def test_what_the_command_imported_can_be_undone_on_the_page(run_command):
    run_command(csv_of(rows_of(2)))

    assert undone(ImportRun.objects.get()).state == "undone"
    assert not Engagement.objects.exists()
