"""Which part of the knowledge insiders received: by the rules, by the SQL and on the page."""

import csv
import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core.periods import Period
from knowledge.models import Confirmation, Receiver
from knowledge.queries import shares_in
from knowledge.queries.shares import RECEIVED
from knowledge.rules import LEVELS, Received, Word, received_between
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory
from tests.factories.knowledge import ConfirmationFactory, ReceiverFactory, TopicFactory

D = Decimal


@pytest.fixture
def year(organisation):
    today = organisation.today()
    return Period(today.replace(month=1, day=1), today.replace(month=12, day=31))


@pytest.fixture
def departments(organisation):
    return [DepartmentFactory(organisation=organisation, name=name) for name in ("Zorg", "beheer")]


def topic(organisation, department, criticality=4, **engagement):
    made = EngagementFactory(organisation=organisation, department=department, **engagement)
    return TopicFactory(engagement=made, criticality=criticality)


def says(topic, answer="performed", at=None, contact=None, *, is_external=False, **more):
    person = contact or ContactFactory(organisation=topic.organisation, is_external=is_external)
    receiver = Receiver.objects.filter(topic=topic, contact=person, released_at=None).first()
    return ConfirmationFactory(
        receiver=receiver or ReceiverFactory(topic=topic, contact=person),
        answer=answer,
        is_external=is_external,
        at=at or timezone.now(),
        **more,
    )


def test_departments_stand_by_name_with_what_arrived(organisation, departments, year):
    care, control = departments
    says(topic(organisation, care, 5))
    says(topic(organisation, care, 2), "received", is_external=True)
    topic(organisation, control)

    shares = shares_in(organisation, year)

    assert [share.department.name for share in shares.departments] == ["beheer", "Zorg"]
    nothing, some = shares.departments
    assert (nothing.topics, nothing.received_topics, nothing.received.inside_percent) == (
        1,
        0,
        None,
    )
    assert (some.topics, some.received_topics, some.insiders, some.outsiders) == (2, 2, 1, 1)
    assert some.received == Received(inside=D("5.00"), outside=D("1.00"))
    assert shares.total.received.inside_percent == D("83.3")
    assert (shares.total.topics, shares.total.received_topics) == (3, 2)


def test_a_word_counts_for_what_it_adds_also_after_somebody_was_named_again(
    organisation, departments, year
):
    one = topic(organisation, departments[0])
    now = timezone.now()
    first = says(one, "received", now - timedelta(hours=3))
    first.receiver.released_at, first.receiver.released_reason = now, "Weg"
    first.receiver.save()
    says(one, "performed", now - timedelta(hours=2), first.receiver.contact)
    says(one, "explained", now - timedelta(hours=1), first.receiver.contact)

    share = shares_in(organisation, year).total

    assert (share.received.inside, share.insiders) == (D("4.00"), 1)


@pytest.mark.parametrize("reason", ["taken back", "a question", "cancelled", "only proposed"])
def test_what_was_not_so_counts_for_nothing(reason, organisation, departments, year):
    one = topic(organisation, departments[0])
    said = says(one, "not_yet" if reason == "a question" else "performed")
    if reason == "taken back":
        said.withdrawn_at, said.withdrawn_reason = timezone.now(), "Vergissing"
        said.save()
    elif reason == "cancelled":
        one.engagement.cancelled_at = timezone.now()
        one.engagement.save()
    elif reason == "only proposed":
        one.state, one.agreed_at = "proposed", None
        one.save()

    assert shares_in(organisation, year).total.received == Received()


def test_days_are_those_of_the_organisation(organisation, departments):
    # Half past eleven on New Year's Eve in London is the next year already in Amsterdam.
    moment = datetime.fromisoformat("2025-12-31T23:30:00+00:00")
    says(topic(organisation, departments[0]), at=moment)
    january = Period(moment.date() + timedelta(days=1), moment.date() + timedelta(days=31))
    december = Period(moment.date() - timedelta(days=30), moment.date())

    assert shares_in(organisation, january).total.received.inside == 4
    assert shares_in(organisation, december).total.received == Received()


def test_the_sql_says_what_the_rules_say(organisation, departments):
    dice = random.Random(9)
    now = timezone.now()
    contacts = ContactFactory.create_batch(6, organisation=organisation)
    topics = [
        topic(organisation, dice.choice(departments), dice.randint(1, 5), may_overlap=True)
        for _number in range(40)
    ]
    receivers = [
        ReceiverFactory(topic=one, contact=contact)
        for one in topics
        for contact in dice.sample(contacts, 2)
    ]
    Confirmation.objects.bulk_create(
        Confirmation(
            organisation=organisation,
            receiver=receiver,
            answer=answer,
            words="Ik kan het nu zelf.",
            is_external=dice.random() < 0.4,
            said_by="x",
            at=now - timedelta(minutes=dice.randint(0, 600 * 24 * 60)),
        )
        for receiver in receivers
        for answer in dice.sample(LEVELS, dice.randint(0, 3))
    )
    period = Period(now.date() - timedelta(days=400), now.date() - timedelta(days=100))

    shares = shares_in(organisation, period)

    words = defaultdict(list)
    for said in Confirmation.objects.select_related("receiver__topic__engagement"):
        about = said.receiver.topic
        words[about.engagement.department_id].append(
            Word(
                said.receiver_id,
                about.criticality,
                said.answer,
                said.is_external,
                said.at.astimezone(organisation.zone),
            )
        )
    bounds = [
        datetime.combine(day, datetime.min.time(), organisation.zone)
        for day in (period.first, period.last + timedelta(days=1))
    ]
    by_rules = {key: received_between(some, *bounds) for key, some in words.items()}
    by_sql = {share.department.pk: share.received for share in shares.departments}
    assert by_sql == by_rules
    assert shares.total.received == sum(by_rules.values(), Received())
    assert shares.total.received.inside > 0 < shares.total.received.outside


def test_what_arrived_is_read_from_an_index_alone(organisation, year):
    given = {"organisation": organisation.pk, "start": year.first, "end": year.last}

    with connection.cursor() as cursor:
        # Tables of a few rows are read at once, whatever indexes they have.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {RECEIVED}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Only Scan using topic_gain_by_time" in plan


def test_the_files_hold_what_the_page_shows(organisation, departments, year, hr_client):
    says(topic(organisation, departments[0], 3), "explained")
    says(topic(organisation, departments[1], 1), "received", is_external=True)
    page = hr_client.get(reverse("dashboards:received_report"))
    sheet = hr_client.get(reverse("dashboards:received_export", args=["csv"]))
    book = hr_client.get(reverse("dashboards:received_export", args=["xlsx"]))

    text = sheet.getvalue().decode("utf-8-sig")
    cells = list(csv.reader(text.splitlines(), delimiter=";" if ";" in text else ","))
    rows = list(load_workbook(BytesIO(book.getvalue())).active.iter_rows(values_only=True))

    shown = page.context["shares"]
    assert [row[0] for row in cells[1:]] == ["beheer", "Zorg", cells[-1][0]]
    assert [row[0] for row in rows[1:]] == [row[0] for row in cells[1:]]
    assert [row[7] for row in rows[1:]] == [0, 100, float(shown.total.received.inside_percent)]
    assert len(rows[0]) == 9


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?period=2019-q9",
        "?first=yesterday",
        "?first=2026-05-01&last=2026-04-01",
        "?first=0001-01-01",
        "?last=9999-12-31",
    ],
)
def test_a_period_that_makes_no_sense_is_this_year(address, year, hr_client):
    answer = hr_client.get(reverse("dashboards:received_report") + address)

    assert answer.status_code == 200
    assert answer.context["shares"].period == year


@pytest.mark.parametrize(
    ("address", "first", "last"),
    [
        ("?first={y}-02-03&last={y}-02-04", "{y}-02-03", "{y}-02-04"),
        ("?last={y}-02-04", "{y}-01-01", "{y}-02-04"),
        ("?first={y}-02-03", "{y}-02-03", "{y}-12-31"),
        ("?period={p}", "{p}-01-01", "{p}-12-31"),
    ],
)
def test_the_address_says_which_days(address, first, last, organisation, hr_client):
    names = {"y": organisation.today().year, "p": organisation.today().year - 1}

    answer = hr_client.get(reverse("dashboards:received_report") + address.format(**names))

    period = answer.context["shares"].period
    assert (str(period.first), str(period.last)) == (first.format(**names), last.format(**names))


def test_an_empty_report_says_what_to_do(hr_client):
    answer = hr_client.get(reverse("dashboards:received_report"))

    assert reverse("dashboards:knowledge_map") in answer.content.decode()
    assert answer.context["shares"].departments == ()


def test_a_file_of_an_unknown_kind_is_not_there(hr_client):
    assert hr_client.get(reverse("dashboards:received_export", args=["pdf"])).status_code == 404


def test_many_departments_need_few_queries(
    organisation, departments, hr_client, django_assert_max_num_queries
):
    for number in range(20):
        department = DepartmentFactory(organisation=organisation, name=f"Afdeling {number}")
        says(topic(organisation, department))

    with django_assert_max_num_queries(12):
        answer = hr_client.get(reverse("dashboards:received_report"))

    assert len(answer.context["shares"].departments) == 20


def test_the_map_leads_to_the_report_and_stays_marked_in_the_navigation(hr_client):
    page = hr_client.get(reverse("dashboards:received_report"))
    map_page = hr_client.get(reverse("dashboards:knowledge_map"))

    marked = [item.url for item in page.context["nav_items"] if item.is_current]
    assert marked == [reverse("dashboards:knowledge_map")]
    assert reverse("dashboards:received_report") in map_page.content.decode()
