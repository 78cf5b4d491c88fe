"""Who takes over from whom: named by HR, taken back, refused where it makes no sense."""

import datetime

import pytest

from core.actors import Actor
from core.errors import InvalidTransitionError
from core.models import AuditEvent
from engagements import queries
from engagements.models import EngagementChange, Freelancer
from engagements.operations import (
    Parties,
    SuccessionError,
    TakesOver,
    cancel_engagement,
    confirm_end,
    drop_successor,
    engage,
    issue_grant,
    name_successor,
    propose_successor,
    request_change,
)
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.races import just_behind

pytestmark = pytest.mark.usefixtures("monday")

END = datetime.date(2026, 12, 1)


def on(month, day):
    return datetime.date(2026 if month > 6 else 2027, month, day)


@pytest.fixture
def fatima(organisation, heard):
    return EngagementFactory(
        organisation=organisation,
        freelancer__full_name="Fatima El Idrissi",
        starts_on=datetime.date(2026, 3, 2),
        ends_on=END,
    )


def after(engagement, name="Sanne de Wit", **facts):
    facts = {"department": engagement.department, "manager": engagement.manager} | facts
    return EngagementFactory(
        organisation=engagement.organisation,
        freelancer=FreelancerFactory(organisation=engagement.organisation, full_name=name),
        **{"starts_on": on(11, 30), "ends_on": on(5, 31), **facts},
    )


@pytest.fixture
def sanne(fatima):
    return after(fatima)


def named(predecessor, successor, actor, **more):
    return name_successor(
        predecessor_id=predecessor.pk, successor_id=successor.pk, actor=actor, **more
    )


def histories():
    return list(AuditEvent.objects.order_by("pk").values_list("action", "dossier"))


def test_a_successor_is_named_once_and_both_histories_say_so(fatima, sanne, actor):
    named(fatima, sanne, actor)
    named(fatima, sanne, actor)

    sanne.refresh_from_db()
    assert (sanne.succeeds, sanne.version) == (fatima, 2)
    assert histories() == [
        ("engagements.successor.named", fatima.public_id),
        ("engagements.predecessor.named", sanne.public_id),
    ]


def test_somebody_may_be_followed_by_two(fatima, sanne, actor):
    named(fatima, sanne, actor)
    named(fatima, after(fatima, "Tom Bakker"), actor)

    assert fatima.successors.count() == 2


def test_a_closed_file_still_has_successors(fatima, sanne, actor):
    fatima.closed_at = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
    fatima.save()

    assert named(fatima, sanne, actor).succeeds == fatima


def test_naming_is_taken_back(fatima, sanne, actor):
    named(fatima, sanne, actor)
    drop_successor(successor_id=sanne.pk, actor=actor)

    sanne.refresh_from_db()
    assert sanne.succeeds is None
    assert histories()[2:] == [
        ("engagements.successor.dropped", fatima.public_id),
        ("engagements.predecessor.dropped", sanne.public_id),
    ]


def test_what_makes_no_sense_is_refused(fatima, sanne, actor):
    same = EngagementFactory(
        organisation=fatima.organisation,
        freelancer=fatima.freelancer,
        department=fatima.department,
        starts_on=on(12, 2),
        ends_on=on(5, 31),
    )
    for successor, words in [(fatima, "itself"), (same, "goes on")]:
        with pytest.raises(SuccessionError, match=words):
            named(fatima, successor, actor)
    named(fatima, sanne, actor)
    with pytest.raises(SuccessionError, match="somebody else already"):
        named(after(fatima, "Tom Bakker"), sanne, actor)


def test_a_circle_is_refused_however_long(fatima, sanne, actor):
    tom = after(fatima, "Tom Bakker")
    named(fatima, sanne, actor)
    named(sanne, tom, actor)

    with pytest.raises(SuccessionError, match="other way round"):
        named(tom, fatima, actor)


def test_another_department_has_to_be_meant(fatima, actor):
    sanne = after(fatima, department=DepartmentFactory(organisation=fatima.organisation))
    with pytest.raises(SuccessionError, match="two departments"):
        named(fatima, sanne, actor)

    assert named(fatima, sanne, actor, across_departments=True).succeeds == fatima


def test_what_will_not_take_place_takes_nothing_over(fatima, sanne, actor):
    tom = after(fatima, "Tom Bakker")
    cancel_engagement(engagement_id=sanne.pk, reason="No budget", actor=actor)

    for predecessor, successor in [(fatima, sanne), (sanne, tom)]:
        with pytest.raises(InvalidTransitionError, match="cancelled"):
            named(predecessor, successor, actor)
    with pytest.raises(InvalidTransitionError, match="from nobody"):
        drop_successor(successor_id=tom.pk, actor=actor)


def test_another_organisation_does_not_exist(fatima, actor):
    foreign = EngagementFactory(organisation=OrganisationFactory())

    with pytest.raises(InvalidTransitionError, match="removed"):
        named(fatima, foreign, actor)


def test_a_new_engagement_takes_over_at_once_or_is_not_made(fatima, actor):
    def planned(freelancer):
        return engage(
            organisation=fatima.organisation,
            parties=Parties(
                freelancer=freelancer,
                manager=fatima.manager,
                department_id=fatima.department_id,
            ),
            terms={"title": "Data-engineer", "starts_on": on(12, 2), "ends_on": on(5, 31)},
            takes_over=TakesOver(predecessor_id=fatima.pk),
            actor=actor,
        )

    with pytest.raises(SuccessionError, match="goes on"):
        planned(fatima.freelancer)
    assert planned(FreelancerFactory(organisation=fatima.organisation)).succeeds == fatima


def swapped(engagement, actor, successor=None):
    return request_change(
        engagement_id=engagement.pk,
        kind="swap",
        new_ends_on=None,
        reason="",
        successor_id=successor and successor.pk,
        actor=actor,
    )


def test_the_manager_says_who_takes_over_with_the_swap_or_later(fatima, sanne, actor):
    with pytest.raises(InvalidTransitionError, match="Nobody decided"):
        propose_successor(engagement_id=fatima.pk, freelancer_id=sanne.freelancer_id, actor=actor)
    with pytest.raises(SuccessionError, match="goes on"):
        swapped(fatima, actor, fatima.freelancer)
    change = swapped(fatima, actor, sanne.freelancer)
    assert queries.proposed_successor(fatima) == change.successor == sanne.freelancer

    tom = FreelancerFactory(organisation=fatima.organisation)
    propose_successor(engagement_id=fatima.pk, freelancer_id=tom.pk, actor=actor)
    assert queries.proposed_successor(fatima) == tom
    named(fatima, sanne, actor)
    assert queries.proposed_successor(fatima) is None


def test_nobody_proposes_the_same_or_an_unknown_professional(fatima, actor):
    confirm_end(engagement_id=fatima.pk, kind="swap", reason="", actor=actor)

    with pytest.raises(SuccessionError, match="goes on"):
        propose_successor(engagement_id=fatima.pk, freelancer_id=fatima.freelancer_id, actor=actor)
    with pytest.raises(Freelancer.DoesNotExist):
        propose_successor(engagement_id=fatima.pk, freelancer_id=0, actor=actor)


def test_who_comes_around_the_end_is_suggested_and_nobody_else(fatima, sanne):
    near = after(fatima, "Tom Bakker", starts_on=on(12, 20))
    after(fatima, "Late", starts_on=on(3, 1))
    after(fatima, "Elsewhere", department=DepartmentFactory(organisation=fatima.organisation))

    assert queries.likely_successors(fatima) == [sanne, near]
    assert queries.likely_predecessors(sanne) == [fatima]


def test_an_engagement_is_found_by_what_the_field_shows(fatima, sanne):
    assert queries.engagements_like(queries.engagement_label(sanne)) == [sanne]
    assert queries.engagements_like("idrissi data") == [fatima]


@pytest.mark.django_db(transaction=True)
def test_two_who_name_each_other_make_no_circle(fatima, sanne, actor):
    answer = just_behind(
        fatima.organisation,
        lambda: named(fatima, sanne, actor),
        lambda: named(sanne, fatima, actor),
    )

    assert isinstance(answer, SuccessionError)
    fatima.refresh_from_db()
    assert fatima.succeeds is None


@pytest.mark.django_db(transaction=True)
def test_of_two_predecessors_the_second_is_refused(fatima, sanne, actor):
    tom = after(fatima, "Tom Bakker", starts_on=on(10, 1))
    answer = just_behind(
        fatima.organisation,
        lambda: named(fatima, sanne, actor),
        lambda: named(tom, sanne, actor),
    )

    assert isinstance(answer, SuccessionError)


@pytest.mark.django_db(transaction=True)
def test_taken_back_twice_the_second_hears_it(fatima, sanne, actor):
    named(fatima, sanne, actor)

    def back():
        return drop_successor(successor_id=sanne.pk, actor=actor)

    assert isinstance(just_behind(fatima.organisation, back, back), InvalidTransitionError)


@pytest.mark.django_db(transaction=True)
def test_of_two_proposals_the_last_word_counts(fatima, sanne, actor):
    confirm_end(engagement_id=fatima.pk, kind="swap", reason="", actor=actor)
    tom = FreelancerFactory(organisation=fatima.organisation)

    def says(freelancer_id):
        return lambda: propose_successor(
            engagement_id=fatima.pk,
            freelancer_id=freelancer_id,
            actor=Actor(label="Peter Bos"),
        )

    just_behind(fatima.organisation, says(sanne.freelancer_id), says(tom.pk))

    assert EngagementChange.objects.get().successor == tom


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["name", "drop"])
def test_a_mail_about_both_engagements_and_who_takes_over_never_wait_for_each_other(
    fatima, sanne, actor, act
):
    earlier, later = sanne, fatima
    assert later.pk < earlier.pk
    if act == "drop":
        named(earlier, later, actor)

    def change():
        if act == "drop":
            return drop_successor(successor_id=later.pk, actor=actor)
        return named(earlier, later, actor)

    changed = just_behind(
        fatima.organisation,
        lambda: issue_grant(contact_id=fatima.manager_id, engagement_id=fatima.pk),
        change,
        then=lambda: issue_grant(contact_id=fatima.manager_id, engagement_id=sanne.pk),
    )

    assert changed.succeeds_id == (earlier.pk if act == "name" else None)
