from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

import notifications.operations
from core.actors import Actor
from knowledge import operations
from knowledge.models import Deliverable
from knowledge.operations import AgreementFacts
from knowledge.planners import KnowledgePlanner
from notifications.models import Reminder, ReminderRule
from notifications.planning import planners
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import DeliverableFactory, KnowledgeAgreementFactory
from tests.factories.offboarding import RoleHolderFactory
from tests.knowledge.conftest import hand_in

MONDAY = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
# Handed in on Monday 7 September, so the review is due on Thursday the 10th.
DUE = date(2026, 9, 10)


def at(day, hour=12):
    return datetime(2026, 9, day, hour, tzinfo=UTC)


@pytest.fixture
def rules(organisation):
    notifications.operations.ship_rules(organisation=organisation)
    return {rule.code: rule for rule in ReminderRule.objects.all()}


@pytest.fixture
def waiting(engagement, author):
    engagement.starts_on, engagement.ends_on = date(2026, 3, 2), date(2026, 12, 1)
    engagement.save()
    with time_machine.travel(MONDAY, tick=False):
        return hand_in(engagement, author)


def drafts(organisation, moment, rules):
    return list(KnowledgePlanner().due(organisation, moment, rules))


def bands(organisation, moment, rules):
    return [(draft.band, draft.contact_id) for draft in drafts(organisation, moment, rules)]


def planned(contact, waiting, band="+1"):
    return Reminder.objects.create(
        organisation=waiting.organisation,
        key=f"{band}-{contact.pk}",
        rule="review_due",
        band=band,
        about_on=DUE,
        contact=contact,
        dossier=waiting.engagement.public_id,
        item=waiting.public_id,
        due_at=MONDAY,
        expires_at=MONDAY,
    )


def told(contact, agreement, band="+1"):
    return Reminder.objects.create(
        organisation=agreement.organisation,
        key=f"{band}-{contact.pk}",
        rule="agreement_open",
        band=band,
        about_on=MONDAY.date(),
        contact=contact,
        dossier=agreement.engagement.public_id,
        item=agreement.public_id,
        due_at=MONDAY,
        expires_at=MONDAY,
    )


def lines(*reminders):
    with translation.override("en"):
        return list(KnowledgePlanner().lines(reminders))


def test_the_planner_is_registered_once():
    assert sum(isinstance(planner, KnowledgePlanner) for planner in planners()) == 1


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(8), []),
        (at(9, 5), []),  # 7 o'clock in Amsterdam: before the send time
        (at(9, 6), ["-1"]),  # a working day before
        (at(10), ["-1"]),
        (at(11), ["-1", "+1"]),
        (at(14), ["-1", "+1"]),  # the weekend lies between
        (at(15), ["-1", "+1", "+3"]),
        (at(17), ["-1", "+1", "+3", "hr+5"]),
        (at(30), ["-1", "+1", "+3", "hr+5"]),
    ],
)
def test_a_review_is_reminded_of_step_by_step(moment, expected, organisation, rules, waiting, hr):
    found = bands(organisation, moment, rules)

    assert [band for band, _ in found] == expected
    for band, contact_id in found:
        manager_id = waiting.engagement.manager_id
        assert contact_id == (hr.contact_id if band == "hr+5" else manager_id)


def test_a_draft_says_what_it_is_about(organisation, rules, waiting, engagement):
    (draft,) = drafts(organisation, at(9), rules)

    assert (draft.rule, draft.about_on) == ("review_due", DUE)
    assert (draft.dossier, draft.item) == (engagement.public_id, waiting.public_id)
    assert draft.due_at == datetime(2026, 9, 9, 6, 0, tzinfo=UTC)
    assert draft.expires_at > draft.due_at


def test_who_took_over_the_review_is_reminded(organisation, rules, waiting, reviewer):
    colleague = ContactFactory(organisation=organisation)
    operations.hand_on_review(deliverable_id=waiting.pk, contact_id=colleague.pk, actor=reviewer)

    assert bands(organisation, at(9), rules) == [("-1", colleague.pk)]


def test_hr_is_reminded_when_mail_to_the_reviewer_comes_back(
    organisation, rules, waiting, engagement, hr
):
    engagement.manager.bounced_at, engagement.manager.bounce_code = timezone.now(), "550"
    engagement.manager.save()

    assert bands(organisation, at(9), rules) == [("-1", hr.contact_id)]


def test_who_holds_the_role_of_hr_hears_of_it_instead_of_all_members(
    organisation, rules, waiting, hr
):
    holder = RoleHolderFactory(organisation=organisation, role="hr").contact

    told = {contact for band, contact in bands(organisation, at(30), rules) if band == "hr+5"}

    assert told == {holder.pk}


def test_auditors_and_former_members_are_not_hr(organisation, rules, waiting, hr):
    MembershipFactory(organisation=organisation, role="auditor")
    MembershipFactory(organisation=organisation, is_active=False)

    told = {contact for band, contact in bands(organisation, at(30), rules) if band == "hr+5"}
    assert told == {hr.contact_id}


@pytest.mark.parametrize("change", ["decided", "closed", "cancelled", "withdrawn"])
def test_what_does_not_wait_any_more_is_not_reminded_of(
    change, organisation, rules, waiting, author, reviewer
):
    if change == "decided":
        operations.accept_deliverable(deliverable_id=waiting.pk, actor=reviewer)
    elif change == "withdrawn":
        operations.withdraw_deliverable(deliverable_id=waiting.pk, actor=author)
    else:
        setattr(waiting.engagement, f"{change}_at", timezone.now())
        waiting.engagement.save()

    assert drafts(organisation, at(30), rules) == []


def test_the_organisation_sets_the_days(organisation, rules, waiting, hr):
    rule = rules["review_due"]
    rule.offsets, rule.unit, rule.escalate_after = [0, 7], "calendar", [0]

    assert [band for band, _ in bands(organisation, at(30), rules)] == ["+0", "+7"]


def test_a_rule_that_is_off_says_nothing(organisation, rules, waiting):
    for rule in rules.values():
        rule.is_active = False

    assert drafts(organisation, at(30), rules) == []
    assert drafts(organisation, at(30), {}) == []


def test_planning_many_needs_few_queries(organisation, rules, django_assert_max_num_queries):
    for _number in range(20):
        DeliverableFactory(
            engagement__organisation=organisation,
            state="submitted",
            submitted_at=MONDAY,
            review_due_on=DUE,
        )
        KnowledgeAgreementFactory(
            engagement__organisation=organisation,
            engagement__freelancer__user=UserFactory(),
            proposed_at=MONDAY,
        )

    # HR, what waits for a review, what was proposed, and whose engagements those are about.
    with django_assert_max_num_queries(5):
        found = drafts(organisation, at(11), rules)

    assert len(found) == 20 * 2 + 20


@time_machine.travel(at(14), tick=False)
def test_a_line_says_what_to_do_and_how_late_it_is(waiting, engagement, hr):
    to_manager, to_hr = planned(engagement.manager, waiting), planned(hr.contact, waiting, "hr+5")

    first, second = lines(to_manager, to_hr)

    assert first.text == "Review the handover “Handleiding koppelingen”"
    assert first.heading == "Fatima El Idrissi, Data-engineer: last day Tue 1 Dec"
    assert (first.when, first.is_late) == ("4 days late", True)
    assert "hand it on" in second.text


def test_lines_of_what_was_settled_are_left_out(waiting, engagement, organisation, reviewer):
    stranger = planned(ContactFactory(organisation=organisation), waiting)
    to_manager = planned(engagement.manager, waiting)
    assert [line.reminder_id for line in lines(stranger, to_manager)] == [to_manager.pk]

    colleague = ContactFactory(organisation=organisation)
    operations.hand_on_review(deliverable_id=waiting.pk, contact_id=colleague.pk, actor=reviewer)
    assert lines(to_manager) == []

    to_colleague = planned(colleague, waiting)
    operations.accept_deliverable(deliverable_id=waiting.pk, actor=reviewer)
    assert lines(to_colleague) == []


def test_lines_need_few_queries(waiting, engagement, django_assert_max_num_queries):
    reminders = [planned(engagement.manager, waiting, f"+{n}") for n in range(1, 9)]

    with django_assert_max_num_queries(5):
        assert len(lines(*reminders)) == 8


class TestAgreements:
    """A proposal that nobody answers."""

    @pytest.fixture
    def propose(self, engagement, author, reviewer):
        def make(side):
            facts = AgreementFacts(target=80, forms={"workshop": 1, "runbook": 1})
            actor = author if side == "freelancer" else reviewer
            with time_machine.travel(MONDAY, tick=False):
                return operations.propose_agreement(
                    engagement_id=engagement.pk, facts=facts, side=side, actor=actor
                )

        return make

    @pytest.mark.parametrize("side", ["client", "freelancer"])
    def test_the_other_side_is_reminded_and_hr_hears_of_it(
        self, side, propose, organisation, rules, engagement, hr
    ):
        propose(side)
        other = (
            engagement.freelancer.business_contact_id if side == "client" else engagement.manager_id
        )

        assert bands(organisation, at(7), rules) == []
        assert bands(organisation, at(8), rules) == [("+1", other)]
        assert bands(organisation, at(14), rules) == [("+1", other), ("+5", other)]
        assert bands(organisation, at(17), rules)[-1] == ("hr+8", hr.contact_id)

    def test_after_the_end_the_private_address_is_reminded(
        self, propose, organisation, rules, engagement
    ):
        engagement.ends_on = date(2026, 9, 1)
        engagement.starts_on = date(2026, 3, 2)
        engagement.save()
        freelancer = engagement.freelancer
        freelancer.private_contact = ContactFactory(organisation=organisation)
        freelancer.save()
        propose("client")

        assert bands(organisation, at(8), rules) == [("+1", freelancer.private_contact_id)]

    def test_what_was_answered_is_not_reminded_of(self, propose, organisation, rules, author):
        agreement = propose("client")
        operations.accept_agreement(agreement_id=agreement.pk, side="freelancer", actor=author)

        assert drafts(organisation, at(30), rules) == []

    def test_hr_hears_of_a_professional_who_cannot_answer_yet(
        self, propose, engagement, organisation, rules, hr
    ):
        engagement.freelancer.user = None
        engagement.freelancer.save()
        agreement = propose("client")

        assert bands(organisation, at(8), rules) == [("+1", hr.contact_id)]
        (line,) = lines(told(hr.contact, agreement))
        name = engagement.freelancer.full_name
        assert line.text == (
            f"Let {name} into the portal: the knowledge agreement waits for an answer"
        )
        assert line.landing.desk == engagement.freelancer.get_absolute_url()
        assert lines(told(engagement.freelancer.business_contact, agreement)) == []

    def test_hr_reads_whom_to_ask_when_the_professional_is_silent(self, propose, engagement, hr):
        agreement = propose("client")

        (line,) = lines(told(hr.contact, agreement, band="hr+8"))
        assert line.text == (
            f"{engagement.freelancer.full_name} did not answer the knowledge agreement yet:"
            " please ask"
        )

    def test_hr_can_answer_for_the_manager(self, propose, hr):
        agreement = propose("freelancer")

        (line,) = lines(told(hr.contact, agreement, band="hr+8"))
        assert line.text == "Read the knowledge agreement and answer it: 80 points"

    @time_machine.travel(at(14), tick=False)
    def test_a_line_asks_for_an_answer(self, propose, engagement, organisation, author):
        agreement = propose("client")
        reminder = Reminder.objects.create(
            organisation=organisation,
            key="x",
            rule="agreement_open",
            band="+5",
            about_on=MONDAY.date(),
            contact=engagement.freelancer.business_contact,
            dossier=engagement.public_id,
            item=agreement.public_id,
            due_at=MONDAY,
            expires_at=MONDAY,
        )

        (line,) = lines(reminder)
        assert line.text == "Read the knowledge agreement and answer it: 80 points"
        assert line.when == "since Mon 7 Sept"

        operations.accept_agreement(agreement_id=agreement.pk, side="freelancer", actor=author)
        assert lines(reminder) == []

    def test_a_line_goes_to_nobody_else(self, propose, engagement, organisation):
        agreement = propose("client")
        reminder = Reminder.objects.create(
            organisation=organisation,
            key="x",
            rule="agreement_open",
            band="+5",
            about_on=MONDAY.date(),
            contact=engagement.manager,
            dossier=engagement.public_id,
            item=agreement.public_id,
            due_at=MONDAY,
            expires_at=MONDAY,
        )

        assert lines(reminder) == []


def test_the_planners_run_puts_the_most_urgent_into_a_message(
    organisation, rules, waiting, engagement, hr
):
    notifications.operations.plan(organisation=organisation, at=at(15))

    told = Reminder.objects.filter(rule="review_due", message__isnull=False)
    assert {(r.band, r.contact_id) for r in told} == {("+3", engagement.manager_id)}
    assert Deliverable.objects.get().state == "submitted"


def test_reminders_of_another_engagement_stay_apart(organisation, policy, rules):
    for _number in range(2):
        engagement = EngagementFactory(organisation=organisation)
        actor = Actor(label="x", contact_id=engagement.freelancer.business_contact_id)
        with time_machine.travel(MONDAY, tick=False):
            hand_in(engagement, actor)

    found = drafts(organisation, at(11), rules)

    assert len({draft.dossier for draft in found}) == 2
    assert timedelta(0) < found[0].expires_at - found[0].due_at
