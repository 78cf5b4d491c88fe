"""Text inside files: what comes out of honest ones, and what hostile ones cannot do."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from knowledge.extraction import Limits, read_text, sandbox
from tests.factories import hostile
from tests.factories.uploads import lie_about, make_docx, make_pdf, make_picture, make_xlsx, rezip

CHECKOUT = Path(__file__).parents[2]
MOST_KB = 300 * 1024
MOST_SECONDS = 62  # a minute, and the moment in which a process is put away
# A process of its own, so that only what the child used is counted.
MEASURE = """
import json, resource, sys
from knowledge.extraction import Limits, read_text
with open(sys.argv[1], "rb") as file:
    found = read_text(file, sys.argv[2], Limits(**json.loads(sys.argv[3])))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([found.reason, found.is_cut, len(found.text.encode()), found.seconds, peak]))
"""


@pytest.fixture
def read(tmp_path):
    def read_content(content, extension, **limits):
        path = tmp_path / "file"
        path.write_bytes(content)
        with path.open("rb") as file:
            return read_text(file, extension, Limits(**limits))

    return read_content


@pytest.fixture
def measure(tmp_path):
    """Read a file in a fresh process; return reason, whether it was cut, bytes, and the costs."""

    def measured(content, extension, **limits):
        path = tmp_path / "file"
        path.write_bytes(content)
        said = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path), extension, json.dumps(limits)],
            cwd=CHECKOUT,
            capture_output=True,
            check=True,
        ).stdout
        reason, is_cut, size, seconds, peak = json.loads(said)
        assert peak <= MOST_KB
        assert seconds <= MOST_SECONDS
        return reason, is_cut, size

    return measured


def test_words_of_a_document_come_with_its_tables_notes_and_headers(read):
    document = docx.Document()
    document.add_paragraph("De wachtlijst").add_run("koppeling draait om twee uur.")
    row = document.add_table(rows=1, cols=2).rows[0]
    row.cells[0].text, row.cells[1].text = "Bron", "Zaaksysteem"
    document.sections[0].header.paragraphs[0].text = "Gemeente Veldam"
    stream = BytesIO()
    document.save(stream)

    text = read(stream.getvalue(), "docx").text

    assert "De wachtlijstkoppeling draait om twee uur." in text  # one word over two runs
    assert "Bron Zaaksysteem" in " ".join(text.split())
    assert "Gemeente Veldam" in text


def test_slides_come_in_order_with_what_the_speaker_noted(read):
    presentation = pptx.Presentation()
    for number in range(1, 12):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = f"Dia {number}"
    slide.notes_slide.notes_text_frame.text = "Vertel over het wachtwoordbeheer"
    stream = BytesIO()
    presentation.save(stream)

    text = read(stream.getvalue(), "pptx").text

    assert text.index("Dia 2\n") < text.index("Dia 10") < text.index("wachtwoordbeheer")


def test_workbook_gives_names_of_sheets_texts_and_numbers(read):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Autorisaties"
    workbook.active.append(["Zaaknummer", 20261234, True])
    stream = BytesIO()
    workbook.save(stream)

    assert read(stream.getvalue(), "xlsx").text.split() == [
        "Autorisaties",
        "Zaaknummer",
        "20261234",
    ]


def test_pdf_gives_its_pages(read):
    assert read(make_pdf("Werkinstructie nachtelijke koppeling"), "pdf").text == (
        "Werkinstructie nachtelijke koppeling"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_are_recognised_in_every_usual_encoding(read, encoding):
    assert read("Coördinatie: ¼ van de café's".encode(encoding), "txt").text == (
        "Coördinatie: ¼ van de café's"
    )


def test_what_nobody_sees_is_left_out_and_broken_words_are_made_whole(read):
    text = (
        "wacht\u00adlijst\x00 en een werk-\ninstructie\u200b voor Wob-\nVerzoeken\r\n\r\n\r\nklaar"
    )

    assert read(text.encode(), "md").text == (
        "wachtlijst en een werkinstructie voor Wob-\nVerzoeken\nklaar"
    )


def test_a_letter_has_so_many_marks_at_most(read):
    found = read(("a" + "\u0327\u0301" * 10_000 + " é" + "b\u0301" * 40).encode(), "txt")

    assert len(found.text) < 200
    assert found.text.endswith(" é" + "b\u0301" * 40)


def test_text_is_cut_at_its_limit_between_two_letters(read):
    found = read(("é" * 5000).encode(), "txt", text_bytes=1001)

    assert (found.text, found.is_cut) == ("é" * 500, True)


def test_picture_has_nothing_to_read(read):
    assert read(make_picture(), "png").reason == "kind"


def test_file_without_words_says_so(read):
    assert read(hostile.one_page(b"", b""), "pdf").reason == "empty"


def test_child_can_open_no_file_and_no_connection():
    """The doors are shut by the kernel: no descriptor is left to open anything with."""
    tries = """
import socket
from knowledge.extraction import Limits
from knowledge.extraction.__main__ import shut_doors
shut_doors(Limits())
said = []
for opening in (lambda: open("/etc/passwd"), socket.socket, lambda: __import__("ctypes")):
    try:
        opening()
    except OSError as error:
        said.append(error.errno)
print(said)
"""
    done = subprocess.run(
        [sys.executable, "-c", tries], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("[24, 24"), done.stderr  # EMFILE


def test_child_knows_no_secret():
    assert set(sandbox.SURROUNDINGS) == {"LANG", "PATH"}


BOMB = "word/document.xml"


@pytest.mark.parametrize(
    ("make", "extension", "expected"),
    [
        (hostile.honest_bomb, "docx", ("too_large", False)),
        (hostile.wordy_bomb, "docx", ("", True)),
        (hostile.one_long_word, "docx", ("damaged", False)),
        (hostile.billion_laughs, "docx", ("damaged", False)),
        (hostile.reads_a_file, "docx", ("damaged", False)),
        (hostile.deep_nesting, "docx", ("empty", False)),
        (lambda: lie_about(hostile.wordy_bomb(20), BOMB, 1000), "docx", ("damaged", False)),
        (hostile.broken_slides, "pptx", ("damaged", False)),
        (hostile.million_cells, "xlsx", ("", True)),
        (hostile.million_shared_texts, "xlsx", ("", True)),
        (hostile.encrypted_pdf, "pdf", ("encrypted", False)),
        (hostile.inflating_pdf, "pdf", ("damaged", False)),
        (hostile.looping_pdf, "pdf", ("damaged", False)),
        (lambda: b"%PDF-1.7 and nothing more", "pdf", ("damaged", False)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_hostile_file_costs_no_more_than_is_allowed(measure, make, extension, expected):
    reason, is_cut, size = measure(make(), extension)

    assert (reason, is_cut) == expected
    assert size <= 1_000_000


def test_ten_thousand_pages_are_read_as_far_as_there_is_time(measure):
    reason, _is_cut, size = measure(
        hostile.endless_pdf(), "pdf", soft_seconds=15, soft_wait_seconds=25
    )

    assert reason == ""
    assert size > 100_000


def test_page_without_end_is_stopped_by_the_kernel(read):
    found = read(hostile.slow_pdf(), "pdf", seconds=5, soft_seconds=1)

    assert (found.reason, found.may_be_tried_again) == ("time", True)


def test_document_behind_a_password_says_so(read):
    assert read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "docx").reason == "encrypted"


def test_archive_of_too_many_parts_is_left_alone(read):
    parts = {f"word/media/{n}.txt": b"" for n in range(50)}

    assert read(rezip(make_docx(), parts), "docx", members=40).reason == "too_large"


def test_part_that_is_missing_is_no_fault(read):
    assert read(rezip(make_xlsx(), {"xl/styles.xml": None}), "xlsx").text.startswith("Sheet")
