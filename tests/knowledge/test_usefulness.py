"""Was it of use? Who is asked when, what they can answer, and what HR sees of it."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

import engagements.operations
from core.actors import Actor
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from core.periods import Period
from core.scoping import organisation_scope
from engagements.models import Engagement
from knowledge import operations
from knowledge.models import UsefulnessCheck
from knowledge.operations import EngagementOverError, UsefulnessAnswer, UsefulnessError
from knowledge.planners import UsefulnessPlanner
from knowledge.queries import usefulness_by_form
from notifications.models import Message, Reminder, ReminderRule
from notifications.operations import plan, ship_rules
from tests.factories.accounts import UserFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.knowledge import (
    ConfirmationFactory,
    DeliverableFactory,
    ReceiverFactory,
    TopicFactory,
    UsefulnessCheckFactory,
    form_of,
)
from tests.races import just_behind

YES = UsefulnessAnswer(was_used=True, was_enough=True, had_to_call=False)
NO = UsefulnessAnswer(was_used=False, had_to_call=True, hours_lost=Decimal("2.5"))


@pytest.fixture(autouse=True)
def a_tuesday_without_holidays_before_it():
    """A round opens on a working day: in a weekend nobody would be asked yet."""
    with time_machine.travel("2026-11-24T10:00+01:00"):
        yield


def ended(organisation, days_ago=31, **more):
    today = organisation.today()
    return EngagementFactory(
        organisation=organisation,
        starts_on=today - timedelta(days=days_ago + 150),
        ends_on=today - timedelta(days=days_ago),
        **more,
    )


def holder(engagement, contact=None, title="Koppelingen", **word):
    """Return a receiver of a topic who said that it arrived."""
    contact = contact or ContactFactory(organisation=engagement.organisation)
    topic = engagement.topics.filter(title=title).first()
    receiver = ReceiverFactory(
        topic=topic or TopicFactory(engagement=engagement, title=title), contact=contact
    )
    ConfirmationFactory(receiver=receiver, **word)
    return receiver


def in_person(receiver):
    contact = receiver.contact
    return Actor(label=contact.name, kind="link", contact_id=contact.pk)


def answer(receiver, said=YES, actor=None):
    return operations.answer_usefulness(
        engagement_id=receiver.topic.engagement_id,
        answers={receiver.pk: said},
        actor=actor or in_person(receiver),
    )


@pytest.fixture
def engagement(organisation):
    return ended(organisation)


@pytest.fixture
def receiver(engagement):
    return holder(engagement)


# -- answering


def test_an_answer_is_kept_and_can_be_changed_while_the_round_is_open(receiver):
    answer(receiver)
    (check,) = answer(receiver, NO)

    check.refresh_from_db()
    assert (check.was_used, check.was_enough, check.had_to_call) == (False, None, True)
    assert (check.hours_lost, check.days_after) == (Decimal("2.5"), 30)
    assert check.changed_at is not None
    assert UsefulnessCheck.objects.count() == 1
    actions = AuditEvent.objects.filter(action__startswith="knowledge.usefulness")
    assert [event.action.rpartition(".")[2] for event in actions.order_by("pk")] == [
        "answered",
        "changed",
    ]


def test_each_round_has_an_answer_of_its_own_also_when_the_file_is_closed(organisation):
    receiver = holder(ended(organisation, 35, closed_at=timezone.now()))
    answer(receiver)

    with time_machine.travel(timezone.now() + timedelta(days=60)):
        answer(receiver, NO)

    found = UsefulnessCheck.objects.order_by("days_after").values_list("days_after", "was_used")
    assert list(found) == [(30, True), (90, False)]


@pytest.mark.parametrize("days_ago", [-5, 0, 29, 60, 89, 120])
def test_outside_of_the_rounds_nothing_is_taken(organisation, days_ago):
    with pytest.raises(InvalidTransitionError):
        answer(holder(ended(organisation, days_ago)))


def test_rounds_lie_where_hr_wants_them_and_nowhere_when_it_switched_them_off(
    organisation, receiver
):
    ship_rules(organisation=organisation)
    rule = ReminderRule.objects.get(code="usefulness_check")
    rule.offsets = [31]
    rule.save()
    (check,) = answer(receiver)
    assert check.days_after == 31

    rule.is_active = False
    rule.save()
    with pytest.raises(InvalidTransitionError):
        answer(receiver)


def test_a_cancelled_engagement_asks_nothing(receiver):
    Engagement.objects.update(cancelled_at=timezone.now())

    with pytest.raises(EngagementOverError):
        answer(receiver)


@pytest.mark.parametrize(
    "who", ["somebody else", "released", "left", "only asked a question", "a professional gone"]
)
def test_only_who_received_it_and_is_still_here_answers(organisation, engagement, receiver, who):
    actor = in_person(receiver)
    if who == "somebody else":
        actor = Actor(label="X", kind="link", contact_id=engagement.manager_id)
    elif who == "released":
        receiver.released_at, receiver.released_reason = timezone.now(), "Andere baan"
        receiver.save()
    elif who == "left":
        receiver.contact.is_active = False
        receiver.contact.save()
    elif who == "only asked a question":
        receiver.confirmations.update(answer="not_yet")
    else:
        FreelancerFactory(organisation=organisation, business_contact=receiver.contact)

    with pytest.raises(NotPermittedError):
        answer(receiver, actor=actor)


def test_a_professional_who_works_here_now_answers(organisation, engagement):
    successor = EngagementFactory(organisation=organisation)

    assert answer(holder(engagement, successor.freelancer.business_contact))


@pytest.mark.parametrize(
    "said",
    [
        UsefulnessAnswer(was_used=True, had_to_call=False),
        UsefulnessAnswer(was_used=False, had_to_call=False, hours_lost=Decimal(-1)),
        UsefulnessAnswer(was_used=False, had_to_call=False, hours_lost=Decimal(1000)),
    ],
)
def test_half_an_answer_is_refused_with_all_that_came_along(engagement, receiver, said):
    other = holder(engagement, receiver.contact, "Release")

    with pytest.raises(UsefulnessError):
        operations.answer_usefulness(
            engagement_id=engagement.pk,
            answers={receiver.pk: YES, other.pk: said},
            actor=in_person(receiver),
        )
    with pytest.raises(UsefulnessError):
        operations.answer_usefulness(
            engagement_id=engagement.pk, answers={}, actor=in_person(receiver)
        )
    assert not UsefulnessCheck.objects.exists()


def test_an_unknown_engagement_is_not_there(organisation, receiver):
    with pytest.raises(Engagement.DoesNotExist):
        operations.answer_usefulness(engagement_id=0, answers={}, actor=in_person(receiver))


@pytest.mark.django_db(transaction=True)
def test_the_same_person_in_two_windows_leaves_one_answer_the_last(organisation, receiver):
    late = just_behind(organisation, lambda: answer(receiver), lambda: answer(receiver, NO))

    with organisation_scope(organisation):
        (check,) = UsefulnessCheck.objects.all()
    assert late == [check]
    assert (check.was_used, check.changed_at is not None) == (False, True)


# -- by mail


@pytest.fixture
def rules(organisation):
    ship_rules(organisation=organisation)
    return {rule.code: rule for rule in ReminderRule.objects.all()}


def due(organisation, rules, at=None):
    return list(UsefulnessPlanner().due(organisation, at or timezone.now(), rules))


def lines(drafts, organisation):
    reminders = [
        Reminder(
            pk=number,
            organisation=organisation,
            rule=draft.rule,
            band=draft.band,
            about_on=draft.about_on,
            contact_id=draft.contact_id,
            dossier=draft.dossier,
        )
        for number, draft in enumerate(drafts)
    ]
    return list(UsefulnessPlanner().lines(reminders))


def test_each_person_is_asked_once_about_all_their_topics(organisation, receiver, rules):
    engagement = receiver.topic.engagement
    holder(engagement, receiver.contact, "Release")
    holder(engagement, title="Release")

    drafts = due(organisation, rules)

    assert {draft.contact_id for draft in drafts} > {receiver.contact_id}
    assert [draft.band for draft in drafts] == ["+30", "+30"]
    (line,) = [one for one in lines(drafts, organisation) if "Koppelingen" in one.text]
    assert "Release" in line.text
    assert line.landing.desk == reverse("knowledge:usefulness", args=[engagement.public_id])


@pytest.mark.parametrize(
    ("days_ago", "bands"),
    [(28, []), (33, ["+30"]), (95, ["+30", "+90"]), (700, [])],
)
def test_asked_after_thirty_and_ninety_days(organisation, rules, days_ago, bands):
    holder(ended(organisation, days_ago))

    drafts = due(organisation, rules)

    assert [draft.band for draft in drafts] == bands
    # A round that is over has expired: it is decided on, and told to nobody.
    is_open = [draft.expires_at > timezone.now() for draft in drafts]
    assert is_open == [False] * len(is_open[1:]) + [True] * len(is_open[:1])


def test_days_that_are_worked_are_looked_for_further_back(organisation, rules):
    holder(ended(organisation, 375))
    rules["usefulness_check"].unit = ReminderRule.Unit.WORKING
    rules["usefulness_check"].offsets = [30, 250]

    first, last = due(organisation, rules)

    assert (first.band, last.band) == ("+30", "+250")
    assert first.expires_at < timezone.now() < last.expires_at


def test_what_was_told_of_those_who_left_long_ago_is_not_read(
    organisation, rules, django_assert_num_queries
):
    for _number in range(3):
        holder(ended(organisation, 400))

    # Who ended lately, and nothing of anybody else.
    with django_assert_num_queries(1):
        assert due(organisation, rules) == []


def test_nobody_is_asked_who_answered_or_left_or_cannot_be_reached(organisation, rules):
    one, two, three = (holder(ended(organisation, 33)) for _number in range(3))
    answer(one)
    two.contact.is_active = False
    two.contact.save()
    three.contact.bounced_at, three.contact.bounce_code = timezone.now(), "550"
    three.contact.save()

    assert due(organisation, rules) == []


def test_switched_off_rule_asks_nobody(organisation, receiver, rules):
    rules["usefulness_check"].is_active = False

    assert due(organisation, rules, timezone.now() + timedelta(days=5)) == []


def test_a_line_is_gone_once_it_was_answered_or_the_end_moved(organisation, engagement, rules):
    receiver = holder(ended(organisation, 33))
    other = holder(ended(organisation, 33))
    drafts = due(organisation, rules)
    assert len(lines(drafts, organisation)) == 2

    answer(receiver)
    Engagement.objects.filter(pk=other.topic.engagement_id).update(
        ends_on=organisation.today() - timedelta(days=3)
    )

    assert lines(drafts, organisation) == []
    assert due(organisation, rules) == []
    assert lines([], organisation) == []


def test_planned_twice_it_is_told_once_and_what_moved_is_told_for_its_new_day(
    organisation, receiver
):
    ship_rules(organisation=organisation)
    at = timezone.now() + timedelta(days=4)
    told = Reminder.objects.filter(rule="usefulness_check")

    plan(organisation=organisation, at=at)
    plan(organisation=organisation, at=at)
    assert told.count() == 1

    Engagement.objects.update(ends_on=organisation.today() - timedelta(days=3))
    plan(organisation=organisation, at=at)
    assert told.count() == 1
    plan(organisation=organisation, at=timezone.now() + timedelta(days=31))
    assert sorted(told.values_list("about_on", flat=True))[-1] == (
        organisation.today() - timedelta(days=3)
    )
    assert told.count() == 2


# -- on pages


def link_of(receiver):
    _grant, token = engagements.operations.issue_grant(
        contact_id=receiver.contact_id, engagement_id=receiver.topic.engagement_id
    )
    client = Client()
    client.post(reverse("engagements:grant_open", args=[token]))
    return client


def posted(receiver, **words):
    return {f"topic-{receiver.pk}-{name}": word for name, word in words.items()}


def test_receiver_is_led_to_one_page_with_a_block_for_each_topic(receiver):
    engagement = receiver.topic.engagement
    other = holder(engagement, receiver.contact, "Release")
    client = link_of(receiver)

    tasks = client.get(reverse("offboarding:link_tasks"))
    start = client.get(reverse("offboarding:link_start"), {"to": "usefulness"})
    page = client.get(start["Location"])

    assert [task.kind for task in tasks.context["asked"]] == ["usefulness"]
    assert [form.asked.receiver for form in page.context["forms"]] == [receiver, other]

    sent = client.post(
        start["Location"],
        posted(receiver, was_used="yes", was_enough="no", had_to_call="yes", hours_lost="1.5"),
    )
    assert sent["Location"] == reverse("offboarding:link_done")
    (check,) = UsefulnessCheck.objects.all()
    assert (check.was_used, check.was_enough, check.hours_lost) == (True, False, Decimal("1.5"))
    again = client.get(start["Location"]).content.decode()
    assert "You answered this" in again or "U antwoordde" in again


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"was_used": "yes", "had_to_call": "no"},
        {"was_used": "no"},
        {"was_used": "perhaps", "had_to_call": "no"},
        {"was_used": "no", "had_to_call": "no", "hours_lost": "-1"},
        {"hours_lost": "3"},
    ],
)
def test_a_form_that_is_not_filled_in_well_says_so(receiver, words):
    url = reverse("knowledge:link_usefulness", args=[receiver.topic.engagement.public_id])

    answered = link_of(receiver).post(url, posted(receiver, **words))

    assert answered.status_code == 422
    assert any(form.errors for form in answered.context["forms"])
    assert not UsefulnessCheck.objects.exists()


@pytest.mark.parametrize(("days_ago", "text"), [(3, "We ask you on"), (130, "time to answer")])
def test_before_and_after_the_rounds_the_page_says_so(organisation, days_ago, text):
    receiver = holder(ended(organisation, days_ago))
    contact = receiver.contact
    contact.language = "en"
    contact.save()
    url = reverse("knowledge:link_usefulness", args=[receiver.topic.engagement.public_id])
    client = link_of(receiver)

    assert text in client.get(url).content.decode()
    late = client.post(url, posted(receiver, was_used="no", had_to_call="no"))
    assert late.status_code == 409


def test_somebody_elses_topics_are_not_there(receiver, engagement):
    stranger = ContactFactory(organisation=engagement.organisation)
    elsewhere = holder(ended(engagement.organisation), stranger)
    url = reverse("knowledge:link_usefulness", args=[engagement.public_id])
    client = link_of(elsewhere)

    assert client.get(url).status_code == 404
    client.post(
        reverse("knowledge:link_usefulness", args=[elsewhere.topic.engagement.public_id]),
        posted(elsewhere, was_used="no", had_to_call="no")
        | posted(receiver, was_used="no", had_to_call="no"),
    )
    assert UsefulnessCheck.objects.get().receiver == elsewhere


def test_member_answers_at_the_desk(hr, hr_client, engagement):
    receiver = holder(engagement, hr.contact)
    url = reverse("knowledge:usefulness", args=[engagement.public_id])

    assert hr_client.get(url).status_code == 200
    sent = hr_client.post(url, posted(receiver, was_used="no", had_to_call="no"))

    assert sent["Location"] == reverse("dashboards:home")
    assert UsefulnessCheck.objects.get().said_by == str(hr.user)


def test_professional_finds_it_in_the_portal(organisation, engagement):
    successor = EngagementFactory(organisation=organisation, freelancer__user=UserFactory())
    receiver = holder(engagement, successor.freelancer.business_contact)
    client = Client()
    client.force_login(successor.freelancer.user)
    url = reverse("knowledge:portal_usefulness", args=[engagement.public_id])

    assert url in client.get(reverse("portal:home"), follow=True).content.decode()
    sent = client.post(url, posted(receiver, was_used="no", had_to_call="no"))

    assert sent["Location"] == reverse("portal:home")
    assert url not in client.get(reverse("portal:home"), follow=True).content.decode()


def test_the_page_asks_the_database_little(engagement, receiver, django_assert_max_num_queries):
    for number in range(8):
        holder(engagement, receiver.contact, f"Onderwerp {number}")
    client = link_of(receiver)
    url = reverse("knowledge:link_usefulness", args=[engagement.public_id])

    with django_assert_max_num_queries(15):
        page = client.get(url)

    assert len(page.context["forms"]) == 9


# -- for HR


def sent_to(receiver):
    now = timezone.now()
    return Message.objects.create(
        organisation=receiver.organisation,
        kind="digest",
        dedupe_key="digest:x",
        contact=receiver.contact,
        state="sent",
        sent_at=now,
        next_attempt_at=now,
        expires_at=now + timedelta(days=1),
    )


def by(receiver, *codes):
    """Say by which forms somebody received their topic."""
    receiver.confirmations.all().delete()
    for code in codes:
        made = DeliverableFactory(
            accepted=True,
            engagement=receiver.topic.engagement,
            form=form_of(receiver.organisation, code),
        )
        ConfirmationFactory(receiver=receiver, deliverable=made)
    return receiver


@pytest.fixture
def year(organisation):
    today = organisation.today()
    return Period(today - timedelta(days=200), today)


def test_answers_count_for_each_form_by_which_a_topic_came(organisation, engagement, year):
    organisation.usefulness_least_answers = 2
    organisation.save()
    for number, hours in enumerate(("0", "1", "5")):
        receiver = by(holder(engagement, title=f"T{number}"), "runbook", "recording")
        UsefulnessCheckFactory(receiver=receiver, hours_lost=hours, had_to_call=number == 2)
    UsefulnessCheckFactory(
        receiver=by(holder(engagement, title="T9"), "recording"), was_used=False, was_enough=None
    )
    UsefulnessCheckFactory(receiver=holder(engagement, title="Los"))

    rows = {row.form and row.form.code: row for row in usefulness_by_form(organisation, year)}

    assert list(rows)[-1] is None
    runbook, recording = rows["runbook"].tally, rows["recording"].tally
    assert (runbook.asked, runbook.answered, runbook.used, runbook.enough) == (3, 3, 3, 3)
    assert (runbook.hours, runbook.median_hours) == (6, 1)
    assert (recording.answered, recording.used_percent, recording.called_percent) == (4, 75, 25)
    assert (recording.median_hours, rows["runbook"].advice) == (Decimal("0.5"), "keep")
    assert (rows[None].is_shown, rows[None].advice) == (False, None)


def test_asked_are_who_was_told_by_mail_and_who_answered(organisation, engagement, receiver, year):
    ship_rules(organisation=organisation)
    holder(engagement, receiver.contact, "Release")
    now = timezone.now()
    plan(organisation=organisation, at=now + timedelta(days=4))
    assert usefulness_by_form(organisation, year) == []  # nothing left yet

    Reminder.objects.update(state="sent", due_at=now, message=sent_to(receiver))
    assert usefulness_by_form(organisation, year)[0].tally.asked == 2
    answer(receiver)

    (row,) = usefulness_by_form(organisation, year)
    assert (row.tally.asked, row.tally.answered) == (2, 1)
    before = Period(year.first - timedelta(days=300), year.first - timedelta(days=1))
    assert usefulness_by_form(organisation, before) == []


def test_figures_of_few_answers_are_not_shown_and_not_in_the_file(
    organisation, engagement, hr_client
):
    for number in range(5):
        UsefulnessCheckFactory(
            receiver=by(holder(engagement, title=f"T{number}"), "recording"),
            was_used=False,
            was_enough=None,
            hours_lost="7.5",
        )
    UsefulnessCheckFactory(
        receiver=by(holder(engagement, title="Een"), "workshop"), hours_lost="8.5"
    )
    page = hr_client.get(reverse("dashboards:usefulness_report"))
    book = hr_client.get(reverse("dashboards:usefulness_export", args=["xlsx"]))
    sheet = hr_client.get(reverse("dashboards:usefulness_export", args=["csv"]))

    rows = list(load_workbook(BytesIO(book.getvalue())).active.iter_rows(values_only=True))
    few, many = sorted(rows[1:], key=lambda row: row[2])
    assert few[3:8] == (None, None, None, None, None)
    assert many[1:8] == (5, 5, 0, None, 0, 37.5, 7.5)
    text = page.content.decode()
    assert many[8] in text
    assert "minder punten" in many[8] or "fewer points" in many[8]
    assert "8,5" not in text
    assert "8.5" not in text
    assert len(sheet.getvalue().decode().splitlines()) == 3


def test_the_suggestion_changes_nothing(organisation, engagement, hr_client):
    form = form_of(organisation, "recording")
    for number in range(6):
        UsefulnessCheckFactory(receiver=by(holder(engagement, title=f"T{number}"), "recording"))

    assert hr_client.get(reverse("dashboards:usefulness_report")).status_code == 200
    assert hr_client.post(reverse("dashboards:usefulness_report")).status_code == 405
    points = form.base_points
    form.refresh_from_db()
    assert form.base_points == points


def test_an_empty_report_leads_to_the_days_on_which_people_are_asked(hr_client):
    page = hr_client.get(reverse("dashboards:usefulness_report"))

    assert reverse("dashboards:reminder_rule_list") in page.content.decode()
