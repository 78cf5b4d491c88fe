"""Real files of every kind that can be handed in, and ways to spoil them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import docx
import fpdf
import openpyxl
import pptx
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def upload(name, content):
    """Return an upload as a form receives it; the claimed type is wrong on purpose."""
    file = SimpleUploadedFile(name or "x", content, content_type="application/x-wrong")
    file._name = name  # Django cleans names on the way in; other callers may not.
    return file


def make_docx(text="Overdracht van het subsidieproces"):
    document = docx.Document()
    document.add_heading("Overdrachtsdocument", 0)
    document.add_paragraph(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def make_pptx(title="Kennissessie"):
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[0])
    slide.shapes.title.text = title
    stream = io.BytesIO()
    presentation.save(stream)
    return stream.getvalue()


def make_xlsx(rows=(("Systeem", "Eigenaar"), ("Zaaksysteem", "Inkoop"))):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def make_pdf(text="Werkinstructie"):
    document = fpdf.FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(text=text)
    return bytes(document.output())


def make_picture(kind="PNG", size=(40, 30)):
    stream = io.BytesIO()
    Image.new("RGB", size, (15, 108, 90)).save(stream, kind)
    return stream.getvalue()


def box(kind, content=b""):
    return struct.pack(">L4s", 8 + len(content), kind) + content


def make_mp4(brand=b"isom", boxes=(b"moov", b"mdat")):
    head = box(b"ftyp", brand + struct.pack(">L", 512) + brand + b"mp41")
    return head + b"".join(box(kind, bytes(32)) for kind in boxes)


MAKERS = {
    "pdf": make_pdf,
    "docx": make_docx,
    "pptx": make_pptx,
    "xlsx": make_xlsx,
    "md": "# Werkinstructie\n\nGa naar het café.\n".encode,
    "txt": lambda: "Opmerking: ¼ van de dossiers is af.\r\n".encode("cp1252"),
    "png": make_picture,
    "jpg": lambda: make_picture("JPEG"),
    "mp4": make_mp4,
}


def rezip(data: bytes, changes: Mapping[str, bytes | None] | None = None, **extra: bytes) -> bytes:
    """Return an archive with members replaced, added at the end, or (None) left out."""
    changes = dict(changes or {})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", 8) as new:
        for name in old.namelist():
            content = changes.pop(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in {**changes, **extra}.items():
            new.writestr(name, content)
    return stream.getvalue()


def headers_of(data: bytes, name: str) -> tuple[int, int]:
    """Return where the local and the central header of a member begin."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        local = archive.getinfo(name).header_offset
    encoded = name.encode()
    central = data.index(b"PK\x01\x02", local)
    while data[central + 46 : central + 46 + len(encoded)] != encoded:
        central = data.index(b"PK\x01\x02", central + 4)
    return local, central


def lie_about(data: bytes, name: str, size: int) -> bytes:
    """Return an archive whose headers claim a size, with the checksum of just that much."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(name) as member:
        checksum = zlib.crc32(member.read(size))
    local, central = headers_of(data, name)
    spoilt = bytearray(data)
    struct.pack_into("<L", spoilt, local + 14, checksum)
    struct.pack_into("<L", spoilt, local + 22, size)
    struct.pack_into("<L", spoilt, central + 16, checksum)
    struct.pack_into("<L", spoilt, central + 24, size)
    return bytes(spoilt)


def set_flags(data: bytes, name: str, flags: int, *, local: bool, central: bool) -> bytes:
    """Return an archive with general purpose bits set on a member."""
    local_at, central_at = headers_of(data, name)
    spoilt = bytearray(data)
    if local:
        spoilt[local_at + 6] |= flags
    if central:
        spoilt[central_at + 8] |= flags
    return bytes(spoilt)


def relationships(*entries: tuple[str, str, str]) -> bytes:
    """Return a `.rels` part of (type, target, mode)."""
    rows = "".join(
        f'<Relationship Id="x{n}" Target="{target}" TargetMode="{mode}" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>'
        for n, (kind, target, mode) in enumerate(entries)
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{namespace}">{rows}</Relationships>'.encode()
    )
