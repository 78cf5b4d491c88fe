"""The number beside an owner on the page of an engagement follows every tick."""

import datetime

import pytest
from django.urls import reverse
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

    shown = counts(hr_client.get(engagement.get_absolute_url()))

    assert shown == {f"lane-manager-{engagement.manager_id}": "· 8 open"}
