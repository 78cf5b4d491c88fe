from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.uploads import make_pdf, upload
from tests.portal.conftest import planned, professional, task_of, url, words_of


@pytest.fixture
def task(engagement):
    return task_of(engagement, "Sign confidentiality", needs_evidence=True)


def finish(client, task, **values):
    return client.post(url("item_complete", task), values)


def test_a_task_shows_its_day_and_what_is_asked(task, client):
    words = words_of(client.get(url("item_detail", task)))

    assert "Sign confidentiality" in words
    assert "in 7 days" in words
    assert "This task asks for evidence: a note or a file, one of the two." in words
    assert "(optional)" not in words.partition("Not yet")[0]
    assert "Yes, this is done" in words


def test_a_task_from_before_the_list_is_asked_mildly(engagement, client):
    early = task_of(
        engagement,
        "Read the code of conduct",
        due_on=timezone.localdate() - timedelta(days=90),
        is_backlog=True,
    )

    words = words_of(client.get(url("item_detail", early)))

    assert "before this list was made." in words
    assert "days late" not in words


def test_opening_a_task_is_noted_for_hr(task, client):
    client.get(url("engagement_detail", task.engagement))
    task.refresh_from_db()
    assert task.last_seen_at is None

    client.get(url("item_detail", task))

    task.refresh_from_db()
    assert task.last_seen_by == "Fatima El Idrissi"


def test_a_task_is_done_with_a_note(task, client):
    response = finish(client, task, note="Signed on paper, with HR.")

    task.refresh_from_db()
    assert response["Location"] == url("engagement_detail", task.engagement)
    assert (task.state, task.note) == ("done", "Signed on paper, with HR.")
    assert task.settled_by == "Fatima El Idrissi"
    words = words_of(client.get(url("item_detail", task)))
    assert "State Done" in words
    assert "By Fatima El Idrissi" in words


def test_a_task_is_done_with_a_file(task, client):
    finish(client, task, upload=upload("Signed.pdf", make_pdf()))

    task.refresh_from_db()
    assert task.state == "done"
    proof = task.evidence.get()
    assert proof.original_name == "Signed.pdf"
    page = client.get(url("item_detail", task))
    assert "Signed.pdf" in words_of(page)
    assert url("evidence_download", proof) in page.content.decode()
    file = client.get(url("evidence_download", proof))
    assert len(file.getvalue()) == proof.size
    assert file["Content-Disposition"] == 'attachment; filename="Signed.pdf"'


def test_evidence_that_is_asked_for_has_to_be_given(task, client):
    response = finish(client, task)

    task.refresh_from_db()
    assert response.status_code == 409
    assert "This task asks for evidence. Add a note or a file." in words_of(response)
    assert task.state == "open"


def test_a_refused_file_keeps_the_note_that_was_typed(task, client):
    response = finish(client, task, note="As agreed", upload=upload("virus.exe", b"MZ\x90\x00"))

    assert response.status_code == 409
    assert "As agreed" in response.content.decode()
    assert not task.evidence.exists()


def test_not_yet_asks_when(task, client):
    day = timezone.localdate() + timedelta(days=4)

    response = client.post(url("item_postpone", task), {"expected_on": day.isoformat()})

    task.refresh_from_db()
    assert response.status_code == 302
    assert (task.state, task.expected_on) == ("open", day)


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01"])
def test_a_day_that_cannot_be_is_refused(day, task, client):
    response = client.post(url("item_postpone", task), {"expected_on": day})

    task.refresh_from_db()
    assert response.status_code == 422
    assert '<details class="disclosure" open' in response.content.decode()
    assert task.expected_on is None


def test_a_done_task_takes_no_new_day(task, client):
    finish(client, task, note="Signed")
    day = timezone.localdate() + timedelta(days=4)

    response = client.post(url("item_postpone", task), {"expected_on": day.isoformat()})

    assert response.status_code == 409
    assert "This task is done already." in words_of(response)


def test_a_task_is_not_done_twice(task, client):
    finish(client, task, note="Signed")

    response = finish(client, task, note="Again")

    assert response.status_code == 409
    assert "This task is done already." in words_of(response)


def test_a_closed_file_shows_its_tasks_without_buttons(task, client):
    task.engagement.closed_at = timezone.now()
    task.engagement.save()

    response = client.get(url("item_detail", task))

    assert "Yes, this is done" not in words_of(response)
    assert "State Open" in words_of(response)
    assert finish(client, task, note="Late").status_code == 409


def test_a_task_done_together_can_be_answered_by_the_second_one(engagement, client):
    shared = task_of(
        engagement,
        "Agree what is handed over",
        owner=engagement.manager,
        owner_role="manager",
        second_role="freelancer",
    )

    assert "Agree what is handed over" in words_of(client.get(url("engagement_detail", engagement)))
    assert "Together with the hiring manager." in words_of(client.get(url("item_detail", shared)))
    assert finish(client, shared, note="Agreed with Peter.").status_code == 302

    shared.refresh_from_db()
    assert (shared.state, shared.settled_by) == ("done", "Fatima El Idrissi")


def test_a_task_of_the_manager_alone_or_one_that_was_cancelled_is_not_there(engagement, client):
    alone = task_of(engagement, owner=engagement.manager, owner_role="manager")
    cancelled = task_of(engagement, state="cancelled", settled_at=timezone.now(), settled_by="HR")

    for item in (alone, cancelled):
        assert client.get(url("item_detail", item)).status_code == 404
        assert finish(client, item, note="Done").status_code == 404


def test_a_task_shared_in_the_engagement_of_somebody_else_is_not_there(organisation, client):
    joost = planned(professional(organisation, "Joost de Vries"))
    shared = task_of(joost, owner=joost.manager, owner_role="manager", second_role="freelancer")

    assert client.get(url("item_detail", shared)).status_code == 404
    assert finish(client, shared, note="Done").status_code == 404
