"""What every answer tells browsers, error pages included, and how cookies are kept."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as installed
from django.db import OperationalError, connection

from tests.access_table import PAGES, Page
from tests.visits import Visitors, name_of, somebody_in, url_of

pytestmark = pytest.mark.django_db
CHECKOUT = Path(__file__).resolve().parents[1]
REFERRER = {"same-origin", "strict-origin", "no-referrer"}
# A mail is shown in a frame of our own page, with the style that it carries; files are only saved.
FRAMED = "dashboards:demo_mail_html"
SAVED = {"default-src 'none'", "sandbox"}
SHOWN = {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
ERRORS = {
    "/suspicious/": 400,
    "/no/such/page/": 404,
    "/fails/": 500,
    "/away/": 503,
}


def is_strict(policy: str, answer: Any) -> bool:
    """Return whether a page may load only what is ours, and a file nothing at all."""
    rules = set(policy.split("; "))
    if answer.headers.get("Content-Disposition", "").startswith("attachment"):
        return rules >= SAVED or rules >= SHOWN
    return rules >= SHOWN and "unsafe-" not in policy and "http" not in policy


def faults_of(answer: Any) -> list[str]:
    """Return which headers are not as they should be."""
    policy = answer.headers.get("Content-Security-Policy", "")
    is_right = {
        "Content-Security-Policy": is_strict(policy, answer),
        "X-Content-Type-Options": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "Referrer-Policy": answer.headers.get("Referrer-Policy") in REFERRER,
        "Cache-Control": "no-store" in answer.headers.get("Cache-Control", ""),
        "Cross-Origin-Opener-Policy": answer.headers.get("Cross-Origin-Opener-Policy")
        == "same-origin",
        "Cross-Origin-Resource-Policy": answer.headers.get("Cross-Origin-Resource-Policy")
        == "same-origin",
        "Permissions-Policy": "camera=()" in answer.headers.get("Permissions-Policy", ""),
        "X-Frame-Options": answer.headers.get("X-Frame-Options") == "DENY",
        "Server": "Server" not in answer.headers,
    }
    return [f"{name}: {answer.headers.get(name)}" for name, right in is_right.items() if not right]


@pytest.mark.parametrize("line", PAGES, ids=name_of)
def test_every_answer_brings_the_headers(line: Page, visitors: Visitors):
    url = url_of(line, visitors, "own")

    for method in ("GET", "POST"):
        assert not faults_of(visitors.ask(somebody_in(line), method, url, line.form))


@pytest.mark.parametrize(("path", "status"), ERRORS.items())
def test_every_error_page_brings_the_headers(path: str, status: int, visitors: Visitors, settings):
    settings.ROOT_URLCONF = "tests.failing_urls"

    answer = visitors.ask("hr", "GET", path, raise_request_exception=False)

    assert answer.status_code == status
    assert not faults_of(answer)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "elsewhere.example"}, 400), ({"Sec-Fetch-Site": "cross-site"}, 403), ({}, 403)],
)
def test_every_refusal_brings_the_headers(headers: dict[str, str], status: int, visitors: Visitors):
    answer = visitors.ask(
        "hr", "POST", "/settings/language/", headers=headers, enforce_csrf_checks=True
    )

    assert answer.status_code == status
    assert not faults_of(answer)


def test_a_file_of_the_look_brings_the_policy_and_a_missing_one_is_not_kept(
    visitors: Visitors, settings
):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True

    style = visitors.ask("hr", "GET", "/static/css/kb.css")
    missing = visitors.ask("hr", "GET", "/static/css/none.css")

    assert style.status_code == 200
    assert is_strict(style.headers["Content-Security-Policy"], style)
    assert "no-store" not in style.headers.get("Cache-Control", "")
    assert missing.status_code == 404
    assert not faults_of(missing)


def test_signing_out_leaves_nothing_in_the_browser_but_the_language(visitors: Visitors):
    client = visitors.client("hr")
    client.post("/settings/language/", {"language": "en"})

    answer = client.post("/accounts/logout/")

    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.cookies[installed.LANGUAGE_COOKIE_NAME].value == "en"
    assert "Clear-Site-Data" not in client.get("/accounts/login/").headers


def test_without_a_database_there_is_a_page_that_says_so(visitors: Visitors):
    def be_away(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    client = visitors.client("hr", raise_request_exception=False)
    with connection.execute_wrapper(be_away):
        answer = client.get("/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert not faults_of(answer)


SECURE_VISIT = """
import json
import django
django.setup()
from django.conf import settings as installed
from django.db import transaction
from django.test import Client
from accounts.models import User
from django.contrib.sessions.backends.db import SessionStore

client = Client(headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"})
with transaction.atomic():
    signed = Client(headers={"X-Forwarded-Proto": "https"})
    user = User.objects.create_user("somebody@veldam.example", full_name="Somebody")
    signed.force_login(user)
    visits = {
        "plain": Client().get("/accounts/login/"),
        "page": client.get("/accounts/login/"),
        "language": client.post("/settings/language/", {"language": "en"}),
        "signed": signed.get("/settings/profile/"),
        "health": Client().get("/healthz"),
    }
    cookies = {
        name: {key: morsel[key] for key in ("secure", "httponly", "samesite", "path", "domain")}
        for each in (client, signed)
        for name, morsel in each.cookies.items()
    }
    transaction.set_rollback(True)
print(json.dumps({
    "visits": {name: [a.status_code, dict(a.headers)] for name, a in visits.items()},
    "cookies": cookies,
    "link_cookie": installed.LINK_COOKIE_NAME,
}))
"""


@pytest.fixture(scope="module")
def over_https(django_db_setup: None) -> dict[str, Any]:
    """What an installation behind https answers; its settings are made anew in its own process."""
    database = connection.settings_dict
    host = database["HOST"] or "127.0.0.1"
    address = (
        f"postgres://{database['USER']}:{database['PASSWORD']}"
        f"@{host}:{database['PORT']}/{database['NAME']}"
    )
    done = subprocess.run(
        [sys.executable, "-c", SECURE_VISIT],
        cwd=CHECKOUT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": address,
            "REDIS_URL": os.environ["REDIS_URL"],
            "BASE_URL": "https://testserver",
            "SECRET_KEY": "x" * 60,
            "TRUSTED_PROXY_COUNT": "1",
            "DEBUG": "1",  # pictures and styles come unhashed; nothing else differs here
            "LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_plain_http_is_sent_to_https(over_https):
    status, headers = over_https["visits"]["plain"]

    assert status == 301
    assert headers["Location"] == "https://testserver/accounts/login/"
    assert over_https["visits"]["health"][0] == 200, "a health check asks without https"


def test_browsers_are_told_to_stay_on_https(over_https):
    status, headers = over_https["visits"]["page"]

    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


def test_cookies_are_bound_to_this_host_and_hidden_from_scripts(over_https):
    cookies = over_https["cookies"]

    assert {"__Host-kb_session", "__Host-kb_csrf"} <= set(cookies)
    assert over_https["link_cookie"] == "__Host-kb_link"
    for name, cookie in cookies.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
