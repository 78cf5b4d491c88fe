"""What asks for attention: decisions of HR on top, every address once, colours that mean it."""

import datetime

import pytest
from django.utils import timezone
from lxml import html

from dashboards.queries.attention import everything_waiting, rows_of
from engagements.models import EngagementChange
from notifications.models import Message
from offboarding.models import ChecklistItem
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.offboarding import ChecklistItemFactory

pytestmark = pytest.mark.usefixtures("monday")

DAY = datetime.timedelta(days=1)


def attention_rows(organisation):
    today = organisation.today()
    return rows_of(everything_waiting(today), today)


def request(organisation, name, days_ago=0):
    person = FreelancerFactory(organisation=organisation, full_name=name)
    engagement = EngagementFactory(organisation=organisation, freelancer=person)
    EngagementChange.objects.create(
        organisation=organisation,
        engagement=engagement,
        kind="end_as_planned",
        state="requested",
        old_ends_on=engagement.ends_on,
        requested_by="P. Bos",
        requested_at=timezone.now() - days_ago * DAY,
    )


def late(organisation, days, **values):
    engagement = EngagementFactory(organisation=organisation)
    ChecklistItemFactory(engagement=engagement, due_on=organisation.today() - days * DAY, **values)


def dead(contact, days_ago):
    Message.objects.create(
        organisation=contact.organisation,
        kind="digest",
        dedupe_key=f"digest:{contact.pk}:{days_ago}",
        contact=contact,
        state="dead",
        reason="refused",
        created_at=timezone.now() - days_ago * DAY,
        expires_at=timezone.now() + DAY,
    )


def test_a_decision_stands_above_what_others_are_late_with(organisation):
    late(organisation, 40, text_en="Collect the laptop")
    late(organisation, 2, text_en="Take access back", is_gate=True)
    request(organisation, "Fatima El Idrissi")

    shown = [(row.title, row.kind, row.word) for row in attention_rows(organisation)]

    assert shown == [
        ("Fatima El Idrissi: decide on “ends as planned”", "now", "Your turn"),
        ("Take access back", "bad", "Late"),
        ("Collect the laptop", "bad", "Late"),
    ]


def test_the_overview_shows_the_newest_request_however_many_wait(hr_client, organisation):
    for number in range(7):
        request(organisation, f"Person {number}", days_ago=10 - number)

    shown = html.fromstring(hr_client.get("/").content.decode())
    rows = shown.xpath("//section[@aria-labelledby='attention']//*[@class='item-title']/a")

    assert [row.text.split(":")[0] for row in rows] == [f"Person {n}" for n in (0, 1, 2, 3, 6)]


def test_an_address_that_refuses_mail_is_one_row(organisation):
    smit = ContactFactory(organisation=organisation, email="k.smit@veldam.example", name="K. Smit")
    bos = ContactFactory(organisation=organisation, email="p.bos@veldam.example", name="P. Bos")
    for days_ago in (0, 3, 5):
        dead(smit, days_ago)
    dead(bos, 1)

    shown = {row.title: row.meta for row in attention_rows(organisation)}

    assert shown == {
        "Mail to k.smit@veldam.example did not arrive": (
            "K. Smit · since Wed 18 Nov 10:00 · and 2 more messages"
        ),
        "Mail to p.bos@veldam.example did not arrive": "P. Bos · since Sun 22 Nov 10:00",
    }


def test_only_what_a_page_shows_is_read(organisation, django_assert_max_num_queries):
    for number in range(30):
        late(organisation, number + 1)
        dead(ContactFactory(organisation=organisation), number)
        request(organisation, f"Person {number}", days_ago=number)
    today = organisation.today()

    with django_assert_max_num_queries(6):
        waiting = everything_waiting(today)
    with django_assert_max_num_queries(1):
        shown = rows_of(waiting[:25], today)

    assert len(waiting) == 90
    assert shown == attention_rows(organisation)[:25]


def test_what_is_as_urgent_stands_in_the_order_of_its_kind(organisation):
    late(organisation, 3)
    engagement = EngagementFactory(
        organisation=organisation,
        starts_on=organisation.today() - 90 * DAY,
        ends_on=organisation.today() - 15 * DAY,
    )
    dead(ContactFactory(organisation=organisation), 15)

    kinds = [one.source for one in everything_waiting(organisation.today())]

    assert kinds == ["task", "message", "file"]
    assert attention_rows(organisation)[-1].url == engagement.get_absolute_url()


def test_what_was_settled_meanwhile_is_left_out(organisation):
    request(organisation, "Fatima El Idrissi")
    late(organisation, 3)
    dead(ContactFactory(organisation=organisation), 2)
    waiting = everything_waiting(organisation.today())
    EngagementChange.objects.update(state="declined", decided_at=timezone.now())
    ChecklistItem.objects.update(due_on=organisation.today())
    Message.objects.update(state="pending", reason="")

    assert len(waiting) == 3
    assert rows_of(waiting, organisation.today()) == []
