"""Which of our columns a header means."""

import pytest

from dashboards.management.demo.cast import FOLDER
from engagements.operations.imports.columns import (
    COLUMNS,
    guess,
    header_key,
    missing,
    recognise,
    sample_rows,
)

DUTCH = [
    "extern_id",
    "naam_professional",
    "e-mail_professional",
    "e-mail_prive",
    "bedrijfsnaam",
    "kvk-nummer",
    "afdeling",
    "leidinggevende",
    "e-mail_leidinggevende",
    "functie",
    "startdatum",
    "einddatum",
    "uurtarief",
    "taal",
    "bemiddelaar",
    "kennisdoel",
]
ENGLISH = [
    "external_id",
    "freelancer_name",
    "freelancer_email",
    "freelancer_private_email",
    "business_name",
    "kvk_number",
    "department",
    "manager_name",
    "manager_email",
    "title",
    "starts_on",
    "ends_on",
    "hourly_rate",
    "language",
    "intermediary",
    "knowledge_target",
]
EVERY = {name: position for position, name in enumerate(ENGLISH)}


@pytest.mark.parametrize("headers", [ENGLISH, DUTCH], ids=["english", "dutch"])
@pytest.mark.parametrize(
    "change",
    [
        str,
        str.upper,
        lambda text: text.replace("_", " ").replace("-", ""),
        lambda text: text.replace("_", "-"),
        lambda text: f"  {text.replace('prive', 'privé')} ",
        lambda text: text.replace("e", "e\u0301"),
    ],
)
def test_headers_are_recognised_however_they_are_written(headers, change):
    assert recognise([change(header) for header in headers]) == EVERY


def test_the_first_of_two_equal_headers_counts():
    assert recognise(["titel", "Titel"]) == {"title": 0}


def test_the_header_of_earlier_lists_is_still_recognised():
    assert recognise(["titel", "startdatum"]) == {"title": 0, "starts_on": 1}


def test_unknown_headers_mean_nothing():
    assert recognise(["BSN", "", "opmerking"]) == {}


NEEDED = (
    "freelancer_name",
    "freelancer_email",
    "department",
    "manager_name",
    "manager_email",
    "title",
    "starts_on",
    "ends_on",
)


@pytest.mark.parametrize(
    "headers",
    [
        (
            "Naam;E-mailadres;Organisatieonderdeel;Naam leidinggevende;"
            "E-mailadres leidinggevende;Functienaam;Ingangsdatum;Einddatum"
        ),
        (
            "NAAM MEDEWERKER;e_mail;Team;Leidinggevende;"
            "Leidinggevende e-mail;Opdracht;Begindatum;Eind"
        ),
        (
            " Naam  professional;E mail;TEAM;LEIDINGGÉVENDE;"
            "Leidinggevende_e-mail;functie-naam;Start;Eind"
        ),
    ],
)
def test_the_headers_of_dutch_personnel_systems_are_recognised(headers):
    meant = recognise(headers.split(";"))

    assert meant == {name: position for position, name in enumerate(NEEDED)}
    assert not missing(meant)


@pytest.mark.parametrize(
    ("headers", "meant"),
    [
        (["Team", "Afdeling"], {"department": 1}),
        (["Naam", "Naam professional"], {"freelancer_name": 1}),
        (["E-mail professional", "E-mail"], {"freelancer_email": 0}),
        (["Opdracht", "Functie", "Functienaam"], {"title": 1}),
        (["Start", "Startdatum"], {"starts_on": 1}),
        (["Naam", "E-mail", "Naam"], {"freelancer_name": 0, "freelancer_email": 1}),
    ],
)
def test_of_two_headers_for_one_column_the_plainer_one_counts(headers, meant):
    assert recognise(headers) == meant


def test_no_header_is_claimed_by_two_columns():
    headers = [
        key
        for column in COLUMNS
        for key in {header_key(name) for name in (column.name, column.dutch, *column.also)}
    ]

    assert len(headers) == len(set(headers))


def test_what_is_missing_is_told_in_our_order():
    assert missing({"title": 0, "ends_on": 1}) == [
        "freelancer_name",
        "freelancer_email",
        "department",
        "manager_name",
        "manager_email",
        "starts_on",
    ]


def test_the_same_headers_in_another_order_get_the_choice_of_last_time():
    earlier = [(["Naam", "titel", "Chef"], {"freelancer_name": 0, "manager_name": 2})]

    assert guess(["chef", "naam", "Titel"], earlier) == {"freelancer_name": 1, "manager_name": 0}


def test_a_header_that_says_nothing_to_us_means_what_it_meant_last_time():
    earlier = [
        (["Chef", "titel"], {"manager_name": 0, "title": 1}),
        (["Chef", "Rayon"], {"freelancer_name": 0, "department": 1}),
    ]

    assert guess(["Chef", "Rayon", "startdatum"], earlier) == {
        "starts_on": 2,
        "manager_name": 0,
        "department": 1,
    }


def test_a_column_is_never_guessed_twice():
    earlier = [(["Chef", "x"], {"manager_name": 0})]

    assert guess(["leidinggevende", "Chef"], earlier) == {"manager_name": 0}


def test_nobody_in_our_sample_takes_part_in_the_try_out():
    story = (FOLDER / "veldam.yaml").read_text()
    row = dict(zip((column.name for column in COLUMNS), sample_rows()[1], strict=True))

    for name in ("freelancer_name", "manager_name", "department", "business_name"):
        assert row[name] not in story
    assert all("veldam" not in cell for cell in row.values())


def test_our_sample_needs_no_mapping_and_holds_no_error():
    headers, row = sample_rows()

    assert recognise(headers) == EVERY
    for column, cell in zip(COLUMNS, row, strict=True):
        assert not cell or column.parse(cell) is not None
