"""What the database keeps of topics for lists is what they are made of, whatever changes."""

import contextlib
import io
import random
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from core.models import Contact
from dashboards.queries.knowledge_map import knowledge_map
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import Confirmation, Deliverable, Receiver, Topic, TopicGain, TopicStanding
from knowledge.queries import map_figures, standing_faults, topic_figures
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory
from tests.factories.knowledge import (
    ConfirmationFactory,
    ReceiverFactory,
    TopicFactory,
    TopicHandoverFactory,
)
from tests.races import just_behind


def check():
    output = io.StringIO()
    call_command("check_standings", stdout=output)
    return output.getvalue()


def some_topics(organisation, count):
    """Topics of every kind: received or not, written or not, urgent or not."""
    dice = random.Random(4)
    departments = [DepartmentFactory(organisation=organisation, name=name) for name in "ABC"]
    today = organisation.today()
    made = []
    for number in range(count):
        days = dice.choice([-3, 0, 14, 15, 42, 43, 91, 92, 182, 183])
        engagement = EngagementFactory(
            organisation=organisation,
            department=dice.choice(departments),
            starts_on=today - timedelta(days=100),
            ends_on=today + timedelta(days=days),
        )
        title = f"{dice.choice(['Koppeling', 'koppeling', 'Éénmalig', 'Beheer'])} {number % 12}"
        one = TopicFactory(engagement=engagement, title=title, criticality=dice.randint(1, 5))
        for _receiver in range(dice.choice([0, 0, 1, 2, 3])):
            contact = ContactFactory(organisation=organisation, is_external=dice.random() < 0.5)
            ConfirmationFactory(
                receiver=ReceiverFactory(topic=one, contact=contact),
                answer=dice.choice(["received", "explained", "performed", "not_yet"]),
            )
        if dice.random() < 0.5:
            link = TopicHandoverFactory(topic=one)
            link.deliverable.check_on = today + timedelta(days=dice.choice([-1, 0, 1]))
            link.deliverable.save()
        made.append(one)
    return made


@pytest.fixture
def topics(organisation):
    return some_topics(organisation, 40)


@pytest.fixture
def few(organisation):
    return some_topics(organisation, 9)


def test_the_map_adds_up_what_topics_say_one_by_one(organisation, topics):
    on = organisation.today()
    all_of_them = topic_figures(organisation, on=on)
    ordered = sorted(all_of_them, key=lambda one: (-one.risk, one.title.lower()))
    kept = {one.topic_id: one for one in all_of_them}
    some = topic_figures(organisation, engagements=[one.engagement_id for one in topics], on=on)

    shown = map_figures(organisation, on=on, page=2, size=15)

    assert kept == {one.topic_id: one for one in some}  # what is kept, and the rows themselves
    assert list(shown.listed) == ordered[15:30]
    outside = [one for one in ordered if one.insiders == 0]
    assert (list(shown.outside), shown.outside_total) == (outside[:10], len(outside))
    leaking = [one for one in outside if rules.is_at_risk(one.as_risk)]
    assert 0 < shown.critical_outside == len(leaking) < len(outside)
    assert (shown.total, list(shown.worst)) == (len(topics), ordered[:1])
    assert shown.departments == {one.department_id for one in all_of_them}
    _columns_and_cells(shown, ordered)


def _columns_and_cells(shown, ordered):
    by_title = {}
    for one in ordered:
        by_title.setdefault(one.title.lower(), []).append(one)
    weights = {title: sum(one.criticality for one in ones) for title, ones in by_title.items()}
    heaviest = sorted(by_title, key=lambda title: -weights[title])[:8]
    assert shown.titles == len(by_title)
    assert shown.columns == tuple(by_title[title][0].title for title in heaviest)
    for place, title in enumerate(heaviest):
        for department in shown.departments:
            ones = [one for one in by_title[title] if one.department_id == department]
            weakest = min(ones, key=lambda one: one.covered, default=None)
            assert shown.cells.get((department, place)) == (weakest and (weakest, len(ones)))


@pytest.mark.parametrize(
    ("page", "number", "first"),
    [
        *[("1", 1, 0), ("3", 3, 30), ("4", 3, 30), ("0", 3, 30), ("-1", 3, 30), ("x", 1, 0)],
        *[("9" * 30, 3, 30), (None, 1, 0)],
    ],
)
def test_a_page_that_there_is_not_is_the_last_one(page, number, first, organisation, topics):
    on = organisation.today()
    everything = knowledge_map(organisation, on=on, size=100).spots

    shown = knowledge_map(organisation, on=on, page=page, size=15)

    assert shown.page.number == number
    assert shown.spots == everything[first : first + 15]


def test_text_and_department_narrow_the_map_and_not_the_trend(organisation, topics):
    on = organisation.today()
    department = next(one for one in topics if one.title.startswith("Één")).engagement.department

    shown = knowledge_map(organisation, on=on, department=department, text="ÉÉN", size=100)

    assert shown.spots
    assert {spot.figures.department_id for spot in shown.spots} == {department.pk}
    assert {spot.figures.title[:8] for spot in shown.spots} == {"Éénmalig"}
    assert shown.figures.sums == knowledge_map(organisation, on=on).figures.sums
    nothing = knowledge_map(organisation, on=on, text="staat er niet")
    assert (nothing.spots, nothing.rows, nothing.worst, nothing.page.number) == ([], (), [], 1)


CHANGES = {
    "topic dropped": lambda: Topic.objects.update(state="dropped", dropped_reason="Klaar"),
    "topic proposed": lambda: Topic.objects.update(state="proposed"),
    "title": lambda: Topic.objects.filter(pk=first(Topic)).update(title="Iets anders"),
    "criticality": lambda: Topic.objects.update(criticality=5),
    "closed": lambda: Engagement.objects.update(closed_at=timezone.now()),
    "cancelled": lambda: Engagement.objects.filter(pk=first(Engagement)).update(
        cancelled_at=timezone.now(), cancel_reason="Nooit begonnen"
    ),
    "withdrawn": lambda: Confirmation.objects.exclude(answer="not_yet").update(
        withdrawn_at=timezone.now(), withdrawn_reason="Fout"
    ),
    "released": lambda: Receiver.objects.update(
        asked_at=None, released_at=timezone.now(), released_reason="Weg"
    ),
    "handover taken back": lambda: Deliverable.objects.update(state="submitted", decided_at=None),
    "checked": lambda: Deliverable.objects.update(check_on=None),
    "words gone": lambda: Confirmation.objects.all().delete(),
    "receiver gone": lambda: (
        Confirmation.objects.all().delete(),
        Receiver.objects.filter(pk=first(Receiver)).delete(),
    ),
    "link gone": lambda: Topic.objects.get(pk=written()).handovers.all().delete(),
    "topic gone": lambda: TopicFactory(engagement_id=first(Engagement)).delete(),
    "another department": lambda: Engagement.objects.update(
        department=DepartmentFactory(organisation=Engagement.objects.first().organisation)
    ),
    "said earlier": lambda: Confirmation.objects.filter(pk=first(Confirmation)).update(
        at=timezone.now() - timedelta(days=9)
    ),
    "from outside": lambda: Confirmation.objects.update(is_external=True),
    "another receiver": lambda: Receiver.objects.filter(pk=first(Receiver)).update(
        contact=ContactFactory(organisation=Engagement.objects.first().organisation)
    ),
    "opened again": lambda: (
        Engagement.objects.update(closed_at=timezone.now()),
        Engagement.objects.update(closed_at=None),
    ),
}


def first(model):
    return model.objects.order_by("pk").values_list("pk", flat=True)[0]


def written():
    return TopicStanding.objects.filter(is_written=True).order_by("pk")[0].pk


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_followed(change, organisation, few):
    assert check().startswith("9 topics of 1 organisations are right.")

    CHANGES[change]()

    assert standing_faults(organisation) == []


def test_a_session_that_looks_through_no_schema_is_followed(organisation, few):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")  # as `pg_restore --data-only` loads rows
        cursor.execute("UPDATE public.knowledge_topic SET criticality = 6 - criticality")
        cursor.execute("SET LOCAL search_path TO DEFAULT")

    assert standing_faults(organisation) == []


def test_what_a_standing_is_not_made_of_changes_nothing(organisation, few):
    before = _versions()

    Topic.objects.update(why="Daarom")
    Receiver.objects.update(named_by="Iemand")
    Engagement.objects.update(title="Beheer")
    Deliverable.objects.update(title="Runbook")
    Contact.objects.update(is_external=True)

    assert _versions() == before
    assert standing_faults(organisation) == []


def _versions():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'standing', topic_id, ctid::text FROM knowledge_topicstanding"
            " UNION ALL SELECT 'gain', word_id, ctid::text FROM knowledge_topicgain ORDER BY 1, 2"
        )
        return cursor.fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE knowledge_topicstanding SET criticality = criticality % 5 + 1",
        "DELETE FROM knowledge_topicstanding",
        "UPDATE knowledge_topicstanding SET holders = '{}', levels = '{}'",
        "UPDATE knowledge_topicgain SET weight = weight + 1",
        "DELETE FROM knowledge_topicgain",
    ],
)
def test_a_fault_is_named(sql, organisation, few):
    with connection.cursor() as cursor:
        cursor.execute(sql)

    with pytest.raises(CommandError, match=rf"{organisation.slug}: topic \d+, .* faults"):
        check()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_closing_first", [True, False])
def test_a_file_that_closes_and_a_topic_that_comes_wait_for_each_other(
    is_closing_first, organisation
):
    engagement = EngagementFactory(organisation=organisation)

    def close():
        Engagement.objects.filter(pk=engagement.pk).update(closed_at=timezone.now())

    def add():
        TopicFactory(engagement=engagement)

    just_behind(organisation, *((close, add) if is_closing_first else (add, close)))

    assert not TopicStanding.objects.exists()
    assert standing_faults(organisation) == []


@pytest.mark.django_db(transaction=True)
def test_two_words_about_one_topic_both_count(organisation):
    topic = TopicFactory(engagement__organisation=organisation, criticality=5)
    receivers = ReceiverFactory.create_batch(2, topic=topic)

    def say(receiver):
        return lambda: ConfirmationFactory(receiver=receiver, answer="performed")

    just_behind(organisation, say(receivers[0]), say(receivers[1]))

    assert len(TopicStanding.objects.get().holders) == 2
    assert TopicGain.objects.count() == 2
    assert standing_faults(organisation) == []


TABLES = ("knowledge_topic", "knowledge_receiver", "knowledge_confirmation")
MANY = 500


@pytest.mark.django_db
@pytest.mark.parametrize("were_deleted", [False, True])
def test_many_rows_are_read_once_whatever_was_there_before(were_deleted, organisation):
    """A plan for an empty table would go through all of it for every row of many.

    Either the connection keeps one from the time when there were few, or PostgreSQL takes for empty
    what was emptied and has filled up since.
    """
    engagement = EngagementFactory(organisation=organisation)
    if were_deleted:
        with contextlib.suppress(RolledBackError), transaction.atomic():
            receive_many(engagement)
            raise RolledBackError
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")
    for _ in range(12):  # from the sixth time on PostgreSQL keeps a plan if it can
        ConfirmationFactory(receiver__topic__engagement=engagement)
    before = rows_read()

    receive_many(engagement)

    assert rows_read() - before < 200 * MANY
    assert standing_faults(organisation) == []


class RolledBackError(Exception):
    pass


def receive_many(engagement):
    organisation = engagement.organisation
    contact = ContactFactory(organisation=organisation)
    topics = Topic.objects.bulk_create(
        TopicFactory.build(organisation=organisation, engagement=engagement, title=f"{number}")
        for number in range(MANY)
    )
    receivers = Receiver.objects.bulk_create(
        ReceiverFactory.build(organisation=organisation, topic=topic, contact=contact)
        for topic in topics
    )
    Confirmation.objects.bulk_create(
        ConfirmationFactory.build(organisation=organisation, receiver=receiver)
        for receiver in receivers
    )


def rows_read():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables"
            " WHERE relname = ANY(%s)",
            [list(TABLES)],
        )
        return cursor.fetchone()[0]
