"""A walk through every page as each persona: no dead ends, and nothing of another organisation."""

from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.urls import resolve

import notifications.operations
from core.scoping import organisation_scope
from notifications import mail
from notifications.models import Message
from notifications.planning import Entrance
from tests.access_table import PAGES, Door, Page
from tests.visits import Visitors, text_of, url_of

pytestmark = pytest.mark.django_db
WALKERS = ("admin", "hr", "auditor", "manager", "desk", "other_manager", "freelancer", "stranger")
VARIANTS = 8  # of one page: its filters, sorts and pages
MOST_PAGES = 1500
BY_NAME = {page.name: page for page in PAGES}


class Exits(HTMLParser):
    """Where a page leads: by following, and by posting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.posts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        is_post = tag == "form" and (found.get("method") or "").lower() == "post"
        followed = [found.get("hx-get")]
        if tag == "a":
            followed.append(found.get("href"))
        if tag == "form" and not is_post:
            followed.append(found.get("action"))
        self.links += [address for address in followed if address]
        if is_post:
            self.posts.append(found.get("action") or "")


def starts_of(persona: str, visitors: Visitors) -> list[str]:
    """Every page that the table lets a persona read."""
    return [
        url_of(page, visitors, "own")
        for page in PAGES
        if page.get == 200
        and page.rule[persona] in (Door.IN, Door.READ)
        and is_theirs(page, persona)
    ]


def is_theirs(page: Page, persona: str) -> bool:
    return not (page.of and page.mine) or persona in page.mine


def is_page(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.netloc and parts.scheme == "" and not parts.path.startswith("/static/")


def faults_of(persona: str, url: str, visitors: Visitors) -> tuple[list[str], list[str]]:
    """Ask one page; return what is wrong with it, and where it leads."""
    answer = visitors.ask(persona, "GET", url)
    text = text_of(answer)
    faults = [] if answer.status_code < 400 else [f"{url} answers {answer.status_code}"]
    if visitors.other_word(persona).lower() in text.lower():
        faults.append(f"{url} tells of the other organisation")
    if "html" not in answer.headers.get("Content-Type", ""):
        return faults, []
    exits = Exits(text)
    for action in exits.posts:
        name = resolve(urlsplit(urljoin(url, action)).path).view_name
        if BY_NAME[name].rule[persona] is not Door.IN:
            faults.append(f"{url} offers {name}, which refuses")
    found = [urldefrag(urljoin(url, link))[0] for link in exits.links]
    if answer.status_code == 302:
        found.append(answer["Location"])
    return faults, found


@pytest.mark.parametrize("persona", WALKERS)
def test_a_walk_meets_no_dead_end_and_nobody_else(persona: str, visitors: Visitors):
    waiting = deque(starts_of(persona, visitors))
    seen: set[str] = set()
    variants: Counter[str] = Counter()
    faults: list[str] = []
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.popleft()
        path = urlsplit(url).path
        if url in seen or not is_page(url) or variants[path] >= VARIANTS:
            continue
        seen.add(url)
        variants[path] += 1
        wrong, found = faults_of(persona, url, visitors)
        faults += [f"{fault}" for fault in wrong]
        waiting.extend(found)

    assert not faults, "\n".join(faults)
    assert len(seen) > len(PAGES) / 20


def test_mail_tells_of_its_own_organisation_only(visitors: Visitors):
    written = 0
    for world, other in ((visitors.own, visitors.foreign), (visitors.foreign, visitors.own)):
        with organisation_scope(world.organisation):
            for message in Message.objects.select_related("contact", "organisation"):
                written += 1
                assert other.word.lower() not in " ".join(text_of_mail(message)).lower()

    assert written > 10


def text_of_mail(message: Message) -> Iterator[str]:
    letter = notifications.operations.compose(message)
    if letter is None:
        return
    entrance = Entrance(door="link", url="https://kennisborg.example/l/x/")
    entrances = dict.fromkeys([*letter.dossiers, message.dossier], entrance)
    context = {"action_url": entrance.to(letter.landing), "entrances": entrances}
    rendered = mail.render(
        letter.template,
        {**context, **letter.context},
        language=message.contact.language,
        organisation=message.organisation,
    )
    yield from map(str, vars(rendered).values())
    yield from (attachment.content.decode() for attachment in letter.attachments)
