"""Who is told about which task and when, and what the line in the mail says."""

import datetime

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from icalendar import Calendar

from core.models import Contact
from engagements.models import Engagement
from notifications import operations as notices
from notifications.models import Message, Reminder, ReminderRule
from notifications.planning import ReminderDraft
from notifications.rules import key_of
from offboarding import operations
from offboarding.models import ChecklistItem
from offboarding.planners import OffboardingPlanner
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.offboarding import ChecklistItemFactory
from tests.offboarding.conftest import HR, MONDAY, TODAY, day, task

pytestmark = pytest.mark.usefixtures("english")

PLANNER = OffboardingPlanner()


@pytest.fixture
def shipped(office):
    notices.ship_rules(organisation=office)
    return office


@pytest.fixture
def quiet_engagement(shipped):
    """An engagement in the middle of its life, without any list."""
    return EngagementFactory(
        organisation=shipped,
        freelancer=FreelancerFactory(organisation=shipped, full_name="Fatima El Idrissi"),
        manager=ContactFactory(organisation=shipped, name="Peter Bos"),
        starts_on=day(-200),
        ends_on=day(200),
    )


def due(organisation, at=MONDAY):
    rules = {rule.code: rule for rule in ReminderRule.objects.all()}
    return list(PLANNER.due(organisation, at, rules))


def steps(drafts, rule):
    """Return the steps of one rule with who hears them."""
    names = dict(Contact.objects.values_list("pk", "name"))
    return {(d.band, names[d.contact_id]) for d in drafts if d.rule == rule}


def bands(drafts, rule):
    return {draft.band for draft in drafts if draft.rule == rule}


def at_eight(date):
    return datetime.datetime.combine(date, datetime.time(7), tzinfo=datetime.UTC)


def reminder(organisation, draft: ReminderDraft) -> Reminder:
    facts = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
    return Reminder.objects.create(
        organisation=organisation, key=key_of(draft, organisation.pk), **facts
    )


def lines(organisation, drafts):
    """Return the lines of drafts, each with its draft."""
    stored = [reminder(organisation, draft) for draft in drafts]
    by_key = {r.pk: draft for r, draft in zip(stored, drafts, strict=True)}
    return [(by_key[line.reminder_id], line) for line in PLANNER.lines(stored)]


def said(organisation, rule, contact=None):
    return [
        line.text
        for draft, line in lines(
            organisation,
            [
                d
                for d in due(organisation)
                if d.rule == rule and (contact is None or d.contact_id == contact.pk)
            ],
        )
    ]


class TestATaskComesDue:
    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            (9, set()),
            (7, {"-7"}),
            (3, {"-7"}),
            (2, {"-7", "-2"}),
            (0, {"-7", "-2", "0"}),
        ],
    )
    def test_its_owner_hears_a_week_two_days_and_none_before(
        self, quiet_engagement, shipped, days, expected
    ):
        ChecklistItemFactory(engagement=quiet_engagement, due_on=day(days), dated_on=day(-20))

        assert steps(due(shipped), "item_due") == {(band, "Peter Bos") for band in expected}

    def test_a_deadline_on_a_sunday_is_told_on_friday(self, quiet_engagement, shipped):
        sunday = day(6)
        ChecklistItemFactory(engagement=quiet_engagement, due_on=sunday, dated_on=day(-20))

        before, after = at_eight(day(4)) - datetime.timedelta(seconds=1), at_eight(day(4))

        assert "0" not in bands(due(shipped, before), "item_due")
        assert "0" in bands(due(shipped, after), "item_due")

    def test_what_is_put_off_is_quiet_and_then_told_again(self, engagement, shipped, monday):
        item = task(engagement, "OF13")  # due on Thursday
        operations.snooze_item(item_id=item.pk, working_days=1, actor=HR)
        about = {d.band for d in due(shipped) if d.item == item.public_id}
        assert about == set()

        monday.move_to(MONDAY + datetime.timedelta(days=1))

        again = {d.band for d in due(shipped, timezone.now()) if d.item == item.public_id}
        assert "again-1" in again

    def test_whoever_said_when_is_left_in_peace_until_that_day(self, quiet_engagement, shipped):
        ChecklistItemFactory(
            engagement=quiet_engagement, due_on=day(1), dated_on=day(-20), expected_on=day(1)
        )

        assert steps(due(shipped), "item_due") == set()

    def test_a_task_without_owner_goes_to_hr(self, quiet_engagement, shipped):
        ChecklistItemFactory(
            engagement=quiet_engagement, owner=None, due_on=day(0), dated_on=day(-20)
        )

        assert steps(due(shipped), "item_due") == {
            (band, "Marieke Visser") for band in ("-7", "-2", "0")
        }
        assert set(said(shipped, "item_due")) == {"Nobody owns this task: Collect the laptop"}

    def test_a_task_whose_owner_cannot_be_reached_goes_to_hr(self, quiet_engagement, shipped):
        Contact.objects.filter(pk=quiet_engagement.manager_id).update(
            bounced_at=MONDAY, bounce_code="550"
        )
        ChecklistItemFactory(engagement=quiet_engagement, due_on=day(7), dated_on=day(-20))

        assert steps(due(shipped), "item_due") == {("-7", "Marieke Visser")}

    def test_without_a_holder_of_the_role_every_member_of_hr_hears(self, quiet_engagement, shipped):
        shipped_holder = shipped.holders["hr"]
        shipped_holder.is_active = False
        shipped_holder.save()
        members = [
            MembershipFactory(organisation=shipped, role=role)
            for role in ("hr", "admin", "auditor")
        ]
        ChecklistItemFactory(
            engagement=quiet_engagement, owner=None, due_on=day(7), dated_on=day(-20)
        )

        heard = {d.contact_id for d in due(shipped) if d.rule == "item_due"}

        assert heard == {member.contact_id for member in members[:2]}

    def test_the_decision_on_the_end_has_a_rule_of_its_own(self, shipped):
        engagement = EngagementFactory(organisation=shipped, starts_on=day(-100), ends_on=day(67))
        operations.start_checklists(engagement=engagement, actor=HR)
        assert task(engagement, "OF01").due_on == day(7)

        told = {draft.item for draft in due(shipped)}

        assert task(engagement, "OF01").public_id not in told

    def test_after_the_end_the_professional_hears_at_the_private_address(
        self, engagement, shipped, monday
    ):
        monday.move_to(MONDAY + datetime.timedelta(days=10))

        heard = {
            draft.contact_id
            for draft in due(shipped, timezone.now())
            if draft.item == task(engagement, "OF19").public_id and draft.rule == "item_late"
        }

        freelancer = engagement.freelancer
        assert freelancer.private_contact_id in heard
        assert freelancer.business_contact_id not in heard


class TestATaskIsLate:
    def late(self, engagement, working_days, **more):
        """A task of which the due day lies so many working days back."""
        calendar = engagement.organisation.calendar
        return ChecklistItemFactory(
            engagement=engagement,
            due_on=calendar.add_working_days(TODAY, -working_days),
            dated_on=day(-60),
            **more,
        )

    @pytest.mark.parametrize(
        ("working_days", "expected"),
        [
            (1, {("+1", "Servicedesk")}),
            (2, {("+1", "Servicedesk")}),
            (3, {("+1", "Servicedesk"), ("+3", "Servicedesk")}),
            (5, {("+1", "Servicedesk"), ("+3", "Servicedesk"), ("manager+5", "Peter Bos")}),
            (
                8,
                {
                    ("+1", "Servicedesk"),
                    ("+3", "Servicedesk"),
                    ("manager+5", "Peter Bos"),
                    ("hr+8", "Marieke Visser"),
                },
            ),
        ],
    )
    def test_it_goes_from_the_owner_to_the_manager_to_hr(
        self, quiet_engagement, shipped, working_days, expected
    ):
        self.late(quiet_engagement, working_days, owner=shipped.holders["it"], owner_role="it")

        assert steps(due(shipped), "item_late") == expected
        assert steps(due(shipped), "item_due") == set()

    def test_a_manager_does_not_hear_twice_about_an_own_task(self, quiet_engagement, shipped):
        self.late(quiet_engagement, 8)

        assert steps(due(shipped), "item_late") == {
            ("+1", "Peter Bos"),
            ("+3", "Peter Bos"),
            ("hr+8", "Marieke Visser"),
        }

    def test_hr_reads_what_was_left_undone_in_its_weekly_mail(self, quiet_engagement, shipped):
        self.late(quiet_engagement, 8)

        cadences = {d.band: d.cadence for d in due(shipped) if d.rule == "item_late"}

        assert cadences == {"+1": "daily", "+3": "daily", "hr+8": "weekly"}

    def test_who_said_when_is_quiet_but_the_next_person_is_not(self, quiet_engagement, shipped):
        self.late(
            quiet_engagement,
            5,
            owner=shipped.holders["it"],
            owner_role="it",
            expected_on=day(2),
        )

        assert steps(due(shipped), "item_late") == {("manager+5", "Peter Bos")}

    def test_the_line_says_what_and_how_late(self, quiet_engagement, shipped):
        self.late(quiet_engagement, 5, owner=shipped.holders["it"], owner_role="it")

        told = {
            draft.band: line
            for draft, line in lines(shipped, [d for d in due(shipped) if d.rule == "item_late"])
        }

        assert told["+3"].text == "Collect the laptop"
        assert told["+3"].when == "7 days late"
        assert told["+3"].is_late
        assert told["manager+5"].text == "Servicedesk has not finished: Collect the laptop"

    def test_what_is_done_by_then_is_not_told(self, quiet_engagement, shipped):
        item = self.late(quiet_engagement, 5)
        drafts = due(shipped)
        operations.complete_item(item_id=item.pk, actor=HR)

        assert lines(shipped, drafts) == []

    def test_what_belongs_to_somebody_else_by_then_is_not_told_to_the_last_owner(
        self, quiet_engagement, shipped
    ):
        item = self.late(quiet_engagement, 1)
        drafts = due(shipped)
        operations.assign_item(
            item_id=item.pk, contact_id=ContactFactory(organisation=shipped).pk, actor=HR
        )

        assert lines(shipped, drafts) == []

    def test_a_task_that_became_late_in_the_meantime_is_told_as_late(
        self, quiet_engagement, shipped, monday
    ):
        ChecklistItemFactory(engagement=quiet_engagement, due_on=day(0), dated_on=day(-20))
        drafts = [d for d in due(shipped) if d.rule == "item_due"]
        monday.move_to(MONDAY + datetime.timedelta(days=1))

        assert lines(shipped, drafts) == []

    def test_a_rule_that_is_switched_off_tells_nothing(self, quiet_engagement, shipped):
        self.late(quiet_engagement, 8)
        ReminderRule.objects.update(is_active=False)

        assert due(shipped) == []

    def test_an_organisation_chooses_its_own_days(self, quiet_engagement, shipped):
        self.late(quiet_engagement, 2, owner=shipped.holders["it"], owner_role="it")
        ReminderRule.objects.filter(code="item_late").update(offsets=[2], escalate_after=[1, 2])

        assert steps(due(shipped), "item_late") == {
            ("+2", "Servicedesk"),
            ("manager+1", "Peter Bos"),
            ("hr+2", "Marieke Visser"),
        }


class TestALateList:
    def test_what_was_due_before_is_told_once_for_all_and_not_step_by_step(
        self, engagement, shipped
    ):
        drafts = due(shipped)

        assert steps(drafts, "item_backlog") >= {("0", "Peter Bos"), ("0", "Servicedesk")}
        assert steps(drafts, "item_late") == set()
        about = [d for d in drafts if d.rule == "item_backlog"]
        assert len(about) == len({d.contact_id for d in about})
        assert all(d.item is None for d in about)

    def test_the_line_counts_them(self, engagement, shipped):
        peter = said(shipped, "item_backlog", engagement.manager)

        count = sum(
            item.due_on < TODAY for item in engagement.items.filter(owner=engagement.manager)
        )
        assert peter == [
            f"Tick what is done already: {count} tasks were due before this list was made"
        ]

    def test_farewell_tasks_go_on_from_the_day_their_list_was_made(
        self, engagement, shipped, monday
    ):
        caught_up = task(engagement, "OF07")  # was due two days ago
        dated_late = task(engagement, "OF05")
        engagement.items.filter(pk=dated_late.pk).update(due_on=day(-2))
        monday.move_to(MONDAY + datetime.timedelta(days=1))

        drafts = due(shipped, timezone.now())

        def about(item):
            return {d.band: d.about_on for d in drafts if d.item == item.public_id}

        assert about(caught_up) == {"-7": day(7)}
        assert about(dated_late) == {"+1": TODAY}

    def test_welcome_tasks_of_a_running_engagement_are_told_no_more(
        self, engagement, shipped, monday
    ):
        monday.move_to(MONDAY + datetime.timedelta(days=30))

        told = {d.item for d in due(shipped, timezone.now())}

        assert task(engagement, "ON02").public_id not in told

    def test_a_task_that_is_opened_again_late_starts_anew(self, engagement, shipped, monday):
        engagement.items.filter(code="OF05").update(due_on=day(-2))
        item = operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)
        monday.move_to(MONDAY + datetime.timedelta(days=3))
        operations.reopen_item(item_id=item.pk, reason="Toch niet", actor=HR)

        about = [d for d in due(shipped, timezone.now()) if d.item == item.public_id]

        assert about == []


class TestTheEndComesNear:
    def test_everybody_with_a_task_hears_that_the_farewell_begins(self, shipped):
        engagement = EngagementFactory(
            organisation=shipped,
            manager=ContactFactory(organisation=shipped, name="Peter Bos"),
            starts_on=day(-100),
            ends_on=day(30),
        )
        operations.start_checklists(engagement=engagement, actor=HR)

        heard = {name for _band, name in steps(due(shipped), "offboarding_opened")}

        assert heard == {
            "Peter Bos",
            engagement.freelancer.full_name,
            *(contact.name for contact in shipped.holders.values()),
        }

    def test_nobody_hears_of_it_earlier(self, shipped):
        engagement = EngagementFactory(organisation=shipped, starts_on=day(-100), ends_on=day(40))
        operations.start_checklists(engagement=engagement, actor=HR)

        assert bands(due(shipped), "offboarding_opened") == set()

    def test_the_last_day_comes_along_for_the_calendar(self, engagement, shipped):
        [line] = [
            line
            for draft, line in lines(shipped, due(shipped))
            if draft.rule == "offboarding_opened" and draft.contact_id == shipped.holders["it"].pk
        ]

        [event] = Calendar.from_ical(line.attachments[0].content).walk("VEVENT")
        assert event["DTSTART"].dt == engagement.ends_on
        assert event["UID"] == f"end-{engagement.public_id}@kennisborg"
        assert event["SEQUENCE"] == engagement.version
        assert "Fatima El Idrissi" in event["SUMMARY"]
        assert line.text == "The farewell begins: 4 tasks for you"
        assert line.attachments[0].media_type == "text/calendar"

    def test_manager_and_professional_hear_what_is_open_before_the_end(self, engagement, shipped):
        told = {
            draft.contact_id: line.text
            for draft, line in lines(shipped, [d for d in due(shipped) if d.rule == "items_left"])
            if draft.band == "-14"
        }

        assert set(told) == {engagement.manager_id, engagement.freelancer.business_contact_id}
        assert told[engagement.manager_id].startswith("44 tasks are still open")
        assert "knowledge points" in told[engagement.manager_id]
        mine = told[engagement.freelancer.business_contact_id]
        assert mine.startswith("12 tasks are still open")

    @pytest.mark.parametrize("unreachable", ["nobody", "manager", "professional"])
    @pytest.mark.parametrize("target", [0, 10])
    @pytest.mark.parametrize("has_tasks", [True, False])
    def test_who_has_nothing_left_is_not_told_and_so_not_asked_at_every_run(
        self, engagement, shipped, unreachable, target, has_tasks
    ):
        Engagement.objects.update(knowledge_target=target)
        professional = engagement.freelancer.business_contact
        away = {"manager": engagement.manager, "professional": professional}.get(unreachable)
        Contact.objects.filter(pk=away and away.pk).update(is_active=False)
        if not has_tasks:
            engagement.items.filter(second_role="freelancer").update(second_role="")
            engagement.items.filter(owner=professional).update(owner=shipped.holders["it"])
        hr = {shipped.holders["hr"].pk}

        drafts = [d for d in due(shipped) if d.rule == "items_left" and d.band == "-14"]

        expected = {engagement.manager_id}
        if has_tasks or target:
            expected.add(professional.pk)
        if away and away.pk in expected:
            expected = (expected - {away.pk}) | hr
        assert {draft.contact_id for draft in drafts} == expected
        assert len(lines(shipped, drafts)) == len(drafts)

    def test_nobody_hears_of_the_end_when_nothing_is_open(self, engagement, shipped):
        for item in engagement.items.all():
            operations.complete_item(item_id=item.pk, actor=HR, note="Klaar")

        assert due(shipped) == []

    def test_whoever_takes_access_and_assets_back_gets_the_list_with_the_exact_time(
        self, engagement, shipped, monday
    ):
        engagement.access_ends_at = datetime.datetime(2026, 12, 1, 16, 0, tzinfo=datetime.UTC)
        engagement.save()
        monday.move_to(MONDAY + datetime.timedelta(days=3))
        drafts = due(shipped, timezone.now())

        assert {name for _b, name in steps(drafts, "closing_list")} == {
            *("Servicedesk", "Facilitair", "Sanne Kok")
        }
        [line] = [
            line
            for draft, line in lines(shipped, [d for d in drafts if d.rule == "closing_list"])
            if draft.contact_id == shipped.holders["facilities"].pk
        ]
        assert line.text == "Take back access and assets: 1 task"
        assert "1 Dec 17:00" in line.when

    def test_security_hears_when_nobody_prepared_that_access_is_taken_back(
        self, engagement, shipped, monday
    ):
        monday.move_to(MONDAY + datetime.timedelta(days=6))
        assert steps(due(shipped, timezone.now()), "access_unscheduled") == {("-2", "Sanne Kok")}

        for code in ("OF07", "OF14"):
            operations.complete_item(item_id=task(engagement, code).pk, actor=HR)

        assert steps(due(shipped, timezone.now()), "access_unscheduled") == set()

    def test_the_heading_names_professional_engagement_and_day(self, engagement, shipped):
        drafts = due(shipped)[:1]
        with translation.override("nl"):
            [(_draft, dutch)] = lines(shipped, drafts)

        assert "Fatima El Idrissi" in dutch.heading
        assert "laatste dag di 1 dec" in dutch.heading

    def test_reminders_of_another_end_are_not_told(self, engagement, shipped):
        rules = {"offboarding_opened", "items_left", "closing_list"}
        drafts = [d for d in due(shipped) if d.rule in rules]
        Engagement.objects.filter(pk=engagement.pk).update(ends_on=day(9))

        assert lines(shipped, drafts) == []

    def test_reminders_of_a_closed_file_are_not_told(self, engagement, shipped):
        drafts = due(shipped)
        Engagement.objects.filter(pk=engagement.pk).update(closed_at=MONDAY)

        assert lines(shipped, drafts) == []
        assert due(shipped) == []


class TestAccessIsStillOpen:
    @pytest.fixture
    def over(self, engagement):
        engagement.access_ends_at = datetime.datetime(2026, 12, 1, 16, 0, tzinfo=datetime.UTC)
        engagement.save()
        return engagement.access_ends_at

    @pytest.mark.parametrize(
        ("hours", "expected"),
        [
            (-0.1, set()),
            (0, {("+0d", "Servicedesk")}),
            (4, {("+0d", "Servicedesk"), ("+4h", "Servicedesk")}),
            (
                24,
                {
                    ("+0d", "Servicedesk"),
                    ("+4h", "Servicedesk"),
                    ("+1d", "Servicedesk"),
                    ("+1d", "Sanne Kok"),
                },
            ),
        ],
    )
    def test_the_owner_hears_at_once_and_security_a_day_later(
        self, shipped, over, monday, hours, expected
    ):
        at = over + datetime.timedelta(hours=hours)
        monday.move_to(at)

        drafts = due(shipped, at)

        assert steps(drafts, "access_open") == expected
        assert {d.cadence for d in drafts if d.rule == "access_open"} <= {"now"}

    def test_without_an_hour_access_is_over_at_the_end_of_the_last_day(self, engagement, shipped):
        midnight = datetime.datetime(2026, 12, 1, 23, 0, tzinfo=datetime.UTC)

        assert not bands(due(shipped, midnight - datetime.timedelta(seconds=1)), "access_open")
        assert bands(due(shipped, midnight), "access_open") == {"+0d"}

    def test_it_stops_when_access_is_taken_back(self, engagement, shipped, over, monday):
        monday.move_to(over)
        drafts = due(shipped, over)
        assert [line.text for draft, line in lines(shipped, drafts) if draft.rule == "access_open"]
        Reminder.objects.all().delete()

        operations.complete_item(item_id=task(engagement, "OF21").pk, actor=HR, note="Weg")

        assert not bands(due(shipped, over), "access_open")
        assert not [1 for draft, _l in lines(shipped, drafts) if draft.rule == "access_open"]

    def test_an_engagement_that_ended_long_ago_wakes_nobody(self, shipped):
        old = EngagementFactory(organisation=shipped, starts_on=day(-400), ends_on=day(-31))
        operations.start_checklists(engagement=old, actor=HR)

        assert not bands(due(shipped), "access_open")


class TestManyAtOnce:
    def test_the_number_of_queries_does_not_grow_with_the_number_of_engagements(
        self, engagement, shipped
    ):
        with CaptureQueriesContext(
            connection,
        ) as few:
            first = due(shipped)
        more = [
            EngagementFactory(organisation=shipped, starts_on=day(-100), ends_on=day(8))
            for _ in range(15)
        ]
        operations.start_checklists_for(engagements=more, actor=HR)

        with CaptureQueriesContext(connection) as many:
            drafts = due(shipped)
        told = [reminder(shipped, draft) for draft in drafts]
        with CaptureQueriesContext(connection) as reading:
            list(PLANNER.lines(told))

        assert len(drafts) > 5 * len(first)
        assert len(many) == len(few) <= 12
        assert len(reading) <= 10

    def test_a_line_about_one_task_reads_that_task_alone(self, quiet_engagement, shipped):
        ChecklistItemFactory.create_batch(
            5, engagement=quiet_engagement, due_on=day(100), dated_on=day(-20)
        )
        ChecklistItemFactory(engagement=quiet_engagement, due_on=day(0), dated_on=day(-20))
        told = [reminder(shipped, d) for d in due(shipped) if d.rule == "item_due"]
        read = []

        def note(sender, **facts):
            read.append(sender)

        post_init.connect(note, sender=ChecklistItem)
        try:
            found = list(PLANNER.lines(told))
        finally:
            post_init.disconnect(note, sender=ChecklistItem)

        assert len(found) == len(told) > 0
        assert len(read) == 1

    def test_a_day_becomes_one_mail_for_each_reader(self, engagement, shipped):
        notices.plan(organisation=shipped, at=MONDAY)
        notices.plan(organisation=shipped, at=MONDAY + datetime.timedelta(minutes=10))

        digests = Message.objects.filter(kind="digest")
        assert digests.count() == digests.values("contact").distinct().count()
        desk = digests.get(contact=shipped.holders["it"])
        letter = notices.compose_digests([desk])[desk.pk]
        [group] = letter.context["groups"]
        assert group.heading == "Fatima El Idrissi, Data-engineer: last day Tue 1 Dec"
        assert [file.name for file in letter.attachments] == ["last-day.ics"]
