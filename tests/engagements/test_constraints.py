"""Every rule that the database keeps by itself is broken once, by its name."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from engagements.models import (
    EngagementChange,
    ImportRow,
    ImportRun,
    Intermediary,
    LinkGrant,
    Waiver,
)
from tests.factories.accounts import UserFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory

DAY = datetime.date(2026, 11, 23)


def two_departments(organisation):
    DepartmentFactory(organisation=organisation, name="Zorgdata")
    DepartmentFactory(organisation=organisation, name="ZORGDATA")


def two_intermediaries(organisation):
    Intermediary.objects.create(organisation=organisation, name="Tussen")
    Intermediary.objects.create(organisation=organisation, name="tussen")


def two_professionals_with_one_login(organisation):
    user = UserFactory()
    FreelancerFactory(organisation=organisation, user=user)
    FreelancerFactory(organisation=organisation, user=user)


def two_professionals_at_one_address(organisation):
    one = FreelancerFactory(organisation=organisation)
    FreelancerFactory(organisation=organisation, business_contact=one.business_contact)


def an_end_before_the_start(organisation):
    EngagementFactory(organisation=organisation, starts_on=DAY, ends_on=DAY.replace(day=1))


def a_first_day_in_the_year_26(organisation):
    EngagementFactory(organisation=organisation, starts_on=DAY.replace(year=26))


def access_until_the_year_1(organisation):
    moment = datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)
    EngagementFactory(organisation=organisation, access_ends_at=moment)


def cancelled_and_closed(organisation):
    now = timezone.now()
    EngagementFactory(organisation=organisation, cancelled_at=now, closed_at=now)


def one_external_id_twice(organisation):
    EngagementFactory(organisation=organisation, external_id="HR-7")
    EngagementFactory(organisation=organisation, external_id="HR-7")


def an_overlap_of_one_day(organisation):
    first = EngagementFactory(
        organisation=organisation, starts_on=DAY.replace(month=1), ends_on=DAY
    )
    EngagementFactory(
        organisation=organisation,
        freelancer=first.freelancer,
        department=first.department,
        starts_on=DAY,
        ends_on=DAY.replace(month=12),
    )


def change(organisation, engagement=None, **values):
    facts = {
        "kind": "extension",
        "state": "requested",
        "old_ends_on": DAY,
        "new_ends_on": DAY.replace(month=12),
        "requested_by": "P. Bos",
    }
    EngagementChange.objects.create(
        organisation=organisation,
        engagement=engagement or EngagementFactory(organisation=organisation),
        **{**facts, **values},
    )


def two_requests(organisation):
    engagement = EngagementFactory(organisation=organisation)
    change(organisation, engagement)
    change(organisation, engagement)


def a_decision_without_its_time(organisation):
    change(organisation, state="applied")


def an_extension_without_its_day(organisation):
    change(organisation, new_ends_on=None)


def an_extension_to_the_year_9999(organisation):
    change(organisation, new_ends_on=DAY.replace(year=9999))


def an_extension_with_a_successor(organisation):
    change(organisation, successor=FreelancerFactory(organisation=organisation))


def taking_over_from_itself(organisation):
    engagement = EngagementFactory(organisation=organisation)
    engagement.succeeds = engagement
    engagement.save()


def waiver(organisation, engagement=None, reason="Stolen"):
    Waiver.objects.create(
        organisation=organisation,
        engagement=engagement or EngagementFactory(organisation=organisation),
        blocker="item:1",
        label="Laptop",
        reason=reason,
        approved_by="M. Visser",
    )


def two_waivers_of_one_thing(organisation):
    engagement = EngagementFactory(organisation=organisation)
    waiver(organisation, engagement)
    waiver(organisation, engagement)


def a_waiver_without_a_reason(organisation):
    waiver(organisation, reason="")


def import_row(organisation, run=None, outcome="new"):
    run = run or ImportRun.objects.create(
        organisation=organisation, original_name="list.csv", sha256="", uploaded_by_label="M."
    )
    ImportRow.objects.create(organisation=organisation, run=run, number=2, outcome=outcome)
    return run


def one_row_twice(organisation):
    import_row(organisation, import_row(organisation))


def an_error_without_a_problem(organisation):
    import_row(organisation, outcome="error")


def a_withdrawn_link_without_a_reason(organisation):
    engagement = EngagementFactory(organisation=organisation)
    LinkGrant.objects.create(
        organisation=organisation,
        contact=engagement.manager,
        engagement=engagement,
        scopes=["view"],
        secret_hash=b"x" * 32,
        expires_at=timezone.now(),
        revoked_at=timezone.now(),
    )


def a_second_line_in(model, column, make):
    """Return a violation by SQL: every other way puts the text on one line first."""

    def violate(organisation):
        row = make(organisation=organisation)
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{model}" SET "{column}" = %s WHERE id = %s',
                ["A\nB", row.pk],
            )

    return violate


def an_intermediary(organisation):
    return Intermediary.objects.create(organisation=organisation, name="Tussen")


VIOLATIONS = {
    "department_on_one_line": a_second_line_in("engagements_department", "name", DepartmentFactory),
    "intermediary_on_one_line": a_second_line_in(
        "engagements_intermediary", "name", an_intermediary
    ),
    "freelancer_on_one_line": a_second_line_in(
        "engagements_freelancer", "business_name", FreelancerFactory
    ),
    "engagement_on_one_line": a_second_line_in(
        "engagements_engagement", "title", EngagementFactory
    ),
    "department_name_once": two_departments,
    "intermediary_name_once": two_intermediaries,
    "freelancer_user_once": two_professionals_with_one_login,
    "freelancer_address_once": two_professionals_at_one_address,
    "engagement_ends_after_start": an_end_before_the_start,
    "engagement_days_in_our_time": a_first_day_in_the_year_26,
    "engagement_access_in_our_time": access_until_the_year_1,
    "engagement_cancelled_or_closed": cancelled_and_closed,
    "engagement_external_id_once": one_external_id_twice,
    "engagement_no_overlap": an_overlap_of_one_day,
    "engagement_change_one_request": two_requests,
    "engagement_change_decided_iff_timestamped": a_decision_without_its_time,
    "engagement_change_has_new_end": an_extension_without_its_day,
    "engagement_change_in_our_time": an_extension_to_the_year_9999,
    "engagement_change_successor_of_a_swap": an_extension_with_a_successor,
    "engagement_does_not_succeed_itself": taking_over_from_itself,
    "waiver_once": two_waivers_of_one_thing,
    "waiver_has_reason": a_waiver_without_a_reason,
    "import_row_once": one_row_twice,
    "import_row_error_has_problem": an_error_without_a_problem,
    "link_grant_revoked_iff_reason": a_withdrawn_link_without_a_reason,
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses(organisation, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        VIOLATIONS[name](organisation)

    assert refusal.value.__cause__.diag.constraint_name == name


def test_no_constraint_goes_untested():
    named = {
        constraint.name
        for model in apps.get_app_config("engagements").get_models()
        for constraint in model._meta.constraints
    }

    assert named == set(VIOLATIONS)


def test_engagements_that_may_overlap_do(organisation):
    first = EngagementFactory(organisation=organisation)

    again = EngagementFactory(
        organisation=organisation,
        freelancer=first.freelancer,
        department=first.department,
        may_overlap=True,
    )

    assert again.pk
