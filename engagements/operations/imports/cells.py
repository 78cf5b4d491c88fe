"""What the cells of a workbook say, as the text that our columns read without doubt. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from engagements.operations.imports.values import LONGEST_CELL

LONGEST_FORMAT: Final = 255  # characters, in Excel
# How a line end or an underscore is written where XML has no room for it.
ESCAPED: Final = re.compile(r"_x00(09|0A|0D|5F)_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, as it stands in the sheet.

    Attributes:
        kind: ``n`` (number), ``s`` (shared text), ``str``, ``inlineStr``, ``b``, ``d`` or ``e``.
        value: what stands in it; the number of a shared text is replaced by that text.
        style: position among the styles of cells.
        has_formula: the value is what the formula gave last.
    """

    kind: str
    value: str
    style: int = 0
    has_formula: bool = False


@dataclass(slots=True)
class Looks:
    """What decides whether a number is shown as a day.

    Attributes:
        counts_from_1904: days are counted as on an old Macintosh.
        formats: number -> code, of the formats that the workbook made itself.
        styles: the number of the format of each style of cells.
    """

    counts_from_1904: bool = False
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    _known: dict[int, tuple[bool, bool]] = field(default_factory=dict)

    def shown(self, number: float, style: int) -> str | None:
        """Return a number as the day or time that it stands for; None when it is just a number.

        Raises:
            ValueError, OverflowError: there is no such day.
        """
        is_day, is_duration = self._kind_of(style)
        if not is_day:
            return None
        epoch = MAC_EPOCH if self.counts_from_1904 else WINDOWS_EPOCH
        return _text_of_day(from_excel(number, epoch, timedelta=is_duration))

    def _kind_of(self, style: int) -> tuple[bool, bool]:
        if style not in self._known:
            code = self._code_of(style)
            self._known[style] = is_date_format(code), is_timedelta_format(code)
        return self._known[style]

    def _code_of(self, style: int) -> str | None:
        if not 0 <= style < len(self.styles):
            return None
        number = self.styles[style]
        code = self.formats.get(number) or BUILTIN_FORMATS.get(number)
        return code[:LONGEST_FORMAT] if code else None


def read_cell(cell: Cell, looks: Looks) -> tuple[str, str]:
    """Return the text of a cell, and what is wrong with it where that cannot be had."""
    if cell.kind == "e":
        return cell.value, _("This cell shows an error (%(error)s). Mend it in the list.") % {
            "error": cell.value
        }
    if not cell.value:
        # A formula whose result is empty text is of kind "str"; one never calculated is not.
        return "", _never_calculated() if cell.has_formula and cell.kind == "n" else ""
    if cell.kind == "n":
        return _read_number(cell, looks)
    if cell.kind == "b":
        return str(cell.value.strip() not in ("0", "false")), ""
    if cell.kind == "d":
        return cell.value.replace("T", " ").removesuffix("Z").removesuffix(" 00:00:00"), ""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell.value), ""


def _read_number(cell: Cell, looks: Looks) -> tuple[str, str]:
    text = cell.value.strip()
    if len(text) > LONGEST_CELL:
        return text, ""  # says itself that it is too long
    number = float(text)
    try:
        shown = looks.shown(number, cell.style)
    except (OverflowError, ValueError):
        return text, _(
            "This cell is meant as a day, and there is no such day. Mend it in the list."
        )
    if shown is not None:
        return shown, ""
    return (text if text.isascii() and text.isdigit() else _text_of_number(number)), ""


def _text_of_day(value: date | time | timedelta | None) -> str:
    if isinstance(value, datetime):
        is_day = value.time() == time(0)
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _text_of_number(value: float) -> str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return repr(value)
    text = f"{number:f}"
    if text.endswith(".0"):
        return text[:-2]
    # Three digits behind the point look like thousands; a fourth one takes the doubt away.
    return f"{text}0" if len(text.rpartition(".")[2]) == len("000") and "." in text else text


def _never_calculated() -> str:
    return _(
        "This cell holds a formula without a result. Open the list in a spreadsheet, "
        "save it and try again, or fill in the value itself."
    )


def position_of(address: str) -> int:
    """Return the position of a column from the address of a cell: 0 for ``A1``.

    Raises:
        ValueError: no cell of a spreadsheet has this address.
    """
    letters = address.rstrip("0123456789")
    if not 1 <= len(letters) <= len("XFD") or not (letters.isascii() and letters.isalpha()):
        raise ValueError(address[:20])
    position = 0
    for letter in letters.upper():
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


def without_blanks_behind(texts: Sequence[str], faults: dict[int, str]) -> list[str]:
    """Return the texts of a row up to the last that says something."""
    width = len(texts)
    while width and not texts[width - 1] and width - 1 not in faults:
        width -= 1
    return list(texts[:width])
