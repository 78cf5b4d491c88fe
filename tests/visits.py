"""Asking pages as each persona of two mirrored worlds, leaving no trace."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access_table import Door, Page
from tests.worlds import ABSENT, World


def names_in_resolver(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """Give the name of every address that is answered; ours may stand before one of a library."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        else:
            yield from names_in_resolver(
                entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            )


def text_of(answer: Any) -> str:
    """Return what an answer says, its headers and the inside of a workbook included."""
    body = answer.getvalue()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in archive.namelist())
    return f"{answer.headers}\n{body.decode(errors='replace')}"


class Visitors:
    """The personas of two organisations; each request is undone after its answer."""

    def __init__(self, own: World, foreign: World) -> None:
        self.own = own
        self.foreign = foreign

    def world_of(self, persona: str) -> World:
        return self.foreign if persona.startswith("foreign_") else self.own

    def other_word(self, persona: str) -> str:
        """What a persona must never read."""
        return (self.own if persona.startswith("foreign_") else self.foreign).word

    def client(self, persona: str, **options: Any) -> Client:
        client = Client(**options)
        cookies = self.world_of(persona).cookies.get(persona.removeprefix("foreign_"), {})
        for name, value in cookies.items():
            client.cookies[name] = value
        return client

    def ask(
        self,
        persona: str,
        method: str,
        url: str,
        form: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **options: bool,
    ) -> Any:
        cache.clear()  # or limits on guessing would answer instead of the page
        client = self.client(persona, **options)
        content = {"data": {"csrfmiddlewaretoken": "x", **(form or {})}} if method == "POST" else {}
        with transaction.atomic():
            answer = getattr(client, method.lower())(url, headers=headers, **content)
            if answer.streaming:
                answer.getvalue()
            transaction.set_rollback(True)
        return answer


def url_of(page: Page, visitors: Visitors, target: str) -> str:
    """Return a page's address with an own, a foreign or an absent thing in it."""
    world = {"own": visitors.own, "foreign": visitors.foreign}.get(target)
    things = {**world.objects, "token": world.tokens["manager"]} if world else {}
    named = {page.key: things.get(page.of, ABSENT)} if page.of else {}
    return reverse(page.name, kwargs={**named, **page.more})


def name_of(page: Page) -> str:
    return page.name


def somebody_in(page: Page) -> str:
    """Return a persona for whom the page does what it is for, if there is any."""
    within = [persona for persona, door in page.rule.items() if door is Door.IN]
    return next((persona for persona in page.mine if persona in within), [*within, "admin"][0])
