import hashlib
import io
import os
import re
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from core.files import MEDIA_TYPES
from knowledge.validators import (
    ALLOWED_EXTENSIONS,
    UploadFacts,
    UploadLimits,
    UploadRefusedError,
    inspect_upload,
)
from tests.factories.uploads import MAKERS, make_docx, make_pdf, make_pptx, upload

REAL = {extension: maker() for extension, maker in MAKERS.items()}


def refusal(name, content, limits=None):
    with pytest.raises(UploadRefusedError) as caught:
        inspect_upload(upload(name, content), limits)
    with translation.override("en"):
        (text,) = caught.value.messages
    assert "%(" not in text
    assert text.endswith(".")
    return caught.value.code, text


def test_the_makers_cover_every_allowed_kind():
    assert set(MAKERS) == ALLOWED_EXTENSIONS


@pytest.mark.parametrize("extension", sorted(MAKERS))
def test_a_real_file_of_each_kind_is_taken_with_its_facts(extension):
    content = REAL[extension]
    file = upload(f"Overdracht.{extension.upper()}", content)
    file.seek(3)

    facts = inspect_upload(file)

    assert facts == UploadFacts(
        media_type=MEDIA_TYPES[extension],
        extension=extension,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        clean_name=f"Overdracht.{extension.upper()}",
    )
    assert file.tell() == 0


def test_jpeg_is_told_as_jpg():
    assert inspect_upload(upload("foto.jpeg", REAL["jpg"])).extension == "jpg"


@pytest.mark.parametrize("claimed", sorted(MAKERS))
@pytest.mark.parametrize("actual", sorted(MAKERS))
def test_no_kind_passes_under_the_name_of_another(claimed, actual):
    if claimed == actual or {claimed, actual} == {"md", "txt"}:
        return
    code, _text = refusal(f"x.{claimed}", REAL[actual])
    assert code in {"mismatch", "damaged", "not_text"}


PROGRAM = b"MZ\x90\0\x03\0\0\0" + bytes(500)
ELF = b"\x7fELF\x02\x01\x01" + bytes(500)


@pytest.mark.parametrize("extension", sorted(MAKERS))
@pytest.mark.parametrize("content", [PROGRAM, ELF], ids=["exe", "elf"])
def test_a_renamed_program_is_refused_under_every_name(extension, content):
    code, text = refusal(f"rapport.{extension}", content)

    assert code == "mismatch"
    assert "a program" in text


def test_a_plain_archive_is_no_document():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "a")

    assert refusal("a.docx", stream.getvalue())[0] == "damaged"
    assert "archive" in refusal("a.pdf", stream.getvalue())[1]


@pytest.mark.parametrize(
    ("name", "code", "advice"),
    [
        ("a.doc", "extension", "save it as .docx"),
        ("a.docm", "extension", "macros"),
        ("a.zip", "extension", "one by one"),
        ("a.html", "extension", "PDF"),
        ("a.svg", "extension", "PNG"),
        ("a.exe", "extension", "Programs"),
        ("a.xyz", "extension", "Upload a PDF, Word"),
        ("a", "no_extension", "Upload a PDF, Word"),
        ("", "no_extension", "Upload a PDF, Word"),
        (None, "no_extension", "Upload a PDF, Word"),
    ],
)
def test_other_kinds_are_refused_with_what_to_do(name, code, advice):
    actual, text = refusal(name, b"whatever")

    assert actual == code
    assert advice in text


def test_the_name_that_counts_is_the_one_people_see_after_cleaning():
    # Shown as "rapportexe.pdf" by a program that obeys the mark, yet a program by its real end.
    code, text = refusal("rapport\u202efdp.exe", make_pdf())

    assert (code, ".exe" in text) == ("extension", True)
    assert inspect_upload(upload("../../etc/x\u202e.pdf", make_pdf())).clean_name == "x.pdf"


def test_a_document_with_a_password_gets_its_own_advice():
    code, text = refusal("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))

    assert code == "old_or_locked"
    assert "password" in text


def test_an_empty_file_is_refused():
    assert refusal("a.pdf", b"")[0] == "empty"


@pytest.mark.parametrize(("extension", "limit"), [("pdf", 2048), ("mp4", 4096)])
def test_the_limit_of_a_kind_counts_to_the_byte(extension, limit):
    limits = UploadLimits(document_bytes=2048, video_bytes=4096)

    assert refusal(f"a.{extension}", bytes(limit + 1), limits)[0] == "too_large"
    assert refusal(f"a.{extension}", bytes(limit), limits)[0] != "too_large"


def test_two_gigabytes_are_refused_without_reading_them(tmp_path):
    class Counting(File):
        bytes_read = 0

        def read(self, size=-1):
            data = self.file.read(size)
            Counting.bytes_read += len(data)
            return data

    path = tmp_path / "groot.mp4"
    with path.open("wb") as sparse:
        os.truncate(sparse.fileno(), 2 * 1024**3)
    with path.open("rb") as opened, pytest.raises(UploadRefusedError) as caught:
        inspect_upload(Counting(opened, name="groot.mp4"))

    with translation.override("en"):
        (text,) = caught.value.messages
    assert caught.value.code == "too_large"
    assert "2.0\xa0GB" in text
    assert "500.0\xa0MB" in text
    assert Counting.bytes_read == 0


def test_a_refusal_is_a_validation_error_that_is_translated_when_shown():
    with pytest.raises(ValidationError) as caught:
        inspect_upload(upload("a.pdf", b""))
    with translation.override("en"):
        assert caught.value.messages == [
            "This file is empty. Choose the right file and upload it again."
        ]


@settings(max_examples=300)
@given(st.sampled_from(sorted(MAKERS)), st.binary(max_size=3000))
def test_random_bytes_are_refused_or_taken_but_never_break(extension, content):
    try:
        facts = inspect_upload(upload(f"x.{extension}", content))
    except UploadRefusedError:
        return
    assert extension in {"md", "txt"}
    assert facts.size == len(content)


@settings(max_examples=300)
@given(st.data())
def test_damaged_files_are_refused_or_taken_but_never_break(data):
    extension = data.draw(st.sampled_from(sorted(MAKERS)))
    content = bytearray(REAL[extension])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(content), data.draw(st.integers(1, len(content)))]))
    try:
        inspect_upload(upload(f"x.{extension}", bytes(content[:cut])))
    except UploadRefusedError:
        return


def test_a_document_whose_xml_names_no_encoding_that_exists_is_refused():
    with zipfile.ZipFile(io.BytesIO(make_docx())) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    spoilt = io.BytesIO()
    with zipfile.ZipFile(spoilt, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, re.sub(rb"(?i)utf-8", b"OetF-8", content, count=1))

    assert refusal("a.docx", spoilt.getvalue())[0] == "damaged"


def test_documents_that_are_cut_short_are_refused():
    for extension, content in [("docx", make_docx()), ("pptx", make_pptx()), ("pdf", make_pdf())]:
        assert refusal(f"a.{extension}", content[: len(content) * 2 // 3])[0] == "damaged"
