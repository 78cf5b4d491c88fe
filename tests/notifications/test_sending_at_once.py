import pytest

from notifications import mail
from tests.notifications.servers import free_port

pytestmark = pytest.mark.django_db
CONTEXT = {"subject": "Your code", "paragraphs": ["Your code is:", "X7-3Q9"], "code": "X7-3Q9"}


def test_code_is_sent_while_somebody_waits(postbox):
    mail.send_now("account_notice", "m.visser@veldam.example", CONTEXT, "nl")

    assert postbox.recipients == [["m.visser@veldam.example"]]
    assert postbox.subjects() == ["Your code"]
    assert postbox.mails[0]["Auto-Submitted"] == "auto-generated"
    assert postbox.mails[0]["Message-ID"].endswith("@127.0.0.1>")


def test_organisation_gives_its_desk_as_reply_address(postbox, organisation):
    mail.send_now("account_notice", "m@veldam.example", CONTEXT, "nl", organisation)

    assert postbox.mails[0]["Reply-To"] == organisation.desk_email


def test_two_codes_are_two_mails(postbox):
    for _ in range(2):
        mail.send_now("account_notice", "m@veldam.example", CONTEXT, "nl")

    assert len(postbox.count_by_message_id()) == 2


def test_mail_server_that_is_away_is_an_error_at_once(use_mail_server):
    use_mail_server(free_port())

    with pytest.raises(mail.NotSentError) as caught:
        mail.send_now("account_notice", "m@veldam.example", CONTEXT, "nl")

    assert caught.value.is_away
    assert isinstance(caught.value, OSError)


def test_refused_address_is_an_error(postbox):
    postbox.refuse_rcpt = lambda address: "550 5.1.1 no such user"

    with pytest.raises(mail.NotSentError) as caught:
        mail.send_now("account_notice", "m@veldam.example", CONTEXT, "nl")

    assert caught.value.answer.label == "recipient 550 5.1.1"
    assert "veldam" not in str(caught.value)
