"""A new organisation reads what to do first; with the first engagement that is gone."""

import pytest
from lxml import html

from tests.factories.engagements import EngagementFactory
from tests.factories.offboarding import RoleHolderFactory


def first_steps(client):
    """Return the text and the addresses of the card, or None without one."""
    page = html.fromstring(client.get("/").content.decode())
    cards = page.xpath("//section[@aria-labelledby='first-steps']")
    assert bool(cards) != bool(page.find_class("tiles"))
    return (
        (" ".join(cards[0].text_content().split()), cards[0].xpath(".//a/@href")) if cards else None
    )


def test_the_steps_lead_to_import_planning_and_roles(hr_client, organisation):
    RoleHolderFactory(organisation=organisation, role="it")
    RoleHolderFactory(organisation=organisation, role="security")

    words, urls = first_steps(hr_client)

    assert "2 of 7 roles are filled" in words
    assert urls == ["/engagements/import/", "/engagements/new/", "/settings/roles/"]
    for url in urls:
        assert hr_client.get(url).status_code == 200


@pytest.mark.parametrize(("role", "invites"), [("admin", True), ("hr", False), ("auditor", False)])
def test_only_who_may_invite_is_asked_to(hr, hr_client, role, invites):
    hr.role = role
    hr.save()

    words, urls = first_steps(hr_client)

    assert ("Invite your colleagues" in words) is invites
    assert ("/settings/members/invite/" in urls) is invites
    assert ("/engagements/new/" in urls) is (role != "auditor")


def test_they_are_gone_with_the_first_engagement(hr_client, organisation):
    EngagementFactory(organisation=organisation)

    assert first_steps(hr_client) is None
