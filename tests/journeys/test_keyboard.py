"""The work of a morning with the keyboard alone; where the keyboard is can always be seen."""

import re

from playwright.sync_api import Locator, Page, expect
from stack import Stack

from tests.journeys.conftest import Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import code_in, confirm_list, dutch_row, sign_in, upload_list

MOST_STEPS = 120
NAME = "Fatima El Idrissi 1"
# How the focused element differs from its surroundings.
MARK = """element => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
        || style.boxShadow !== "none";
}"""


def test_an_engagement_is_found_and_a_task_is_ticked_without_a_mouse(
    visit: Visit, stack: Stack, domain: str
):
    other = visit()
    sign_in(other, stack, f"hr@{domain}")
    upload_list(other, [dutch_row(domain, 1)])
    confirm_list(other)

    page = visit()
    enter_by_keyboard(page, stack, f"hr@{domain}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=nl("Skip to content"))).to_be_focused()
    press(page, page.get_by_role("link", name=nl("Engagements")).first)
    expect(page).to_have_url(re.compile("/engagements/"))
    press(page, page.get_by_role("main").get_by_role("link", name=NAME).first)
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    tasks = page.get_by_role("region", name=nl("Tasks"))
    ticks = tasks.get_by_role("button", name=re.compile("^" + nl("Finish: %(title)s", title="")))
    task = ticks.first.inner_text().partition(": ")[2]
    press(page, ticks.first)
    undo = tasks.get_by_role("button", name=f"{nl('Undo')}: {task}")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    tick = tasks.get_by_role("button", name=nl("Finish: %(title)s", title=task), exact=True)
    expect(tick).to_be_visible()
    press(page, tick)
    expect(undo).to_be_focused()
    page.reload()
    expect(page.get_by_role("region", name=nl("History"))).to_contain_text(task)


def enter_by_keyboard(page: Page, stack: Stack, address: str) -> None:
    before = len(stack.mails_to(address))
    page.goto("/accounts/login/code/")
    tab_to(page, page.get_by_role("textbox"))
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    code = code_in(stack.next_mail_to(address, after=before))
    tab_to(page, page.get_by_role("textbox"))
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/accounts/"))


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    expect(wanted).to_be_attached()
    for _ in range(MOST_STEPS):
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate(MARK), "the focus cannot be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def press(page: Page, wanted: Locator) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Enter")
