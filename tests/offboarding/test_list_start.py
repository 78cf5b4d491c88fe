"""Starting the lists of an engagement."""

import datetime

import pytest

from core.models import AuditEvent
from engagements.models import Engagement
from engagements.operations import EngagementFacts, create_engagement
from offboarding import operations
from offboarding.models import Checklist, ChecklistItem, Phase, ProcedureVersion
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.offboarding import RoleHolderFactory
from tests.offboarding.conftest import HR, TODAY, day, task

pytestmark = pytest.mark.usefixtures("english")


def test_planning_an_engagement_starts_both_lists(office):
    manager = ContactFactory(organisation=office)

    engagement = create_engagement(
        organisation=office,
        facts=EngagementFacts(
            freelancer_id=FreelancerFactory(organisation=office).pk,
            department_id=DepartmentFactory(organisation=office).pk,
            manager_id=manager.pk,
            title="Tester",
            starts_on=day(30),
            ends_on=day(200),
        ),
        actor=HR,
    )

    assert set(engagement.checklists.values_list("phase", flat=True)) == set(Phase.values)
    assert engagement.items.filter(phase="onboarding").count() == 16
    assert engagement.items.filter(phase="offboarding").count() == 28
    event = AuditEvent.objects.get(action="offboarding.checklist.started")
    assert event.dossier == engagement.public_id
    assert event.data == {"tasks": 44, "unowned": 0, "version": 1}


def test_starting_twice_keeps_the_first_list(engagement):
    before = set(engagement.items.values_list("pk", flat=True))

    operations.start_checklists(engagement=engagement, actor=HR)

    assert set(engagement.items.values_list("pk", flat=True)) == before


def test_a_task_is_a_copy_of_its_step(engagement):
    step = ProcedureVersion.objects.get().steps.get(code="OF21")
    item = task(engagement, "OF21")

    for name in ("text_nl", "text_en", "owner_role", "is_gate", "needs_evidence", "subject"):
        assert getattr(item, name) == getattr(step, name)
    assert item.controls == ["A.5.18", "PS-4(a)", "PS-4(b)", "CIS 6.2"]
    assert item.state == "open"
    assert item.checklist.phase == item.phase == "offboarding"


def test_tasks_are_dated_from_the_first_and_the_last_day(engagement):
    assert task(engagement, "ON01").due_on == datetime.date(2026, 2, 16)
    assert task(engagement, "ON10").due_on == datetime.date(2026, 3, 2)  # the day before
    assert task(engagement, "OF06").due_on == datetime.date(2026, 11, 30)  # it was past already
    assert task(engagement, "OF21").due_on == datetime.date(2026, 12, 1)
    assert task(engagement, "OF22").due_on == datetime.date(2026, 12, 2)
    assert task(engagement, "OF28").due_on == datetime.date(2026, 12, 31)


def test_each_task_belongs_to_whoever_holds_its_role(engagement, office):
    assert task(engagement, "OF21").owner == office.holders["it"]
    assert task(engagement, "OF20").owner == office.holders["facilities"]
    assert task(engagement, "OF01").owner == engagement.manager
    assert task(engagement, "OF06").owner == engagement.freelancer.business_contact
    assert not engagement.items.filter(owner=None).exists()


def test_the_holder_for_the_department_goes_before_the_one_for_all(office):
    department = DepartmentFactory(organisation=office)
    own_desk = RoleHolderFactory(organisation=office, role="it", department=department).contact
    here = EngagementFactory(organisation=office, department=department)
    elsewhere = EngagementFactory(organisation=office)

    operations.start_checklists_for(engagements=[here, elsewhere], actor=HR)

    assert task(here, "OF21").owner == own_desk
    assert task(elsewhere, "OF21").owner == office.holders["it"]


def test_a_role_that_nobody_holds_leaves_its_tasks_without_owner(organisation):
    engagement = EngagementFactory(organisation=organisation)

    operations.start_checklists(engagement=engagement, actor=HR)

    assert set(ChecklistItem.objects.unowned().values_list("owner_role", flat=True)) == {
        *("hr", "procurement", "it", "facilities", "security", "receiver", "client_manager")
    }


def test_somebody_who_left_is_not_asked_any_more(office):
    gone = office.holders["it"]
    gone.is_active = False
    gone.save()
    engagement = EngagementFactory(organisation=office)

    operations.start_checklists(engagement=engagement, actor=HR)

    assert task(engagement, "OF21").owner is None


def test_after_the_end_the_professional_is_asked_at_the_private_address(office):
    freelancer = FreelancerFactory(
        organisation=office, private_contact=ContactFactory(organisation=office)
    )
    engagement = EngagementFactory(
        organisation=office, freelancer=freelancer, starts_on=day(-90), ends_on=day(-1)
    )

    operations.start_checklists(engagement=engagement, actor=HR)

    assert task(engagement, "OF19").owner == freelancer.private_contact


def test_welcome_tasks_of_a_running_engagement_are_open_but_not_late(engagement):
    item = task(engagement, "ON01")

    assert item.is_open
    assert item.is_backlog
    assert not item.is_late(TODAY)
    assert item not in ChecklistItem.objects.overdue(TODAY)


@pytest.mark.parametrize(
    ("ends_in", "due_in"), [(8, 7), (40, 19), (3, 3), (0, 0), (-1, 7), (-60, 7)]
)
def test_a_farewell_task_that_is_past_gets_days_to_catch_up_while_people_are_there(
    office, ends_in, due_in
):
    engagement = EngagementFactory(organisation=office, starts_on=day(-200), ends_on=day(ends_in))

    operations.start_checklists(engagement=engagement, actor=HR)

    item = task(engagement, "OF06")
    assert (item.due_on, item.is_backlog) == (day(due_in), False)
    assert not ChecklistItem.objects.overdue(TODAY).exists()
    assert (item in ChecklistItem.objects.overdue(day(due_in + 1))) is True


def test_access_that_is_open_after_the_end_waits_for_nothing(office):
    engagement = EngagementFactory(organisation=office, starts_on=day(-200), ends_on=day(-4))

    operations.start_checklists(engagement=engagement, actor=HR)

    assert task(engagement, "OF21").due_on == TODAY


def test_each_version_of_a_procedure_says_how_many_days_there_are_to_catch_up(office):
    version = operations.ship_procedure(organisation=office)
    version.catch_up_days = 2
    version.save()
    engagement = EngagementFactory(organisation=office, starts_on=day(-200), ends_on=day(20))

    operations.start_checklists(engagement=engagement, actor=HR)

    assert task(engagement, "OF04").due_on == day(2)


@pytest.mark.parametrize(("begins_in", "due_in"), [(0, 0), (3, 3), (10, 7)])
def test_a_welcome_task_whose_day_is_past_can_wait_until_the_first_day(office, begins_in, due_in):
    engagement = EngagementFactory(organisation=office, starts_on=day(begins_in), ends_on=day(100))

    operations.start_checklists(engagement=engagement, actor=HR)

    first = task(engagement, "ON01")
    assert first.due_on == day(due_in)
    assert not first.is_backlog
    assert not ChecklistItem.objects.overdue(TODAY).filter(engagement=engagement).exists()
    assert ChecklistItem.objects.overdue(day(due_in + 1)).filter(pk=first.pk).exists()


def test_a_short_engagement_skips_two_steps_and_merges_two(office):
    short = EngagementFactory(organisation=office, starts_on=day(10), ends_on=day(38))
    longer = EngagementFactory(organisation=office, starts_on=day(10), ends_on=day(39))

    operations.start_checklists_for(engagements=[short, longer], actor=HR)

    def codes(engagement):
        return set(engagement.items.values_list("code", flat=True))

    assert codes(longer) - codes(short) == {"ON13", "ON15", "OF01", "OF02"}
    assert codes(short) - codes(longer) == {"OF01-02"}
    assert task(short, "OF03").due_on == short.starts_on


def test_many_engagements_cost_no_more_queries_than_a_few(office, django_assert_max_num_queries):
    def planned(count):
        return [EngagementFactory(organisation=office) for _ in range(count)]

    def loaded(engagements):
        return list(
            Engagement.objects.filter(pk__in=[e.pk for e in engagements]).select_related(
                "organisation", "freelancer__business_contact", "freelancer__private_contact"
            )
        )

    operations.start_checklists_for(engagements=loaded(planned(1)), actor=HR)
    many = loaded(planned(30))

    with django_assert_max_num_queries(15):
        made = operations.start_checklists_for(engagements=many, actor=HR)

    assert made == 30 * 44
    assert ChecklistItem.objects.filter(engagement__in=many).count() == made


def test_an_import_that_is_undone_takes_its_lists_along(office):
    kept, undone = (EngagementFactory(organisation=office) for _ in range(2))
    operations.start_checklists_for(engagements=[kept, undone], actor=HR)

    assert operations.traces_on([kept, undone]) == {}
    assert operations.discard_checklists(engagements=[undone], actor=HR) == 44
    undone.delete()

    assert kept.items.count() == 44
    assert Checklist.objects.count() == 2


def test_what_people_did_with_tasks_is_a_trace(engagement, office):
    untouched = EngagementFactory(organisation=office)
    operations.start_checklists(engagement=untouched, actor=HR)
    operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)
    operations.waive_item(item_id=task(engagement, "OF15").pk, reason="Klein team", actor=HR)
    operations.postpone_item(item_id=task(engagement, "OF13").pk, expected_on=day(2), actor=HR)
    reopened = operations.complete_item(item_id=task(engagement, "OF24").pk, actor=HR)
    operations.reopen_item(item_id=reopened.pk, reason="Vergist", actor=HR)

    traces = operations.traces_on([engagement, untouched])

    assert traces == {engagement.pk: ["2 tasks settled", "2 tasks answered"]}
