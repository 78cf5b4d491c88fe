"""The pages of an import: upload, columns, preview, progress, result, and who may see them."""

import csv
import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core.scoping import organisation_scope
from engagements.models import Engagement, ImportRun
from engagements.operations import imports
from tests.engagements.imports import HR, applied, checked, fresh, undone, uploaded
from tests.factories.accounts import MembershipFactory
from tests.factories.core import OrganisationFactory
from tests.factories.lists import HEADERS, csv_of, row_of, rows_of, workbook_of

CREATE = "/engagements/import/"
BAD = [
    row_of(1),
    row_of(2, ends_on="31-2-2026", hourly_rate="1.234"),
    row_of(3, title="=cmd|' /C calc'!A0", department=""),
]


def upload(client, content, name="lijst.csv"):
    return client.post(CREATE, {"file": SimpleUploadedFile(name, content), "rows": ""})


def page(run, name="detail"):
    return reverse(f"engagements:import_{name}", args=[run.public_id])


def chosen(run):
    return {name: str(at) for name, at in run.mapping.items()}


def test_a_list_goes_from_upload_to_result_in_four_steps(hr_client):
    answer = upload(hr_client, csv_of(rows_of(3)))
    run = ImportRun.objects.get()
    assert answer.url == page(run, "columns")

    columns = hr_client.get(answer.url)
    assert "A · external_id · X-1" in columns.text
    assert columns.context["form"]["title"].value() == str(HEADERS.index("title"))

    answer = hr_client.post(answer.url, chosen(run))
    assert answer.url == page(run)
    preview = hr_client.get(answer.url)
    assert "Import 3 rows" in preview.text
    assert "Every row is in order" in preview.text
    assert not Engagement.objects.exists()

    answer = hr_client.post(page(run, "confirm"))
    assert answer.url == page(run)
    result = hr_client.get(answer.url)
    assert "3 rows are imported" in result.text
    assert Engagement.objects.count() == 3

    answer = hr_client.post(page(run, "undo"), follow=True)
    assert "The import is undone" in answer.text
    assert not Engagement.objects.exists()


def test_rows_can_be_pasted_from_a_spreadsheet(hr_client):
    text = csv_of(rows_of(2), delimiter="\t", encoding="utf-8").decode()

    answer = hr_client.post(CREATE, {"rows": text})

    run = ImportRun.objects.get()
    assert run.original_name == "pasted rows"
    assert answer.url == page(run, "columns")
    assert run.mapping == {name: at for at, name in enumerate(HEADERS)}


def test_a_workbook_can_be_uploaded_under_any_name(hr_client):
    upload(hr_client, workbook_of(rows_of(2)), name="../../lijst\u202exslx.csv")

    run = ImportRun.objects.get()
    assert run.original_name == "lijstxslx.csv"
    assert run.mapping == {name: at for at, name in enumerate(HEADERS)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (csv_of([]), "one row only"),
        ("naam;titel\nJan;x".encode("utf-16"), "UTF-16"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file"),
        (b";".join(b"c%d" % number for number in range(100_000)), "more than 200 columns"),
    ],
)
def test_what_is_no_list_is_refused_beside_the_field_and_not_kept(hr_client, content, message):
    answer = upload(hr_client, content)

    assert answer.status_code in (409, 422)
    assert message in answer.text
    assert not ImportRun.objects.exists()


def test_a_file_or_rows_are_needed_and_not_both(hr_client):
    nothing = hr_client.post(CREATE, {"rows": ""})
    both = hr_client.post(
        CREATE, {"rows": "a;b", "file": SimpleUploadedFile("x.csv", csv_of(rows_of(1)))}
    )

    assert (nothing.status_code, both.status_code) == (422, 422)
    assert "Choose a file, or paste the rows" in nothing.text
    assert "not both" in both.text


def test_a_file_past_the_limit_is_refused(hr_client):
    answer = upload(hr_client, b"a;b\n" + b"x" * imports.LARGEST_FILE)

    assert answer.status_code == 422
    assert "at most 20 MB" in answer.text


def test_columns_that_are_missing_or_chosen_twice_are_told(hr_client, organisation):
    run = uploaded(organisation, rows_of(1))
    without, twice = chosen(run), chosen(run)
    del without["title"]
    twice["title"] = twice["department"]

    missing = hr_client.post(page(run, "columns"), without)
    double = hr_client.post(page(run, "columns"), twice)

    assert missing.status_code == 422
    assert 'id="error_1_id_title"' in missing.text or "id_title" in missing.text
    assert double.status_code == 409
    assert "Choose each column of the list once" in double.text
    assert fresh(run).state == "uploaded"


def test_a_list_that_was_imported_before_is_recognised(hr_client, organisation):
    applied(organisation, rows_of(1))

    answer = hr_client.get(page(uploaded(organisation, rows_of(1)), "columns"))

    assert "Exactly this list was imported on" in answer.text
    assert "<h2>Choose the columns</h2>" not in answer.text


def test_each_bad_cell_stands_with_its_address_and_message(hr_client, organisation):
    run = checked(organisation, BAD)

    text = hr_client.get(page(run)).text

    for address, message in (
        ("I3 ·", "There is no such day"),
        ("J3 ·", "This can be read in two ways"),
        ("D4 ·", "This cell must not be empty"),
    ):
        assert address in text
        assert message in text
    assert "Import without the 2 rows that have an error" in text


def test_rows_with_an_error_are_confirmed_away_only_on_purpose(hr_client, organisation):
    run = checked(organisation, BAD)

    refused = hr_client.post(page(run, "confirm"), follow=True)
    assert "Some rows have an error" in refused.text
    assert not Engagement.objects.exists()

    hr_client.post(page(run, "confirm"), {"without_errors": "on"})
    assert Engagement.objects.count() == 1


def test_the_result_says_once_how_much_is_imported(hr_client, organisation):
    text = hr_client.get(page(applied(organisation, BAD, without_errors=True))).text

    assert text.count("1 row is imported") == 1
    assert "2 rows with an error were left out." in text


def test_the_bad_rows_come_back_as_a_list_that_can_be_mended_and_uploaded(hr_client, organisation):
    run = checked(organisation, BAD)

    answer = hr_client.get(page(run, "errors"))

    assert answer["Content-Disposition"].startswith("attachment")
    content = answer.getvalue()
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == [*HEADERS, "what is wrong"]
    assert [row[0] for row in rows[1:]] == ["X-2", "X-3"]
    assert "ends_on: There is no such day" in rows[1][-1]
    assert rows[2][HEADERS.index("title")] == "'=cmd|' /C calc'!A0"

    mended = content.replace(b"31-2-2026", b"28-2-2027").replace(b"1.234", b"123,4")
    mended = mended.replace(b"peter.bos2@veldam.example;", b"peter.bos2@veldam.example;", 1)
    again = checked(organisation, mended)
    assert again.mapping == run.mapping
    assert [row.outcome for row in again.rows.order_by("number")] == ["new", "error"]
    assert again.rows.get(number=3).cells["title"] == "=cmd|' /C calc'!A0"


def test_all_bad_rows_can_be_reached(hr_client, organisation):
    run = checked(organisation, rows_of(120, title=""))

    pages = [hr_client.get(page(run), {"page": number}).text for number in (1, 2, 3)]

    for number in range(2, 122):
        assert sum(f"G{number} ·" in text for text in pages) == 1


def cells_of(text):
    """Return the cells of the new engagements: row by row, as they are read."""
    table = re.search(r'aria-labelledby="new".*?<tbody>(.*?)</tbody>', text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table[1] if table else "", re.DOTALL)
    cells = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[html.unescape(cell).strip() for cell in row] for row in cells]


def test_every_new_row_is_shown_with_its_days_as_understood(hr_client, organisation):
    applied(organisation, [row_of(1)])
    swapped = row_of(2, starts_on="3-4-2026", ends_on="2026-12-11", manager_name="Anja <b>Bos</b>")
    run = checked(organisation, [row_of(1), swapped, row_of(3, title="")])

    assert cells_of(hr_client.get(page(run)).text) == [
        [
            "3",
            "Fatima El Idrissi 2",
            "Data-engineer",
            "Team Zorg 2",
            "Anja <b>Bos</b>",
            "3 April 2026",
            "11 December 2026",
        ]
    ]


def test_the_days_of_new_rows_are_written_in_the_language_of_the_reader(organisation):
    run = checked(organisation, [row_of(1, starts_on="5-3-2026")])

    with translation.override("nl"):
        [row] = imports.new_rows(run.rows.all())

    assert row.starts_on == "5 maart 2026"


def test_all_new_rows_can_be_reached_without_losing_the_page_of_bad_ones(
    hr_client, organisation, django_assert_max_num_queries
):
    bad = [row_of(number, title="") for number in range(200, 260)]
    run = checked(organisation, [*rows_of(120), *bad])

    numbers = []
    for number in (1, 2, 3):
        with django_assert_max_num_queries(30):
            answer = hr_client.get(page(run), {"new": number, "page": 2})
        numbers += [int(cells[0]) for cells in cells_of(answer.text)]
        assert len(answer.context["bad_rows"]) == 10

    assert numbers == list(range(2, 122))
    assert "?new=2&amp;page=2#new" in hr_client.get(page(run), {"new": 1, "page": 2}).text


def test_every_difference_can_be_reached(hr_client, organisation):
    applied(organisation, rows_of(60))
    run = checked(organisation, rows_of(60, ends_on="1-2-2027", title="Analist"))

    answers = [hr_client.get(page(run), {"changed": number}) for number in (1, 2)]

    rows = [found.row for answer in answers for found in answer.context["differences"]]
    assert rows == [number for number in range(2, 62) for _column in ("title", "ends_on")]
    assert "?changed=2#changes" in answers[0].text


def test_differences_are_shown(hr_client, organisation):
    applied(organisation, rows_of(2))

    text = hr_client.get(page(checked(organisation, [row_of(1, ends_on="1-2-2027")]))).text

    assert "1 December 2026" in text
    assert "1 February 2027" in text


def busy(organisation, **facts):
    run = uploaded(organisation, rows_of(5))
    imports.choose_columns(run_id=run.pk, mapping=run.mapping, actor=HR)
    ImportRun.objects.filter(pk=run.pk).update(**facts)
    return fresh(run)


def test_progress_is_shown_with_and_without_scripts(hr_client, organisation):
    run = busy(organisation, rows_total=1234, rows_done=500)

    whole = hr_client.get(page(run)).text
    part = hr_client.get(page(run, "progress")).text

    for text in (whole, part):
        assert 'value="500" max="1234"' in text
        assert f'hx-get="{page(run, "progress")}"' in text
        assert '<a href="">Refresh</a>' in text
    assert "<html" not in part


def test_the_count_of_rows_may_be_unknown_still(hr_client, organisation):
    assert "<progress aria-label" in hr_client.get(page(busy(organisation))).text


def test_polling_ends_with_the_page_as_a_whole(hr_client, organisation):
    run = checked(organisation, rows_of(1))

    answer = hr_client.get(page(run, "progress"))

    assert answer["HX-Refresh"] == "true"


def test_what_people_did_since_is_listed_where_an_undo_is_refused(hr_client, organisation):
    run = applied(organisation, rows_of(1))
    Engagement.objects.update(version=2)

    answer = hr_client.post(page(run, "undo"), follow=True)

    assert "Nothing was undone" in answer.text
    assert "Fatima El Idrissi 1" in answer.text
    assert "changed since" in answer.text


def test_a_list_can_be_thrown_away_with_its_file(
    hr_client, organisation, django_capture_on_commit_callbacks
):
    run = checked(organisation, BAD)
    storage, name = run.file.storage, run.file.name
    assert storage.exists(name)

    with django_capture_on_commit_callbacks(execute=True):
        hr_client.post(page(run, "discard"))

    assert not ImportRun.objects.exists()
    assert not storage.exists(name)


def test_what_was_imported_cannot_be_thrown_away(hr_client, organisation):
    run = undone(applied(organisation, rows_of(1)))

    answer = hr_client.post(page(run, "discard"), follow=True)

    assert "cannot be thrown away" in answer.text
    assert ImportRun.objects.exists()


def test_the_sample_is_a_list_that_can_be_imported_as_it_is(hr_client, organisation):
    content = hr_client.get("/engagements/import/sample.csv").getvalue()

    run = applied(organisation, content)

    assert run.state == "applied", run.problem
    assert Engagement.objects.get().freelancer.full_name == "Jip Voorbeeld"


@pytest.fixture
def auditor_client(organisation):
    client = Client()
    client.force_login(MembershipFactory(organisation=organisation, role="auditor").user)
    return client


def test_an_auditor_may_look_and_not_touch(auditor_client, organisation):
    run = checked(organisation, BAD)

    assert auditor_client.get(CREATE).status_code == 200
    assert "<textarea" not in auditor_client.get(CREATE).text
    assert auditor_client.get(page(run)).status_code == 200
    assert "<button" not in auditor_client.get(page(run)).text.partition("<main")[2]
    assert auditor_client.get(page(run, "errors")).status_code == 200
    assert auditor_client.get(page(run, "columns")).status_code == 403
    for name in ("confirm", "undo", "discard", "columns"):
        assert auditor_client.post(page(run, name)).status_code == 403
    assert upload(auditor_client, csv_of(rows_of(1))).status_code == 403


def test_lists_of_another_organisation_are_not_there(hr_client):
    stranger = OrganisationFactory()
    with organisation_scope(stranger):
        run = checked(stranger, BAD)

    for name in ("detail", "columns", "progress", "errors"):
        assert hr_client.get(page(run, name)).status_code == 404
    for name in ("confirm", "undo", "discard", "columns"):
        assert hr_client.post(page(run, name)).status_code == 404
    assert run.original_name not in hr_client.get(CREATE).text


def test_the_preview_of_a_long_list_needs_few_queries(
    hr_client, organisation, django_assert_max_num_queries
):
    applied(organisation, rows_of(60))
    run = checked(organisation, [*rows_of(60, title="Architect"), *rows_of(200, ends_on="x")[60:]])

    with django_assert_max_num_queries(15):
        hr_client.get(page(run))
    with django_assert_max_num_queries(12):
        hr_client.get(CREATE)
