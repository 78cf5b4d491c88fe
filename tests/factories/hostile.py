"""Files that want to harm whoever reads them; each is small and quickly made."""

import io
import zipfile
import zlib

import pypdf

from tests.factories.uploads import make_docx, make_pdf, make_pptx, make_xlsx, rezip

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MEBIBYTE = 1024 * 1024


def document_of(body: bytes) -> bytes:
    return f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>'.encode() + (
        body + b"</w:body></w:document>"
    )


def honest_bomb(megabytes: int = 350) -> bytes:
    """A document that says openly how large it becomes: comments without end."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_docx())) as old, zipfile.ZipFile(stream, "w", 8) as new:
        for name in old.namelist():
            if name != "word/document.xml":
                new.writestr(name, old.read(name))
        with new.open("word/document.xml", "w", force_zip64=True) as part:
            part.write(f'<?xml version="1.0"?><w:document xmlns:w="{WORD}">'.encode())
            comment = b"<!--" + b" " * (MEBIBYTE - 7) + b"-->"
            for _ in range(megabytes):
                part.write(comment)
            part.write(b"</w:document>")
    return stream.getvalue()


def wordy_bomb(megabytes: int = 60) -> bytes:
    """A document with more words than anybody writes."""
    text = b"<w:p><w:r><w:t>wachtlijst en nog meer woorden </w:t></w:r></w:p>"
    return rezip(
        make_docx(),
        {"word/document.xml": document_of(text * (megabytes * MEBIBYTE // len(text)))},
    )


def one_long_word(megabytes: int = 120) -> bytes:
    """An element whose name alone fills the memory."""
    return rezip(
        make_docx(), {"word/document.xml": document_of(b"<w:" + b"a" * (megabytes * MEBIBYTE))}
    )


def billion_laughs() -> bytes:
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lach">' for n in range(12)
    )
    laughing = (
        f'<?xml version="1.0"?><!DOCTYPE w [{entities}]>'
        f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&l11;</w:t></w:r></w:p>'
        "</w:body></w:document>"
    )
    return rezip(make_docx(), {"word/document.xml": laughing.encode()})


def reads_a_file() -> bytes:
    """A document that wants the reader to open a file of the machine."""
    reaching = (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body>'
        "</w:document>"
    )
    return rezip(make_docx(), {"word/document.xml": reaching.encode()})


def deep_nesting(depth: int = 400_000) -> bytes:
    return rezip(
        make_docx(),
        {"word/document.xml": document_of(b"<w:p>" * depth + b"</w:p>" * depth)},
    )


def broken_slides() -> bytes:
    return make_pptx("Kennissessie")[:-900]


def million_cells() -> bytes:
    row = "<row>" + "".join(f"<c><v>{n}</v></c>" for n in range(1000)) + "</row>"
    sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{row * 1000}</sheetData></worksheet>'
    return rezip(make_xlsx(), {"xl/worksheets/sheet1.xml": sheet.encode()})


def million_shared_texts() -> bytes:
    texts = "".join(f"<si><t>t{n}</t></si>" for n in range(1_000_000))
    sheet = f'<?xml version="1.0"?><worksheet xmlns="{SHEET}"><sheetData/></worksheet>'
    return rezip(
        make_xlsx(),
        {
            "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{texts}</sst>'.encode(),
            "xl/worksheets/sheet1.xml": sheet.encode(),
        },
    )


def encrypted_pdf() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(make_pdf("Geheim")))
    writer.encrypt("wachtwoord", algorithm="RC4-128")
    return written(writer)


def endless_pdf(pages: int = 10_000) -> bytes:
    """Ten thousand pages, each with words of its own."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    kids = []
    for number in range(pages):
        at = len(objects) + 1
        kids.append(b"%d 0 R" % at)
        content = b"BT /F1 12 Tf 50 700 Td (Bladzijde %d van het draaiboek) Tj ET" % number
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (at + 1),
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        ]
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(kids))
    return pdf_of(objects)


def inflating_pdf(megabytes: int = 900) -> bytes:
    """A page whose content is a thousand times its size."""
    packer = zlib.compressobj(9)
    block = b" " * MEBIBYTE
    packed = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    return one_page(packed, b"/Filter/FlateDecode")


def slow_pdf(words: int = 600_000) -> bytes:
    """A page on which every letter is set by itself."""
    content = b"BT /F1 12 Tf " + b"1 0 0 1 5 5 Tm (a) Tj " * words + b"ET"
    return one_page(zlib.compress(content), b"/Filter/FlateDecode")


def looping_pdf() -> bytes:
    """Pages that are their own parents."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 5/Kids[2 0 R 2 0 R]/Parent 2 0 R>>",
        ]
    )


def one_page(content: bytes, extra: bytes) -> bytes:
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 5 0 R"
                b"/Resources<</Font<</F1 3 0 R>>>>>>"
            ),
            b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), extra, content),
        ]
    )


def pdf_of(objects: list[bytes]) -> bytes:
    body, places = b"%PDF-1.7\n", []
    pieces, at = [body], len(body)
    for number, content in enumerate(objects, start=1):
        places.append(at)
        pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        at += len(pieces[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    pieces += [
        b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table),
        b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, at),
    ]
    return b"".join(pieces)


def written(writer: pypdf.PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
