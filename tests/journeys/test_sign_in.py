"""Signing in by a code that comes by mail; nobody learns who has an account."""

import re

from playwright.sync_api import expect
from stack import Stack

from tests.journeys.conftest import PHONE, Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import code_in


def test_a_code_by_mail_lets_its_owner_in_and_a_wrong_one_says_so(
    visit: Visit, stack: Stack, domain: str
):
    page = visit(size=PHONE)
    address = f"hr@{domain}"
    before = len(stack.mails_to(address))
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.goto("/accounts/login/code/")
    page.get_by_role("textbox").fill(address)
    page.get_by_role("button", name=nl("Send the code")).click()
    letter = stack.next_mail_to(address, after=before)
    page.get_by_role("textbox").fill("AAAA-AAAA")
    page.get_by_role("button", name=nl("Go on")).click()
    expect(page.locator(".invalid-feedback, [role=alert]").first).to_be_visible()

    page.get_by_role("textbox").fill(code_in(letter).lower())
    page.get_by_role("button", name=nl("Go on")).click()
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.get_by_role("main")).to_contain_text("Hanna")


def test_an_unknown_address_sees_what_everybody_sees(visit: Visit, stack: Stack, domain: str):
    seen = []
    for address in (f"hr@{domain}", f"nobody@{domain}"):
        page = visit()
        page.goto("/accounts/login/code/")
        page.get_by_role("textbox").fill(address)
        page.get_by_role("button", name=nl("Send the code")).click()
        expect(page.get_by_role("button", name=nl("Go on"))).to_be_visible()
        seen.append(page.get_by_role("main").inner_text().replace(address, "…"))

    assert seen[0] == seen[1]
