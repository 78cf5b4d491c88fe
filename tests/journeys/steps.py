"""What people do in more than one journey."""

import re
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from stack import Stack

from tests.factories.lists import csv_of
from tests.journeys.dutch import nl

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FRIDAY = 4
HEADERS = (
    "extern_id",
    "naam_professional",
    "e-mail_professional",
    "afdeling",
    "leidinggevende",
    "e-mail_leidinggevende",
    "titel",
    "startdatum",
    "einddatum",
    "uurtarief",
)


def dutch_day(day: date) -> str:
    return f"{day:%d-%m-%Y}"


def dutch_row(domain: str, number: int = 1, **cells: str) -> dict[str, str]:
    """Return a row as a Dutch organisation exports it; the work ends in ten days."""
    today = datetime.now(AMSTERDAM).date()
    return {
        "extern_id": f"INH-{number}",
        "naam_professional": f"Fatima El Idrissi {number}",
        "e-mail_professional": f"fatima{number}@zzp.{domain}",
        "afdeling": "Zorgdata",
        "leidinggevende": "Peter Bos",
        "e-mail_leidinggevende": f"p.bos@{domain}",
        "titel": "Data-engineer",
        "startdatum": dutch_day(today - timedelta(days=200)),
        "einddatum": dutch_day(today + timedelta(days=10)),
        "uurtarief": "95,50",
    } | cells


def upload_list(page: Page, rows: list[dict[str, str]]) -> None:
    """Go on to the page that shows what a list would do."""
    send_list(page, rows)
    expect(page.get_by_role("heading", name=nl("Import this?"))).to_be_visible()


def send_list(page: Page, rows: list[dict[str, str]]) -> None:
    """Upload a list and have it checked."""
    page.goto("/engagements/import/")
    page.get_by_label(nl("File"), exact=True).set_input_files(
        {
            "name": "opdrachten.csv",
            "mimeType": "text/csv",
            "buffer": csv_of(rows, headers=HEADERS),
        }
    )
    page.get_by_role("button", name=nl("Next: choose the columns")).click()
    page.get_by_role("button", name=nl("Check the list")).click()


def confirm_list(page: Page) -> None:
    """Import what is shown, and wait until it is done."""
    page.get_by_role("button", name=re.compile(r"^Importeer \d")).click()
    expect(page.get_by_role("heading", name=nl("Undo"))).to_be_visible()


def sign_in(page: Page, stack: Stack, address: str) -> None:
    """Sign in with a code that comes by mail."""
    before = len(stack.mails_to(address))
    page.goto("/accounts/login/code/")
    page.get_by_role("textbox").fill(address)
    page.get_by_role("button", name=nl("Send the code")).click()
    code = code_in(stack.next_mail_to(address, after=before))
    page.get_by_role("textbox").fill(code)
    page.get_by_role("button", name=nl("Go on")).click()
    expect(page).not_to_have_url(re.compile("/accounts/"))


def remind(stack: Stack, slug: str, address: str) -> EmailMessage:
    """Let the morning of the last working day come, and wait for somebody's daily mail."""
    now = datetime.now(AMSTERDAM)
    day = now.date()
    while day.weekday() > FRIDAY or datetime.combine(day, time(9), AMSTERDAM) > now:
        day -= timedelta(days=1)
    at = datetime.combine(day, time(9), AMSTERDAM).isoformat()
    before = len(stack.mails_to(address))
    stack.manage("plan_reminders", "--at", at, "--organisation", slug)
    return stack.next_mail_to(address, after=before)


def begin_handover(freelancer: Page, title: str, outcome: str, kind: str = "") -> None:
    """Say what it is about and in which way it comes, on the page after the choice of a form."""
    freelancer.get_by_label("titel", exact=False).first.fill(title)
    freelancer.get_by_label(nl("What can somebody do after this?")).fill(outcome)
    if kind:
        freelancer.get_by_label(kind).check()


def go_on(freelancer: Page) -> None:
    """Press the button that leads to the next page; the first of its kind is for the Enter key."""
    freelancer.get_by_role("button", name=nl("Continue"), exact=True).last.click()


def text_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def code_in(mail: EmailMessage) -> str:
    """Return the code that a sign-in mail brings."""
    found = re.search(r"^\s*([A-Z0-9]{3,4}-[A-Z0-9]{3,4})\s*$", text_in(mail), re.MULTILINE)
    assert found, text_in(mail)
    return found[1]


def link_in(mail: EmailMessage, *, about: str = "") -> str:
    """Return the first action link in a mail, or the first after somebody's name."""
    _, _, rest = text_in(mail).partition(about or "\n")
    found = re.search(r"https?://\S+/l/[\w-]+/", rest)
    assert found, text_in(mail)
    return found[0]
