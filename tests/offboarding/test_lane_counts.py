"""The number beside an owner on the page of an engagement follows every tick."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from lxml import html

from tests.factories.engagements import EngagementFactory
from tests.factories.offboarding import ChecklistItemFactory

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def engagement(organisation):
    return EngagementFactory(organisation=organisation)


def counts(response):
    """Return the words beside each owner, by the id under which htmx finds them."""
    spans = html.fromstring(response.content.decode()).xpath("//*[starts-with(@id, 'lane-')]")
    return {span.get("id"): " ".join(span.text_content().split()) for span in spans}


def test_a_tick_brings_the_number_that_the_page_then_shows(hr_client, engagement):
    first, *_others = [ChecklistItemFactory(engagement=engagement) for _number in range(3)]
    ChecklistItemFactory(engagement=engagement, owner_role="it", owner=None)
    lane = f"lane-manager-{engagement.manager_id}"
    address = engagement.get_absolute_url()
    assert counts(hr_client.get(address)) == {lane: "· 3 open", "lane-it-nobody": "· 1 open"}

    ticked = hr_client.post(
        reverse("offboarding:item_complete", args=[first.public_id]), {"next": address}, **HTMX
    )

    assert counts(ticked) == {lane: "· 2 open"}
    assert b'hx-swap-oob="true"' in ticked.content
    assert counts(hr_client.get(address))[lane] == "· 2 open"


def test_what_is_due_much_later_is_counted_too(hr_client, engagement):
    for number in range(8):
        due_on = engagement.organisation.today() + datetime.timedelta(days=100 + number)
        ChecklistItemFactory(engagement=engagement, due_on=due_on)

    page = hr_client.get(engagement.get_absolute_url())

    assert counts(page) == {f"lane-manager-{engagement.manager_id}": "· 8 open"}
    assert "(3 of them due later)" in page.content.decode()


def task_of(engagement, role, due_in, **more):
    today = engagement.organisation.today()
    due_on = today + datetime.timedelta(days=due_in)
    return ChecklistItemFactory(engagement=engagement, owner_role=role, due_on=due_on, **more)


@pytest.fixture
def busy(engagement):
    """An engagement with tasks of every kind: late, soon, much later, from before, settled."""
    for due_in in (-3, 2, 5, 40, 60):
        task_of(engagement, "manager", due_in)
    task_of(engagement, "it", 6, owner=None)
    for due_in in (70, 80):
        task_of(engagement, "hr", due_in, owner=None)
    for due_in in (-50, -40, -30):
        task_of(engagement, "manager", due_in, is_backlog=True)
    for number in range(6):
        settled_at = timezone.now() - datetime.timedelta(days=number * 2)
        task_of(engagement, "it", -9, owner=None, state="done", settled_at=settled_at)
    return engagement


def numbers(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def sections(response):
    """Return the list of tasks: its headings with the number of rows under each, its folds."""
    (card,) = html.fromstring(response.content.decode()).xpath(
        "//section[@aria-labelledby='tasks']"
    )
    lanes = []
    for row in card.xpath("ul[@class='rows']/li"):
        if "rows-group" in row.get("class"):
            lanes.append([numbers(" ".join(row.xpath("span/text()"))), 0])
        else:
            lanes[-1][1] += 1
    folds = {
        " ".join(fold.xpath("summary/text()")).split()[0]: (
            numbers(fold.xpath("string(summary/span)")),
            len(fold.xpath("ul/li")),
        )
        for fold in card.xpath("details")
    }
    (total,) = card.xpath("//*[@id='task-counts']")
    return numbers(total.text_content()), lanes, folds, card


def test_every_number_is_that_of_the_rows_under_it(hr_client, busy):
    (total, done), lanes, folds, card = sections(hr_client.get(busy.get_absolute_url()))

    assert lanes == [[[5, 2], 3], [[1], 1]]
    for (number, *later), rows in lanes:
        assert number == rows + sum(later)
    assert folds == {"From": ([3], 3), "Settled": ([3, 6], 3)}
    assert (total, done) == (5 + 1 + 3 + 2, 6)
    assert "2 open tasks of others are due later." in card.text_content()
    assert "Show all 17" in card.text_content()


def test_with_all_of_it_in_sight_nothing_is_left_to_come(hr_client, busy):
    (total, done), lanes, folds, card = sections(hr_client.get(f"{busy.get_absolute_url()}?all"))

    assert lanes == [[[5], 5], [[1], 1], [[2], 2]]
    assert folds == {"From": ([3], 3), "Settled": ([6], 6)}
    assert (total, done) == (11, 6)
    assert "due later" not in card.text_content()
