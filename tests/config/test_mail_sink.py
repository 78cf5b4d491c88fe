"""The mail server of the try-out: keeps all, refuses whom it is told to, and stays small."""

import email
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from config import mail_sink
from config.mail_sink import MailSink


def message(to: str = "hr@veldam.example", subject: str = "Overdracht begint") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "kennisborg@veldam.example", to, subject
    mail.set_content("Goedemorgen Özgür,\n.\nTot maandag.\n")
    return mail


def send(sink: MailSink, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as client:
        client.send_message(mail)


def kept(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_message_is_kept_whole_with_its_envelope(tmp_path):
    with MailSink(tmp_path / "mail") as sink:
        send(sink, message())

    (path,) = kept(tmp_path / "mail")
    found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert path.suffix == ".eml"
    assert found["Subject"] == "Overdracht begint"
    assert found["X-Envelope-From"] == "kennisborg@veldam.example"
    assert found["X-Envelope-To"] == "hr@veldam.example"
    assert found.get_content().splitlines() == ["Goedemorgen Özgür,", ".", "Tot maandag."]


def test_messages_are_named_in_the_order_they_came(tmp_path):
    with MailSink(tmp_path / "mail") as sink:
        for number in range(12):
            send(sink, message(subject=str(number)))

    subjects = [
        email.message_from_bytes(path.read_bytes())["Subject"] for path in kept(tmp_path / "mail")
    ]
    assert subjects == [str(number) for number in range(12)]


def test_a_mailbox_that_is_gone_is_refused_as_a_real_server_does(tmp_path):
    with (
        MailSink(tmp_path / "mail", refused=["k.smit@veldam.example"]) as sink,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refusal,
    ):
        send(sink, message(to="K.Smit@veldam.example"))

    assert refusal.value.recipients["K.Smit@veldam.example"] == (
        550,
        b"5.1.1 No such mailbox here",
    )
    assert kept(tmp_path / "mail") == []


def test_a_message_that_is_too_large_is_refused(tmp_path):
    large = message()
    large.add_attachment(
        b"\0" * mail_sink.MAX_MESSAGE, maintype="application", subtype="pdf", filename="x.pdf"
    )
    with MailSink(tmp_path / "mail") as sink, pytest.raises(smtplib.SMTPResponseException) as error:
        send(sink, large)

    assert error.value.smtp_code == 552
    assert kept(tmp_path / "mail") == []


def test_the_oldest_make_room_for_the_newest(tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    for number in range(mail_sink.MAX_MESSAGES):
        (folder / f"20200101T000000.{number:06d}Z-000000-abcdef.eml").touch()

    with MailSink(folder) as sink:
        send(sink, message())

    names = [path.name for path in kept(folder)]
    assert len(names) == mail_sink.MAX_MESSAGES
    assert "20200101T000000.000000Z-000000-abcdef.eml" not in names
    assert not names[-1].startswith("2020")


def test_only_this_machine_can_reach_it_and_only_its_owner_can_read(tmp_path):
    with MailSink(tmp_path / "mail") as sink:
        send(sink, message())
        with pytest.raises(OSError, match="refused"):
            smtplib.SMTP("127.0.0.2", sink.port, timeout=5)

    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700
    assert kept(tmp_path / "mail")[0].stat().st_mode & 0o777 == 0o600
