"""The engagement list: who leaves next stands on top, everything is in the address."""

import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from lxml import html

from core.scoping import organisation_scope
from dashboards.queries.engagements import MOST_NAMED, conditions
from engagements.models import Engagement
from engagements.rules import Decisions, state_of
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory

pytestmark = pytest.mark.usefixtures("monday")

TODAY = datetime.date(2026, 11, 23)
LIST = "/engagements/"


def page(response):
    return html.fromstring(response.content.decode())


def names(response):
    return [cell.text_content().strip() for cell in page(response).xpath("//tbody//th")]


def text(response):
    return " ".join(page(response).xpath("//main")[0].text_content().split())


def engage(organisation, name, ends_in, **values):
    facts = {
        "organisation": organisation,
        "freelancer__full_name": name,
        "starts_on": TODAY - datetime.timedelta(days=200),
        "ends_on": TODAY + datetime.timedelta(days=ends_in),
        **values,
    }
    return EngagementFactory(**facts)


@pytest.fixture
def some(organisation):
    zorg = DepartmentFactory(organisation=organisation, name="Burgerzaken")
    bos = ContactFactory(organisation=organisation, name="Karin Vos")
    now = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
    return {
        "fatima": engage(organisation, "Fatima El Idrissi", 8, department=zorg, manager=bos),
        "ozgur": engage(organisation, "Özgür Yılmaz", 53, title="Architect", external_id="HR-7"),
        "jan": engage(organisation, "Jan de Vries", 120),
        "sofie": engage(
            organisation, "Sofie Jansen", 200, starts_on=TODAY + datetime.timedelta(days=10)
        ),
        "gone": engage(organisation, "Bram Kok", -40),
        "early": engage(organisation, "Els Prins", -3, ended_early_at=now),
        "closed": engage(organisation, "Tim Bakker", -80, closed_at=now),
        "off": engage(organisation, "Ina Mol", 30, cancelled_at=now, manager=bos),
    }


def test_the_next_leaver_stands_on_top_and_nobody_who_left(hr_client, some):
    assert names(hr_client.get(LIST)) == [
        "Fatima El Idrissi",
        "Özgür Yılmaz",
        "Jan de Vries",
        "Sofie Jansen",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "planned"}, ["Sofie Jansen"]),
        ({"state": "active"}, ["Jan de Vries"]),
        ({"state": "ending"}, ["Fatima El Idrissi", "Özgür Yılmaz"]),
        ({"state": "ended"}, ["Els Prins", "Bram Kok"]),
        ({"state": "closed"}, ["Tim Bakker"]),
        ({"state": "cancelled"}, ["Ina Mol"]),
        ({"q": "ozgur"}, ["Özgür Yılmaz"]),
        ({"q": "ARCHITECT yılmaz"}, ["Özgür Yılmaz"]),
        ({"q": "burgerzaken"}, ["Fatima El Idrissi"]),
        ({"q": "hr-7"}, ["Özgür Yılmaz"]),
        ({"q": "nobody"}, []),
        ({"q": "%"}, []),
        ({"q": "h_-7"}, []),
        ({"manager": "vos"}, ["Fatima El Idrissi"]),
        ({"ends_from": "2026-12-01", "ends_to": "2026-12-01"}, ["Fatima El Idrissi"]),
        ({"ends_from": "2027-01-01"}, ["Özgür Yılmaz", "Jan de Vries", "Sofie Jansen"]),
    ],
)
def test_a_filter_in_the_address_narrows_the_list(hr_client, some, query, found):
    assert names(hr_client.get(LIST, query)) == found


def test_a_word_that_names_very_many_people_finds_them_all(hr_client, organisation, some):
    FreelancerFactory.create_batch(MOST_NAMED, organisation=organisation, full_name="Jan Mol")

    assert names(hr_client.get(LIST, {"q": "jan"})) == ["Jan de Vries", "Sofie Jansen"]


def test_names_are_sorted_without_their_accents(hr_client, some):
    query = {"sort": "professional", "state": "all"}

    shown = names(hr_client.get(LIST, query))

    assert shown.index("Jan de Vries") < shown.index("Özgür Yılmaz") < shown.index("Sofie Jansen")
    assert names(hr_client.get(LIST, {**query, "sort": "-professional"})) == shown[::-1]


def test_a_department_is_chosen_by_its_public_id(hr_client, some):
    department = some["fatima"].department

    response = hr_client.get(LIST, {"department": department.public_id})

    assert names(response) == ["Fatima El Idrissi"]
    assert "Burgerzaken" in text(response)


def test_the_filters_in_force_can_be_taken_off_one_by_one(hr_client, some):
    response = hr_client.get(LIST, {"q": "a", "ends_to": "2026-12-31", "sort": "professional"})

    chips = {chip.text.strip(): chip.get("href") for chip in page(response).find_class("chip")}
    assert chips == {
        "“a”": "?ends_to=2026-12-31&sort=professional",
        "ends up to Thu 31 Dec": "?q=a&sort=professional",
    }
    clear = page(response).xpath("//a[text()='Clear all filters']/@href")
    assert clear == ["?sort=professional"]


def test_the_views_count_what_they_hold_under_the_other_filters(hr_client, some):
    tabs = {
        tab.text_content().split()[0]: tab.text_content().split()[-1]
        for tab in page(hr_client.get(LIST)).xpath("//ul[@class='tabs']//a")
    }
    assert tabs == {
        "Running": "4",
        "Ending": "2",
        "Ended,": "2",
        "Closed": "1",
        "Cancelled": "1",
        "All": "8",
    }

    narrowed = page(hr_client.get(LIST, {"q": "ozgur"})).xpath("//ul[@class='tabs']//a")
    assert [tab.text_content().split()[-1] for tab in narrowed] == ["1", "1", "0", "0", "0", "1"]


def test_a_filter_that_makes_no_sense_is_named_and_filters_nothing(hr_client, some):
    response = hr_client.get(LIST, {"ends_from": "soon", "state": "nonsense"})

    assert "Enter a valid date" in text(response)
    assert len(names(response)) == 4


def test_a_row_shows_the_end_in_words_the_points_and_the_tasks(hr_client, some):
    row = page(hr_client.get(LIST)).xpath("//tbody/tr[1]")[0]

    words = " ".join(" ".join(row.itertext()).split())
    assert "Burgerzaken Karin Vos" in words
    assert "Tue 1 Dec · in 8 days" in words
    assert "0 / 140" in words
    assert row.xpath(".//th/a/@href") == [some["fatima"].get_absolute_url()]


def test_an_empty_list_says_what_to_do(hr_client, organisation):
    first_days = hr_client.get(LIST)
    assert "Import a list or plan one" in text(first_days)
    assert page(first_days).xpath("//a[text()='Import engagements']")
    assert not page(first_days).xpath("//form[@class='filters']")
    assert "no engagement in this view" in text(hr_client.get(LIST, {"state": "closed"}))
    assert "No engagement fits" in text(hr_client.get(LIST, {"q": "nobody"}))


def test_a_phone_folds_the_filters_and_says_how_many_are_in_force(hr_client, some):
    def folded(**filters: str) -> tuple[str, bool]:
        (fold,) = page(hr_client.get(LIST, filters)).xpath("//details[@class='filter-fold']")
        return " ".join(fold.find("summary").itertext()).strip(), "open" in fold.attrib

    assert folded() == ("Filters", False)
    assert folded(q="fatima") == ("Filters", False)
    assert folded(late="on", manager="vos") == ("Filters (2)", False)
    assert folded(ends_from="nonsense") == ("Filters (1)", True)


def test_pages_have_25_rows_unless_asked_otherwise_and_never_more_than_100(hr_client, organisation):
    for number in range(120):
        engage(organisation, f"Person {number:03}", number + 1)

    first = hr_client.get(LIST)
    assert len(names(first)) == 25
    assert "1–25 of 120" in text(first)
    assert names(hr_client.get(LIST, {"page": "5"})) == [f"Person {n:03}" for n in range(100, 120)]
    assert len(names(hr_client.get(LIST, {"per_page": "50"}))) == 50
    assert len(names(hr_client.get(LIST, {"per_page": "5000"}))) == 100
    assert names(hr_client.get(LIST, {"page": "99"})) == names(hr_client.get(LIST, {"page": "5"}))


def test_the_list_costs_the_same_for_fifty_rows_as_for_one(
    hr_client, organisation, django_assert_max_num_queries
):
    engage(organisation, "Person", 1)
    hr_client.get(LIST)  # notes the visit in the session, once a minute
    with django_assert_max_num_queries(12) as few:
        hr_client.get(LIST, {"per_page": "50"})
    for number in range(60):
        engage(organisation, f"Person {number}", number + 1)

    with django_assert_max_num_queries(12) as many:
        assert len(names(hr_client.get(LIST, {"per_page": "50"}))) == 50

    assert len(many) == len(few)


def test_the_views_say_the_same_as_the_rule_of_states(organisation, some):
    views = conditions(organisation)
    groups = {"ended_early": "ended"}
    for engagement in Engagement.objects.all():
        state = state_of(
            TODAY,
            engagement.starts_on,
            engagement.ends_on,
            Decisions(
                cancelled=engagement.cancelled_at is not None,
                closed=engagement.closed_at is not None,
                ended_early=engagement.ended_early_at is not None,
            ),
            organisation.ending_days,
        )
        held = {
            name
            for name, condition in views.items()
            if Engagement.objects.filter(condition, pk=engagement.pk).exists()
        }
        assert held - {"all", "running"} == {groups.get(state, state)}
        assert ("running" in held) == (state in ("planned", "active", "ending"))


def test_another_organisation_is_neither_listed_nor_counted(hr_client, some):
    other = OrganisationFactory()
    with organisation_scope(other):
        stranger = engage(other, "Strange Person", 5)

    response = hr_client.get(LIST, {"state": "all"})
    assert "Strange" not in text(response)
    assert "of 8" in text(response)
    department = hr_client.get(LIST, {"department": stranger.department.public_id})
    assert len(names(department)) == 4


def rows_of_csv(response, delimiter=","):
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:]), delimiter=delimiter))


def test_the_csv_holds_exactly_what_is_shown_all_pages_of_it(hr_client, organisation, some):
    query = {"sort": "-professional", "state": "all", "per_page": "25"}
    for number in range(30):
        engage(organisation, f"Person {number:03}", number + 1)

    response = hr_client.get("/engagements/export.csv", query)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == ('attachment; filename="engagements-2026-11-23.csv"')
    rows = rows_of_csv(response)
    shown = names(hr_client.get(LIST, query)) + names(hr_client.get(LIST, {**query, "page": "2"}))
    assert [row[0] for row in rows[1:]] == shown
    assert rows[0][:6] == [
        "Professional",
        "Engagement",
        "Department",
        "Hiring manager",
        "First day",
        "Last day",
    ]
    assert {len(row) for row in rows} == {len(rows[0])}
    fatima = next(row for row in rows if row[0] == "Fatima El Idrissi")
    assert fatima[2:6] == ["Burgerzaken", "Karin Vos", "2026-05-07", "2026-12-01"]
    assert fatima[-2] == "ending"


def test_the_csv_of_a_dutch_reader_opens_in_dutch_excel(hr, hr_client, some):
    hr.user.language = "nl"
    hr.user.save()

    rows = rows_of_csv(hr_client.get("/engagements/export.csv"), delimiter=";")

    assert len(rows) == 5
    assert len(rows[0]) == 13


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_begins_like_a_formula(hr_client, organisation, start):
    engage(organisation, f"{start}HYPERLINK(1)", 5, title=f"{start}1+1")

    row = rows_of_csv(hr_client.get("/engagements/export.csv"))[1]

    assert row[0] == f"'{start}HYPERLINK(1)"
    assert row[1] == f"'{start}1+1"


def test_the_workbook_has_real_dates_and_numbers_and_no_formulas(hr_client, organisation, some):
    engage(organisation, "=1+1", 5)

    response = hr_client.get("/engagements/export.xlsx")

    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    rows = list(book.active.iter_rows())
    assert [row[0].value for row in rows[1:]] == [
        "=1+1",
        "Fatima El Idrissi",
        "Özgür Yılmaz",
        "Jan de Vries",
        "Sofie Jansen",
    ]
    assert rows[1][0].data_type == "s"
    assert rows[2][5].value.date() == datetime.date(2026, 12, 1)
    assert rows[2][5].is_date
    assert Decimal(rows[2][7].value) == 140
    assert response["Content-Disposition"].endswith('engagements-2026-11-23.xlsx"')


def test_an_export_costs_the_same_however_many_rows(
    hr_client, organisation, django_assert_max_num_queries
):
    for number in range(60):
        engage(organisation, f"Person {number}", number + 1)

    with django_assert_max_num_queries(13):
        assert len(rows_of_csv(hr_client.get("/engagements/export.csv"))) == 61


def test_other_kinds_of_files_do_not_exist(hr_client, organisation):
    assert hr_client.get("/engagements/export.exe").status_code == 404


def test_an_auditor_reads_the_list_without_buttons_to_change(hr, hr_client, some):
    hr.role = "auditor"
    hr.save()

    response = hr_client.get(LIST)

    assert response.status_code == 200
    assert "/engagements/new/" not in page(response).xpath("//main//a/@href")
    assert hr_client.get("/engagements/export.csv").status_code == 200


@pytest.mark.parametrize(
    ("who", "words", "others"),
    [
        ("fatima", "· ends Tuesday 1 December, in 8 days", "ended"),
        ("gone", "· ended Wednesday 14 October, 40 days ago", "ends"),
        ("off", "manager Karin Vos", "in 30 days"),
    ],
)
def test_the_head_of_an_engagement_says_when_it_ends_or_ended(hr_client, some, who, words, others):
    response = hr_client.get(some[who].get_absolute_url())

    head = page(response).xpath("//*[@class='page-head']")[0].text_content()
    assert words in " ".join(head.split())
    assert others not in head
