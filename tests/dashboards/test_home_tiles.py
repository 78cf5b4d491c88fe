"""Every large figure of the overview is the number of rows behind it."""

import datetime

import pytest
from lxml import html

from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import TopicFactory
from tests.factories.offboarding import ChecklistItemFactory

pytestmark = pytest.mark.usefixtures("monday")

TODAY = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)


def ending(organisation, days, **values):
    return EngagementFactory(
        organisation=organisation,
        starts_on=TODAY - 300 * DAY,
        ends_on=TODAY + days * DAY,
        **values,
    )


def page(response):
    return html.fromstring(response.content.decode())


def access_task(engagement, **values):
    return ChecklistItemFactory(
        engagement=engagement,
        subject="access",
        is_gate=True,
        due_on=TODAY + 3 * DAY,
        **values,
    )


@pytest.fixture
def some(organisation):
    now = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
    leaver, later = ending(organisation, 8), ending(organisation, 90)
    gone, other = ending(organisation, -3), ending(organisation, -40)
    ending(organisation, -5)  # ended, without a task for its access
    settled = ending(organisation, -6)
    closed, off = ending(organisation, -7, closed_at=now), ending(organisation, 9, cancelled_at=now)
    for engagement in (gone, other, leaver, closed):
        access_task(engagement)
    access_task(settled, state="done", settled_at=now)
    for engagement in (leaver, leaver, later, closed, off):
        ChecklistItemFactory(engagement=engagement, due_on=TODAY - DAY)
    for engagement in (leaver, closed, off):
        TopicFactory(engagement=engagement, criticality=5)


@pytest.mark.parametrize(
    ("tile", "figure", "row"),
    [
        (0, 1, "//tbody/tr"),
        (1, 1, "//*[@id='outside']//li"),
        (2, 3, "//li[starts-with(@id, 'item-')]"),
        (3, 2, "//tbody/tr"),
    ],
)
def test_a_tile_counts_the_rows_that_it_leads_to(hr_client, some, tile, figure, row):
    shown = page(hr_client.get("/")).xpath("//a[@class='tile']")[tile]

    assert shown.xpath("string(.//*[contains(@class, 'number')])") == str(figure)
    assert len(page(hr_client.get(shown.get("href"))).xpath(row)) == figure


def leaks(hr_client):
    shown = page(hr_client.get("/")).xpath("//a[@class='tile']")[1]
    return tuple(part.text.strip() for part in shown)


def test_without_topics_nobody_knows_what_leaks(hr_client, organisation):
    ending(organisation, 8)

    unknown = "not known yet: nobody said what there is to know"
    assert leaks(hr_client) == ("Knowledge leaks", "–", unknown)


def test_no_leak_is_said_only_of_what_is_known(hr_client, organisation):
    TopicFactory(engagement=ending(organisation, 8), criticality=3)
    other = ending(organisation, 9)
    unknown = "not known yet of 1 engagement"
    assert leaks(hr_client) == ("Knowledge leaks", "0", unknown)

    TopicFactory(engagement=other, criticality=3)
    said = "critical topics that nobody inside has received"
    assert leaks(hr_client) == ("Knowledge leaks", "0", said)


def test_open_access_is_a_filter_that_can_be_taken_off(hr_client, some):
    found = page(hr_client.get("/engagements/", {"state": "ended", "access": "open"}))

    chips = {chip.text.strip(): chip.get("href") for chip in found.find_class("chip")}
    assert chips == {"access still open": "?state=ended"}
