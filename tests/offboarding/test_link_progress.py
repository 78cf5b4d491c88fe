"""How far somebody is in the questions of one visit, and what pages and mails promise of it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

import engagements.operations
from offboarding.models import ChecklistItem
from tests.offboarding.test_link_answers import client_of, in_english

pytestmark = pytest.mark.usefixtures("english")

LIST = "/link/"


@pytest.fixture
def manager(engagement, office):
    return client_of(engagement, in_english(engagement.manager))


def asked(client):
    return [task.url for task in client.get(LIST).context["asked"]]


def place(client, url):
    context = client.get(url).context
    return context["place"], context["asked_count"], context["states"]


def answered(client, url):
    """Tick the task at this address."""
    item = ChecklistItem.objects.get(public_id=url.rstrip("/").rpartition("/")[2])
    item.needs_evidence = False
    item.save()
    assert client.post(url, {"answer": "done"}).status_code == 302


def items(client):
    return [url for url in asked(client) if "/items/" in url]


def test_what_was_answered_in_this_visit_counts(manager):
    first, second, third = items(manager)[:3]
    all_of_them = len(asked(manager))
    before = place(manager, third)[0]

    answered(manager, first)
    answered(manager, second)

    assert len(asked(manager)) == all_of_them - 2
    assert place(manager, third)[:2] == (before, all_of_them)
    assert f"Question {before} of {all_of_them}" in manager.get(third).content.decode()
    states = place(manager, third)[2]
    assert states == ["done"] * (before - 1) + ["now"] + ["ahead"] * (all_of_them - before)


def test_a_question_that_is_opened_again_counts_once(manager):
    first = items(manager)[0]
    all_of_them = len(asked(manager))
    answered(manager, first)

    manager.post(first, {"answer": "reopen"})

    assert place(manager, first)[1] == all_of_them


def test_another_visit_begins_anew(manager, engagement):
    answered(manager, items(manager)[0])
    left = len(asked(manager))

    _grant, token = engagements.operations.issue_grant(
        contact_id=engagement.manager_id,
        engagement_id=engagement.pk,
        scopes=engagements.operations.scopes_for(engagement.manager, engagement),
    )
    manager.post(reverse("engagements:grant_open", args=[token]))

    assert place(manager, asked(manager)[0])[1] == left


def test_a_cookie_that_somebody_made_up_counts_nothing(manager):
    first = items(manager)[0]
    all_of_them = len(asked(manager))

    manager.cookies[settings.LINK_VISIT_COOKIE_NAME] = "made-up"

    assert place(manager, first)[1] == all_of_them


def test_the_list_of_what_was_answered_is_short_and_names_nobody(manager):
    answered(manager, items(manager)[0])

    cookie = manager.cookies[settings.LINK_VISIT_COOKIE_NAME]
    assert cookie["httponly"]
    assert len(cookie.value) < 200


def test_every_page_and_mail_promises_the_same_time(manager):
    templates = Path(settings.BASE_DIR) / "templates"
    places = [*templates.glob("engagements/grant_*"), *templates.glob("emails/*")]
    places += templates.glob("offboarding/link_*")
    promising = {path.name for path in places if "It takes" in path.read_text()}

    assert promising == {
        "grant_open.html",
        "link_tasks.html",
        *(f"{mail}_body.{end}" for mail in ("digest", "link_handed_on") for end in ("txt", "html")),
    }
    for path in places:
        if path.name in promising:
            assert "It takes a few minutes" in path.read_text()
    assert "It takes a few minutes." in manager.get(LIST).content.decode()
    assert (
        "It takes a few minutes."
        in Client(headers={"Accept-Language": "en"}).get("/l/whatever/").content.decode()
    )
