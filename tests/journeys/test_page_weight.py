"""What a browser receives: at most 80 kB for a first page, 15 kB for every later one.

Measured by the browser itself, headers included, in an organisation in which much has piled up.
"""

import json
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from stack import Stack

from tests.journeys.conftest import PATIENCE, Furniture
from tests.journeys.test_accessibility import LOOKED_AT, PERSONAS, address_of, enter
from tests.visits import somebody_in

KB = 1000
FIRST_VIEW, LATER_VIEW = 80 * KB, 15 * KB
HEAVIEST = 10  # pages that the table names
# The page that somebody opens first; what it brings is kept for those after it.
ENTRANCES = {
    "anonymous": "/accounts/login/",
    "admin": "/",
    "freelancer": "/portal/",
    "stranger": "/portal/",
    "manager": "/link/",
    "other_manager": "/link/",
    "desk": "/link/",
}
# The same pages at their longest.
LONGEST = {
    "dashboards:attention_list": ("?page=2",),
    "dashboards:engagement_detail": ("?all&history=1", "?all&history=2&handovers=2&files=2"),
    "dashboards:engagement_list": ("?per_page=100", "?per_page=100&state=all"),
    "dashboards:message_list": ("?state=dead", "?page=2"),
    "engagements:import_detail": ("?page=2&changed=2&new=2",),
    "engagements:freelancer_list": ("?page=2",),
    "knowledge:deliverable_detail": ("?version=4",),
    "knowledge:deliverable_list": ("?page=2",),
    "offboarding:item_list": ("?late=on", "?page=2"),
    "offboarding:link_review": ("?version=4",),
    "portal:deliverable_detail": ("?version=4",),
    "portal:deliverable_list": ("?page=2",),
}


@dataclass
class Load:
    """What one page cost: bytes by address, as the network tells."""

    parts: dict[str, int] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)

    def asked(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"].partition("#")[0]
        if redirect := event.get("redirectResponse"):
            self.add(redirect["url"], redirect["encodedDataLength"])

    def finished(self, event: dict[str, Any]) -> None:
        address = self._addresses.get(event["requestId"], "")
        if not address.startswith("data:"):
            self.add(address, event["encodedDataLength"])

    def add(self, address: str, size: float) -> None:
        self.parts[address] = self.parts.get(address, 0) + int(size)


@dataclass(frozen=True)
class Weighed:
    """One page: bytes with nothing kept from before, and after the first page of a visit."""

    address: str
    first: int
    later: int


@pytest.fixture(scope="module")
def busy(stack: Stack) -> Furniture:
    said = stack.execute("-m", "tests.journeys.furnish", "Drukveld", "busy")
    return Furniture(**json.loads(said.splitlines()[-1]))


def opened(context: BrowserContext, address: str, *, cached: bool = True) -> Load:
    """Open a page in a tab of its own and wait until nothing comes in any more."""
    load, page = Load(), context.new_page()
    network = context.new_cdp_session(page)
    network.on("Network.requestWillBeSent", load.asked)
    network.on("Network.loadingFinished", load.finished)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": not cached})
    answer = page.goto(address, wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200, address
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_load_state("networkidle")
    page.close()
    return load


def weighed(context: BrowserContext, address: str, kept: Collection[str]) -> Weighed:
    parts = opened(context, address, cached=False).parts
    brought = {asked: size for asked, size in parts.items() if not is_kept(asked, kept)}
    return Weighed(address, first=sum(parts.values()), later=sum(brought.values()))


def is_kept(address: str, kept: Collection[str]) -> bool:
    """Styles, letters, icons and scripts are; see `test_later_pages_bring_themselves_only`."""
    return "/static/" in address and address in kept


def addresses_of(persona: str, busy: Furniture) -> list[str]:
    mine = [line for line in LOOKED_AT if somebody_in(line) == persona]
    return [
        address_of(line, busy) + query
        for line in mine
        for query in ("", *LONGEST.get(line.name, ()))
    ]


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_page_is_light_also_with_much_in_it(
    persona: str, browser: Browser, stack: Stack, busy: Furniture
):
    with browser.new_context(base_url=stack.url, locale="nl") as context:
        context.set_default_timeout(PATIENCE)
        enter(context.new_page(), persona, busy, stack)
        kept = opened(context, ENTRANCES[persona], cached=False).parts
        pages = [weighed(context, address, kept) for address in addresses_of(persona, busy)]

    tell_heaviest(persona, pages)
    too_heavy = [
        f"{page.address}: {page.first} first, {page.later} later"
        for page in pages
        if page.first > FIRST_VIEW or page.later > LATER_VIEW
    ]
    assert not too_heavy, "\n".join(too_heavy)


def tell_heaviest(persona: str, pages: list[Weighed]) -> None:
    """Print the heaviest pages; `pytest -rA` shows them."""
    sys.stdout.write(f"\n{persona}: bytes of a first and a later view\n")
    for page in sorted(pages, key=lambda page: page.later, reverse=True)[:HEAVIEST]:
        sys.stdout.write(f"{page.first:>8}{page.later:>8}  {page.address}\n")


def test_later_pages_bring_themselves_only(browser: Browser, stack: Stack, busy: Furniture):
    """Styles, letters, icons and scripts are packed, and kept for ever under their name."""
    with browser.new_context(base_url=stack.url, locale="nl") as context:
        enter(context.new_page(), "admin", busy, stack)
        first = opened(context, "/")
        later = opened(context, "/engagements/")

    for kind in (".css", ".js", ".svg", ".woff2"):
        assert [size for address, size in first.parts.items() if address.endswith(kind)]
    paid = {address.removeprefix(stack.url) for address, size in later.parts.items() if size}
    assert paid == {"/engagements/"}


def test_letters_of_other_alphabets_are_fetched_by_pages_that_have_them_only(
    browser: Browser, stack: Stack, furnished: Furniture, busy: Furniture
):
    def fonts(furniture: Furniture) -> set[str]:
        with browser.new_context(base_url=stack.url, locale="nl") as context:
            enter(context.new_page(), "admin", furniture, stack)
            parts = opened(context, "/professionals/").parts
        names = {address.rpartition("/")[2].partition(".")[0] for address in parts}
        return {name for name in names if name.startswith("figtree")}

    assert fonts(furnished) == {"figtree-latin"}
    assert fonts(busy) == {"figtree-latin", "figtree-latin-ext"}
