"""A colleague finds a Dutch compound inside a pptx, by its first part, in somebody else's file."""

from io import BytesIO

import pptx
from playwright.sync_api import Page, expect
from stack import Stack

from tests.journeys.conftest import Furniture, Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import begin_handover, go_on
from tests.journeys.test_accessibility import enter

TITLE = "Beheer van de sleutels"


def test_a_colleague_finds_a_compound_inside_slides_by_its_first_part(
    visit: Visit, furnished: Furniture, stack: Stack
):
    freelancer, manager, hr, colleague = visit(), visit(), visit(), visit()
    enter(freelancer, "freelancer", furnished, stack)
    content = slides("Inleiding", "Wachtwoordbeheerprocedure van de kluis", "Vragen")
    hand_in(freelancer, furnished.objects["main"], content)
    enter(hr, "hr", furnished, stack)
    accept(hr)
    stack.manage("index_library", "--read")

    enter(colleague, "desk", furnished, stack)  # no account, and not their own
    colleague.goto("/link/")
    colleague.get_by_role("link", name=nl("Search the library")).click()
    colleague.get_by_label(nl("Search"), exact=True).fill("wachtwoord")
    colleague.get_by_label(nl("Search"), exact=True).press("Enter")
    expect(colleague.locator("mark").first).to_have_text("Wachtwoordbeheerprocedure")
    colleague.get_by_role("link", name=TITLE).click()
    with colleague.expect_download() as download:
        colleague.get_by_role("link", name="sleutels.pptx").click()
    assert download.value.path().read_bytes() == content

    typing_error(colleague)
    enter(manager, "other_manager", furnished, stack)
    manager.goto("/link/library/?q=wachtwoord")
    expect(manager.get_by_role("link", name=TITLE)).to_be_visible()


def hand_in(freelancer: Page, engagement: str, content: bytes) -> None:
    freelancer.goto(f"/portal/handovers/new/{engagement}/runbook/")
    kind = nl("As a file: a document, slides, a video")
    begin_handover(freelancer, TITLE, "De kluis beheren.", kind)
    go_on(freelancer)
    freelancer.locator("input[type=file]").set_input_files(
        {"name": "sleutels.pptx", "mimeType": "x/x", "buffer": content}
    )
    go_on(freelancer)
    freelancer.get_by_role("button", name=nl("Hand in"), exact=True).click()
    expect(freelancer.get_by_text(nl("Thank you, it is handed in"))).to_be_visible()


def accept(hr: Page) -> None:
    hr.goto("/knowledge/handovers/?state=submitted")
    hr.get_by_role("link", name=TITLE).click()
    hr.get_by_role("button", name=nl("Accept"), exact=True).click()
    expect(hr.get_by_role("region", name=nl("In the library"))).to_be_visible()


def typing_error(colleague: Page) -> None:
    """What was mistyped is understood, and one press away."""
    colleague.goto("/link/library/?q=wachtwordbeheerprocedure")
    meant = nl("Did you mean “%(words)s”?", words="wachtwoordbeheerprocedure")
    colleague.get_by_role("link", name=meant).click()
    expect(colleague.get_by_role("link", name=TITLE)).to_be_visible()
    colleague.get_by_role("link", name=nl("Remove this filter")).first.click()
    expect(colleague).to_have_url(f"{colleague.url.split('/link/')[0]}/link/library/")


def slides(*titles: str) -> bytes:
    made = pptx.Presentation()
    for title in titles:
        made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = title
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()
