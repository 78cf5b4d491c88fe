"""What a list would do, worked out before anything is written: counts, differences, bad cells."""

import datetime

import pytest

from core.models import Contact
from engagements.models import Department, Engagement, Freelancer, ImportRow
from engagements.operations import imports
from tests.engagements.imports import HR, checked, fresh, outcomes_of, problems_of, uploaded
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.lists import HEADERS, csv_of, row_of, rows_of, workbook_with_formulas

START, END = datetime.date(2026, 3, 1), datetime.date(2026, 12, 1)


@pytest.fixture
def known(organisation):
    """The engagement of the first row, as it is known before the list comes."""
    person = FreelancerFactory(
        organisation=organisation,
        full_name="Fatima El Idrissi 1",
        business_contact__email="f.elidrissi1@data.example",
    )
    return EngagementFactory(
        organisation=organisation,
        external_id="X-1",
        freelancer=person,
        department=DepartmentFactory(organisation=organisation, name="Team Zorg 1"),
        manager=ContactFactory(
            organisation=organisation, name="Peter Bos 1", email="peter.bos1@veldam.example"
        ),
        title="Data-engineer",
        starts_on=START,
        ends_on=END,
        hourly_rate="95.50",
    )


def test_new_rows_are_counted_with_all_that_comes_along(organisation):
    run = checked(organisation, rows_of(20))

    assert run.state == "checked"
    assert (run.rows_total, run.rows_done) == (20, 20)
    assert [run.summary[name] for name in ImportRow.Outcome.values] == [20, 0, 0, 0]
    added = {kind: said["count"] for kind, said in run.summary["adds"].items()}
    assert added == {"departments": 7, "freelancers": 20, "contacts": 20, "intermediaries": 0}


def test_checking_writes_nothing_but_the_rows_of_the_list(organisation):
    checked(organisation, rows_of(3))

    assert ImportRow.objects.count() == 3
    assert not Engagement.objects.exists()
    assert not Freelancer.objects.exists()
    assert not Department.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"starts_on": "31-2-2026"}, "starts_on", "There is no such day"),
        ({"ends_on": "1-12-26"}, "ends_on", "four digits"),
        ({"ends_on": "28-2-2026"}, "ends_on", "cannot be before the first day"),
        ({"hourly_rate": "1.234"}, "hourly_rate", "two ways"),
        ({"hourly_rate": "veel"}, "hourly_rate", "not a number"),
        ({"freelancer_email": "fatima@@x"}, "freelancer_email", "not an e-mail address"),
        ({"manager_email": "p.bos"}, "manager_email", "not an e-mail address"),
        (
            {"manager_email": "F.ELIDRISSI1@data.example"},
            "manager_email",
            "address of the professional",
        ),
        ({"kvk_number": "123"}, "kvk_number", "eight digits"),
        ({"language": "fr"}, "language", "nl or en"),
        ({"knowledge_target": "-1"}, "knowledge_target", "below zero"),
        ({"title": ""}, "title", "must not be empty"),
        ({"department": " \t"}, "department", "must not be empty"),
        ({"title": "x" * 151}, "title", "151 characters long; at most 150"),
        ({"title": "x" * 5001}, "title", "at most 5000 characters"),
        ({"external_id": "x" * 81}, "external_id", "at most 80"),
    ],
)
def test_what_is_wrong_stands_at_its_cell(organisation, cells, column, message):
    headers = (*HEADERS, "kvk_number", "language", "knowledge_target")

    run = checked(organisation, [row_of(1, **cells), row_of(2)], headers=headers)

    assert list(problems_of(run)) == [2]
    assert list(problems_of(run)[2]) == [column]
    assert message in problems_of(run)[2][column]
    assert outcomes_of(run) == ["error", "new"]


def test_a_row_tells_all_that_is_wrong_with_it_at_once(organisation):
    run = checked(organisation, [row_of(1, starts_on="x", ends_on="y", title="")])

    assert sorted(problems_of(run)[2]) == ["ends_on", "starts_on", "title"]


def test_a_formula_without_a_result_stands_at_its_cell(organisation):
    run = checked(organisation, workbook_with_formulas([row_of(1, title="=A1"), row_of(2)]))

    assert "formula without a result" in problems_of(run)[2]["title"]
    assert outcomes_of(run) == ["error", "new"]


def test_a_row_with_more_cells_than_headers_is_refused_as_a_whole(organisation):
    content = csv_of([row_of(1)], delimiter=",").replace(b'"95,50"', b"95,50")

    run = checked(organisation, content)

    assert "11 cells and the header has 10" in problems_of(run)[2]["row"]


def test_the_second_row_with_an_id_names_the_first(organisation):
    run = checked(organisation, [row_of(1), row_of(2), row_of(3, external_id="X-1")])

    assert problems_of(run) == {4: {"external_id": "Row 2 has this ID already."}}


def test_two_rows_of_one_person_in_one_department_may_not_overlap(organisation):
    again = row_of(1, external_id="Y", starts_on="1-12-2026", ends_on="1-2-2027")
    after = row_of(1, external_id="Z", starts_on="2-12-2026", ends_on="1-2-2027")

    assert (
        "Row 2 has the same professional"
        in problems_of(checked(organisation, [row_of(1), again]))[3]["starts_on"]
    )
    assert outcomes_of(checked(organisation, [row_of(1), after])) == ["new", "new"]


def test_the_same_row_twice_is_refused_without_ids_too(organisation):
    headers = HEADERS[1:]

    run = checked(organisation, [row_of(1), row_of(1)], headers=headers)

    assert "Row 2 has the same professional" in problems_of(run)[3]["starts_on"]


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("freelancer_name", "Fatima El Idrissi", "Jan de Vries"),
        ("kvk_number", "12345678", "87654321"),
        ("business_name", "El Idrissi Data", "De Vries ICT"),
        ("freelancer_private_email", "a@post.example", "b@post.example"),
    ],
)
def test_rows_that_contradict_each_other_about_a_person_are_refused(
    organisation, column, first, second
):
    headers = (*dict.fromkeys([*HEADERS, column]),)
    rows = [
        row_of(1, **{column: first}),
        row_of(1, external_id="Y", department="Elders", **{column: second}),
    ]

    run = checked(organisation, rows, headers=headers)

    assert outcomes_of(run) == ["new", "error"]
    assert f"Row 2 says “{first}”" in problems_of(run)[3][column]


def test_accents_and_capitals_make_no_second_person(organisation):
    rows = [
        row_of(1, freelancer_name="Zoë Çelik"),
        row_of(1, external_id="Y", department="Elders", freelancer_name="ZOE CELIK"),
    ]

    run = checked(organisation, rows)

    assert outcomes_of(run) == ["new", "new"]
    assert run.summary["adds"]["freelancers"]["names"] == ["Zoë Çelik"]


def test_a_row_that_says_what_is_known_is_unchanged(organisation, known):
    run = checked(organisation, [row_of(1)])

    assert outcomes_of(run) == ["unchanged"]
    assert run.summary["adds"]["freelancers"]["count"] == 0


def test_differences_show_old_and_new(organisation, known):
    run = checked(
        organisation,
        [row_of(1, title="Architect", ends_on="1 februari 2027", hourly_rate="€ 1.100,00")],
    )

    assert outcomes_of(run) == ["changed"]
    assert run.rows.get().differences == {
        "title": ["Data-engineer", "Architect"],
        "ends_on": ["2026-12-01", "2027-02-01"],
        "hourly_rate": ["95.50", "1100.00"],
    }


def test_an_empty_cell_says_nothing(organisation, known):
    run = checked(organisation, [row_of(1, hourly_rate="")])

    assert outcomes_of(run) == ["unchanged"]


def test_without_an_id_the_same_person_department_and_first_day_is_the_same_engagement(
    organisation, known
):
    run = checked(organisation, [row_of(1, ends_on="1-2-2027")], headers=HEADERS[1:])

    assert run.rows.get().engagement == known
    assert run.rows.get().differences == {"ends_on": ["2026-12-01", "2027-02-01"]}


def test_an_engagement_made_by_hand_takes_the_id_of_the_list(organisation, known):
    Engagement.objects.update(external_id="")

    run = checked(organisation, [row_of(1)])

    assert run.rows.get().differences == {"external_id": ["", "X-1"]}


def test_two_rows_cannot_be_about_the_same_engagement(organisation, known):
    run = checked(organisation, [row_of(1), row_of(1, external_id="")])

    assert problems_of(run) == {3: {"row": "This is the same engagement as in row 2."}}


def test_an_overlap_with_a_known_engagement_names_its_dates(organisation, known):
    run = checked(
        organisation, [row_of(1, external_id="Y", starts_on="1-11-2026", ends_on="1-2-2027")]
    )

    assert "already has an engagement at this department" in problems_of(run)[2]["starts_on"]
    assert "1 December" in problems_of(run)[2]["starts_on"]


def test_an_engagement_stays_with_its_professional(organisation, known):
    run = checked(organisation, [row_of(2, external_id="X-1")])

    assert "belongs to Fatima El Idrissi 1" in problems_of(run)[2]["freelancer_email"]


@pytest.mark.parametrize("decided", ["closed_at", "cancelled_at"])
def test_what_is_closed_or_cancelled_can_be_in_the_list_but_not_change(
    organisation, known, decided
):
    Engagement.objects.update(**{decided: datetime.datetime(2026, 12, 2, tzinfo=datetime.UTC)})

    assert outcomes_of(checked(organisation, [row_of(1)])) == ["unchanged"]
    run = checked(organisation, [row_of(1, title="Architect")])
    assert "closed or cancelled" in problems_of(run)[2]["external_id"]


def test_people_and_departments_that_are_not_in_use_are_refused_where_they_are_new(
    organisation, known
):
    Department.objects.update(is_active=False)
    Contact.objects.update(is_active=False)

    run = checked(
        organisation,
        [
            row_of(1, title="Architect"),
            row_of(8, department="Team Zorg 1"),
            row_of(9, manager_email="PETER.BOS1@veldam.example"),
        ],
    )

    assert outcomes_of(run) == ["changed", "error", "error"]
    assert problems_of(run) == {
        3: {"department": "This department is not in use any more."},
        4: {"manager_email": "This contact is not active any more."},
    }


def test_addresses_and_departments_are_known_whatever_their_capitals(organisation, known):
    run = checked(
        organisation,
        [
            row_of(
                1,
                freelancer_email="F.ELIDRISSI1@Data.example",
                department="TEAM ZORG 1",
                manager_email="Peter.Bos1@Veldam.example",
            )
        ],
    )

    assert outcomes_of(run) == ["unchanged"]


@pytest.mark.parametrize("name", ["Zorg data", "zorg-data", "Zorgdatta", "ZORGDÁTA"])
def test_a_department_that_is_nearly_known_gets_a_warning(organisation, name):
    DepartmentFactory(organisation=organisation, name="Zorgdata")

    run = checked(organisation, [row_of(1, department=name)])

    if name.lower() != "zorgdata":
        assert run.summary["warnings"] == [f"“{name}” is a new department. Do you mean “Zorgdata”?"]
    assert outcomes_of(run) == ["new"]


def test_departments_that_differ_in_number_or_altogether_get_no_warning(organisation):
    DepartmentFactory(organisation=organisation, name="Team Zorg 8")

    run = checked(organisation, [row_of(1), row_of(2, department="Burgerzaken")])

    assert run.summary["warnings"] == []


def test_people_who_are_perhaps_known_elsewhere_get_a_warning(organisation, known):
    run = checked(
        organisation,
        [
            row_of(
                7,
                freelancer_name="Fatima El Idrissi 1",
                freelancer_email="fatima@nieuw.example",
                manager_name="Peter Bos 1",
                manager_email="peter@nieuw.example",
            ),
            row_of(8, manager_name="Piet Bosch", manager_email="peter.bos1@veldam.example"),
        ],
    )

    called_otherwise = (
        "The list calls peter.bos1@veldam.example Piet Bosch. "
        "We know them as Peter Bos 1; that stays."
    )
    known_elsewhere = "{} is new at {}. We know somebody of that name at {}."
    assert run.summary["warnings"] == [
        known_elsewhere.format(
            "Fatima El Idrissi 1", "fatima@nieuw.example", "f.elidrissi1@data.example"
        ),
        known_elsewhere.format("Peter Bos 1", "peter@nieuw.example", "peter.bos1@veldam.example"),
        called_otherwise,
    ]


def test_engagements_that_are_over_already_get_a_warning(organisation):
    run = checked(organisation, [row_of(1, starts_on="1-1-2020", ends_on="1-2-2020"), row_of(2)])

    assert run.summary["warnings"] == ["1 new engagement has ended already: row 2."]


def test_the_warning_names_the_rows_that_are_over_as_far_as_people_read(organisation):
    over = [row_of(n, starts_on="1-1-2020", ends_on="1-2-2020") for n in range(1, 24)]

    few, many = checked(organisation, [row_of(40), *over[:2]]), checked(organisation, over)

    assert few.summary["warnings"] == ["2 new engagements have ended already: rows 3 and 4."]
    named = ", ".join(str(number) for number in range(2, 22))
    assert many.summary["warnings"] == [
        f"23 new engagements have ended already: rows {named}, and 3 more."
    ]


def test_columns_that_were_not_chosen_are_not_kept(organisation):
    run = checked(organisation, [row_of(1, BSN="123456782")], headers=(*HEADERS, "BSN"))

    assert "123456782" not in str(run.rows.get().cells)
    assert run.headers[-1] == "BSN"


def test_the_choice_of_columns_is_remembered_for_the_same_headers(organisation):
    headers = tuple(f"kolom {number}" for number in range(len(HEADERS)))
    rows = [dict(zip(headers, row_of(1).values(), strict=True))]
    run = uploaded(organisation, rows, headers=headers)
    assert run.mapping == {}
    mapping = {name: at for at, name in enumerate(HEADERS)}
    imports.choose_columns(run_id=run.pk, mapping=mapping, actor=HR)
    imports.carry_out(run_id=run.pk)

    assert uploaded(organisation, rows, headers=headers).mapping == mapping
    assert uploaded(organisation, rows, headers=headers[::-1]).mapping == {
        name: len(headers) - 1 - at for name, at in mapping.items()
    }


def test_other_columns_can_be_chosen_after_the_check(organisation):
    run = checked(organisation, [row_of(1)])
    mapping = {name: at for name, at in run.mapping.items() if name != "hourly_rate"}

    imports.choose_columns(run_id=run.pk, mapping=mapping, actor=HR)
    imports.carry_out(run_id=run.pk)

    assert fresh(run).state == "checked"
    assert "hourly_rate" not in run.rows.get().cells


def test_a_list_that_turns_out_too_long_stops_with_a_message(organisation):
    content = csv_of([row_of(1)]) + b"x;y\r\n" * 20_001

    run = checked(organisation, content)

    assert run.state == "failed"
    assert "more than 20.000 rows" in run.problem
    assert not run.rows.exists()
