"""Closing a file cancels open tasks, and the page says which before it does."""

import datetime

import pytest
from lxml import html

from offboarding.models import ChecklistItem
from tests.factories.engagements import EngagementFactory
from tests.factories.offboarding import ChecklistItemFactory


@pytest.fixture
def tasks():
    """Add to an engagement two open tasks, one that holds closing up, and one that is done."""

    def add(engagement):
        now = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)
        ChecklistItemFactory(engagement=engagement, text_en="Say goodbye")
        ChecklistItemFactory(engagement=engagement, text_en="Thank the team", owner=None)
        ChecklistItemFactory(engagement=engagement, text_en="Take access back", is_gate=True)
        ChecklistItemFactory(
            engagement=engagement, text_en="Plan the talk", state="done", settled_at=now
        )
        return engagement

    return add


@pytest.fixture
def ended(organisation, tasks):
    day = organisation.today() - datetime.timedelta(days=3)
    return tasks(EngagementFactory(organisation=organisation, ends_on=day))


def shown(client, engagement):
    """Return the heading of the card and the tasks in it."""
    response = client.get(f"/engagements/{engagement.public_id}/close/")
    cards = html.fromstring(response.content.decode()).xpath(
        "//section[@aria-labelledby='cancelled']"
    )
    return [
        (
            card.xpath("normalize-space(.//h2)"),
            [title.text_content() for title in card.find_class("item-title")],
        )
        for card in cards
    ]


def test_the_page_names_exactly_what_closing_then_cancels(hr_client, ended):
    ((heading, named),) = shown(hr_client, ended)
    assert heading == "These 2 open tasks will be cancelled"

    page = hr_client.get(f"/engagements/{ended.public_id}/close/")
    reasons = dict.fromkeys(page.context["form"].fields, "Not needed")
    hr_client.post(f"/engagements/{ended.public_id}/close/", reasons)

    ended.refresh_from_db()
    assert ended.closed_at
    cancelled = ChecklistItem.objects.filter(state="cancelled").values_list("text_en", flat=True)
    assert sorted(cancelled) == sorted(named) == ["Say goodbye", "Thank the team"]


def test_the_preview_before_the_end_names_them_too(hr_client, organisation, tasks):
    running = tasks(EngagementFactory(organisation=organisation))

    ((_heading, named),) = shown(hr_client, running)

    assert sorted(named) == ["Say goodbye", "Thank the team"]


def test_nothing_is_said_where_nothing_is_open(hr_client, organisation):
    day = organisation.today() - datetime.timedelta(days=3)

    assert shown(hr_client, EngagementFactory(organisation=organisation, ends_on=day)) == []
