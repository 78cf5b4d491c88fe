import datetime

import pytest
from django.db import connection, transaction

from notifications import operations, outbox, tasks
from notifications.models import Message
from tests.notifications.conftest import local

SOON = datetime.timedelta(seconds=5)


def test_promise_is_kept_once_per_key(contact):
    first = outbox.enqueue("letter", contact=contact, dedupe_key="returned:1")

    assert outbox.enqueue("letter", contact=contact, dedupe_key="returned:1") is None
    assert Message.objects.get() == first


def test_promise_is_due_now_and_of_use_for_three_days(contact):
    message = outbox.enqueue("letter", contact=contact, dedupe_key="x")

    now = operations.database_now()
    assert abs(message.next_attempt_at - now) < SOON
    assert abs(message.expires_at - now - datetime.timedelta(days=3)) < SOON


def test_promise_may_name_its_own_times(contact):
    start = local(2026, 12, 1)
    message = outbox.enqueue(
        "letter", contact=contact, dedupe_key="x", not_before=start, params={"deliverable": "1"}
    )

    assert message.next_attempt_at == start
    assert message.expires_at == start + datetime.timedelta(days=3)
    assert message.params == {"deliverable": "1"}


@pytest.mark.django_db(transaction=True)
def test_promise_outside_a_transaction_is_refused(contact):
    with pytest.raises(RuntimeError):
        outbox.enqueue("letter", contact=contact, dedupe_key="x")


def test_promise_of_a_change_that_failed_is_not_kept(contact):
    @transaction.atomic
    def change():
        outbox.enqueue("letter", contact=contact, dedupe_key="x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    assert not Message.objects.exists()


def test_many_promises_in_one_transaction_give_one_hint(
    contact, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(3):
            outbox.enqueue("letter", contact=contact, dedupe_key=str(number))

    assert callbacks == [tasks.nudge]
    assert connection.in_atomic_block
