"""What changes something is asked by POST, with a token, from our own pages; reading never does."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.access_table import PAGES, Door, Page
from tests.visits import Visitors, name_of, somebody_in, url_of

pytestmark = pytest.mark.django_db
UNKNOWN_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
MOST_QUERIES = 25
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b.*?\"(\w+)\"", re.IGNORECASE)
# Who is still there, and (by allauth, once) which address somebody signs in with.
NOTES = {"django_session", "engagements_linksession", "account_emailaddress"}
# That the owner of a task looked at it, which HR reads when nothing happens.
SEEN = {
    "offboarding:link_item": {"offboarding_checklistitem"},
    "portal:item_detail": {"offboarding_checklistitem"},
}
CHANGING = [page for page in PAGES if page.post != 405]
READING = [page for page in PAGES if page.get == 200 and Door.IN in page.rule.values()]


@pytest.mark.parametrize("line", CHANGING, ids=name_of)
def test_a_change_needs_a_token(line: Page, visitors: Visitors):
    url = url_of(line, visitors, "own")

    for form in ({}, {"csrfmiddlewaretoken": "x" * 64}):
        answer = visitors.ask(somebody_in(line), "POST", url, form, enforce_csrf_checks=True)
        assert answer.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("line", CHANGING, ids=name_of)
def test_a_change_asked_from_another_site_is_refused(line: Page, site: str, visitors: Visitors):
    answer = visitors.ask(
        somebody_in(line),
        "POST",
        url_of(line, visitors, "own"),
        line.form,
        headers={"Sec-Fetch-Site": site},
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("line", PAGES, ids=name_of)
def test_other_methods_are_unknown(line: Page, visitors: Visitors):
    url = url_of(line, visitors, "own")

    answers = {method: visitors.ask("admin", method, url).status_code for method in UNKNOWN_METHODS}

    assert answers == dict.fromkeys(UNKNOWN_METHODS, 405)


@pytest.mark.parametrize("line", READING, ids=name_of)
def test_reading_changes_nothing_and_asks_little(line: Page, visitors: Visitors):
    with CaptureQueriesContext(connection) as queries:
        answer = visitors.ask(somebody_in(line), "GET", url_of(line, visitors, "own"))

    assert answer.status_code == 200
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    written = {match[2] for sql in statements if (match := WRITES.match(sql))}
    assert written <= NOTES | SEEN.get(line.name, set())
    assert len(statements) <= MOST_QUERIES
