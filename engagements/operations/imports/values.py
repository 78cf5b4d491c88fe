"""What the text of one cell means. Pure: no rows of the database, no clock."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from core.fields import refuse_quotes
from core.files import INVISIBLE, INVISIBLE_CATEGORIES
from core.spreadsheets import unquieted
from core.words import with_few_marks
from core.years import YEARS

LONGEST_CELL: Final = 5000  # characters
LONGEST_EMAIL: Final = 254
HIGHEST_RATE: Final = Decimal(9999)
HIGHEST_TARGET: Final = 1000

MONTHS: Final = (
    ("januari", "january"),
    ("februari", "february"),
    ("maart", "march", "mrt"),
    ("april",),
    ("mei", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("augustus", "august"),
    ("september",),
    ("oktober", "october"),
    ("november",),
    ("december",),
)
MIDNIGHT: Final = re.compile(r"[ t]0{1,2}:00(:00(\.0+)?)?$")
YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
IN_WORDS: Final = re.compile(
    r"(?:[a-z]+,? )?([0-9]{1,2})(?:st|nd|rd|th|e)?[ -]([a-z]{3,9})\.?,?[ -]([0-9]{4})"
)
SHORT_YEAR: Final = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}")

CURRENCY: Final = re.compile(r"^(€|eur)|(€|eur|,-+|,=)$", re.IGNORECASE)
PLAIN_NUMBER: Final = re.compile(r"[0-9]+")
# A separator that splits off groups of three digits, every time.
GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})*")
ONE_GROUP: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")

LANGUAGES: Final[dict[str, str]] = {
    "nl": "nl",
    "nlnl": "nl",
    "nederlands": "nl",
    "dutch": "nl",
    "en": "en",
    "engb": "en",
    "enus": "en",
    "engels": "en",
    "english": "en",
}
_is_address = EmailValidator()


class CellError(ValueError):
    """The text of a cell cannot be what its column asks for; the message is for people."""


def tidy(text: str) -> str:
    """Return text as it is kept: NFC, one line, single spaces, nothing that cannot be seen.

    The apostrophe with which spreadsheets and our own exports keep a formula quiet goes.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", with_few_marks(text))
    if not text.isprintable() or not INVISIBLE.isdisjoint(text):
        text = "".join(map(_visible, text))
    return unquieted(" ".join(text.split()))


def text_up_to(limit: int) -> Callable[[str], str]:
    """Return a parser for text of at most this many characters."""

    def parse_text(text: str) -> str:
        if len(text) > limit:
            raise CellError(
                _("This is %(length)d characters long; at most %(limit)d fit.")
                % {"length": len(text), "limit": limit}
            )
        return text

    return parse_text


def parse_day(text: str) -> date:
    """Return a day written the Dutch way, as ISO 8601, or with the month in words.

    Raises:
        CellError: it is none of these, or there is no such day.
    """
    plain = MIDNIGHT.sub("", text.lower())
    if SHORT_YEAR.fullmatch(plain):
        raise CellError(_("Write the year in four digits, such as 1-12-2026."))
    parts = _parts_of_day(plain)
    if parts is None:
        raise CellError(_("This is not a date. Write 1-12-2026, 2026-12-01 or 1 december 2026."))
    year, month, day = parts
    if year not in YEARS:
        raise CellError(_("Check the year: %(year)d cannot be right.") % {"year": year})
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError(
            _("There is no such day. Write the day first, then the month: 31-12-2026.")
        ) from None


def parse_rate(text: str) -> Decimal:
    """Return an hourly rate in euros, at most two decimals.

    Raises:
        CellError: it is no amount, has too many decimals or is out of bounds.
    """
    amount = parse_number(text)
    if amount > HIGHEST_RATE:
        raise CellError(_("Write an amount between 0 and %(highest)s.") % {"highest": HIGHEST_RATE})
    cents = amount.quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    if cents != amount:
        raise CellError(_("Write an amount with at most two decimals, such as 95,50."))
    return cents


def parse_target(text: str) -> int:
    """Return a whole number of points.

    Raises:
        CellError: it is no whole number, or out of bounds.
    """
    amount = parse_number(text)
    if amount != int(amount) or amount > HIGHEST_TARGET:
        raise CellError(
            _("Write a whole number between 0 and %(highest)d.") % {"highest": HIGHEST_TARGET}
        )
    return int(amount)


def parse_number(text: str) -> Decimal:
    """Return a number of zero or more, written the Dutch or the plain way.

    "1.234,50", "1,234.50", "1234.5", "€ 95" and "95,-" are understood. "1.234" is refused: in a
    Dutch list it is a thousand, in others it is one and a bit.

    Raises:
        CellError: it is no number, is below zero, or can be read in two ways.
    """
    compact = CURRENCY.sub("", "".join(text.split())).replace("\u2212", "-")
    compact = CURRENCY.sub("", compact)
    if compact.startswith("-") and PLAIN_NUMBER.search(compact):
        raise CellError(_("This cannot be below zero."))
    if ONE_GROUP.fullmatch(compact):
        raise CellError(
            _("This can be read in two ways. Write %(thousand)s or %(fraction)s.")
            % {
                "thousand": re.sub("[.,]", "", compact),
                "fraction": compact[:-1].replace(".", ","),
            }
        )
    plain = _without_separators(compact)
    if plain is None:
        raise CellError(_("This is not a number. Write it as 95,50."))
    return Decimal(plain)


def parse_language(text: str) -> str:
    """Return ``nl`` or ``en``.

    Raises:
        CellError: it is another language, or none.
    """
    letters = "".join(filter(str.isalpha, text.lower()))
    if letters not in LANGUAGES:
        raise CellError(_("Write nl or en."))
    return LANGUAGES[letters]


def parse_email(text: str) -> str:
    """Return an e-mail address.

    Raises:
        CellError: mail cannot be sent to it.
    """
    try:
        _is_address(text)
        refuse_quotes(text)
    except ValidationError:
        raise CellError(_("This is not an e-mail address. Write it as name@example.nl.")) from None
    if len(text) > LONGEST_EMAIL:
        raise CellError(_("This address is too long."))
    return text


def parse_kvk_number(text: str) -> str:
    """Return the eight digits of a KvK number.

    Raises:
        CellError: it has more or fewer digits, or other characters.
    """
    digits = re.sub("[ .]", "", text)
    if not re.fullmatch("[0-9]{8}", digits):
        raise CellError(
            _("A KvK number has eight digits. A spreadsheet may have dropped zeros at the front.")
        )
    return digits


def _visible(character: str) -> str:
    if character in "\t\r\n\v\f\x85\u2028\u2029":
        return " "
    hidden = character in INVISIBLE or unicodedata.category(character) in INVISIBLE_CATEGORIES
    return "" if hidden else character


def _parts_of_day(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day, none of them checked."""
    if found := YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := DAY_FIRST.fullmatch(text):
        return int(found[3]), int(found[2]), int(found[1])
    if (found := IN_WORDS.fullmatch(text)) and (month := _month_named(found[2])):
        return int(found[3]), month, int(found[1])
    return None


def _month_named(start: str) -> int | None:
    """Return the number of a month, of which the name or its first letters are given."""
    for number, names in enumerate(MONTHS, start=1):
        if any(name.startswith(start) for name in names):
            return number
    return None


def _without_separators(number: str) -> str | None:
    """Return a number with a decimal point and nothing else between its digits, if it is one."""
    if PLAIN_NUMBER.fullmatch(number):
        return number
    if GROUPED.fullmatch(number):
        return re.sub("[.,]", "", number)
    whole, mark, decimals = max(
        (number.rpartition(mark) for mark in ".,"), key=lambda parts: len(parts[0])
    )
    if not mark or not PLAIN_NUMBER.fullmatch(decimals):
        return None
    if PLAIN_NUMBER.fullmatch(whole):
        return f"{whole}.{decimals}"
    grouped = GROUPED.fullmatch(whole)
    if grouped and grouped[1] != mark:
        return f"{re.sub('[.,]', '', whole)}.{decimals}"
    return None
