"""The real product in a real browser: gunicorn, worker, beat, dispatcher, servers and mail."""

import json
import secrets
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromium import FLAGS, find_chromium
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from stack import Stack, running_stack

HERE = Path(__file__).parent
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LAST_LINES = 10  # of each log, when a journey fails
PATIENCE = 30_000  # milliseconds, on a machine that is busy with other tests


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Mark the journeys before `-m` chooses, and take them first: they last longest."""
    for item in _journeys(items):
        item.add_marker(pytest.mark.journey)
    yield
    mine = _journeys(items)
    items[:] = [*mine, *(item for item in items if item not in mine)]


def _journeys(items: list[pytest.Item]) -> list[pytest.Item]:
    return [item for item in items if item.path.is_relative_to(HERE)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a journey fails, tell what its browsers showed and what the programs said last."""
    report = yield
    tell = getattr(report.longrepr, "addsection", None)
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and report.when != "teardown" and stack and tell:
        for page in getattr(item, "open_pages", []):
            tell(f"Page {page.url}", page.locator("body").inner_text())
        for log in sorted(stack.log_folder.glob("*.log")):
            said = log.read_text(errors="replace").splitlines()
            tell(log.name, "\n".join(said[-LAST_LINES:]))
    return report


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with running_stack(with_demo=False) as running:
        yield running


@dataclass(frozen=True)
class Furniture:
    """An organisation in the running product with one of each thing; see tests/worlds.py."""

    word: str
    objects: dict[str, str]
    tokens: dict[str, str]
    cookies: dict[str, dict[str, str]]

    def address(self, persona: str) -> str:
        return f"{persona}@{self.word.lower()}.example"


@pytest.fixture(scope="package")
def furnished(stack: Stack) -> Furniture:
    said = stack.execute("-m", "tests.journeys.furnish", "Amberveld")
    return Furniture(**json.loads(said.splitlines()[-1]))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.fail("no Chromium found: install one, or name it with CHROMIUM=/path/to/it")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@dataclass
class Faults:
    """What a browser complains about, whatever the test looks at."""

    found: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext, home: str) -> None:
        context.on("console", lambda message: self._heard(message.text, message.location))
        context.on("weberror", lambda error: self.found.append(f"script: {error.error}"))
        context.on("request", lambda request: self._asked(request.url, home))
        context.on("response", lambda response: self._answered(response.status, response.url))

    def _heard(self, text: str, location: Any) -> None:
        if "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.found.append(f"policy: {text} ({location})")

    def _asked(self, url: str, home: str) -> None:
        if not url.startswith((home, "data:", "blob:", "about:")):
            self.found.append(f"foreign address: {url}")

    def _answered(self, status: int, url: str) -> None:
        if status >= 500:
            self.found.append(f"{url} answers {status}")


Visit = Callable[..., Page]


@pytest.fixture
def faults() -> Iterator[Faults]:
    watched = Faults()
    yield watched
    assert not watched.found, "\n".join(watched.found)


@pytest.fixture
def visit(
    browser: Browser, stack: Stack, faults: Faults, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """Open a browser of somebody's own; every one is watched for faults until the test ends."""
    opened: list[BrowserContext] = []
    pages = request.node.open_pages = []

    def open_page(*, size: dict[str, int] = DESKTOP, language: str = "nl", **options: Any) -> Page:
        if size == PHONE:
            options = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2, **options}
        context = browser.new_context(
            base_url=stack.url, viewport=size, locale=language, reduced_motion="reduce", **options
        )
        context.set_default_timeout(PATIENCE)
        faults.watch(context, stack.url)
        opened.append(context)
        pages.append(context.new_page())
        return pages[-1]

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def domain(stack: Stack) -> str:
    """The mail domain of an organisation of this test's own; `hr@` it is its administrator."""
    word = f"relais-{secrets.token_hex(2)}"
    domain = f"{word}.example"
    stack.manage(
        "create_organisation",
        *("--name", f"Gemeente {word.title()}", "--slug", word),
        *("--hr-name", "Hanna Smit", "--hr-email", f"hr@{domain}"),
    )
    stack.next_mail_to(f"hr@{domain}")  # the welcome; whoever waits for the next mail gets that
    return domain
