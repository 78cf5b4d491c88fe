from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils import translation

from core import wording

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday_in_november():
    with time_machine.travel("2026-11-23T09:00+01:00", tick=False):
        yield


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [("nl", "dinsdag 1 december", "di 1 dec"), ("en", "Tuesday 1 December", "Tue 1 Dec")],
)
def test_a_near_day_reads_with_its_weekday_and_without_its_year(language, long, short):
    with translation.override(language):
        assert wording.date_long(date(2026, 12, 1)) == long
        assert wording.date_short(date(2026, 12, 1)) == short


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2027, 1, 15), "vr 15 jan"),
        (date(2026, 3, 3), "di 3 mrt"),
        (date(2027, 5, 12), "wo 12 mei 2027"),
        (date(2027, 9, 1), "wo 1 sep 2027"),
        (date(2025, 3, 3), "ma 3 mrt 2025"),
    ],
)
def test_the_year_appears_only_where_the_day_could_be_mistaken(day, text):
    with translation.override("nl"):
        assert wording.date_short(day) == text


def test_a_moment_late_in_the_evening_falls_on_the_day_of_the_organisation():
    late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)

    with translation.override("nl"):
        assert wording.moment_short(late) == "vr 20 nov 00:30"
        assert wording.date_short(late) == "vr 20 nov"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 24), "tomorrow"),
        (date(2026, 12, 1), "in 8 days"),
        (date(2026, 11, 22), "1 day late"),
        (date(2026, 11, 15), "8 days late"),
    ],
)
def test_a_deadline_says_how_far_or_how_late(day, text):
    with translation.override("en"):
        assert wording.in_days(day) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 22), "yesterday"),
        (date(2026, 11, 15), "8 days ago"),
        (date(2026, 12, 1), "in 8 days"),
    ],
)
def test_another_day_is_never_called_late(day, text):
    with translation.override("en"):
        assert wording.from_now(day) == text


def test_another_today_may_be_given():
    with translation.override("en"):
        assert wording.in_days(date(2026, 12, 1), today=date(2026, 12, 3)) == "2 days late"


@pytest.mark.parametrize(
    ("amount", "dutch"),
    [
        ("62", "62"),
        ("62.00", "62"),
        ("12.5", "12,5"),
        ("12.25", "12,25"),
        ("0", "0"),
        ("100", "100"),
    ],
)
def test_points_are_written_without_needless_decimals(amount, dutch):
    with translation.override("nl"):
        assert wording.number(Decimal(amount)) == dutch


@pytest.mark.parametrize(
    ("language", "days", "words"),
    [
        ("nl", [8], "8"),
        ("nl", [5, 8], "5 en 8"),
        ("en", [5, 8], "5 and 8"),
        ("nl", [1, 5, 8], "1, 5 en 8"),
    ],
)
def test_things_are_summed_up_as_in_a_sentence(language, days, words):
    with translation.override(language):
        assert wording.listed(days) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Marieke Visser", "MV"),
        ("Fatima El Idrissi", "FI"),
        ("Jan de Vries", "JV"),
        ("özgür y\N{LATIN SMALL LETTER DOTLESS I}lmaz", "ÖY"),
        ("Prince", "P"),
        ("", "?"),
        ("  ", "?"),
        ("Anna (HR)", "A"),
    ],
)
def test_initials_are_the_first_and_the_last_name(name, letters):
    assert wording.initials(name) == letters


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_named_as_people_call_it(header, name):
    with translation.override("en"):
        assert wording.device_name(header) == name


def test_of_a_browser_only_its_family_is_named():
    assert wording.browser_name("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Edg/156.0") == "Edge"
    assert wording.browser_name("curl/8.5") == ""


@pytest.mark.parametrize(("language", "text"), [("nl", "taak"), ("en", "task"), ("en-gb", "task")])
def test_what_people_wrote_twice_is_read_in_the_language_in_force(language, text):
    with translation.override(language):
        assert wording.by_language("taak", "task") == text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_people_wrote_once_is_read_in_every_language(language):
    with translation.override(language):
        assert wording.by_language("", "task") == "task"
        assert wording.by_language("taak", "") == "taak"
