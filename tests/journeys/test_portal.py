"""A professional at work in the portal: what is refused says why, and nothing else is lost."""

import re

from playwright.sync_api import Page, expect
from stack import Stack

from tests.factories.uploads import make_docx
from tests.journeys.conftest import PHONE, Furniture, Visit
from tests.journeys.dutch import nl
from tests.journeys.test_accessibility import enter

PROGRAM = b"MZ\x90\x00\x03" + b"\x00" * 4000


def test_a_program_that_calls_itself_a_document_is_refused_and_the_rest_stays(
    visit: Visit, furnished: Furniture, stack: Stack
):
    page = visit(size=PHONE)
    enter(page, "freelancer", furnished, stack)
    page.goto(f"/portal/handovers/{furnished.objects['draft']}/edit/")
    before = len(files_on(page))
    attach(page, "handleiding.docx", PROGRAM)
    expect(page.get_by_text("handleiding.docx").first).to_be_visible()
    assert len(files_on(page)) == before

    attach(page, "handleiding.docx", make_docx())
    assert "handleiding.docx" in files_on(page)
    page.get_by_role("button", name=re.compile(rf"{nl('Remove')}.*handleiding\.docx")).last.click()
    assert len(files_on(page)) == before


def attach(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/x-anything", "buffer": content}
    )
    page.get_by_role("button", name=nl("Add these files now")).click()


def files_on(page: Page) -> list[str]:
    return page.locator("#files .item-title").all_inner_texts()
