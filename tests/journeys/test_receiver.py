"""A receiver on a phone: from the daily mail to a word that proves what they can do now."""

import json
from email.message import EmailMessage

from playwright.sync_api import Page, expect
from stack import Stack

from tests.journeys.conftest import PHONE, Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import link_in, remind, text_in

TOPIC = "Koppelingen Zorgdata"
QUESTION = "Waar staat de logging van de nachtelijke levering?"
REPLY = "In het dashboard Zorgdata, onder Nacht."
WORDS = "Ik heb de koppeling na de storing zelf herstart."


def test_a_receiver_asks_first_and_then_does_it_alone(visit: Visit, stack: Stack, domain: str):
    slug = domain.removesuffix(".example")
    before = told(stack, "prepare", slug)
    assert before["stages"] == {"accepted": "2.40"}
    receiver = visit(size=PHONE)

    open_the_mail(receiver, remind(stack, slug, f"samira@{domain}"))
    ask(receiver)
    told(stack, "reply", slug, REPLY)
    do_it_alone(receiver)

    after = told(stack, "figures", slug)
    assert after["stages"] == {"accepted": "2.40", "received": "3.20", "applied": "2.40"}
    assert after["base"] == "8.00"  # all that the form brings
    assert (before["leak"], after["leak"]) == ("75.0", "0.0")


def told(stack: Stack, *command: str) -> dict[str, str]:
    said: dict[str, str] = json.loads(
        stack.execute("-m", "tests.journeys.receiving", *command).splitlines()[-1]
    )
    return said


def open_the_mail(receiver: Page, letter: EmailMessage) -> None:
    """The mail names the topic, and its link leads to the question about it."""
    text = text_in(letter)
    assert "Fatima El Idrissi" in text
    assert nl("Say what you can do now with “%(topic)s”", topic=TOPIC) in text
    receiver.goto(link_in(letter))
    expect(receiver.get_by_role("main")).not_to_contain_text("Fatima")
    receiver.get_by_role("button", name=nl("Start")).click()
    receiver.get_by_role("link", name=nl("Start"), exact=True).click()
    question = nl("What can you do now with “%(topic)s”?", topic=TOPIC)
    expect(receiver.get_by_role("heading", level=1)).to_have_text(question)


def ask(receiver: Page) -> None:
    """What was handed over is there; a question goes to the professional."""
    with receiver.expect_download() as download:
        receiver.get_by_role("link", name="werkinstructie.pdf").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    save = receiver.get_by_role("button", name=nl("Save my answer"))
    assert (save.bounding_box() or {"height": 0})["height"] >= 56
    save.click()  # nothing chosen: said beside the form
    expect(receiver.get_by_role("alert")).to_be_visible()
    receiver.get_by_label(nl("Not yet, I have a question")).check()
    receiver.get_by_label(nl("In your own words")).fill(QUESTION)
    it_fits(receiver)
    save.click()
    expect(receiver.get_by_text(nl("Thank you, everything is done"))).to_be_visible()
    receiver.get_by_role("link", name=nl("See my answers")).click()
    expect(receiver.get_by_text(nl("Your question waits for an answer"))).to_be_visible()


def do_it_alone(receiver: Page) -> None:
    """The answer is there when the receiver comes back; then they say that they did it."""
    receiver.reload()
    receiver.get_by_role("link", name=nl("Start"), exact=True).click()
    expect(receiver.get_by_role("main")).to_contain_text(REPLY)
    receiver.get_by_label(nl("I did it alone, without help")).check()
    receiver.get_by_label(nl("In your own words")).fill(WORDS)
    it_fits(receiver)
    receiver.get_by_role("button", name=nl("Save my answer")).click()
    expect(receiver.get_by_text(nl("Thank you, everything is done"))).to_be_visible()


def it_fits(page: Page) -> None:
    """Nothing sticks out of a phone's screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
