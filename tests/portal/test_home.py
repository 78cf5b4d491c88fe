from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from core.actors import Actor
from knowledge import operations
from knowledge.models import Deliverable
from knowledge.operations import AgreementFacts
from tests.factories.knowledge import KnowledgeAgreementFactory
from tests.knowledge.conftest import hand_in, meet, start, write
from tests.portal.conftest import planned, professional, signed_in, task_of, url, words_of

NOVEMBER = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def home(client):
    return client.get(url("home"))


def titles(response):
    board = response.context["board"]
    return [step.title for step in board.steps], [step.title for step in board.news]


@time_machine.travel(NOVEMBER, tick=False)
def test_the_page_greets_and_says_when_it_ends_and_what_is_left(organisation, policy):
    fatima = professional(organisation, "Fatima El Idrissi")
    planned(fatima, starts_on=date(2026, 3, 3), ends_on=date(2026, 12, 1))

    words = words_of(home(signed_in(fatima)))

    assert "Hello Fatima" in words
    assert f"Your engagement at {organisation.name} ends Tuesday 1 December." in words
    assert "Still one step." in words
    assert "Next step: Hand over something new" in words


@time_machine.travel(NOVEMBER, tick=False)
def test_days_are_written_as_the_reader_writes_them(organisation, policy):
    fatima = professional(organisation, "Fatima El Idrissi", language="nl")
    engagement = planned(fatima, starts_on=date(2026, 3, 3), ends_on=date(2026, 12, 1))
    task_of(engagement, text_nl="Lever de pas in", due_on=date(2026, 11, 27))

    response = home(signed_in(fatima))

    assert '<html lang="nl"' in response.content.decode()
    assert "dinsdag 1 december" in words_of(response)
    assert "Lever de pas in" in words_of(response)
    assert "vr 27 nov" in words_of(response)


def test_somebody_without_an_engagement_learns_what_will_be_here(organisation):
    joost = professional(organisation, "Joost de Vries")

    response = home(signed_in(joost))

    assert response.status_code == 200
    assert "There is no engagement for you here yet" in words_of(response)
    assert url("profile") in response.content.decode()


def test_what_came_back_is_first_and_what_waits_comes_after(engagement, author, reviewer, client):
    hand_in(engagement, author, title="Waits for Peter")
    accepted = hand_in(engagement, author, title="Was accepted")
    operations.accept_deliverable(
        deliverable_id=accepted.pk, actor=reviewer, comment="I did it alone tonight."
    )
    start(engagement, author, title="A draft")
    returned = hand_in(engagement, author, title="Came back")
    operations.ask_changes(
        deliverable_id=returned.pk, comment="What if the source is away?", actor=reviewer
    )
    task_of(engagement, "Return the badge")
    operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=AgreementFacts(target=100, forms={"workshop": 1, "runbook": 2}),
        side="client",
        actor=reviewer,
    )

    response = home(client)

    todo, news = titles(response)
    assert todo == [
        "Came back",
        "Return the badge",
        "Knowledge agreement: read and answer",
        "A draft",
        "Hand over something new",
    ]
    assert news == ["Waits for Peter", "Was accepted"]
    words = words_of(response)
    assert "Next step: Came back “What if the source is away?” — Peter Bos" in words
    assert f"To be reviewed by {engagement.manager.name}" in words
    assert "“I did it alone tonight.” — Peter Bos +2.4 points" in words


def test_ones_own_proposal_waits_for_the_client(engagement, author, client):
    operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=AgreementFacts(target=80, paid_hours=12, forms={"workshop": 1, "runbook": 2}),
        side="freelancer",
        actor=author,
    )

    step = home(client).context["board"].news[0]

    assert (step.title, step.tag) == ("Knowledge agreement", "Waits for the client")
    assert step.meta == "You proposed 80 points in 12 paid hours"


def test_the_first_step_alone_is_highlighted(engagement, author, client):
    start(engagement, author, title="A draft")

    page = home(client).content.decode()

    assert page.count("item-now") == 1
    assert page.index("item-now") < page.index("A draft") < page.index("Hand over something new")


def test_tasks_that_can_wait_stand_below(engagement, client):
    today = timezone.localdate()
    task_of(engagement, "Late task", due_on=today - timedelta(days=3))
    task_of(engagement, "Next week", due_on=today + timedelta(days=7))
    task_of(engagement, "Next month", due_on=today + timedelta(days=30))
    task_of(engagement, "Before the list", due_on=today - timedelta(days=90), is_backlog=True)

    board = home(client).context["board"]

    assert [step.title for step in board.steps[:2]] == ["Late task", "Next week"]
    assert board.steps[0].tag == "3 days late"
    assert [step.title for step in board.later] == ["Before the list", "Next month"]
    assert board.later[0].tag == ""
    assert board.later[0].meta.startswith("Was due ")
    assert board.later[0].meta.endswith(", before this list was made")


def test_what_is_late_comes_before_a_handover_that_came_back_and_before_what_comes(
    engagement, author, client
):
    today = timezone.localdate()
    deliverable = hand_in(engagement, author)
    operations.ask_changes(
        deliverable_id=deliverable.pk,
        comment="Say who to call.",
        actor=Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id),
    )
    task_of(engagement, "Tomorrow", due_on=today + timedelta(days=1))
    task_of(engagement, "Late task", due_on=today - timedelta(days=3))

    steps = [step.title for step in home(client).context["board"].steps]

    assert steps[:3] == ["Late task", deliverable.title, "Tomorrow"]


def test_a_task_with_a_promised_day_is_not_called_late_until_then(engagement, client):
    today = timezone.localdate()
    task_of(
        engagement,
        "Return the badge",
        due_on=today - timedelta(days=1),
        expected_on=today + timedelta(days=2),
    )

    step = home(client).context["board"].steps[0]

    assert step.tag == ""
    assert "You expect this to be done" in step.meta


def test_more_than_five_steps_are_not_shown_at_once(engagement, client):
    for number in range(7):
        task_of(engagement, f"Task {number}")

    board = home(client).context["board"]

    assert len(board.steps) == 5
    assert [step.title for step in board.later[:2]] == ["Task 5", "Task 6"]
    assert "Still eight steps." in board.sentence


def test_tasks_of_others_are_not_shown(engagement, client):
    task = task_of(engagement, "Collect the laptop")
    task.owner = engagement.manager
    task.save()

    assert "Collect the laptop" not in words_of(home(client))


def test_a_session_to_come_is_shown_with_its_moment(engagement, author, client):
    deliverable = start(engagement, author, "workshop", "Reading waiting lists")
    meet(deliverable, author, starts_at=timezone.now() + timedelta(days=4))

    board = home(client).context["board"]

    assert [(step.title, step.tag) for step in board.news] == [("Reading waiting lists", "Planned")]


def test_a_session_that_took_place_asks_to_be_handed_in(engagement, author, client):
    deliverable = start(engagement, author, "workshop", "Reading waiting lists")
    meet(deliverable, author)

    step = home(client).context["board"].steps[0]

    assert (step.title, step.action) == ("Reading waiting lists", "Hand in")


def test_a_late_review_is_named_with_who_is_late(engagement, author, client):
    deliverable = hand_in(engagement, author, title="Waits long")
    Deliverable.objects.update(review_due_on=timezone.localdate() - timedelta(days=2))

    step = home(client).context["board"].news[0]

    assert deliverable.title == step.title
    assert step.tag == "Review late"
    assert step.meta.startswith(f"{engagement.manager.name} should have reviewed this by")


def test_the_next_thing_to_hand_over_names_what_is_still_agreed(engagement, author, client):
    agreement = KnowledgeAgreementFactory(engagement=engagement, in_force=True, state="accepted")
    for code, times in (("runbook", 3), ("workshop", 1)):
        agreement.agreed_forms.create(
            organisation=engagement.organisation,
            form=agreement.policy.forms.get(code=code),
            times=times,
        )
    write(start(engagement, author, "runbook"), author)

    step = home(client).context["board"].steps[-1]

    assert step.meta.startswith("Still agreed: Procedure or runbook (2x), Workshop")


def test_once_the_target_is_met_nothing_new_is_asked(organisation, policy):
    fatima = professional(organisation, "Fatima El Idrissi")
    planned(fatima, knowledge_target=0)

    board = home(signed_in(fatima)).context["board"]

    assert board.steps == []
    assert board.sentence.endswith("There is nothing left to do.")


def test_several_engagements_are_reached_by_links(engagement, client):
    other = planned(
        engagement.freelancer,
        title="Archive adviser",
        starts_on=timezone.localdate() - timedelta(days=900),
        ends_on=timezone.localdate() - timedelta(days=600),
    )

    first = home(client)
    second = client.get(url("engagement_detail", other))

    assert url("engagement_detail", other) in first.content.decode()
    assert first.context["engagement"] == engagement
    assert second.context["engagement"] == other
    assert "ended" in second.context["board"].sentence


def test_what_runs_comes_before_what_comes_and_what_is_over(organisation, policy):
    today = timezone.localdate()
    fatima = professional(organisation, "Fatima El Idrissi")

    def run(title, first, last, **facts):
        planned(
            fatima,
            title=title,
            starts_on=today + timedelta(days=first),
            ends_on=today + timedelta(days=last),
            **facts,
        )

    run("cancelled", 1, 10, cancelled_at=timezone.now())
    run("closed", -300, -200, closed_at=timezone.now())
    run("ended", -100, -3)
    run("planned", 3, 30)
    run("runs longer", -3, 30)
    run("runs", -3, 10)

    shown = home(signed_in(fatima)).context["engagements"]

    assert [engagement.title for engagement in shown] == [
        "runs",
        "runs longer",
        "planned",
        "ended",
        "closed",
        "cancelled",
    ]


@pytest.mark.parametrize(
    ("decided", "says"),
    [("closed_at", "was closed"), ("cancelled_at", "This engagement was cancelled")],
)
def test_a_file_that_is_over_stays_readable_and_says_why_nothing_goes_in(
    decided, says, engagement, author, client
):
    hand_in(engagement, author, title="Handed in before")
    task_of(engagement)
    setattr(engagement, decided, timezone.now())
    engagement.save()

    response = home(client)

    assert says in words_of(response)
    assert "nothing is handed in any more" in words_of(response)
    assert titles(response) == ([], ["Handed in before"])
    assert url("deliverable_create", engagement) not in response.content.decode()


def test_after_the_end_handing_in_goes_on_until_the_file_is_closed(engagement, client):
    engagement.ends_on = timezone.localdate() - timedelta(days=2)
    engagement.save()

    response = home(client)

    assert "ended" in response.context["board"].sentence
    assert "Hand over something new" in words_of(response)


def test_before_the_first_day_the_page_says_when_it_begins(engagement, client):
    engagement.starts_on = timezone.localdate() + timedelta(days=5)
    engagement.save()

    assert "begins" in home(client).context["board"].sentence


def test_the_page_tells_where_the_data_goes(engagement, client):
    words = words_of(home(client))

    assert "Where does my data go?" in words
    assert engagement.organisation.desk_email in words
    assert f"{engagement.organisation.name} decides how long it keeps" in words


def test_the_points_stand_beside_the_target_and_the_promises(engagement, author, reviewer, client):
    deliverable = hand_in(engagement, author)
    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    words = words_of(home(client))

    assert "2.4 of 100, usual for this length" in words
    assert "Review within 3 working days 1 of 1 in time" in words


def test_a_full_home_page_needs_few_queries(
    engagement, author, reviewer, client, django_assert_max_num_queries
):
    for number in range(4):
        deliverable = hand_in(engagement, author, title=f"Accepted {number}")
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer, comment="Yes")
        hand_in(engagement, author, title=f"Waits {number}")
        meet(start(engagement, author, "workshop", f"Session {number}"), author)
        task_of(engagement, f"Task {number}")
    KnowledgeAgreementFactory(engagement=engagement, in_force=True, state="accepted")
    planned(engagement.freelancer, starts_on=date(2024, 1, 1), ends_on=date(2024, 3, 1))
    home(client)  # the visit is noted once a minute

    with django_assert_max_num_queries(21):
        response = home(client)

    assert response.status_code == 200
