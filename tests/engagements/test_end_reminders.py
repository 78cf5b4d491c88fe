"""Who is told what about an end, from which day on, and when no longer."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from engagements.models import EngagementChange
from engagements.planners import EngagementPlanner, heading_for
from notifications.models import Reminder, ReminderRule
from notifications.operations import ship_rules
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.offboarding import RoleHolderFactory

PLANNER = EngagementPlanner()
# Tuesday; 60 days before it is Friday 2 October.
END = datetime.date(2026, 12, 1)


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{text}T12:00:00+00:00")


@pytest.fixture(autouse=True)
def rules(organisation):
    ship_rules(organisation=organisation)


@pytest.fixture
def hr_member(organisation):
    return MembershipFactory(organisation=organisation).contact


@pytest.fixture
def engagement(organisation, hr_member):
    return EngagementFactory(
        organisation=organisation,
        department=DepartmentFactory(
            organisation=organisation, head=ContactFactory(organisation=organisation)
        ),
        starts_on=datetime.date(2026, 3, 2),
        ends_on=END,
        created_at=moment("2026-03-01"),
    )


def due(organisation, day: str, code: str | None = None):
    rules = {rule.code: rule for rule in ReminderRule.objects.all()}
    drafts = list(PLANNER.due(organisation, moment(day), rules))
    return [draft for draft in drafts if code in (None, draft.rule)]


def told(organisation, day: str, code: str) -> set:
    return {(draft.band, draft.contact_id) for draft in due(organisation, day, code)}


def keep(organisation, draft) -> Reminder:
    return Reminder.objects.create(
        organisation=organisation,
        key=f"{draft.dossier}:{draft.rule}:{draft.band}:{draft.contact_id}",
        state="planned",
        **{name: value for name, value in vars(draft).items() if name != "cadence"},
    )


def say(organisation, draft, at: str | None = None) -> str | None:
    """Return what the reminder of a draft says, or None when it is no longer needed."""
    with time_machine.travel(moment(at or "2026-10-05"), tick=False):
        lines = list(PLANNER.lines([keep(organisation, draft)]))
    return lines[0].text if lines else None


def decide(engagement, kind, state="applied", *, old=END, new=None, on="2026-10-05"):
    return EngagementChange.objects.create(
        organisation=engagement.organisation,
        engagement=engagement,
        kind=kind,
        state=state,
        old_ends_on=old,
        new_ends_on=new,
        requested_by="P. Bos",
        requested_at=moment(on),
        decided_at=None if state == "requested" else moment(on),
    )


def test_the_manager_is_asked_to_decide_sixty_days_before(organisation, engagement):
    assert told(organisation, "2026-10-01", "decide_end") == set()
    assert told(organisation, "2026-10-02", "decide_end") == {("0", engagement.manager_id)}

    draft = due(organisation, "2026-10-02", "decide_end")[0]
    assert draft.about_on == END
    assert draft.dossier == engagement.public_id
    # 8:00 in Amsterdam in summer; of no use once the last day is over.
    assert draft.due_at == datetime.datetime(2026, 10, 2, 6, 0, tzinfo=datetime.UTC)
    assert draft.expires_at == datetime.datetime(2026, 12, 1, 23, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("starts_on", "first_day"),
    [
        (datetime.date(2026, 6, 2), "2026-10-16"),  # 6 months: 17 October is a Saturday
        (datetime.date(2026, 9, 2), "2026-10-30"),  # 3 months: 1 November is a Sunday
    ],
)
def test_shorter_engagements_are_asked_later(organisation, hr_member, starts_on, first_day):
    EngagementFactory(
        organisation=organisation, starts_on=starts_on, ends_on=END, created_at=moment("2026-06-01")
    )
    before = datetime.date.fromisoformat(first_day) - datetime.timedelta(days=1)

    assert not told(organisation, before.isoformat(), "decide_end")
    assert told(organisation, first_day, "decide_end")


def test_silence_reaches_the_head_after_five_working_days_and_hr_after_ten(
    organisation, engagement, hr_member
):
    manager, head = engagement.manager_id, engagement.department.head_id

    assert told(organisation, "2026-10-08", "decide_end") == {("0", manager)}
    assert told(organisation, "2026-10-09", "decide_end") == {("0", manager), ("head+5", head)}
    assert told(organisation, "2026-10-16", "decide_end") == {
        ("0", manager),
        ("head+5", head),
        ("hr+10", hr_member.pk),
    }


def test_an_engagement_known_late_gives_its_manager_the_same_time(organisation, engagement):
    engagement.created_at = moment("2026-11-02")
    engagement.save()

    assert {band for band, _who in told(organisation, "2026-11-06", "decide_end")} == {"0"}
    assert {band for band, _who in told(organisation, "2026-11-09", "decide_end")} == {
        "0",
        "head+5",
    }


def test_without_a_head_hr_hears_both_times(organisation, engagement, hr_member):
    engagement.department.head = None
    engagement.department.save()

    assert {
        ("head+5", hr_member.pk),
        ("hr+10", hr_member.pk),
    } <= told(organisation, "2026-10-16", "decide_end")


def test_hr_hears_what_a_manager_whose_mail_comes_back_cannot(organisation, engagement, hr_member):
    engagement.manager.bounced_at, engagement.manager.bounce_code = timezone.now(), "550"
    engagement.manager.save()

    assert told(organisation, "2026-10-02", "decide_end") == {("0", hr_member.pk)}


@pytest.mark.parametrize(
    "decision",
    [
        {"kind": "end_as_planned"},
        {"kind": "swap"},
        {"kind": "extension", "state": "requested", "new": datetime.date(2027, 3, 1)},
        {"kind": "shortening", "old": datetime.date(2027, 3, 1), "new": END},
    ],
)
def test_nobody_is_asked_what_was_decided(organisation, engagement, decision):
    draft = due(organisation, "2026-10-02", "decide_end")[0]

    decide(engagement, **decision)

    assert not told(organisation, "2026-10-16", "decide_end")
    assert say(organisation, draft) is None


@pytest.mark.parametrize(
    "decision",
    [
        {"kind": "extension", "state": "declined", "new": datetime.date(2027, 3, 1)},
        {"kind": "end_as_planned", "old": datetime.date(2026, 11, 1)},
        {"kind": "correction", "old": datetime.date(2026, 11, 1), "new": END},
        # Moved here in spring: that was no decision about what happens now.
        {
            "kind": "extension",
            "old": datetime.date(2026, 9, 1),
            "new": END,
            "on": "2026-05-01",
        },
    ],
)
def test_a_decision_about_something_else_does_not_count(organisation, engagement, decision):
    decide(engagement, **decision)

    assert told(organisation, "2026-10-02", "decide_end")


def test_what_the_decision_asks_fits_whoever_reads_it(organisation, engagement):
    drafts = {draft.band: draft for draft in due(organisation, "2026-10-16", "decide_end")}

    assert say(organisation, drafts["0"]).startswith("Decide: extend")
    assert say(organisation, drafts["head+5"]).startswith(
        f"{engagement.manager.name} did not decide"
    )
    assert say(organisation, drafts["hr+10"]).startswith("Nobody decided")


def test_a_late_decision_is_shown_as_late(organisation, engagement):
    draft = due(organisation, "2026-10-02", "decide_end")[0]
    reminder = keep(organisation, draft)

    with time_machine.travel(moment("2026-10-05"), tick=False):
        line = next(iter(PLANNER.lines([reminder])))

    assert line.is_late
    assert line.when == "3 days late"
    name, title = engagement.freelancer.full_name, engagement.title
    assert line.heading == f"{name}, {title}: last day Tue 1 Dec"


@time_machine.travel(moment("2026-11-24"), tick=False)
def test_professionals_do_not_read_their_own_name_as_a_heading(organisation, engagement):
    engagement.title = "data-engineer"

    own = heading_for(engagement, engagement.freelancer.business_contact_id)
    others = heading_for(engagement, engagement.manager_id)

    assert own == "Data-engineer, last day Tue 1 Dec"
    name = engagement.freelancer.full_name
    assert others == f"{name}, data-engineer: last day Tue 1 Dec"


def test_whoever_is_no_longer_the_manager_is_not_told(organisation, engagement):
    draft = due(organisation, "2026-10-02", "decide_end")[0]

    engagement.manager = ContactFactory(organisation=organisation)
    engagement.save()

    assert say(organisation, draft) is None


def test_a_notice_about_an_end_that_moved_says_nothing(organisation, engagement):
    draft = due(organisation, "2026-10-02", "decide_end")[0]

    engagement.ends_on = datetime.date(2027, 1, 31)
    engagement.save()

    assert say(organisation, draft) is None


def test_a_long_stay_is_pointed_out_ninety_days_before(organisation, engagement):
    earlier = EngagementFactory(
        organisation=organisation,
        freelancer=engagement.freelancer,
        starts_on=datetime.date(2025, 9, 1),
        ends_on=datetime.date(2026, 2, 1),
    )
    assert earlier.manager_id != engagement.manager_id

    assert told(organisation, "2026-09-01", "tenure_check") == set()
    draft = due(organisation, "2026-09-02", "tenure_check")[0]
    assert draft.contact_id == engagement.manager_id
    assert say(organisation, draft) == (
        "Look ahead: 15 months here in all. Who else knows this work?"
    )


def test_a_stay_of_half_a_year_is_not_long(organisation, hr_member):
    EngagementFactory(organisation=organisation, starts_on=datetime.date(2026, 6, 2), ends_on=END)

    assert not told(organisation, "2026-11-30", "tenure_check")


def test_the_professional_plans_the_transfer_forty_five_days_before(organisation, engagement):
    address = engagement.freelancer.business_contact_id

    # 17 October is a Saturday; a deadline moves to the working day before.
    assert told(organisation, "2026-10-15", "plan_transfer") == set()
    assert told(organisation, "2026-10-16", "plan_transfer") == {("-45", address)}
    draft = due(organisation, "2026-10-16", "plan_transfer")[0]
    assert say(organisation, draft).startswith("Plan what you hand over")


def test_both_sides_hear_on_the_last_working_day_before(organisation, engagement):
    address, manager = engagement.freelancer.business_contact_id, engagement.manager_id

    assert told(organisation, "2026-11-29", "last_day") == set()
    drafts = {draft.contact_id: draft for draft in due(organisation, "2026-11-30", "last_day")}

    assert set(drafts) == {address, manager}
    assert say(organisation, drafts[address]).startswith("Bring your laptop")
    assert say(organisation, drafts[manager]).startswith("Say goodbye")


def test_after_the_last_day_nothing_of_this_is_due(organisation, engagement):
    assert due(organisation, "2026-12-01")
    assert not due(organisation, "2026-12-02")


@pytest.mark.parametrize("decision", ["closed_at", "cancelled_at"])
def test_nothing_is_due_about_a_file_that_is_over(organisation, engagement, decision):
    draft = due(organisation, "2026-10-02", "decide_end")[0]
    setattr(engagement, decision, timezone.now())
    engagement.save()

    assert not due(organisation, "2026-11-30")
    assert say(organisation, draft) is None


def test_who_holds_the_role_of_hr_hears_it_instead_of_all_members(
    organisation, engagement, hr_member
):
    holder = RoleHolderFactory(organisation=organisation, role="hr").contact

    def hr():
        steps = told(organisation, "2026-10-16", "decide_end")
        return {contact for band, contact in steps if band == "hr+10"}

    assert hr() == {holder.pk}
    holder.is_active = False
    holder.save()
    assert hr() == {hr_member.pk}


def test_hr_hears_of_a_request_on_the_next_working_day(organisation, engagement, hr_member):
    change = decide(
        engagement, "extension", state="requested", new=datetime.date(2027, 3, 1), on="2026-10-02"
    )

    assert not told(organisation, "2026-10-04", "end_request")
    draft = due(organisation, "2026-10-05", "end_request")[0]
    assert (draft.contact_id, draft.item) == (hr_member.pk, change.public_id)
    assert say(organisation, draft) == "Decide on the request of P. Bos: extension"

    change.state, change.decided_at = "declined", timezone.now()
    change.save()
    Reminder.objects.all().delete()
    assert say(organisation, draft) is None
    assert not told(organisation, "2026-10-07", "end_request")


def test_a_rule_that_is_switched_off_says_nothing(organisation, engagement):
    ReminderRule.objects.update(is_active=False)

    assert not due(organisation, "2026-11-30")


def test_one_number_of_days_holds_for_every_length(organisation, engagement):
    ReminderRule.objects.filter(code="decide_end").update(offsets=[-30])

    assert not told(organisation, "2026-10-16", "decide_end")
    assert told(organisation, "2026-10-30", "decide_end")


def test_a_rule_without_days_says_nothing(organisation, engagement):
    ReminderRule.objects.filter(code="decide_end").update(offsets=[])

    assert not told(organisation, "2026-11-30", "decide_end")


def test_another_organisation_is_not_looked_at(organisation, engagement):
    other = OrganisationFactory()

    assert {draft.dossier for draft in due(organisation, "2026-11-30")} == {engagement.public_id}
    assert other.pk != organisation.pk


def test_planning_and_writing_take_a_handful_of_queries_however_many_there_are(
    organisation, engagement, hr_member, django_assert_max_num_queries
):
    for _number in range(15):
        EngagementFactory(
            organisation=organisation,
            freelancer=FreelancerFactory(organisation=organisation),
            starts_on=engagement.starts_on,
            ends_on=END,
        )
    rules = {rule.code: rule for rule in ReminderRule.objects.all()}

    with django_assert_max_num_queries(5):
        drafts = list(PLANNER.due(organisation, moment("2026-11-30"), rules))
    reminders = [keep(organisation, draft) for draft in drafts]
    with django_assert_max_num_queries(6):
        lines = list(PLANNER.lines(reminders))

    assert len({draft.dossier for draft in drafts}) == 16
    assert len(lines) == len(reminders)
