"""The knowledge map: what the organisation can do itself, on which day, and what leads there."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from core.scoping import organisation_scope
from dashboards.queries.home import figures
from dashboards.queries.knowledge_map import knowledge_map
from knowledge.models import CoverageSnapshot
from knowledge.queries import leak_trend
from knowledge.tasks import take_snapshots
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory
from tests.factories.knowledge import (
    ConfirmationFactory,
    ReceiverFactory,
    TopicFactory,
    TopicHandoverFactory,
)


def topic(organisation, title, department, criticality=4, **engagement):
    made = EngagementFactory(organisation=organisation, department=department, **engagement)
    return TopicFactory(engagement=made, title=title, criticality=criticality)


@pytest.fixture
def departments(organisation):
    return [DepartmentFactory(organisation=organisation, name=name) for name in ("Zorg", "Beheer")]


def received(topic, answer="performed", *, is_external=False):
    contact = ContactFactory(organisation=topic.organisation, is_external=is_external)
    ConfirmationFactory(receiver=ReceiverFactory(topic=topic, contact=contact), answer=answer)
    return contact


def test_departments_stand_by_name_and_topics_by_weight(organisation, departments):
    care, control = departments
    topic(organisation, "Release", care, 2)
    topic(organisation, "koppelingen", control, 4)
    topic(organisation, "Koppelingen", care, 5)

    shown = knowledge_map(organisation, on=organisation.today())

    assert [row.department.name for row in shown.rows] == ["Beheer", "Zorg"]
    assert [title.lower() for title in shown.columns] == ["koppelingen", "release"]
    assert [cell and cell.percent for cell in shown.rows[0].cells] == [0, None]


def test_of_several_engagements_the_weakest_counts(organisation, departments):
    care = departments[0]
    safe = topic(organisation, "Koppelingen", care, 2)
    received(safe)
    topic(organisation, "Koppelingen", care, 2)

    (row,) = knowledge_map(organisation, on=organisation.today()).rows

    assert (row.cells[0].percent, row.cells[0].count, row.cells[0].word) == (0, 2, "critical")


def test_the_day_decides_how_urgent_and_who_is_still_there(organisation, departments):
    today = organisation.today()
    soon = topic(organisation, "Release", departments[0], ends_on=today + timedelta(days=10))
    topic(organisation, "Beheer", departments[1], ends_on=today + timedelta(days=300))

    now = knowledge_map(organisation, on=today)
    later = knowledge_map(organisation, on=today + timedelta(days=90))

    assert now.worst[0].figures.topic_id == soon.pk
    assert [spot.is_gone for spot in now.spots] == [False, False]
    assert [spot.is_gone for spot in later.spots if spot.figures.topic_id == soon.pk] == [True]


def test_the_tile_counts_what_the_map_lists_as_critical_and_only_known_outside(
    organisation, departments
):
    care = departments[0]
    topic(organisation, "Release", care, 4)
    received(topic(organisation, "Beheer", care, 5), is_external=True)
    received(topic(organisation, "Koppelingen", care, 5))
    topic(organisation, "Contacten", care, 2)

    shown = knowledge_map(organisation, on=organisation.today())

    assert {spot.figures.title for spot in shown.outside} == {"Release", "Beheer", "Contacten"}
    assert shown.figures.outside_total == 3
    assert shown.figures.critical_outside == figures(organisation, {}).leaking == 2


def test_the_page_filters_by_the_address_and_the_file_has_the_same_rows(
    organisation, departments, hr_client
):
    care, control = departments
    topic(organisation, "Release", care)
    topic(organisation, "=Formule", control)
    page = reverse("dashboards:knowledge_map")
    address = f"?department={care.public_id}&on={organisation.today() + timedelta(days=90)}"

    answer = hr_client.get(page + address)
    sheet = hr_client.get(reverse("dashboards:knowledge_map_export") + address)
    everything = hr_client.get(reverse("dashboards:knowledge_map_export"))

    assert [spot.figures.title for spot in answer.context["map"].spots] == ["Release"]
    assert len(sheet.getvalue().decode().splitlines()) == 2
    assert "'=Formule" in everything.getvalue().decode()


@pytest.mark.parametrize("day", ["yesterday", "0001-01-01", "9999-12-31"])
def test_a_day_that_makes_no_sense_is_today(day, organisation, departments, hr_client):
    topic(organisation, "Release", departments[0])

    answer = hr_client.get(reverse("dashboards:knowledge_map"), {"on": day})

    assert answer.context["map"].on == organisation.today()


def test_a_day_that_has_gone_is_refused_in_words(organisation, departments, hr_client):
    yesterday = organisation.today() - timedelta(days=1)

    answer = hr_client.get(reverse("dashboards:knowledge_map"), {"on": yesterday.isoformat()})

    assert answer.context["map"].on == organisation.today()
    assert "Choose today or a later day." in answer.content.decode()


def test_the_table_says_that_there_are_more_topics(organisation, departments, hr_client):
    for number in range(9):
        topic(organisation, f"Topic {number}", departments[0])

    answer = hr_client.get(reverse("dashboards:knowledge_map"))

    assert "The 8 topics that weigh most, of 9." in answer.content.decode()


@pytest.mark.parametrize("name", ["knowledge_map", "knowledge_map_export"])
def test_a_topic_that_is_too_long_to_look_for_filters_nothing(
    name, organisation, departments, hr_client
):
    topic(organisation, "Koppelingen", departments[0])

    answer = hr_client.get(reverse(f"dashboards:{name}"), {"q": "x" * 101})

    assert answer.status_code == 200
    assert "Koppelingen" in answer.getvalue().decode()


def test_an_empty_map_says_what_to_do(hr_client):
    answer = hr_client.get(reverse("dashboards:knowledge_map"))

    assert "once both sides agree" in answer.content.decode() or "akkoord" in (
        answer.content.decode()
    )


def test_a_large_map_needs_few_queries(
    organisation, departments, hr_client, django_assert_max_num_queries
):
    for number in range(30):
        received(topic(organisation, f"Onderwerp {number}", departments[number % 2]))

    with django_assert_max_num_queries(15):
        answer = hr_client.get(reverse("dashboards:knowledge_map"))

    assert len(answer.context["map"].columns) == 8
    assert len(answer.context["outside"]) == 0
    assert len(answer.context["page_obj"].object_list) == 25


def test_a_day_is_written_down_once_and_only_when_something_changed(organisation, departments):
    one = topic(organisation, "Release", departments[0], 4)
    now = timezone.now()

    take_snapshots()
    take_snapshots()
    assert CoverageSnapshot.objects.count() == 1

    with time_machine.travel(now + timedelta(days=14)), organisation_scope(organisation):
        take_snapshots()
        assert CoverageSnapshot.objects.count() == 1  # nothing changed
        received(one)
        take_snapshots()
        assert CoverageSnapshot.objects.count() == 2
        (trend,) = leak_trend(organisation).departments

    # Nothing was known before, all of it was at risk, then three quarters stay.
    assert trend.leaks == (None, None, None, None, 100, 25)


def test_the_trend_forgets_engagements_once_they_ended(organisation, departments):
    topic(organisation, "Release", departments[0], ends_on=organisation.today() + timedelta(days=3))
    take_snapshots()

    with time_machine.travel(timezone.now() + timedelta(days=14)):
        (trend,) = leak_trend(organisation).departments

    assert trend.leaks[-2:] == (100, None)


def test_what_is_written_shows_in_the_cell(organisation, departments):
    one = topic(organisation, "Release", departments[0], 1)
    TopicHandoverFactory(topic=one)

    (row,) = knowledge_map(organisation, on=organisation.today()).rows

    assert (row.cells[0].percent, row.cells[0].word) == (50, "fair")
