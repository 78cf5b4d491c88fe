"""The public addresses answer as promised; everything else may be named as the code likes."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.config.conftest import CHECKOUT
from tests.visits import Visitors, names_in_resolver
from tests.worlds import ABSENT

pytestmark = pytest.mark.django_db  # each test inside the transaction of `visitors`

HR_PAGES = [
    *("/engagements/", "/engagements/?q=Amberveld", "/engagements/{main}/", "/engagements/import/"),
    *("/engagements/export.csv", "/engagements/export.xlsx"),
    *("/offboarding/items/", "/knowledge/handovers/", "/settings/members/"),
]


def address(template: str, visitors: Visitors) -> str:
    return template.format(**visitors.own.objects)


@pytest.mark.parametrize(
    ("persona", "status", "leads_to"),
    [
        ("anonymous", 302, "/accounts/login/?next=/"),
        ("hr", 200, None),
        ("admin", 200, None),
        ("auditor", 200, None),
        ("freelancer", 302, "/portal/"),
        ("manager", 302, "/accounts/login/?next=/"),  # a link opens its own pages only
    ],
)
def test_the_first_page_is_everybodys_own(persona, status, leads_to, visitors):
    answer = visitors.ask(persona, "GET", "/")

    assert (answer.status_code, answer.headers.get("Location")) == (status, leads_to)


@pytest.mark.parametrize("page", HR_PAGES)
def test_pages_of_hr_are_for_members(page, visitors):
    url = address(page, visitors)

    assert visitors.ask("hr", "GET", url).status_code == 200
    assert visitors.ask("auditor", "GET", url).status_code == 200
    assert visitors.ask("freelancer", "GET", url).status_code == 403
    away = visitors.ask("anonymous", "GET", url)
    assert away.status_code == 302
    assert away["Location"].startswith("/accounts/login/?next=/")


def test_exports_are_what_their_names_say(visitors):
    csv = visitors.ask("hr", "GET", "/engagements/export.csv")
    workbook = visitors.ask("hr", "GET", "/engagements/export.xlsx")

    assert csv["Content-Type"].startswith("text/csv")
    assert "spreadsheetml" in workbook["Content-Type"]
    assert visitors.ask("hr", "GET", "/engagements/export.pdf").status_code == 404


def test_behind_a_mailed_link_is_a_neutral_page_with_one_button(visitors):
    url = f"/l/{visitors.own.tokens['manager']}/"

    page = visitors.ask("anonymous", "GET", url)
    words = page.content.decode()

    assert page.status_code == 200
    assert words.count("<button") == words.count("<form") == 1
    assert visitors.own.word not in words
    opened = visitors.ask("anonymous", "POST", url)
    assert (opened.status_code, opened["Location"]) == (302, "/link/")


def test_the_portal_is_for_professionals(visitors):
    assert visitors.ask("freelancer", "GET", "/portal/").status_code == 200
    assert visitors.ask("hr", "GET", "/portal/").status_code == 403
    assert visitors.ask("anonymous", "GET", "/portal/")["Location"] == (
        "/accounts/login/?next=/portal/"
    )


@pytest.mark.parametrize("page", ["login/", "login/code/", "password/reset/", "sessions/"])
def test_signing_in_and_sessions_are_under_accounts(page, visitors):
    assert visitors.ask("hr", "GET", f"/accounts/{page}").status_code in (200, 302)


def test_the_demo_is_there_in_demo_mode_only(visitors, settings):
    for url in ("/demo/", "/demo/mail/"):
        for persona in ("anonymous", "hr"):
            assert visitors.ask(persona, "GET", url).status_code == 404

    settings.DEMO_MODE = True
    page = visitors.ask("anonymous", "GET", "/demo/")
    assert re.findall(r'action="/demo/enter/(\w+)/"', page.content.decode()) == [
        "hr",
        "manager",
        "freelancer",
    ]
    assert visitors.ask("anonymous", "GET", "/demo/mail/").status_code == 200


def test_a_process_that_lives_says_so_and_one_that_is_ready_tells_the_facts(visitors):
    alive = visitors.ask("anonymous", "GET", "/healthz")
    ready = visitors.ask("anonymous", "GET", "/readyz")

    assert (alive.status_code, alive.content) == (200, b"ok\n")
    assert (ready.status_code, ready["Content-Type"]) == (200, "application/json")
    facts = json.loads(ready.content)
    assert {facts["database"], facts["migrations"]} == {"ok"}
    assert facts.keys() >= {
        *("broker", "beat", "dispatcher", "planner", "outbox", "outbox_lag_seconds", "release"),
    }


def test_without_a_database_a_process_lives_and_is_not_ready():
    code = """
import django
django.setup()
from django.test import Client
for path in ("/healthz", "/readyz"):
    answer = Client().get(path, headers={"host": "127.0.0.1"})
    print(answer.status_code, answer.content.decode())
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "x" * 60,
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere",
        },
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    alive, ready = [line for line in done.stdout.splitlines() if line[:4] in ("200 ", "503 ")]
    assert alive == "200 ok"
    assert ready.startswith('503 {"database": "OperationalError"')


@pytest.mark.parametrize(
    ("persona", "page", "thing"),
    [
        ("hr", "/engagements/{}/", "main"),
        ("hr", "/knowledge/handovers/{}/", "waiting"),
        ("hr", "/offboarding/items/{}/", "item"),
        ("hr", "/messages/{}/", "message"),
        ("freelancer", "/portal/handovers/{}/", "waiting"),
        ("manager", "/link/handovers/{}/", "waiting"),
    ],
)
def test_what_is_foreign_and_what_is_absent_look_the_same(persona, page, thing, visitors):
    own, foreign, absent = (
        visitors.ask(persona, "GET", page.format(key))
        for key in (visitors.own.objects[thing], visitors.foreign.objects[thing], ABSENT)
    )

    assert (own.status_code, foreign.status_code, absent.status_code) == (200, 404, 404)
    assert without_secrets(foreign) == without_secrets(absent)


def without_secrets(answer) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_things_in_addresses_are_named_by_uuid():
    numbered = [str(pattern) for pattern in patterns() if "<int:" in str(pattern.pattern)]

    assert numbered == []
    assert len(list(names_in_resolver())) > 100


def patterns(resolver: URLResolver | None = None) -> list[URLPattern]:
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        found += [entry] if isinstance(entry, URLPattern) else patterns(entry)
    return found


def test_a_page_of_nobody_is_not_found():
    assert Client().get("/nowhere/").status_code == 404
