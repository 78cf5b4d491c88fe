"""The history of an engagement says which handover, which day, why, and to whom."""

import datetime

import pytest
from lxml import html

from core.actors import Actor
from engagements.operations import decide_change, request_change
from knowledge.operations import withdraw_deliverable
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import DeliverableFactory

pytestmark = pytest.mark.usefixtures("monday")

HR = Actor(label="Marieke Visser", user_id=1)


@pytest.fixture
def engagement(organisation):
    return EngagementFactory(organisation=organisation, ends_on=datetime.date(2026, 12, 1))


def lines(client, engagement):
    page = html.fromstring(client.get(engagement.get_absolute_url()).content.decode())
    return [line.text.strip() for line in page.xpath("//ol[@class='history']/li")]


def asked(engagement, kind="extension", day=datetime.date(2026, 12, 15)):
    asker = Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)
    return request_change(
        engagement_id=engagement.pk, kind=kind, new_ends_on=day, reason="Phase two", actor=asker
    )


def test_a_request_is_told_with_its_day_and_reason(hr_client, engagement):
    asked(engagement)

    assert lines(hr_client, engagement) == [
        "asked to move the last day from Tue 1 Dec to Tue 15 Dec: “Phase two”"
    ]


@pytest.mark.parametrize(
    ("approve", "line"),
    [
        (True, "moved the last day from Tue 1 Dec to Tue 15 Dec: “Phase two”"),
        (False, "declined to move the last day from Tue 1 Dec to Tue 15 Dec: “No money”"),
    ],
)
def test_a_decision_is_told_with_its_day_and_reason(hr_client, engagement, approve, line):
    change = asked(engagement)
    decide_change(change_id=change.pk, approve=approve, reason="No money", actor=HR)

    assert line in lines(hr_client, engagement)


def test_a_day_that_stays_is_told_as_such(hr_client, engagement):
    change = asked(engagement, kind="end_as_planned", day=None)
    decide_change(change_id=change.pk, approve=False, reason="Not yet", actor=HR)

    assert lines(hr_client, engagement) == [
        "declined to let it end on Tue 1 Dec: “Not yet”",
        "asked to let it end on Tue 1 Dec: “Phase two”",
    ]


def test_a_handover_is_told_by_its_title(hr_client, engagement):
    deliverable = DeliverableFactory(engagement=engagement, title="Koppeling met de zaken")
    fatima = Actor(
        label="Fatima", kind="link", contact_id=engagement.freelancer.business_contact_id
    )
    withdraw_deliverable(deliverable_id=deliverable.pk, actor=fatima)

    assert lines(hr_client, engagement) == ["withdrew the handover “Koppeling met de zaken”"]
