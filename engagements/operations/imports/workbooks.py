"""Excel workbooks: the first sheet that can be seen, as text.

Read here rather than by openpyxl: it reads with another parser where lxml happens to be installed,
builds objects for millions of blank cells, and goes through every sheet that names no size.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final
from xml.parsers import expat

from django.utils.translation import gettext as _

from engagements.operations.imports.cells import Looks
from engagements.operations.imports.rows import RawRow, UnreadableFileError
from engagements.operations.imports.sheets import (
    Contents,
    Relations,
    Rows,
    SharedTexts,
    Styles,
    Texts,
)
from engagements.operations.imports.unpacking import Listener, Package, not_a_workbook

# What reading a broken or hostile workbook can raise, beside our own refusals.
FOREIGN_ERRORS: Final = (
    EOFError,
    LookupError,  # a part, a text or an encoding that does not exist
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,  # it is behind a password
    ValueError,
    expat.ExpatError,
    zipfile.BadZipFile,
    zipfile.zlib.error,  # type: ignore[attr-defined]
)


def read_workbook(file: BinaryIO) -> Iterator[RawRow]:
    """Yield every row of the first visible sheet, blank ones included.

    Formulas give the value that was last calculated; where there is none, the cell has a fault.

    Raises:
        UnreadableFileError: it is no workbook, is damaged, or unpacks to more than any list.
    """
    with _reading():
        yield from rows_in(Package(file))


def rows_in(package: Package) -> Iterator[RawRow]:
    """Yield every row of the first visible sheet of a workbook.

    Raises:
        UnreadableFileError: it has no visible sheet, or far more in it than any list.
        Exception: one of ``FOREIGN_ERRORS`` when it is damaged.
    """
    book = _main_part(package)
    folder = posixpath.dirname(book)
    looks, texts = Looks(), Texts()
    more: Iterator[None] = iter(())
    contents, relations = Contents(looks), Relations()
    _hear_all(package, book, contents)
    _hear_all(package, f"{folder}/_rels/{posixpath.basename(book)}.rels", relations)
    of_kind = {kind: _placed(folder, where) for kind, where in relations.found.values()}
    if (styles := of_kind.get("styles", "")) in package:
        _hear_all(package, styles, Styles(looks))
    if (shared := of_kind.get("sharedStrings", "")) in package:
        more = package.read(shared, texts)
    rows = Rows(SharedTexts(texts, more), looks)
    for _part in package.read(_first_sheet(contents, relations, folder), rows):
        yield from rows.take()
        if rows.is_over:
            return


def _main_part(package: Package) -> str:
    """Return the name of the part that lists the sheets."""
    root = Relations()
    _hear_all(package, "_rels/.rels", root)
    for kind, where in root.found.values():
        if kind == "officeDocument":
            return _placed("", where)
    raise UnreadableFileError(not_a_workbook())


def _first_sheet(contents: Contents, relations: Relations, folder: str) -> str:
    for key in contents.sheets:
        kind, where = relations.found.get(key, ("", ""))
        if kind == "worksheet":
            return _placed(folder, where)
    raise UnreadableFileError(_("This workbook has no sheet that can be seen."))


def _placed(folder: str, where: str) -> str:
    """Return the name of a part from where another part says that it is."""
    return posixpath.normpath(posixpath.join("/", folder, where)).lstrip("/")


def _hear_all(package: Package, name: str, listener: Listener) -> None:
    for _part in package.read(name, listener):
        pass


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever a damaged workbook raises into words."""
    try:
        yield
    except FOREIGN_ERRORS as error:
        raise UnreadableFileError(not_a_workbook()) from error
