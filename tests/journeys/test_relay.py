"""The main job, from an imported list to a closed file, in Dutch and with real mail."""

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from stack import Stack

from tests.factories.uploads import make_docx, make_pdf
from tests.journeys.conftest import PHONE, Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import (
    begin_handover,
    confirm_list,
    dutch_row,
    go_on,
    link_in,
    remind,
    sign_in,
    upload_list,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NAME = "Fatima El Idrissi 1"
MANAGER = "Peter Bos"
OUTCOME = "Samira herstart de koppeling zelf."
POINTS = "1,8"  # of a runbook: 30 % of what its cap of 6 points leaves to acceptance
RUNBOOK = "Werkinstructie of runbook"
TITLE = "Herstart van de nachtelijke koppeling"


def test_the_relay_from_an_imported_list_to_a_closed_file(visit: Visit, stack: Stack, domain: str):
    hr, freelancer, manager = visit(), visit(), visit(size=PHONE)
    sign_in(hr, stack, f"hr@{domain}")
    import_a_list_with_mistakes(hr, domain)
    propose_an_agreement(hr)
    give_portal_access(hr)
    sign_in(freelancer, stack, f"fatima1@zzp.{domain}")
    accept_the_agreement(freelancer)
    hand_in_two_files(freelancer)
    plan_a_workshop(freelancer)
    slug = domain.removesuffix(".example")
    answer_on_a_phone(manager, remind(stack, slug, f"p.bos@{domain}"))
    see_the_points(freelancer)
    see_it_move(hr)
    end_and_close(hr)


def import_a_list_with_mistakes(hr: Page, domain: str) -> None:
    """Bad cells are named; with them mended, all rows go in, and could come out again."""
    good = [dutch_row(domain, number) for number in (1, 2)]
    bad = dutch_row(domain, 2, einddatum="1-5-2020")
    worse = dutch_row(domain, 3, **{"e-mail_professional": "geen adres"})
    upload_list(hr, [good[0], bad, worse])
    errors = hr.get_by_role("region", name=nl("Rows with an error"))
    expect(errors).to_contain_text("I3 · einddatum: “1-5-2020”")
    expect(errors).to_contain_text(nl("The last day cannot be before the first day."))
    expect(errors).to_contain_text("C4 · e-mail_professional: “geen adres”")

    upload_list(hr, good)
    expect(hr.get_by_text(nl("Every row is in order."))).to_be_visible()
    confirm_list(hr)
    undo = nl("Undo the import of %(name)s", name="opdrachten.csv")
    expect(hr.get_by_role("button", name=undo)).to_be_visible()


def propose_an_agreement(hr: Page) -> None:
    """Each engagement has its checklist, and asks for an agreement."""
    hr.get_by_role("navigation").get_by_role("link", name=nl("Engagements")).first.click()
    hr.get_by_role("link", name=NAME).first.click()
    expect(hr.get_by_role("main")).to_contain_text(MANAGER)
    hr.get_by_role("link", name=nl("Knowledge agreement"), exact=True).first.click()
    hr.get_by_role("link", name=nl("Make a proposal")).click()
    hr.get_by_label(nl("Target (points)")).fill("20")
    hr.get_by_label(RUNBOOK).fill("2")
    hr.get_by_label("Presentatie").fill("1")
    hr.get_by_role("button", name=nl("Propose"), exact=True).click()
    expect(hr.get_by_role("main")).to_contain_text(RUNBOOK)


def give_portal_access(hr: Page) -> None:
    hr.get_by_role("link", name=nl("Professionals")).first.click()
    hr.get_by_role("link", name=NAME).click()
    hr.get_by_role("button", name=nl("Give portal access")).click()
    expect(hr.get_by_role("button", name=nl("Give portal access"))).not_to_be_visible()


def accept_the_agreement(freelancer: Page) -> None:
    freelancer.goto("/")
    expect(freelancer).to_have_url(re.compile("/portal/$"))
    freelancer.get_by_role("link", name=nl("Knowledge agreement")).first.click()
    accept = freelancer.get_by_role("button", name=nl("Accept version %(number)s", number=1))
    accept.click()
    expect(accept).not_to_be_visible()


def hand_in_two_files(freelancer: Page) -> None:
    """A real docx and a real pdf go in, and can be had back as they were."""
    docx, pdf = make_docx(), make_pdf()
    freelancer.get_by_role("link", name=nl("Handovers")).first.click()
    freelancer.get_by_role("link", name=nl("Hand something over")).first.click()
    freelancer.get_by_role("link", name=RUNBOOK, exact=True).click()
    begin_handover(freelancer, TITLE, OUTCOME, nl("As a file: a document, slides, a video"))
    go_on(freelancer)
    freelancer.locator("input[type=file]").set_input_files(
        [
            {"name": "werkinstructie.docx", "mimeType": "x/x", "buffer": docx},
            {"name": "schema.pdf", "mimeType": "application/pdf", "buffer": pdf},
        ]
    )
    go_on(freelancer)
    freelancer.get_by_role("button", name=nl("Hand in"), exact=True).click()
    expect(freelancer.get_by_text(nl("Thank you, it is handed in"))).to_be_visible()
    freelancer.get_by_role("link", name=nl("Handovers")).first.click()
    freelancer.get_by_role("link", name=TITLE).first.click()
    for name, content in (("werkinstructie.docx", docx), ("schema.pdf", pdf)):
        with freelancer.expect_download() as download:
            freelancer.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == name
        assert download.value.path().read_bytes() == content


def plan_a_workshop(freelancer: Page) -> None:
    """A session with colleagues is planned, and goes into the calendar."""
    freelancer.get_by_role("link", name=nl("Handovers")).first.click()
    freelancer.get_by_role("link", name=nl("Hand something over")).first.click()
    freelancer.get_by_role("link", name="Workshop", exact=True).click()
    begin_handover(freelancer, "Storingen oplossen, samen", "Zelf herstarten.")
    go_on(freelancer)
    day = datetime.now(AMSTERDAM).date() + timedelta(days=5)
    freelancer.get_by_label(nl("day"), exact=False).first.fill(day.isoformat())
    freelancer.get_by_label(nl("begins at"), exact=False).fill("10:00")
    freelancer.get_by_label(nl("Who is there besides you?")).fill("Samira Idrissi\nPeter Bos")
    go_on(freelancer)
    freelancer.get_by_role("link", name=nl("Plan it like this")).click()
    with freelancer.expect_download() as download:
        freelancer.get_by_role("link", name=re.compile(r"agenda")).first.click()
    assert "Storingen oplossen" in download.value.path().read_text()


def answer_on_a_phone(manager: Page, letter: EmailMessage) -> None:
    """From the mail to the last answer: no account, one question per page."""
    manager.goto(link_in(letter, about=NAME))
    expect(manager.get_by_role("main")).not_to_contain_text(NAME)
    manager.get_by_role("button", name=nl("Start")).click()
    manager.get_by_role("link", name=nl("Start"), exact=True).click()
    answered = []
    while not manager.url.endswith("/link/done/"):
        heading = manager.get_by_role("heading", level=1).inner_text()
        assert heading not in answered, f"{heading} is asked again"
        answered.append(heading)
        assert_it_fits(manager)
        answer(manager)
    assert TITLE in answered
    assert nl("What happens at the end date?") in answered
    assert len(answered) >= 5
    with manager.expect_download() as download:
        manager.get_by_role("link", name=nl("Put it in my calendar (.ics)")).click()
    assert "BEGIN:VEVENT" in download.value.path().read_text()


def answer(manager: Page) -> None:
    """Give the good answer to the question on the page."""
    address = manager.url
    if "/link/end/" in address:
        manager.get_by_label(nl("It ends as planned")).check()
        manager.get_by_role("button", name=nl("Send to HR")).click()
    elif "/link/handovers/" in address:
        expect(manager.get_by_role("main")).to_contain_text(OUTCOME)
        expect(manager.get_by_role("link", name="schema.pdf")).to_be_visible()
        for question in (nl("Is it complete?"), nl("Can a colleague use it?")):
            manager.get_by_role("group", name=question).get_by_role("radio").first.check()
        manager.get_by_role("button", name=nl("Accept"), exact=True).click()
    else:
        note = manager.get_by_label(nl("note"), exact=False)
        if note.is_visible():
            note.fill("Gedaan en nagekeken.")
        manager.get_by_role("button", name=nl("Yes, this is done")).click()
    expect(manager).not_to_have_url(address)


def assert_it_fits(page: Page) -> None:
    """Nothing sticks out of a phone's screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def see_the_points(freelancer: Page) -> None:
    """The booking is there at once, with its explanation."""
    freelancer.goto("/portal/")
    expect(freelancer.get_by_role("region", name=nl("Knowledge points"))).to_contain_text(POINTS)
    freelancer.get_by_role("link", name=nl("see your points book")).click()
    expect(freelancer.get_by_role("main")).to_contain_text(TITLE)


def see_it_move(hr: Page) -> None:
    """One page shows what was answered, with the name of who answered."""
    hr.get_by_role("navigation").get_by_role("link", name=nl("Engagements")).first.click()
    hr.get_by_role("link", name=NAME).first.click()
    expect(hr.get_by_role("region", name=nl("Knowledge"))).to_contain_text(TITLE)
    expect(hr.get_by_role("region", name=nl("History"))).to_contain_text(MANAGER)


def end_and_close(hr: Page) -> None:
    """HR carries the decision out; the work ended a day ago after all; what misses is waived."""
    hr.get_by_role("link", name=nl("Decide"), exact=True).first.click()
    hr.get_by_label(nl("Carry it out"), exact=True).check()
    hr.get_by_role("button", name=nl("Decide"), exact=True).click()
    hr.get_by_role("link", name=nl("Back to the engagement")).click()

    yesterday = datetime.now(AMSTERDAM).date() - timedelta(days=1)
    hr.get_by_role("link", name=nl("Change end date")).first.click()
    hr.get_by_label(nl("New last day")).fill(yesterday.isoformat())
    hr.get_by_role("button", name=nl("Show what changes")).click()
    hr.get_by_role("radio").first.check()
    hr.get_by_role("button", name=nl("Move the last day")).click()

    hr.get_by_role("link", name=nl("Close file")).first.click()
    close = hr.get_by_role("button", name=nl("Close file"))
    close.click()
    expect(hr.get_by_role("alert")).to_be_visible()
    for reason in hr.get_by_role("textbox", name=nl("Why is this not needed?")).all():
        reason.fill("Alles is mondeling overgedragen en nagekeken.")
    close.click()
    expect(hr.get_by_text(nl("The file is closed."))).to_be_visible()
    expect(hr.get_by_role("main")).to_contain_text("mondeling overgedragen")
