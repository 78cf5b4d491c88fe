"""Everything works without scripts; they only make it smoother."""

import re

from playwright.sync_api import Page, expect
from stack import Stack

from tests.factories.uploads import make_pdf
from tests.journeys.conftest import PHONE, Furniture, Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import dutch_row, send_list, sign_in
from tests.journeys.test_accessibility import enter


def test_hr_imports_a_list_and_reads_it_in_another_language(
    visit: Visit, stack: Stack, domain: str
):
    hr = visit(java_script_enabled=False)
    sign_in(hr, stack, f"hr@{domain}")
    send_list(hr, [dutch_row(domain, 1), dutch_row(domain, 2)])
    refresh_until(hr, nl("Import this?"))
    hr.get_by_role("button", name=re.compile(r"^Importeer \d")).click()
    refresh_until(hr, nl("Undo"))
    hr.goto("/engagements/")
    hr.get_by_role("searchbox").last.fill("Idrissi 2")
    hr.get_by_role("searchbox").last.press("Enter")
    expect(hr.get_by_role("main").get_by_role("link", name="Fatima El Idrissi 2")).to_be_visible()
    expect(hr.get_by_role("main").get_by_role("link", name="Fatima El Idrissi 1")).to_have_count(0)
    hr.get_by_role("main").get_by_role("link", name="Fatima El Idrissi 2").click()
    tick_and_undo(hr)
    hr.goto("/engagements/?q=Idrissi+2")
    hr.locator("button[name=language][value=en]").click()
    expect(hr.locator("html")).to_have_attribute("lang", "en")
    expect(hr).to_have_url(re.compile("Idrissi"))


def tick_and_undo(hr: Page) -> None:
    """A tick that was a slip is taken back on the page that it was made on."""
    page = hr.url
    tasks = hr.get_by_role("region", name=nl("Tasks"))
    tick = tasks.get_by_role("button", name=re.compile("^" + nl("Finish: %(title)s", title="")))
    task = tick.first.inner_text().partition(": ")[2]
    tick.first.click()
    expect(hr).to_have_url(page)
    tasks.get_by_role("group").filter(has_text=nl("Settled")).locator("summary").click()
    tasks.get_by_role("button", name=f"{nl('Undo')}: {task}").click()
    expect(hr).to_have_url(page)
    again = nl("Finish: %(title)s", title=task)
    expect(tasks.get_by_role("button", name=again, exact=True)).to_be_visible()


def test_a_professional_hands_in_a_pdf(visit: Visit, furnished: Furniture, stack: Stack):
    page = visit(java_script_enabled=False)
    enter(page, "freelancer", furnished, stack)
    page.goto("/portal/handovers/")
    page.get_by_role("link", name=nl("Hand something over")).first.click()
    page.get_by_role("main").get_by_role("link", name="Presentatie", exact=True).click()
    page.get_by_label("titel", exact=False).first.fill("De keten in tien dia’s")
    page.get_by_label(nl("What can somebody do after this?")).fill("Een collega legt het uit.")
    way = page.get_by_label(nl("As a file: a document, slides, a video"))
    if way.count():
        way.check()
    page.get_by_role("button", name=nl("Continue"), exact=True).last.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "dias.pdf", "mimeType": "application/pdf", "buffer": make_pdf()}
    )
    page.get_by_role("button", name=nl("Save and go on later")).click()
    expect(page.get_by_role("main")).to_contain_text("De keten in tien dia’s")


def test_a_manager_answers_behind_the_link(visit: Visit, furnished: Furniture, stack: Stack):
    page = visit(size=PHONE, java_script_enabled=False)
    page.goto(f"/l/{furnished.tokens['manager']}/")
    page.get_by_role("button", name=nl("Start")).click()
    page.get_by_role("link", name=nl("Start"), exact=True).click()
    first = page.url
    page.get_by_role("link", name=nl("Skip this question")).click()
    expect(page).not_to_have_url(first)
    page.goto("/link/hand-on/")
    page.get_by_role("button", name=nl("Mail my colleague")).click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()


def refresh_until(page: Page, heading: str) -> None:
    """Ask again as somebody without scripts does, by the link that the page offers."""
    refresh = page.get_by_role("link", name=nl("Refresh"))
    while refresh.count():
        refresh.click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
