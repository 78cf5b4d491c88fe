"""What pages read about tasks."""

import datetime

import pytest
from django.utils import timezone, translation

from core.scoping import across_organisations
from notifications.models import Message, Reminder
from offboarding import operations, queries
from offboarding.queries import ItemCounts
from offboarding.queries.people import items_for_contacts
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.offboarding import ChecklistItemFactory
from tests.offboarding.conftest import HR, MONDAY, TODAY, day, task

pytestmark = pytest.mark.usefixtures("english")


def shown_board(engagement, today, **options):
    return queries.board_of(engagement, queries.tasks_of(engagement), today, **options)


def test_counts_say_what_is_open_late_done_and_needed_for_closing(engagement, office):
    operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)
    operations.waive_item(item_id=task(engagement, "OF20").pk, reason="Geen", actor=HR)
    bare = EngagementFactory(organisation=office)
    late = sum(item.is_late(TODAY) for item in engagement.items.all())

    counts = queries.open_items_by_engagement([engagement.pk, bare.pk])

    assert counts == {engagement.pk: ItemCounts(open=42, late=late, gate_open=9, done=2)}


def test_counts_of_many_engagements_take_one_query(engagement, django_assert_num_queries):
    with django_assert_num_queries(1):
        queries.open_items_by_engagement([engagement.pk, 1, 2, 3])


def test_counts_need_to_know_whose_day_it_is():
    with across_organisations(), pytest.raises(RuntimeError, match="scope"):
        queries.open_items_by_engagement([1])


def test_the_overview_counts_who_is_late_and_access_that_is_open_after_the_end(
    engagement, office, monday, django_assert_num_queries
):
    assert queries.late_counts(day(0)) == (0, 0, 0)
    monday.move_to(MONDAY + datetime.timedelta(days=9))
    engagement.items.filter(owner_role="it").exclude(code="OF21").update(owner=None)

    with django_assert_num_queries(1):
        late, owners, access_open = queries.late_counts(day(9))

    items = [item for item in engagement.items.all() if item.is_late(day(9))]
    assert (late, owners) == (len(items), len({item.owner_id for item in items} - {None}))
    assert access_open == 1

    operations.complete_item(item_id=task(engagement, "OF21").pk, actor=HR, note="Weg")
    assert queries.late_counts(day(9)).access_open == 0


class TestTasksOfSomebody:
    def codes(self, contact, engagement):
        return set(items_for_contacts([contact], engagement).values_list("code", flat=True))

    def test_their_own_and_those_done_together(self, engagement):
        fatima = self.codes(engagement.freelancer.business_contact, engagement)

        assert {"ON07", "OF06", "OF19"} <= fatima
        assert {"ON08", "ON16", "OF04", "OF17"} <= fatima
        assert "OF21" not in fatima

    def test_a_professional_is_the_same_person_at_both_addresses(self, engagement):
        freelancer = engagement.freelancer

        assert self.codes(freelancer.private_contact, engagement) == self.codes(
            freelancer.business_contact, engagement
        )

    def test_a_role_counts_where_it_is_the_second_one(self, engagement, office):
        assert self.codes(office.holders["receiver"], engagement) == {"OF08", "OF09"}

    def test_a_role_of_another_department_does_not_count(self, engagement, office):
        stranger = ContactFactory(organisation=office)

        assert self.codes(stranger, engagement) == set()

    def test_what_was_cancelled_is_not_theirs(self, engagement):
        operations.settle_items(engagement=engagement, actor=HR)

        assert self.codes(engagement.manager, engagement) == set()


class TestARow:
    def row(self, item, **more):
        for name, value in more.items():
            setattr(item, name, value)
        return queries.row_of(item, TODAY)

    @pytest.fixture
    def item(self, engagement):
        return task(engagement, "OF24")  # due on 6 December

    @pytest.mark.parametrize(
        ("due", "tag", "kind"),
        [
            (day(-4), "4 days late", "bad"),
            (day(0), "today", "now"),
            (day(1), "tomorrow", "quiet"),
            (day(7), "in 7 days", "quiet"),
            (day(8), "", "quiet"),
        ],
    )
    def test_only_what_needs_attention_is_tagged(self, item, due, tag, kind):
        row = self.row(item, due_on=due)

        assert (row.state, row.tag, row.kind) == ("open", tag, kind)

    def test_it_says_what_is_asked(self, engagement):
        row = queries.row_of(task(engagement, "OF20"), TODAY)

        assert row.meta == "By Tue 1 Dec · needed for closing · evidence needed"
        assert row.tick_url == ""

    def test_it_says_with_whom_and_what_was_answered(self, engagement):
        row = self.row(task(engagement, "OF17"), expected_on=day(3))

        assert row.meta == "By Mon 30 Nov · together with the professional · expected Thu 26 Nov"

    def test_it_says_until_when_it_was_put_off(self, item):
        row = self.row(item, snoozed_until=day(2), due_on=day(20))

        assert row.meta.endswith("put off until Wed 25 Nov")
        assert row.tag == "put off"

    def test_what_was_due_before_its_list_is_not_called_late(self, engagement):
        row = queries.row_of(task(engagement, "ON01"), TODAY)

        assert row.meta.startswith("Was due Mon 16 Feb, before this list was made")
        assert row.tag == ""

    def test_what_is_done_turns_quiet_and_says_by_whom(self, item):
        done = operations.complete_item(item_id=item.pk, actor=HR)

        row = queries.row_of(done, TODAY)

        assert (row.state, row.tag) == ("done", "")
        assert row.meta == "Mon 23 Nov 10:00 by Marieke Visser"
        assert row.action_label == "Undo"

    def test_a_slip_cannot_be_undone_much_later(self, item, monday):
        done = operations.complete_item(item_id=item.pk, actor=HR)
        monday.shift(datetime.timedelta(minutes=11))

        assert queries.row_of(done, TODAY).action_label == ""

    def test_what_does_not_apply_gives_its_reason(self, item):
        waived = operations.waive_item(item_id=item.pk, reason="Wil geen brief", actor=HR)

        row = queries.row_of(waived, TODAY)

        assert (row.state, row.tag, row.kind) == ("none", "not applicable", "plain")
        assert row.meta.endswith("Wil geen brief")

    def test_the_button_does_what_helps_most(self, engagement, item):
        assert self.row(task(engagement, "OF06"), due_on=day(-1)).action_label == "Remind"
        assert queries.row_of(item, TODAY).action_label == "Open"
        assert self.row(item, owner=None).action_label == "Choose owner"

    def test_it_reads_in_dutch(self, engagement):
        with translation.override("nl"):
            assert "1 dec" in queries.row_of(task(engagement, "OF20"), TODAY).meta


class TestTheBoard:
    def test_tasks_stand_by_owner_with_the_manager_first(self, engagement):
        board = shown_board(engagement, TODAY, shows_all=True)

        labels = [lane.label for lane in board.lanes]
        assert labels[:2] == ["Hiring manager · Peter Bos", "Professional"]
        assert "IT · Servicedesk" in labels
        assert (board.open, board.done, board.hidden) == (44, 0, 0)
        assert sum(lane.open for lane in board.lanes) == 44 - len(board.backlog_rows)

    def test_what_is_far_away_is_behind_show_all(self, office):
        engagement = EngagementFactory(organisation=office, starts_on=day(20), ends_on=day(300))
        operations.start_checklists(engagement=engagement, actor=HR)

        board = shown_board(engagement, TODAY)

        shown = [row.item for lane in board.lanes for row in lane.rows]
        assert {item.phase for item in shown} == {"onboarding"}
        assert board.hidden == 44 - len(shown)

    def test_when_nothing_is_near_the_next_few_are_shown(self, office):
        engagement = EngagementFactory(organisation=office, starts_on=day(80), ends_on=day(300))
        operations.start_checklists(engagement=engagement, actor=HR)

        board = shown_board(engagement, TODAY)

        assert sum(len(lane.rows) for lane in board.lanes) == 5

    def test_what_was_just_done_stays_in_sight_for_a_week(self, engagement, monday):
        done = operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)

        def shown(today):
            board = shown_board(engagement, today)
            return {row.item.pk for lane in board.lanes for row in lane.rows}

        assert done.pk in shown(day(6))
        assert done.pk not in shown(day(7))

    def test_a_week_is_counted_from_the_day_on_the_wall(self, engagement, monday):
        monday.move_to(datetime.datetime(2026, 11, 23, 23, 30, tzinfo=datetime.UTC))
        done = operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)

        def shown(today):
            board = shown_board(engagement, today)
            return {row.item.pk for lane in board.lanes for row in lane.rows}

        with timezone.override(engagement.organisation.zone):  # half past midnight on Tuesday
            assert done.pk in shown(day(7))
            assert done.pk not in shown(day(8))

    def test_nobody_is_named_where_nobody_holds_the_role(self, engagement):
        engagement.items.filter(owner_role="it").update(owner=None)

        labels = [lane.label for lane in shown_board(engagement, TODAY).lanes]

        assert "IT · nobody yet" in labels


def remind(item, message):
    """Say that a message told of a task."""
    return Reminder.objects.create(
        organisation=item.organisation,
        key=f"{item.public_id}:{message.state}",
        rule="task-late",
        band="+1",
        about_on=item.due_on,
        contact=item.owner,
        dossier=item.engagement.public_id,
        item=item.public_id,
        due_at=timezone.now(),
        expires_at=timezone.now(),
        message=message,
        state="sent",
    )


class TestAttention:
    def late(self):
        numbers = dict(queries.late_lots(TODAY).values_list("pk", "number"))
        return queries.late_tasks(numbers, TODAY)

    def test_one_row_for_each_late_owner_of_an_engagement(self, engagement):
        engagement.items.filter(code__in=["OF01", "OF02", "OF06"]).update(due_on=day(-3))
        rows = self.late()

        late = [item for item in engagement.items.all() if item.is_late(TODAY)]
        assert len(rows) == len({item.owner_id for item in late}) == 2
        meta = next(meta for _item, meta in rows if "Peter Bos" in meta)
        count = sum(item.owner == engagement.manager for item in late) - 1
        assert meta.startswith("Fatima El Idrissi · Peter Bos")
        assert meta.endswith(f"and {count} more task")

    def test_what_blocks_closing_comes_first(self, engagement):
        gate = ChecklistItemFactory(
            engagement=engagement, is_gate=True, may_snooze=False, due_on=day(-1)
        )

        assert queries.late_lots(TODAY)[0] == gate

    def test_what_a_rule_sent_and_what_hr_sent_count_together(
        self, engagement, django_assert_num_queries
    ):
        told, other = engagement.items.exclude(owner=None)[:2]
        for kind, state in (("digest", "sent"), ("digest", "expired"), ("item_reminder", "sent")):
            message = Message.objects.create(
                organisation=engagement.organisation,
                contact=told.owner,
                kind=kind,
                params={"item": told.pk} if kind == "item_reminder" else {},
                dedupe_key=f"{kind}:{state}",
                state=state,
                sent_at=timezone.now() if state == "sent" else None,
                expires_at=timezone.now(),
            )
            if kind == "digest":
                remind(told, message)

        with django_assert_num_queries(1):
            counts = queries.times_told([told, other])

        assert (counts[told.public_id], counts[other.public_id]) == (2, 0)

    def test_tasks_without_owner_are_counted(self, engagement):
        engagement.items.filter(owner_role="it").update(owner=None)

        assert queries.unowned_items().count() == 5

    def test_nothing_late_is_no_row(self, office):
        assert self.late() == []

    def test_the_number_of_queries_does_not_grow(self, engagement, django_assert_max_num_queries):
        with django_assert_max_num_queries(3):
            self.late()
