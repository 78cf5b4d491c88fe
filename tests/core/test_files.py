import hashlib
import re
import unicodedata
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from core.files import (
    clean_file_name,
    extension_of,
    media_type_of,
    random_name,
    sha256_of,
)

ANY_NAME = st.text(max_size=400) | st.text(alphabet="aé.\u202e/\\ \u200b\u0301-_\0😀", max_size=60)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Overdracht.docx", "Overdracht.docx"),
        ("Jaarverslag 2026 (versie 2).PDF", "Jaarverslag 2026 (versie 2).PDF"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\Users\\Aylin\\Özgür Y\u0131lmaz.docx", "Özgür Y\u0131lmaz.docx"),
        ("/var/www/.htaccess.txt", "htaccess.txt"),
        ("rapport\u202efdp.exe", "rapportfdp.exe"),
        ("a\u200bb\u2066c\ufeff.md", "abc.md"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
        ("  veel \t\n ruimte\u00a0 .pdf ", "veel ruimte.pdf"),
        ("Cafe\u0301.txt", "Caf\u00e9.txt"),
        ("e\u200d\u0301.txt", "\u00e9.txt"),
        ('wie? "wat": <a|b>*.md', "wie- -wat-- -a-b--.md"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        (".pdf", "file.pdf"),
        ("\u202e\u200b.pdf", "file.pdf"),
        ("\u3164\u2800.png", "file.png"),
        ("naam.", "naam"),
        ("v1.2 concept", "v1.2 concept"),
    ],
)
def test_a_name_is_cleaned_but_stays_recognisable(name, clean):
    assert clean_file_name(name) == clean


def test_a_long_name_keeps_its_extension():
    clean = clean_file_name("a" * 5000 + ".docx")

    assert clean == "a" * 145 + ".docx"
    assert len(clean_file_name("a" * 5000)) == 150
    assert clean_file_name("a." + "b" * 5000) == "a." + "b" * 148


def test_a_cut_leaves_no_dot_or_space_at_the_end():
    assert clean_file_name("a" * 144 + " b.docx") == "a" * 144 + ".docx"


@given(ANY_NAME)
@example("a" * 149 + ".\u0301")
@example("x. .pdf")
def test_a_clean_name_obeys_every_rule_at_once(name):
    clean = clean_file_name(name)

    assert 1 <= len(clean) <= 150
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f\x7f]', clean)
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in clean)
    assert unicodedata.is_normalized("NFC", clean)
    assert "  " not in clean
    assert clean == clean.strip(". ")
    assert clean_file_name(clean) == clean


@given(st.text(max_size=200), st.sampled_from(["pdf", "docx", "MP4"]))
def test_the_extension_survives_whatever_the_name_is(stem, extension):
    assert clean_file_name(f"{stem}.{extension}").endswith(f".{extension}")


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.PDF", "pdf"), ("a.jpeg", "jpg"), ("a.tar.gz", "gz"), ("a", ""), ("a.b c", ""), ("a.", "")],
)
def test_the_extension_is_read_from_the_end(name, extension):
    assert extension_of(name) == extension


def test_an_unknown_kind_is_served_as_plain_bytes():
    assert media_type_of("pdf") == "application/pdf"
    assert media_type_of("html") == "application/octet-stream"


@time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False)
def test_a_storage_key_holds_nothing_of_the_uploader():
    organisation = SimpleNamespace(public_id=uuid.uuid4())
    row = SimpleNamespace(organisation=organisation)

    first, second = (random_name(row, "../evil Aylin.exe") for _ in range(2))

    assert first != second
    folder, year, key = first.split("/")
    assert (folder, year) == (str(organisation.public_id), "2026")
    assert uuid.UUID(key).version == 4
    assert len(first) <= 100


def test_a_row_without_an_organisation_gets_no_key():
    with pytest.raises(AttributeError):
        random_name(SimpleNamespace(organisation=None), "a.pdf")


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_the_fingerprint_does_not_depend_on_how_the_file_is_cut(chunks):
    assert sha256_of(iter(chunks)) == hashlib.sha256(b"".join(chunks)).hexdigest()
