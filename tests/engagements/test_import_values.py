"""What the text of one cell means: dates, amounts and the rest, as people write them."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.years import YEARS
from engagements.operations.imports.values import (
    HIGHEST_RATE,
    CellError,
    parse_day,
    parse_email,
    parse_kvk_number,
    parse_language,
    parse_number,
    parse_rate,
    parse_target,
    text_up_to,
    tidy,
)

DUTCH_MONTHS = (
    "januari februari maart april mei juni juli augustus september oktober november december"
)
ENGLISH_MONTHS = (
    "January February March April May June July August September October November December"
)
DAYS = st.dates(date(YEARS.start, 1, 1), date(YEARS.stop - 1, 12, 31))
AMOUNTS = st.decimals(0, HIGHEST_RATE, places=2)
PARSERS = (parse_day, parse_rate, parse_target, parse_language, parse_email, parse_kvk_number)


def ways_to_write(day):
    dutch, english = (names.split()[day.month - 1] for names in (DUTCH_MONTHS, ENGLISH_MONTHS))
    return (
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y-%m-%d} 00:00:00",
        f"{day:%Y-%m-%d}T00:00",
        f"{day.day}-{day.month}-{day.year}",
        f"{day:%d-%m-%Y}",
        f"{day:%d/%m/%Y}",
        f"{day:%d.%m.%Y}",
        f"{day:%d-%m-%Y} 0:00",
        f"{day.day} {dutch} {day.year}",
        f"dinsdag {day.day} {dutch} {day.year}",
        f"{day.day} {dutch[:3]}. {day.year}",
        f"{day.day}-{dutch[:3]}-{day.year}",
        f"{day.day} {english.upper()} {day.year}",
    )


@given(DAYS)
def test_a_day_reads_the_same_in_every_way_of_writing_it(day):
    assert {parse_day(text) for text in ways_to_write(day)} == {day}


def test_mrt_is_march():
    assert parse_day("1 mrt 2026") == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("31-2-2026", "There is no such day"),
        ("12/31/2026", "There is no such day"),
        ("2026-13-01", "There is no such day"),
        ("0-0-2026", "There is no such day"),
        ("1-12-26", "four digits"),
        ("1-12-0026", "Check the year"),
        ("1-12-9999", "Check the year"),
        ("31 zomer 2026", "This is not a date"),
        ("volgende week", "This is not a date"),
        ("46357", "This is not a date"),
        ("2026-12-01 14:30", "This is not a date"),
        ("\u0661-\u0661\u0662-\u0662\u0660\u0662\u0666", "This is not a date"),
    ],
)
def test_what_is_no_day_is_refused_in_words(text, message):
    with pytest.raises(CellError, match=message):
        parse_day(text)


def dutch(amount):
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@given(AMOUNTS)
def test_an_amount_reads_the_same_the_dutch_and_the_plain_way(amount):
    texts = (f"{amount:.2f}", f"{amount:,.2f}", dutch(amount), f"€ {dutch(amount)}")

    assert {parse_rate(text) for text in texts} == {amount}


@given(st.integers(0, 9999))
def test_whole_euros_need_no_decimals(euros):
    texts = (f"{euros}", f"€{euros}", f"{euros},-", f"{euros} EUR", f"{euros},00")

    assert {parse_rate(text) for text in texts} == {Decimal(euros)}


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"))
def test_one_group_of_three_digits_is_refused_because_it_reads_in_two_ways(whole, rest, mark):
    with pytest.raises(CellError, match="two ways"):
        parse_number(f"{whole}{mark}{rest:03}")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.8"),
        ("1.234,50", "1234.50"),
        ("95.1250", "95.1250"),
        ("0,125", "0.125"),
        ("1 234,50", "1234.50"),
    ],
)
def test_numbers_with_separators(text, amount):
    assert parse_number(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_rate, "-5", "below zero"),
        (parse_rate, "\u22125", "below zero"),
        (parse_rate, "95.1250", "two decimals"),
        (parse_rate, "10000", "between 0 and 9999"),
        (parse_rate, "9" * 4999, "between 0 and 9999"),
        (parse_rate, "1.23.456,7", "not a number"),
        (parse_rate, "1,234,50", "not a number"),
        (parse_rate, "n.v.t.", "not a number"),
        (parse_rate, "=1+1", "not a number"),
        (parse_rate, "-", "not a number"),
        (parse_rate, ",50", "not a number"),
        (parse_target, "80,5", "whole number"),
        (parse_target, "1001", "whole number"),
        (parse_language, "Frans", "nl or en"),
        (parse_email, "peter", "not an e-mail address"),
        (parse_email, "a@b@c.nl", "not an e-mail address"),
        (parse_email, '"a,b"@veldam.example', "not an e-mail address"),
        (parse_email, "p@" + "b." * 130 + "nl", "not an e-mail address|too long"),
        (parse_kvk_number, "1234567", "eight digits"),
        (parse_kvk_number, "123456789", "eight digits"),
        (text_up_to(3), "four", "at most 3"),
    ],
)
def test_what_a_column_cannot_take_is_refused_in_words(parse, text, message):
    with pytest.raises(CellError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_target, "80", 80),
        (parse_target, "80,0", 80),
        (parse_language, "Nederlands", "nl"),
        (parse_language, "EN-GB", "en"),
        (parse_email, "P.Bos@veldam.example", "P.Bos@veldam.example"),
        (parse_kvk_number, "12 34 56 78", "12345678"),
        (parse_kvk_number, "01234567", "01234567"),
    ],
)
def test_what_a_column_takes(parse, text, value):
    assert parse(text) == value


@given(st.text(max_size=60))
def test_any_text_is_either_understood_or_refused_in_words(text):
    for parse in PARSERS:
        with suppress(CellError):
            parse(tidy(text))


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing_more(text):
    once = tidy(text)

    assert tidy(once) == once or once.startswith("'")
    assert "\x00" not in once
    assert "\n" not in once


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Jan \n  Jansen ", "Jan Jansen"),
        ("Jan\u00a0Jansen", "Jan Jansen"),
        ("O\u0308zgu\u0308r", "Özgür"),
        ("evil\u202exlsx.exe", "evilxlsx.exe"),
        ("a\u200bb\ufeff\x00", "ab"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("'=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("'t Hooft", "'t Hooft"),
    ],
)
def test_text_is_kept_as_it_reads(text, kept):
    assert tidy(text) == kept
