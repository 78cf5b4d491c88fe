"""The line from welcome to farewell says "done" only of what somebody did."""

import datetime

import pytest
import time_machine
from django.utils import timezone
from lxml import html

from core.actors import Actor
from engagements.operations import confirm_end, issue_grant, move_end, request_change
from tests.factories.engagements import EngagementFactory
from tests.factories.offboarding import ChecklistItemFactory

pytestmark = pytest.mark.usefixtures("monday")

TODAY = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)
HR = Actor(label="Marieke Visser", user_id=1)


@pytest.fixture
def engagement(organisation):
    return EngagementFactory(
        organisation=organisation, starts_on=TODAY - 90 * DAY, ends_on=TODAY + 20 * DAY
    )


@pytest.fixture
def ended(organisation):
    return EngagementFactory(
        organisation=organisation, starts_on=TODAY - 90 * DAY, ends_on=TODAY - DAY
    )


def page(client, engagement):
    return html.fromstring(client.get(engagement.get_absolute_url()).content.decode())


def station(client, engagement, label):
    """Return whether a station is done, and its note."""
    (found,) = page(client, engagement).xpath(f"//ol[@class='relay']/li[strong='{label}']")
    return "Done" in found.text_content(), found.xpath("string(span)")


def tasks(engagement, phase, *states):
    for state in states:
        ChecklistItemFactory(
            engagement=engagement,
            phase=phase,
            state=state,
            reason="Not here",
            settled_at=None if state == "open" else timezone.now(),
        )


@pytest.mark.parametrize(
    ("states", "is_done", "note"),
    [
        (["done", "waived"], True, "Tue 25 Aug"),
        (["done", "open", "open"], False, "Tue 25 Aug · 1 of 3 done"),
        (["open"], False, "Tue 25 Aug · 0 of 1 done"),
        ([], True, "Tue 25 Aug"),
    ],
)
def test_welcome_is_done_when_its_tasks_are(hr_client, engagement, states, is_done, note):
    tasks(engagement, "onboarding", *states)
    tasks(engagement, "offboarding", "open")

    assert station(hr_client, engagement, "Welcome") == (is_done, note)


def test_welcome_is_not_done_before_the_first_day(hr_client, organisation):
    planned = EngagementFactory(
        organisation=organisation, starts_on=TODAY + DAY, ends_on=TODAY + 90 * DAY
    )

    assert station(hr_client, planned, "Welcome")[0] is False


@pytest.mark.parametrize(
    ("states", "is_done"), [(["done", "open"], False), ([], False), (["done", "waived"], True)]
)
def test_farewell_takes_more_than_a_last_day_that_is_past(hr_client, ended, states, is_done):
    tasks(ended, "offboarding", *states)

    assert station(hr_client, ended, "Farewell")[0] is is_done


def test_farewell_is_done_in_a_closed_file_and_what_nobody_did_is_not(hr_client, ended):
    tasks(ended, "onboarding", "done", "cancelled")
    ended.closed_at = timezone.now()
    ended.save()

    assert station(hr_client, ended, "Farewell")[0]
    assert station(hr_client, ended, "Welcome") == (False, "Tue 25 Aug · 1 of 2 done")
    assert station(hr_client, ended, "Decision on the end") == (False, "")


def asked(engagement):
    asker = Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)
    return request_change(
        engagement_id=engagement.pk,
        kind="extension",
        new_ends_on=engagement.ends_on + 14 * DAY,
        reason="",
        actor=asker,
    )


def test_a_decision_that_is_only_asked_for_is_not_taken(hr_client, engagement):
    asked(engagement)

    assert station(hr_client, engagement, "Decision on the end") == (False, "asked: extension")


def test_whoever_ticked_the_step_has_decided_until_the_end_moves(hr_client, engagement):
    ChecklistItemFactory(
        engagement=engagement,
        phase="offboarding",
        code="OF01",
        state="done",
        settled_at=timezone.now(),
        settled_by="Peter Bos",
    )
    assert station(hr_client, engagement, "Decision on the end")[0]

    moved(engagement, 200, "extension")
    assert station(hr_client, engagement, "Decision on the end") == (False, "")


def test_a_new_request_stands_above_what_was_decided_before(hr_client, engagement):
    confirm_end(engagement_id=engagement.pk, kind="end_as_planned", reason="", actor=HR)
    assert station(hr_client, engagement, "Decision on the end") == (True, "ends as planned")

    asked(engagement)
    assert station(hr_client, engagement, "Decision on the end") == (False, "asked: extension")


def test_a_moved_end_is_a_decision_and_a_past_day_is_none(hr_client, engagement, ended):
    move_end(
        engagement_id=engagement.pk,
        new_ends_on=engagement.ends_on + 14 * DAY,
        kind="extension",
        reason="",
        actor=HR,
    )

    assert station(hr_client, engagement, "Decision on the end") == (True, "extension")
    assert station(hr_client, ended, "Decision on the end") == (False, "")


def moved(engagement, days, kind):
    engagement.refresh_from_db()
    return move_end(
        engagement_id=engagement.pk,
        new_ends_on=engagement.ends_on + days * DAY,
        kind=kind,
        reason="",
        actor=HR,
    )


def line(client, engagement):
    """Return the stations in their order, with their notes."""
    stations = page(client, engagement).xpath("//ol[@class='relay']/li")
    return [(found.xpath("string(strong)"), found.xpath("string(span)")) for found in stations]


def test_an_extension_shows_the_first_and_the_new_end_before_what_is_still_ahead(
    hr_client, engagement
):
    moved(engagement, 100, "extension")

    assert line(hr_client, engagement) == [
        ("Welcome", "Tue 25 Aug"),
        ("Extended", "from Sun 13 Dec to Tue 23 Mar 2027"),
        ("Knowledge agreement", "not yet made"),
        ("Handover", "0 of 140 points"),
        ("Decision on the end", ""),
        ("Exit interview", ""),
        ("Farewell", "Tue 23 Mar 2027"),
    ]
    assert station(hr_client, engagement, "Extended")[0]
    facts = page(hr_client, engagement).xpath("string(//section[@aria-labelledby='facts']//dd)")
    assert "at first until Sun 13 Dec" in facts


@pytest.mark.parametrize(
    ("moves", "stop"),
    [
        (
            [(30, "extension"), (40, "extension")],
            ("Extended", "from Sun 13 Dec to Sun 21 Feb 2027"),
        ),
        ([(-5, "shortening")], ("End brought forward", "from Sun 13 Dec to Tue 8 Dec")),
        ([(3, "correction"), (7, "extension")], ("Extended", "from Wed 16 Dec to Wed 23 Dec")),
        ([(30, "extension"), (-30, "shortening")], None),
        ([(3, "correction")], None),
    ],
)
def test_several_moves_are_one_stop_and_a_mistake_was_never_agreed(
    hr_client, engagement, moves, stop
):
    for days, kind in moves:
        moved(engagement, days, kind)

    stops = line(hr_client, engagement)

    assert stops[1:-5] == ([stop] if stop else [])
    assert len(stops) == 6 + bool(stop)


def test_an_extension_long_before_the_new_end_leaves_that_decision_ahead(hr_client, engagement):
    moved(engagement, 200, "extension")

    assert station(hr_client, engagement, "Decision on the end") == (False, "")


def test_a_person_used_a_link_when_any_of_their_links_was_used(hr_client, engagement):
    older, _token = issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"]
    )
    older.last_used_at = timezone.now() - datetime.timedelta(minutes=5)
    older.save()
    with time_machine.travel("2026-11-23T09:01Z"):
        issue_grant(contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"])

        (row,) = page(hr_client, engagement).xpath("//section[@aria-labelledby='links']//li")

    assert "not used" not in row.text_content()
    assert "used Mon 23 Nov 09:55" in " ".join(row.text_content().split())


@pytest.mark.parametrize(("who", "look"), [("engagement", "secondary"), ("ended", "primary")])
def test_closing_is_the_first_thing_to_do_only_after_the_end(hr_client, request, who, look):
    engagement = request.getfixturevalue(who)

    (button,) = page(hr_client, engagement).xpath(
        "//*[@class='page-head']//a[contains(., 'Close')]"
    )

    assert button.get("class") == f"btn btn-{look}"
