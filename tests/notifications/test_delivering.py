import uuid

from notifications import operations
from notifications.models import Message, MessageAttempt
from notifications.operations import Delivery


def steps_of(message):
    return list(
        MessageAttempt.objects.filter(message=message).order_by("pk").values_list("step", flat=True)
    )


def test_due_message_reaches_its_contact_once(contact, letter_for, postbox):
    message = letter_for(contact, params={"subject": "Collect the laptop"})

    assert operations.deliver_next()
    assert not operations.deliver_next()

    message.refresh_from_db()
    assert message.state == Message.State.SENT
    assert message.sent_at is not None
    assert postbox.subjects() == ["Collect the laptop"]
    assert postbox.recipients == [[contact.email]]
    assert steps_of(message) == ["started", "handing_over", "sent"]
