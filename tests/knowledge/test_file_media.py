"""PDF, pictures, video and text: whole, sane, and no web page in disguise."""

import struct
import zlib

import pytest

from knowledge.validators import UploadLimits, UploadRefusedError, inspect_upload
from tests.factories.uploads import box, make_mp4, make_pdf, make_picture, upload


def code_of(name, content, limits=None):
    with pytest.raises(UploadRefusedError) as caught:
        inspect_upload(upload(name, content), limits)
    return caught.value.code


def taken(name, content, limits=None):
    return inspect_upload(upload(name, content), limits).extension


def png(width, height, depth=8, colour=2):
    def chunk(kind, data):
        checksum = struct.pack(">L", zlib.crc32(kind + data))
        return struct.pack(">L", len(data)) + kind + data + checksum

    header = struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def jpeg(width, height, before=b""):
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + before + frame + b"\xff\xda\0\2" + bytes(20) + b"\xff\xd9"


def test_a_pdf_may_start_a_little_late_and_end_a_little_early():
    assert taken("a.pdf", b"From: scanner\r\n" * 20 + make_pdf() + bytes(2000)) == "pdf"
    assert code_of("a.pdf", b" " * 1025 + make_pdf()) == "damaged"


def test_a_pdf_that_broke_off_is_refused():
    assert code_of("a.pdf", make_pdf().replace(b"%%EOF", b"")) == "damaged"


@pytest.mark.parametrize(
    "start", [b"<html><script>x</script>", b"<!-- x --><svg onload=x>", b"MZ\0\0"]
)
def test_a_pdf_that_is_something_else_first_is_refused(start):
    assert code_of("a.pdf", start + make_pdf()) == "mismatch"


def test_a_picture_with_something_else_behind_it_is_still_a_picture():
    assert taken("a.png", make_picture() + b"<script>") == "png"


@pytest.mark.parametrize("build", [png, jpeg])
def test_pictures_of_an_insane_size_are_refused_by_their_header(build):
    name = "a.png" if build is png else "a.jpg"

    assert code_of(name, build(50_000, 50_000)) == "dimensions"
    assert code_of(name, build(30_001, 1)) == "dimensions"
    assert code_of(name, build(1, 30_001)) == "dimensions"
    assert code_of(name, build(10_001, 10_000)) == "dimensions"
    assert taken(name, build(10_000, 10_000))
    assert taken(name, build(30_000, 1))
    assert code_of(name, build(0, 10)) == "damaged"
    assert code_of(name, build(10, 0)) == "damaged"


@pytest.mark.parametrize("content", [png(9, 9, depth=3), png(9, 9, colour=5), png(9, 9)[:33]])
def test_a_png_with_a_false_header_or_no_end_is_refused(content):
    assert code_of("a.png", content) == "damaged"


def test_a_png_whose_chunk_is_longer_than_the_file_is_refused():
    whole = png(9, 9)
    assert code_of("a.png", whole[:33] + b"\xff\xff\xff\xffIDAT" + whole[33:]) == "damaged"
    assert code_of("a.png", whole[:12] + b"XXXX" + whole[16:]) == "damaged"


def test_a_jpeg_may_carry_markers_before_its_frame():
    thumbnail = b"\xff\xe1" + struct.pack(">H", 2 + 30) + bytes(30)
    assert taken("a.jpg", jpeg(9, 9, before=b"\xff\xff" + thumbnail[1:] + b"\xff\x01")) == "jpg"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xda\0\2" + bytes(9),
        b"\xff\xd8\xff\xe0" + b"\xff\xff" + bytes(9),
        b"\xff\xd8\xff\xe0\0\4\0\0\0\0",
        b"\xff\xd8\xff\xd9",
        jpeg(9, 9)[:8],
    ],
    ids=["scan first", "segment too long", "no marker", "end first", "cut"],
)
def test_a_jpeg_without_a_frame_is_refused(content):
    assert code_of("a.jpg", content) == "damaged"


def test_a_jpeg_of_nothing_but_markers_ends_the_search():
    assert code_of("a.jpg", b"\xff\xd8" + b"\xff\x01" * 100_001) == "damaged"


def test_a_video_may_have_large_and_open_boxes():
    large = struct.pack(">L4sQ", 1, b"mdat", 16 + 8) + bytes(8)
    endless = struct.pack(">L4s", 0, b"mdat") + bytes(50)

    assert taken("a.mp4", make_mp4(boxes=(b"moov",)) + large) == "mp4"
    assert taken("a.mp4", make_mp4(boxes=(b"free", b"moov")) + endless) == "mp4"
    assert taken("a.mp4", make_mp4(boxes=(b"moov", b"moof", b"mdat"))) == "mp4"


@pytest.mark.parametrize(
    "content",
    [
        make_mp4()[:-1],
        make_mp4(boxes=(b"mdat",)),
        make_mp4(boxes=(b"moov",)),
        make_mp4(brand=b"heic"),
        make_mp4(brand=b"M4A "),
        make_mp4() + b"\0\0\0\x04free",
        make_mp4() + struct.pack(">L4sQ", 1, b"free", 8),
        make_mp4() + b"\0\0",
        box(b"moov") + box(b"mdat"),
    ],
    ids=[
        "cut",
        "no moov",
        "no data",
        "picture",
        "sound",
        "small",
        "small large",
        "tail",
        "no ftyp",
    ],
)
def test_a_video_that_is_not_whole_or_no_video_is_refused(content):
    assert code_of("a.mp4", content) in {"damaged", "mismatch"}


def test_a_video_of_a_million_boxes_ends_the_search():
    content = make_mp4(boxes=()) + box(b"free") * 100_001 + box(b"moov") + box(b"mdat")
    assert code_of("a.mp4", content) == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        "# Kop\n\nGewone tekst met é en 漢字\n".encode(),
        b"\xef\xbb\xbfmet BOM",
        "prijs: € 10, café".encode("cp1252"),
        b"MZ is also how a sentence can begin.",
        b"See ftyp in the manual. A PDF starts with %PDF-1.7, so check that.",
        b"<h1 align='center'>Naam</h1>\n\n<header>x</header>",
        b"<header>x</header>",
        b"<!-- linked from the wiki -->\n# Kop",
        b"<!-- never closed",
        b"\x1b[31mlog\x1b[0m\f\tend",
        "é".encode() * 40_000,
    ],
)
def test_text_of_all_kinds_is_taken(content):
    assert taken("a.md", content) == "md"


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><p>x",
        b"\n\n  <HTML lang=nl>",
        b"\xef\xbb\xbf<html>",
        b"<svg onload=alert(1)>",
        b"<script>alert(1)</script>",
        b"<?xml version='1.0'?>\n<!-- x -->\n<svg/>",
        b"<!-- " + b"x" * 5000 + b" --><script>",
        b"<iframe src=x>",
        b"<?php x",
    ],
)
def test_a_web_page_under_the_name_of_a_text_is_refused(content):
    assert code_of("a.md", content) in {"html", "mismatch"}
    assert code_of("a.txt", content) in {"html", "mismatch"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("notitie".encode("utf-16"), "encoding"),
        ("notitie".encode("utf-16-be"), "not_text"),
        (b"tekst\0tekst", "not_text"),
        (b"x" * 70_000 + b"\0", "not_text"),
        (b"tekst \x81\x8d", "not_text"),
        (b"\x01\x02\x03", "not_text"),
        (make_pdf(), "mismatch"),
        (b"{\\rtf1 x}", "mismatch"),
        (b"\x1f\x8b\x08\0", "mismatch"),
    ],
)
def test_what_is_no_plain_text_is_refused(content, code):
    assert code_of("a.txt", content) == code


def test_limits_of_pictures_can_be_set():
    assert code_of("a.png", png(11, 1), UploadLimits(image_side=10)) == "dimensions"
    assert code_of("a.png", png(4, 4), UploadLimits(image_pixels=15)) == "dimensions"
    assert taken("a.png", png(4, 4), UploadLimits(image_pixels=16, image_side=4)) == "png"


def test_a_png_of_nothing_but_chunks_ends_the_search():
    whole = png(9, 9)
    filler = b"\0\0\0\0fiLL\0\0\0\0" * 100_001
    assert code_of("a.png", whole[:33] + filler + whole[33:]) == "damaged"
