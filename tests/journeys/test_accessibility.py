"""Every page in both languages, light and dark, on a desk and a phone: axe finds nothing.

Nor does any page stick out of the screen.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page as BrowserPage
from stack import Stack

from tests.access_table import NOBODY, PAGES, Page
from tests.journeys.conftest import DESKTOP, PHONE, Furniture, Visit
from tests.visits import somebody_in

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # all that differs between light and dark
PERSONAS = ("anonymous", "admin", "manager", "other_manager", "desk", "freelancer", "stranger")
ON_A_LINK = ("manager", "other_manager", "desk")
AXE = "options => axe.run(options).then(results => results.violations)"
INVALID = 422
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# What is saved or read by programs, and pieces of the pages that are looked at.
NO_PAGES = {
    "healthz",
    "readyz",
    "dashboards:engagement_export",
    "dashboards:knowledge_map_export",
    "dashboards:received_export",
    "dashboards:usefulness_export",
    "engagements:import_sample",
    "engagements:import_errors",
    "engagements:import_progress",
    "engagements:suggestion_list",
    "knowledge:file_download",
    "knowledge:link_library_file",
    "knowledge:portal_library_file",
    "offboarding:evidence_download",
    "offboarding:link_calendar",
    "offboarding:link_evidence",
    "offboarding:link_file",
    "offboarding:link_received_file",
    "portal:evidence_download",
    "portal:file_download",
    "portal:session_calendar",
}
LOOKED_AT = [
    page
    for page in PAGES
    if page.get == 200 and page.rule is not NOBODY and page.name not in NO_PAGES
]
# Pages without a line in the table, and those for whom something is missing.
ODD_ADDRESSES = {
    "anonymous": ("/no/such/page/", "/l/unknown/", "/link/", "/demo/", "/demo/mail/"),
    "admin": ("/portal/",),
    "manager": (),
    "other_manager": (),
    "desk": ("/link/",),
    "freelancer": ("/no/such/page/",),
    "stranger": (),  # who takes over: the pack is theirs alone
}


def address_of(page: Page, furnished: Furniture) -> str:
    things = {**furnished.objects, "token": furnished.tokens["manager"]}
    named = {page.key: things[page.of]} if page.of else {}
    return reverse(page.name, kwargs={**named, **page.more})


def enter(page: BrowserPage, persona: str, furnished: Furniture, stack: Stack) -> None:
    cookies = furnished.cookies.get(persona, {})
    page.context.add_cookies(
        [{"name": name, "value": value, "url": stack.url} for name, value in cookies.items()]
    )


def speak(page: BrowserPage, language: str) -> None:
    """Choose a language on the first page; all others follow."""
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f"button[name=language][value={language}]").click()
    assert page.locator("html").get_attribute("lang") == language


@contextmanager
def speaking(page: BrowserPage, language: str, first_page: str) -> Iterator[None]:
    """Choose a language, and Dutch again: a choice is remembered, for all journeys after it."""
    page.goto(first_page)
    speak(page, language)
    try:
        yield
    finally:
        page.goto(first_page)
        page.set_viewport_size(DESKTOP)
        speak(page, "nl")


def violations_on(page: BrowserPage, where: str, rules: list[str]) -> list[str]:
    kind = "rule" if rules is COLOURS else "tag"
    options = {"runOnly": {"type": kind, "values": rules}, "resultTypes": ["violations"]}
    found: list[Any] = page.evaluate(AXE, options)
    return [
        f"{where}: {violation['id']}, {node['html'][:160]}: {node['failureSummary'][:300]}"
        for violation in found
        for node in violation["nodes"]
    ]


def faults_in_every_light(
    page: BrowserPage, where: str, schemes: Sequence[Scheme] = SCHEMES
) -> list[str]:
    faults = []
    for size, scheme in product((DESKTOP, PHONE), schemes):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        rules = RULES if scheme == "light" else COLOURS
        faults += violations_on(page, f"{where} {scheme} {size['width']}", rules)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            faults.append(f"{where} is {width} pixels wide on a screen of {size['width']}")
    return faults


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_is_shut_out(
    persona: str, language: str, visit: Visit, furnished: Furniture, stack: Stack
):
    page = visit(language=language)
    page.add_init_script(Axe().axe_script)
    enter(page, persona, furnished, stack)
    faults = []
    # Words change no colour: those of the dark are looked at once.
    schemes = SCHEMES if language == "nl" else SCHEMES[:1]
    mine = [line for line in LOOKED_AT if somebody_in(line) == persona]
    assert mine
    with speaking(page, language, "/link/" if persona in ON_A_LINK else "/"):
        for address in [*(address_of(line, furnished) for line in mine), *ODD_ADDRESSES[persona]]:
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == language
            faults += faults_in_every_light(page, address, schemes)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("persona", ["admin", "freelancer", "manager", "desk"])
def test_nobody_is_shut_out_by_a_mistake(
    persona: str, visit: Visit, furnished: Furniture, stack: Stack
):
    """What is refused says so beside the field, and in a summary that gets the focus."""
    page = visit()
    page.add_init_script(Axe().axe_script)
    enter(page, persona, furnished, stack)
    faults = []
    for line in LOOKED_AT:
        if somebody_in(line) == persona and line.post == INVALID:
            page.goto(address_of(line, furnished))
            page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
            submit = page.locator("main form[method=post] [type=submit]")
            if not submit.count():  # what can be said there was said
                continue
            with page.expect_navigation():  # the page before it is not the one to look at
                submit.last.click()
            faults += faults_in_every_light(page, page.url)
    assert not faults, "\n".join(faults)
