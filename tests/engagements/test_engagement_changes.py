"""Changing what is agreed about an engagement."""

import dataclasses
import datetime
from decimal import Decimal

import pytest

from core.errors import DomainError, InvalidTransitionError, StaleError
from core.models import AuditEvent
from engagements.models import LinkGrant
from engagements.operations import (
    RefusedError,
    cancel_engagement,
    create_engagement,
    facts_of,
    issue_grant,
    move_end,
    update_engagement,
)
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.races import at_once, just_behind, winner_of


@pytest.fixture
def engagement(organisation, heard):
    return EngagementFactory(
        organisation=organisation,
        starts_on=datetime.date(2026, 3, 2),
        ends_on=datetime.date(2026, 12, 1),
        goal="Build it",
    )


def change(engagement, actor, *, version=1, **values):
    return update_engagement(
        engagement_id=engagement.pk,
        facts=dataclasses.replace(facts_of(engagement), **values),
        version=version,
        actor=actor,
    )


def test_planning_tells_the_packages_above(organisation, heard, actor, engagement):
    facts = dataclasses.replace(facts_of(engagement), may_overlap=True)

    made = create_engagement(organisation=organisation, facts=facts, actor=actor)

    assert heard.heard == [("planned", made.pk, actor)]


def test_changes_are_written_with_old_and_new_and_without_texts(engagement, actor, heard):
    change(engagement, actor, title="Architect", hourly_rate=Decimal("97.50"), goal="Keep it")

    engagement.refresh_from_db()
    assert (engagement.title, engagement.hourly_rate) == ("Architect", Decimal("97.50"))
    assert (engagement.goal, engagement.version) == ("Keep it", 2)
    event = AuditEvent.objects.get()
    assert (event.action, event.dossier) == (
        "engagements.engagement.updated",
        engagement.public_id,
    )
    assert event.data["changed"] == {
        "title": ["Data-engineer", "Architect"],
        "hourly_rate": [None, "97.50"],
        "goal": None,
    }
    assert heard.heard == []


def test_the_same_facts_again_change_nothing(engagement, actor):
    change(engagement, actor)

    engagement.refresh_from_db()
    assert engagement.version == 1
    assert not AuditEvent.objects.exists()


def test_another_manager_takes_over_and_the_links_of_the_old_one_stop(engagement, actor, heard):
    issue_grant(contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"])
    other = issue_grant(
        contact_id=engagement.freelancer.business_contact_id,
        engagement_id=engagement.pk,
        scopes=["view"],
    )[0]
    new = ContactFactory(organisation=engagement.organisation, name="Kees Smit")

    change(engagement, actor, manager_id=new.pk)

    assert heard.heard == [("manager_changed", "Kees Smit")]
    revoked = LinkGrant.objects.exclude(revoked_at=None).get()
    assert revoked != other
    assert revoked.revoked_reason == "manager_changed"


def test_another_first_day_moves_what_hangs_on_it(engagement, actor, heard):
    first = datetime.date(2026, 4, 1)

    change(engagement, actor, starts_on=first)

    assert heard.heard == [("end_moved", engagement.ends_on, first, engagement.ends_on)]


def test_an_older_page_changes_nothing(engagement, actor):
    change(engagement, actor, title="Architect")

    with pytest.raises(StaleError, match="Somebody else changed"):
        change(engagement, actor, title="Tester")

    engagement.refresh_from_db()
    assert engagement.title == "Architect"


def test_an_import_does_not_compare_versions(engagement, actor):
    change(engagement, actor, title="Architect")
    engagement.refresh_from_db()

    change(engagement, actor, version=None, title="Tester")

    engagement.refresh_from_db()
    assert engagement.title == "Tester"


def test_the_last_day_has_its_own_operation(engagement, actor):
    with pytest.raises(DomainError, match="Change end date"):
        change(engagement, actor, ends_on=datetime.date(2027, 1, 1))


def test_an_engagement_stays_with_its_professional(engagement, actor):
    other = EngagementFactory(organisation=engagement.organisation)

    with pytest.raises(DomainError, match="stays with its professional"):
        change(engagement, actor, freelancer_id=other.freelancer_id)


@pytest.mark.parametrize("decision", ["closed_at", "cancelled_at"])
def test_a_finished_engagement_does_not_change(organisation, heard, actor, decision):
    done = EngagementFactory(
        organisation=organisation, **{decision: datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)}
    )

    with pytest.raises(InvalidTransitionError, match="cannot change any more"):
        change(done, actor, title="Architect")


def test_a_taken_external_id_is_refused_in_words(engagement, actor):
    EngagementFactory(organisation=engagement.organisation, external_id="HR-7")

    with pytest.raises(DomainError, match="an engagement with this id"):
        change(engagement, actor, external_id="HR-7")


def test_a_first_day_after_the_last_is_refused_in_words(engagement, actor):
    with pytest.raises(DomainError, match="cannot be before the first day"):
        change(engagement, actor, starts_on=datetime.date(2027, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_from_one_page_one_wins(engagement, organisation, actor):
    results = at_once(
        organisation,
        lambda: change(engagement, actor, title="Architect"),
        lambda: change(engagement, actor, title="Tester"),
    )

    assert sorted(type(result).__name__ for result in results) == ["Engagement", "StaleError"]
    engagement.refresh_from_db()
    assert engagement.version == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_overlapping_plans_one_is_refused(organisation, engagement, actor):
    facts = dataclasses.replace(
        facts_of(engagement),
        starts_on=datetime.date(2027, 1, 4),
        ends_on=datetime.date(2027, 6, 30),
    )

    results = at_once(
        organisation,
        *[lambda: create_engagement(organisation=organisation, facts=facts, actor=actor)] * 6,
    )

    winner_of(results, losers_hear=RefusedError)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("plan", ["create", "update", "move", "cancel"])
def test_the_days_of_one_professional_change_one_after_the_other(
    organisation, engagement, actor, plan
):
    """Waiting in the constraint instead, two who overlap could wait for each other for ever."""
    later = EngagementFactory(
        organisation=organisation,
        freelancer=engagement.freelancer,
        starts_on=datetime.date(2099, 3, 2),
        ends_on=datetime.date(2099, 12, 1),
    )
    next_year = dataclasses.replace(
        facts_of(later), starts_on=datetime.date(2027, 1, 4), ends_on=datetime.date(2027, 6, 30)
    )
    key = {"engagement_id": later.pk, "actor": actor}
    plans = {
        "create": lambda: create_engagement(
            organisation=organisation, facts=next_year, actor=actor
        ),
        "update": lambda: change(later, actor, starts_on=datetime.date(2099, 3, 3)),
        "move": lambda: move_end(
            new_ends_on=datetime.date(2099, 12, 2), kind="extension", reason="", **key
        ),
        "cancel": lambda: cancel_engagement(reason="No money", **key),
    }

    done = just_behind(
        organisation,
        lambda: change(engagement, actor, starts_on=datetime.date(2026, 3, 3)),
        plans[plan],
    )

    assert not isinstance(done, DomainError)


@pytest.mark.parametrize(
    "values",
    [
        {"starts_on": datetime.date(26, 3, 2)},
        {"access_ends_at": datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)},
        {"ends_on": datetime.date(9999, 12, 31)},
    ],
    ids=str,
)
def test_a_year_that_cannot_be_right_is_refused_in_words(engagement, organisation, actor, values):
    facts = dataclasses.replace(facts_of(engagement), may_overlap=True, **values)
    with pytest.raises(DomainError, match="Check the year"):
        create_engagement(organisation=organisation, facts=facts, actor=actor)

    if "ends_on" in values:
        with pytest.raises(DomainError, match="Check the year"):
            move_end(
                engagement_id=engagement.pk,
                new_ends_on=values["ends_on"],
                kind="extension",
                reason="",
                actor=actor,
            )
    else:
        with pytest.raises(DomainError, match="Check the year"):
            change(engagement, actor, **values)
