"""Make docs/screenshots: every main page on a desk in light and dark, and on a phone.

Tells the story of the try-out organisation anew and looks at it as each of its people. With the
address of a running try-out as argument it looks at that one instead.
"""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chromium import FLAGS, find_chromium
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from stack import running_stack

FOLDER = Path(__file__).resolve().parents[1] / "docs/screenshots"
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 780}
TALLEST = 1500  # pixels; what lies below is more of the same
COLOURS = 128  # enough for pages of text, at a third of the size
PATIENCE = 15_000  # milliseconds


@dataclass(frozen=True)
class Look:
    """One way to look at a page."""

    name: str
    size: dict[str, int]
    scheme: str


LOOKS = (Look("light", DESK, "light"), Look("dark", DESK, "dark"), Look("phone", PHONE, "light"))
DARK_PHONE = Look("phone-dark", PHONE, "dark")
# What people open on a phone, where dark is most common.
ON_DARK_PHONES = ("home", "engagement", "engagements", "import", "link", "link-task", "portal")


def first(selector: str) -> Callable[[Page], None]:
    """Go where the first such link on the page leads."""

    def follow(page: Page) -> None:
        page.goto(str(page.locator(selector).first.evaluate("link => link.href")))

    return follow


def press(selector: str) -> Callable[[Page], None]:
    def click(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return click


def upload(page: Page) -> None:
    """Send a list with a mistake in it, and go on to what it would do."""
    header = (
        "extern_id;naam_professional;e-mail_professional;afdeling;leidinggevende;"
        "e-mail_leidinggevende;functie;startdatum;einddatum\n"
    )
    row = "{};{};{};Zorgdata;Peter Bos;p.bos@veldam.example;Data-engineer;1-3-2026;{}\n"
    rows = header + "".join(
        [
            row.format("INH-901", "Noor de Wit", "noor@dewit.example", "1-12-2027"),
            row.format("INH-902", "Sem Bakker", "sem@bakker.example", "31-11-2027"),
            row.format("INH-903", "Yara Vos", "geen adres", "1-12-2027"),
        ]
    )
    page.locator("input[type=file]").set_input_files(
        {"name": "opdrachten.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.locator("main form [type=submit]").first.click()
    page.locator("main form [type=submit].btn-primary").first.click()
    page.wait_for_selector("#confirm")


FATIMA = "/engagements/?q=Fatima"
TITLE = "main tbody a"
Step = str | Callable[[Page], None]
ENGAGEMENT: tuple[Step, ...] = (FATIMA, first(TITLE))
SHOTS: dict[str, dict[str, tuple[Step, ...]]] = {
    "visitor": {
        "sign-in": ("/accounts/login/",),
        "demo": ("/demo/",),
        "mail": ("/demo/mail/?q=p.bos", first("main a[href^='/demo/mail/']")),
        "not-found": ("/no/such/page/",),
    },
    "hr": {
        "home": ("/",),
        "engagements": ("/engagements/",),
        "engagement": ENGAGEMENT,
        "end-change": (*ENGAGEMENT, first("a[href$='/end/']")),
        "close": ("/engagements/?state=ended", first(TITLE), first("a[href$='/close/']")),
        "agreement": (*ENGAGEMENT, first("a[href*='/knowledge/agreements/']")),
        "points": (*ENGAGEMENT, first("a[href*='/knowledge/points/']")),
        "topics": (*ENGAGEMENT, first("a[href*='/knowledge/topics/of/']")),
        "topic": (*ENGAGEMENT, first("a[href*='/knowledge/topics/']:not([href*='/of/'])")),
        "successor": (*ENGAGEMENT, first("a[href$='/successor/']")),
        "map": ("/knowledge/map/",),
        "library": ("/knowledge/library/?q=koppeling",),
        "library-item": ("/knowledge/library/", first("main .item-title a, main a.item-title")),
        "report-received": ("/reports/received/",),
        "report-usefulness": ("/reports/usefulness/",),
        "engagement-new": ("/engagements/new/",),
        "import": ("/engagements/import/", upload),
        "professionals": ("/professionals/",),
        "professional": ("/professionals/?q=Fatima", first(TITLE)),
        "tasks": ("/offboarding/items/",),
        "task": ("/offboarding/items/?late=on", first("main .item-title a")),
        "handovers": ("/knowledge/handovers/",),
        "review": ("/knowledge/handovers/?state=submitted", first(TITLE)),
        "messages": ("/messages/",),
        "reminders": ("/settings/reminders/",),
        "procedure": ("/settings/procedure/",),
        "settings": ("/settings/members/",),
        "policies": ("/settings/policies/",),
        "policy-edit": ("/settings/policies/", first("a[href$='/edit/']")),
    },
    "manager": {
        "link": (),
        "link-question": (first("main .btn-primary"),),
        "link-task": ("/link/", first("main a.item-title[href*='/items/']")),
        "link-end": ("/link/end/",),
        "link-hand-on": ("/link/hand-on/",),
        "link-done": ("/link/done/",),
    },
    "receiver": {
        "link-receiver": (),
        "link-receive": (first("main .btn-primary"),),
    },
    "freelancer": {
        "portal": ("/portal/",),
        "portal-handovers": ("/portal/handovers/",),
        "portal-choice": ("/portal/", first("a[href*='/handovers/new/']")),
        "portal-handover": ("/portal/handovers/", first("main a.item-title, main .item-title a")),
        "portal-points": ("/portal/points/",),
        "portal-topics": ("/portal/", first("a[href$='/topics/']")),
        "portal-library": ("/portal/library/",),
        "portal-profile": ("/portal/profile/",),
    },
}


def enter(page: Page, persona: str) -> None:
    """Become somebody, by the buttons of the try-out page."""
    if persona != "visitor":
        page.goto("/demo/")
        page.locator(f"form[action$='/{persona}/'] button").first.click()
    if persona in ("manager", "receiver"):
        page.locator("main form button").first.click()


@contextmanager
def somebody(browser: Browser, home: str, persona: str) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(
        base_url=home, locale="nl", viewport=DESK, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    enter(page, persona)
    yield page
    context.close()


def take(page: Page, name: str, look: Look) -> None:
    page.set_viewport_size(look.size)
    page.emulate_media(color_scheme=look.scheme)  # type: ignore[arg-type]  # one of its literals
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    shown = page.screenshot(
        full_page=True,
        clip={
            "x": 0,
            "y": 0,
            "width": look.size["width"],
            "height": min(TALLEST, max(height, look.size["height"])),
        },
    )
    picture = Image.open(io.BytesIO(shown)).convert("RGB").quantize(COLOURS)
    picture.save(FOLDER / f"{name}-{look.name}.png", optimize=True)


def take_all(home: str, only: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS), env={**os.environ, "LANGUAGE": "nl"}
        )
        for persona, shots in SHOTS.items():
            with somebody(browser, home, persona) as page:
                for name, steps in shots.items():
                    if not re.search(only, name):
                        continue
                    print(f"  {name}", flush=True)
                    for step in steps:
                        page.goto(step) if isinstance(step, str) else step(page)
                    looks = (*LOOKS, DARK_PHONE) if name in ON_DARK_PHONES else LOOKS
                    for look in looks:
                        take(page, name, look)
                    page.set_viewport_size(DESK)
        browser.close()


def main() -> None:
    home, only = (*sys.argv[1:], "", "")[:2]
    if home:
        take_all(home, only)
        return
    with running_stack(with_demo=True, say=lambda text: print(f"  {text}")) as stack:
        take_all(stack.url, only)


if __name__ == "__main__":
    main()
