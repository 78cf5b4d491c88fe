"""Every large figure of the overview is the number of rows behind it."""

import datetime

import pytest
import time_machine
from lxml import html

from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import DeliverableFactory
from tests.factories.offboarding import ChecklistItemFactory

TODAY = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T09:00Z"):
        yield


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
    DeliverableFactory(engagement=leaver, submitted=True)
    DeliverableFactory(engagement=closed, submitted=True)
    DeliverableFactory(engagement=later)


@pytest.mark.parametrize(
    ("tile", "figure", "row"),
    [
        (0, 1, "//tbody/tr"),
        (1, 3, "//li[starts-with(@id, 'item-')]"),
        (2, 1, "//main//*[contains(@class, 'item-title')] | //tbody/tr"),
        (3, 2, "//tbody/tr"),
    ],
)
def test_a_tile_counts_the_rows_that_it_leads_to(hr_client, some, tile, figure, row):
    shown = page(hr_client.get("/")).xpath("//a[@class='tile']")[tile]

    assert shown.xpath("string(.//*[contains(@class, 'number')])") == str(figure)
    assert len(page(hr_client.get(shown.get("href"))).xpath(row)) == figure


def test_open_access_is_a_filter_that_can_be_taken_off(hr_client, some):
    found = page(hr_client.get("/engagements/", {"state": "ended", "access": "open"}))

    chips = {chip.text.strip(): chip.get("href") for chip in found.find_class("chip")}
    assert chips == {"access still open": "?state=ended"}
