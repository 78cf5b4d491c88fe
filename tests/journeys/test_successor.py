"""The baton: HR names the successor, who opens the handover pack on a phone and reads in it."""

import json

from playwright.sync_api import Page, expect
from stack import Stack

from tests.journeys.conftest import PHONE, Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import sign_in
from tests.journeys.test_receiver import it_fits

PREDECESSOR = "Fatima El Idrissi"
SUCCESSOR = "Sanne de Wit"
HANDOVER = "Herstart van de koppeling"
TOPIC = "Koppelingen Zorgdata"


def test_a_successor_opens_the_handover_pack(visit: Visit, stack: Stack, domain: str):
    slug = domain.removesuffix(".example")
    stack.execute("-m", "tests.journeys.receiving", "prepare", slug)
    said = stack.execute("-m", "tests.journeys.succeeding", slug)
    planned: dict[str, str] = json.loads(said.splitlines()[-1])

    hr = visit()
    sign_in(hr, stack, f"hr@{domain}")
    name_the_successor(hr, planned["predecessor"])
    make_receiver(hr)

    successor = visit(size=PHONE)
    sign_in(successor, stack, f"sanne@zzp.{domain}")
    open_the_pack(successor)
    read_a_handover(successor)
    tick_the_task(successor)


def name_the_successor(hr: Page, engagement: str) -> None:
    hr.goto(f"/engagements/{engagement}/")
    hr.get_by_role("link", name=nl("Name the successor")).click()
    hr.get_by_role("button", name=nl("Choose %(name)s", name=SUCCESSOR)).click()
    told = nl("The successor finds the handover pack in the welcome list.")
    expect(hr.get_by_text(told)).to_be_visible()


def make_receiver(hr: Page) -> None:
    """One press, and whoever takes over receives every topic."""
    hr.get_by_role("link", name=nl("Handover pack"), exact=True).click()
    hr.get_by_role("button", name=nl("Make %(name)s a receiver of all", name=SUCCESSOR)).click()
    expect(hr.get_by_text(nl("the successor receives this"))).to_be_visible()


def open_the_pack(successor: Page) -> None:
    """The first task of the list leads to the pack."""
    task = nl("Open the handover pack of %(name)s", name=PREDECESSOR)
    successor.get_by_role("link", name=task).first.click()
    expect(successor.get_by_role("heading", level=1)).to_have_text(task)
    successor.get_by_role("link", name=nl("Open the whole handover pack")).click()
    expect(successor.get_by_role("heading", level=1)).to_have_text(nl("Handover pack"))
    main = successor.get_by_role("main")
    for words in (PREDECESSOR, HANDOVER, TOPIC, nl("you receive this")):
        expect(main).to_contain_text(words)
    it_fits(successor)


def read_a_handover(successor: Page) -> None:
    successor.get_by_role("link", name=HANDOVER).click()
    with successor.expect_download() as download:
        successor.get_by_role("link", name="werkinstructie.pdf").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    it_fits(successor)


def tick_the_task(successor: Page) -> None:
    """What was read is ticked, and the next task is about the next thing."""
    successor.goto("/portal/")
    reading = nl("Read “%(title)s” and ask what is unclear", title=HANDOVER)
    successor.get_by_role("link", name=reading).first.click()
    expect(successor.get_by_role("main").get_by_role("link", name=nl("Open it"))).to_be_visible()
    it_fits(successor)
    successor.get_by_role("button", name=nl("Yes, this is done")).click()
    expect(successor.get_by_text(nl("Done: %(task)s", task=reading))).to_be_visible()
