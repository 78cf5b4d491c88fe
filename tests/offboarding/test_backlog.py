"""Ticking at once what was done before a list was made."""

import pytest
from django.urls import reverse

from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from offboarding import operations, queries
from offboarding.models import ChecklistItem
from tests.factories.accounts import MembershipFactory
from tests.offboarding.conftest import HR, MANAGER, TODAY, task
from tests.races import at_once

pytestmark = pytest.mark.usefixtures("english")
NOTE = "Done before we began with this list"


def complete(engagement, note=NOTE, actor=HR):
    return operations.complete_backlog(engagement_id=engagement.pk, note=note, actor=actor)


def backlog_of(engagement):
    return ChecklistItem.objects.filter(engagement=engagement, is_backlog=True)


def test_all_tasks_from_before_the_list_are_done_but_those_that_ask_for_evidence(engagement):
    asked = backlog_of(engagement).filter(needs_evidence=True).count()
    rest = backlog_of(engagement).filter(needs_evidence=False).count()
    assert asked > 0
    assert rest > 0

    answer = complete(engagement)

    assert (answer.done, answer.left) == (rest, asked)
    for item in backlog_of(engagement):
        if item.needs_evidence:
            assert item.is_open
        else:
            assert (item.state, item.note, item.settled_by) == ("done", NOTE, "Marieke Visser")


def test_no_other_task_changes(engagement):
    others = ChecklistItem.objects.filter(engagement=engagement, is_backlog=False)
    before = set(others.values_list("pk", "state", "note"))

    complete(engagement)

    assert set(others.values_list("pk", "state", "note")) == before


def test_what_was_waived_stays_waived(engagement):
    first = task(engagement, "ON08")
    assert first.is_backlog
    operations.waive_item(item_id=first.pk, reason="Not needed", actor=HR)

    complete(engagement)

    assert task(engagement, "ON08").state == "waived"


def test_one_event_tells_of_all_and_stands_in_the_history_of_each(engagement):
    answer = complete(engagement)

    event = AuditEvent.objects.get(action="offboarding.items.done")
    assert event.dossier == engagement.public_id
    assert event.data["count"] == answer.done == len(event.data["items"])
    told = [entry.text for entry in queries.history_of(task(engagement, "ON08"))]
    assert f"ticked tasks from before the list was made: {answer.done}" in told


@pytest.mark.parametrize("note", ["", "  "])
def test_it_asks_how_hr_knows(engagement, note):
    with pytest.raises(DomainError, match="how you know"):
        complete(engagement, note)

    assert not backlog_of(engagement).exclude(state="open").exists()


def test_nobody_behind_a_link_says_so(engagement):
    with pytest.raises(NotPermittedError):
        complete(engagement, actor=MANAGER)


def test_a_closed_file_stays_as_it_is(engagement):
    engagement.closed_at = "2026-11-20T12:00Z"
    engagement.save()

    with pytest.raises(InvalidTransitionError):
        complete(engagement)


def test_a_second_time_there_is_nothing_to_tick(engagement):
    complete(engagement)

    with pytest.raises(DomainError, match="No task"):
        complete(engagement)


def test_two_at_once_tick_once(stored):
    results = at_once(stored.organisation, lambda: complete(stored), lambda: complete(stored))

    assert sorted(type(result).__name__ for result in results) == ["BacklogAnswer", "DomainError"]
    assert AuditEvent.objects.filter(action="offboarding.items.done").count() == 1


class TestThePage:
    @pytest.fixture
    def client(self, engagement, hr_client):
        return hr_client

    def test_hr_ticks_them_on_the_page_of_the_engagement(self, client, engagement):
        board = queries.board_of(engagement, queries.tasks_of(engagement), TODAY)
        address = reverse("offboarding:backlog_complete", args=[engagement.public_id])
        page = client.get(engagement.get_absolute_url()).content.decode()
        assert f"{board.backlog} tasks from before this list: they were done" in page
        assert f'action="{address}"' in page

        page = client.post(address, {"note": NOTE}, follow=True).content.decode()

        assert f"{board.backlog} tasks are done." in page
        assert f"{board.backlog_left} tasks ask for their own evidence and stay open." in page
        assert f'action="{address}"' not in page

    def test_without_a_note_it_asks_once_more(self, client, engagement):
        address = reverse("offboarding:backlog_complete", args=[engagement.public_id])

        response = client.post(address, {"note": ""})

        assert response.status_code == 422
        assert "Say how you know that they were done." in response.content.decode()

    def test_an_auditor_is_not_asked(self, engagement, client):
        auditor = MembershipFactory(organisation=engagement.organisation, role="auditor")
        client.force_login(auditor.user)

        page = client.get(engagement.get_absolute_url()).content.decode()

        assert "from before this list" not in page
