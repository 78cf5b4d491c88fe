"""Office documents that are not the plain documents they say they are."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest

from knowledge.validators import UploadLimits, UploadRefusedError, inspect_upload
from tests.factories.uploads import (
    headers_of,
    lie_about,
    make_docx,
    make_pptx,
    make_xlsx,
    relationships,
    rezip,
    set_flags,
    upload,
)

TYPES = "[Content_Types].xml"
DOCUMENT = "word/document.xml"
RELS = "word/_rels/document.xml.rels"


@pytest.fixture(scope="module")
def document():
    return make_docx()


def part(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def code_of(content, limits=None, name="a.docx"):
    with pytest.raises(UploadRefusedError) as caught:
        inspect_upload(upload(name, content), limits)
    return caught.value.code


def test_a_document_that_was_only_packed_anew_is_still_taken(document):
    assert inspect_upload(upload("a.docx", rezip(document))).extension == "docx"


@pytest.mark.parametrize("member", [TYPES, DOCUMENT, "_rels/.rels"])
def test_a_document_without_a_vital_part_is_refused(document, member):
    assert code_of(rezip(document, {member: None})) in {"damaged", "mismatch"}


@pytest.mark.parametrize(
    ("maker", "claimed"),
    [(make_docx, "pptx"), (make_pptx, "xlsx"), (make_xlsx, "docx")],
)
def test_one_kind_of_office_document_is_not_another(maker, claimed):
    assert code_of(maker(), name=f"a.{claimed}") == "mismatch"


def test_a_main_part_of_the_wrong_type_is_refused(document):
    types = part(document, TYPES).replace(b"document.main+xml", b"glossary+xml")
    assert code_of(rezip(document, {TYPES: types})) == "mismatch"


def test_a_macro_document_is_refused_by_its_type_under_any_name(document):
    types = part(document, TYPES).replace(
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    assert code_of(rezip(document, {TYPES: types})) == "active"


@pytest.mark.parametrize(
    "member",
    ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "vbaData.xml", "word/embeddings/a.xlsm"],
)
def test_macros_are_refused_wherever_they_lie(document, member):
    assert code_of(rezip(document, {member: b"x"})) == "active"


def test_an_embedded_program_is_refused_even_across_the_edge_of_a_piece(document):
    marker = "Ole10Native".encode("utf-16-le")
    for before in (0, 64 * 1024 - 9):
        hidden = bytes(before) + marker + bytes(100)
        assert code_of(rezip(document, {"word/embeddings/oleObject1.bin": hidden})) == "active"


def test_an_embedded_workbook_is_taken(document):
    content = rezip(document, {"word/embeddings/Microsoft_Excel_Sheet.xlsx": make_xlsx()})
    assert inspect_upload(upload("a.docx", content)).extension == "docx"


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "http://evil.example/x.dotm"),
        ("attachedTemplate", r"file:///\\server\share\x.dotm"),
        ("attachedTemplate", "file://server/share/x.dotm"),
        ("attachedTemplate", r"\\server\share\x.dotm"),
        ("oleObject", "http://evil.example/x.bin"),
        ("frame", "http://evil.example/x.htm"),
        ("subDocument", "x.docx"),
        ("image", r"\\server\share\x.png"),
        ("image", "file://server/x.png"),
    ],
)
def test_a_document_that_loads_something_from_elsewhere_is_refused(document, kind, target):
    rels = relationships((kind, target, "External"))
    assert code_of(rezip(document, {"word/_rels/settings.xml.rels": rels})) == "external"


@pytest.mark.parametrize(
    ("kind", "target", "mode"),
    [
        ("hyperlink", "https://example.com/", "External"),
        ("hyperlink", r"file:///\\server\share\x.xlsx", "External"),
        ("image", "https://example.com/x.png", "External"),
        ("attachedTemplate", r"file:///C:\Users\m\Templates\Gemeente.dotx", "External"),
        ("oleObject", "embeddings/oleObject1.bin", "Internal"),
    ],
)
def test_what_leads_nowhere_by_itself_is_taken(document, kind, target, mode):
    rels = relationships((kind, target, mode))
    content = rezip(document, {"word/_rels/settings.xml.rels": rels})
    assert inspect_upload(upload("a.docx", content)).extension == "docx"


def test_a_workbook_with_links_to_other_workbooks_is_refused():
    content = rezip(make_xlsx(), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})
    assert code_of(content, name="a.xlsx") == "external"


@pytest.mark.parametrize(
    "name",
    ["../x.xml", "word/../../x.xml", "/x.xml", "C:/x.xml", "c:x.xml", "word\\x.xml"],
)
def test_members_that_lead_out_of_the_archive_are_refused(document, name):
    assert code_of(rezip(document, {name: b"x"})) == "damaged"


def test_a_member_whose_name_hides_its_end_is_refused(document):
    content = rezip(document, {"word/evil.exe.xml": b"x"}).replace(
        b"evil.exe.xml", b"evil.exe\0xml"
    )
    assert code_of(content) == "damaged"


@pytest.mark.parametrize("name", [DOCUMENT, "word/Document.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_comes_twice_is_refused(document, name):
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(name, b"<other/>")
    assert code_of(stream.getvalue()) == "damaged"


def test_a_symbolic_link_is_refused(document):
    stream = io.BytesIO(document)
    link = zipfile.ZipInfo("word/link.xml")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert code_of(stream.getvalue()) == "damaged"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_method_that_office_does_not_use_is_refused(document, method):
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("word/x.xml", bytes(1000), compress_type=method)
    assert code_of(stream.getvalue()) == "damaged"


def test_a_member_behind_a_password_is_refused(document):
    content = set_flags(document, DOCUMENT, 0x1, local=True, central=True)
    assert code_of(content) == "encrypted"
    # The directory keeps silent about it, the member does not.
    assert code_of(set_flags(document, DOCUMENT, 0x1, local=True, central=False)) == "damaged"


def test_a_program_in_front_of_the_archive_is_refused(document):
    assert code_of(b"MZ\0" + document) in {"mismatch", "damaged"}
    assert code_of(b"PK\x03\x04" + bytes(60) + document) == "damaged"


def test_members_that_share_their_bytes_are_refused(document):
    _local, central = headers_of(document, "word/styles.xml")
    target, _central = headers_of(document, DOCUMENT)
    content = bytearray(document)
    struct.pack_into("<L", content, central + 42, target)
    assert code_of(bytes(content)) == "damaged"


def test_two_names_for_one_member_are_refused(document):
    local, _central = headers_of(document, DOCUMENT)
    content = bytearray(document)
    content[local + 30] ^= 0x20
    assert code_of(bytes(content)) == "damaged"


def test_a_claimed_size_is_never_believed(document):
    content = rezip(document, {"word/media/x.bin": bytes(range(256)) * 40})
    assert inspect_upload(upload("a.docx", content)).extension == "docx"

    # zipfile itself would hand out 1,000 bytes with a fitting checksum and call it whole.
    shorter = lie_about(content, "word/media/x.bin", 1000)
    with zipfile.ZipFile(io.BytesIO(shorter)) as archive:
        assert len(archive.read("word/media/x.bin")) == 1000
    assert code_of(shorter) == "damaged"


def test_the_number_of_members_is_limited(document):
    limits = UploadLimits(archive_members=20)
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        present = len(archive.namelist())
    fill = {f"word/{n}.xml": b"" for n in range(20 - present)}

    assert inspect_upload(upload("a.docx", rezip(document, fill)), limits).extension == "docx"
    assert code_of(rezip(document, {**fill, "word/x.xml": b""}), limits) == "members"


def test_a_directory_of_twenty_thousand_members_is_not_even_read(document):
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        for n in range(20_000):
            archive.writestr(f"{n}", b"")
    assert code_of(stream.getvalue()) == "damaged"


def test_inflated_bytes_are_limited_in_all_and_by_ratio(document):
    big = rezip(document, {"word/media/x.bin": bytes(3_000_000)})

    assert code_of(big, UploadLimits(inflated_bytes=2_000_000)) == "bomb"
    assert code_of(big, UploadLimits(ratio_free_bytes=1000, inflated_ratio=20)) == "bomb"
    assert inspect_upload(upload("a.docx", big), UploadLimits(ratio_free_bytes=1000)).size


@pytest.mark.parametrize(
    "types",
    [
        b"<Types",
        b"",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Types>&a;</Types>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Types/>',
        b"<Types>" + b" " * (9 * 1024 * 1024) + b"</Types>",
    ],
    ids=["open", "empty", "entity", "external", "huge"],
)
def test_xml_that_no_office_program_writes_is_refused(document, types):
    assert code_of(rezip(document, {TYPES: types})) == "damaged"


LAUGHS = '<?xml version="1.0"{}?>{}<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>'


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS.format("", "").encode(),
        LAUGHS.format("", f"<!--{' ' * 65_500}-->").encode(),  # across the edge of a piece
        LAUGHS.format(' encoding="utf-16"', "").encode("utf-16"),
        LAUGHS.format(' encoding="utf-16"', "").encode("utf-16-be"),
    ],
    ids=["plain", "late", "utf-16", "big-endian"],
)
@pytest.mark.parametrize("member", ["word/document.xml", "word/styles.xml", "customXml/item1.xml"])
def test_no_part_defines_words_that_grow_when_they_are_read(document, member, content):
    assert code_of(rezip(document, {member: content})) == "damaged"


def test_a_default_content_type_counts_when_no_other_is_given(document):
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = (
        b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="xml" ContentType="' + main + b'"/></Types>'
    )
    content = rezip(document, {TYPES: types})
    assert inspect_upload(upload("a.docx", content)).extension == "docx"


# VmHWM is the peak of this process alone; ru_maxrss would still hold that of its parent.
MEASURE = """
import sys, zipfile, zlib
from pathlib import Path
from django.core.files.base import File
from knowledge.validators import UploadRefusedError, inspect_upload

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))

def look(path):
    with Path(path).open("rb") as opened:
        try:
            inspect_upload(File(opened, name="a.docx"))
        except UploadRefusedError as error:
            return error.code
    return "taken"

def trust(path):
    with zipfile.ZipFile(path) as archive:
        archive.read("word/media/image1.bin")
    return "read"

warm, bomb, way = sys.argv[1:]
assert look(warm) == "taken"
before = peak()
print({"look": look, "trust": trust}[way](bomb), peak() - before)
"""


def growth_of(folder, content, way):
    """Return the answer about a file and by how many MiB the process that asked for it grew."""
    (folder / "warm").write_bytes(rezip(make_docx(), {"word/media/x.bin": bytes(5_000_000)}))
    (folder / "bomb").write_bytes(content)
    answer = subprocess.run(
        [sys.executable, "-c", MEASURE, folder / "warm", folder / "bomb", way],
        check=True,
        capture_output=True,
        text=True,
    )
    code, growth = answer.stdout.split()
    return code, int(growth)


def bomb(document, size, padding=0):
    """Return a document with a member of zeros, and bytes that do not shrink to fool a ratio."""
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("word/media/noise.bin", bytes(padding))
        info = zipfile.ZipInfo("word/media/image1.bin")
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as member:
            for _ in range(size // 2**20):
                member.write(bytes(2**20))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("inflated_mib", "padding", "claimed"),
    [
        (61, 0, None),  # honest, stopped by the ratio
        (61, 0, 1000),  # the same, claiming 1,000 bytes
        (340, 2 * 2**20, None),  # a ratio that is allowed, stopped by the total
        (340, 0, 1000),
    ],
)
def test_a_bomb_costs_hardly_any_memory(document, tmp_path, inflated_mib, padding, claimed):
    content = bomb(document, inflated_mib * 2**20, padding)
    if claimed is not None:
        content = lie_about(content, "word/media/image1.bin", claimed)

    code, growth = growth_of(tmp_path, content, "look")

    assert code == "bomb"
    assert growth < 8


def test_the_measure_of_memory_would_notice(document, tmp_path):
    code, growth = growth_of(tmp_path, bomb(document, 61 * 2**20), "trust")

    assert code == "read"
    assert growth > 50


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 65_540, 65_700, 131_072])
def test_a_member_is_inflated_to_its_last_byte_wherever_a_piece_ends(document, size):
    content = rezip(document, {"word/media/x.bin": bytes(size)})
    assert inspect_upload(upload("a.docx", content)).extension == "docx"


def test_a_member_without_its_own_header_is_refused(document):
    local, _central = headers_of(document, DOCUMENT)
    content = bytearray(document)
    content[local + 2] ^= 0xFF
    assert code_of(bytes(content)) == "damaged"


@pytest.mark.parametrize("shift", [-40, 40, 200_000])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_member_that_is_longer_or_shorter_than_claimed_is_refused(document, method, shift):
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        noise = bytes(n * n % 251 for n in range(100_000))
        archive.writestr("word/media/x.bin", noise, compress_type=method)
        packed = archive.getinfo("word/media/x.bin").compress_size
    _local, central = headers_of(stream.getvalue(), "word/media/x.bin")
    content = bytearray(stream.getvalue())
    struct.pack_into("<L", content, central + 20, packed + shift)
    assert code_of(bytes(content)) == "damaged"


def test_bytes_behind_the_end_of_a_packed_member_are_refused(document):
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = packed.compress(b"x" * 100) + packed.flush()
    for behind in (b"hidden", bytes(200_000)):
        stream = io.BytesIO(document)
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr("word/x.bin", deflated + behind, compress_type=zipfile.ZIP_STORED)
        local, central = headers_of(stream.getvalue(), "word/x.bin")
        content = bytearray(stream.getvalue())
        for at in (local + 8, central + 10):
            struct.pack_into("<H", content, at, zipfile.ZIP_DEFLATED)
        for at in (local + 14, central + 16):
            struct.pack_into("<L", content, at, zlib.crc32(b"x" * 100))
        for at in (local + 22, central + 24):
            struct.pack_into("<L", content, at, 100)
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
            assert archive.read("word/x.bin") == b"x" * 100
        assert code_of(bytes(content)) == "damaged"


def claim(data, name, *, local, central, value):
    """Return an archive with one number of both headers of a member replaced."""
    content = bytearray(data)
    local_at, central_at = headers_of(data, name)
    struct.pack_into("<L", content, local_at + local, value)
    struct.pack_into("<L", content, central_at + central, value)
    return bytes(content)


def test_size_and_checksum_must_each_be_true(document):
    assert code_of(claim(document, DOCUMENT, local=22, central=24, value=7)) == "damaged"
    assert code_of(claim(document, DOCUMENT, local=14, central=16, value=7)) == "damaged"


def test_a_member_inside_another_is_refused(document):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("word/two.xml", b"x" * 50)
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("word/one.bin", inner.getvalue())
        archive.writestr("word/two.xml", b"x" * 50)
    content = bytearray(stream.getvalue())
    local, _central = headers_of(stream.getvalue(), "word/one.bin")
    _local, central = headers_of(stream.getvalue(), "word/two.xml")
    struct.pack_into("<L", content, central + 42, local + 30 + len("word/one.bin"))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        assert archive.getinfo("word/two.xml").file_size == 50

    assert inspect_upload(upload("a.docx", stream.getvalue())).extension == "docx"
    assert code_of(bytes(content)) == "damaged"


def test_a_packed_member_without_an_end_is_refused(document):
    plain = b"x" * 100
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    endless = packer.compress(plain) + packer.flush(zlib.Z_SYNC_FLUSH)
    stream = io.BytesIO(document)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("word/x.bin", endless, compress_type=zipfile.ZIP_STORED)
    content = bytearray(stream.getvalue())
    local, central = headers_of(stream.getvalue(), "word/x.bin")
    for at in (local + 8, central + 10):
        struct.pack_into("<H", content, at, zipfile.ZIP_DEFLATED)
    for at in (local + 14, central + 16):
        struct.pack_into("<L", content, at, zlib.crc32(plain))
    for at in (local + 22, central + 24):
        struct.pack_into("<L", content, at, len(plain))
    assert code_of(bytes(content)) == "damaged"
