"""Our bytes of a mail say what Django's would, whatever is in it."""

import email
import email.policy

import pytest
from django.core.mail import BadHeaderError
from hypothesis import given
from hypothesis import strategies as st

from notifications import mail
from notifications.mail.wire import envelope, wire_bytes

CALENDAR = ("laatste-dag.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Zoë\r\nEND:VCALENDAR\r\n".encode())
FILES = {
    "none": (),
    "calendar": ((*CALENDAR, "text/calendar"),),
    "two": ((*CALENDAR, "text/calendar"), ("lijst.csv", b"a;b\n", "text/csv")),
    "not plain text": (("brief.pdf", b"%PDF\x00", "application/pdf"),),
    "name beyond ASCII": (("één.ics", b"X", "text/calendar"),),
}
# What no text of a mail has: characters that end a line in one place only.
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.just("\n"))


def built(*, subject="x", text="x\n", html="<p>x</p>", to="m@veldam.example", files=()):
    return mail.build(
        mail.Rendered(subject=subject, text=text, html=html),
        to=to,
        organisation=None,
        headers={"Message-ID": "<a@veldam.example>", "Date": "Mon, 30 Nov 2026 10:00:00 +0100"},
        attachments=files,
    )


def read(raw):
    """Return all that a reader's program finds: headers, and the contents of each part."""
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert not parsed.defects
    headers = {name: str(value) for name, value in parsed.items() if name != "Content-Type"}
    parts = [
        (
            part.get_content_type(),
            part.get_filename(),
            None if part.is_multipart() else part.get_content(),
        )
        for part in parsed.walk()
    ]
    return headers, parts


def by_django(letter):
    return read(letter.message().as_bytes(linesep="\r\n"))


@pytest.mark.parametrize("files", FILES.values(), ids=list(FILES))
@pytest.mark.parametrize("length", [10, 2000])
@pytest.mark.parametrize("subject", ["Kort", "Eén ding voor u, Zoë", "Vertel eens " * 12])
def test_reader_sees_what_django_would_have_written(subject, length, files):
    html = f"<p>{'é' * length}</p>\n.punt \n\nFrom here"
    letter = built(
        subject=subject, text=f"Hallo Zoë,\n\n.\n{'x ' * length}\n", html=html, files=files
    )

    raw = wire_bytes(letter)

    assert read(raw) == by_django(letter)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@given(subject=WORDS, text=WORDS, html=WORDS)
def test_whatever_people_write_arrives(subject, text, html):
    letter = built(subject=mail.one_line(subject), text=f"{text}\n", html=html)

    assert read(wire_bytes(letter)) == by_django(letter)


@pytest.mark.parametrize("name", ["subject", "to"])
def test_header_of_two_lines_is_refused(name):
    with pytest.raises(BadHeaderError):
        wire_bytes(built(**{name: "m@veldam.example\nBcc: all@veldam.example"}))


def test_address_beyond_ascii_is_written_as_servers_read_it():
    assert envelope("m@bücher.example") == "m@xn--bcher-kva.example"
    with pytest.raises(ValueError, match="Invalid address"):
        envelope("m@veldam.example, all@veldam.example")
