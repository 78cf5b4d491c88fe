"""What leaves is what Django would have made of the same mail."""

import re

import pytest
from django.core.mail.message import sanitize_address
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from notifications import mail
from notifications.mail.writing import address, written

LONG = "een te lange regel " * 60
VARYING = re.compile(rb"={15}\d+==|^Date: [^\r]*", re.MULTILINE)

# Everything that can be encoded: half a character of two is nobody's name.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def built(*, subject="Dag", text="Dag\n", html="<p>Dag</p>\n", to="p.bos@veldam.example", files=()):
    return mail.build(
        mail.Rendered(subject=mail.one_line(subject), text=text, html=html),
        to=to,
        organisation=None,
        headers={"Message-ID": "<1@kennisborg.example>", "X-Kennisborg-Ref": "1"},
        attachments=files,
    )


def same(raw):
    return VARYING.sub(b"", raw)


def djangos(email):
    return email.message().as_bytes(linesep="\r\n")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=texts, text=texts, html=texts)
@example(subject="", text="", html="")
@example(subject="Één ding voor u", text="één\r\ntwee\rdrie\n\nvier", html="<p>\x85\u2028</p>")
@example(subject="woord " * 30, text=".\n..\nFrom hier\n", html="--\n")
@example(subject="=?utf-8?q?x?=", text=LONG, html="<p>x</p>")
@example(subject="x", text="x", html=LONG)
def test_bytes_are_those_of_django(subject, text, html):
    email = built(subject=subject, text=text, html=html)

    assert same(written(email)) == same(djangos(email))


def test_bytes_are_those_of_django_with_a_desk_that_answers(organisation):
    organisation.desk_email = "bureau@veldam.example"
    email = mail.build(
        mail.Rendered(subject="Dag", text="Dag\n", html="<p>Dag</p>\n"),
        to="p.bos@veldam.example",
        organisation=organisation,
        headers={"Message-ID": "<1@kennisborg.example>"},
    )

    assert b"\r\nReply-To: bureau@veldam.example\r\n" in written(email)
    assert same(written(email)) == same(djangos(email))


def test_files_go_along():
    email = built(files=[("laatste dag.ics", b"BEGIN:VCALENDAR\r\n", "text/calendar")])

    assert b"laatste dag.ics" in written(email)
    assert same(written(email)) == same(djangos(email))


def test_no_text_ends_a_mail_of_several_parts_early():
    first = written(built())

    boundary = re.search(rb'boundary="(=+\d+==)"', first)[1]
    assert boundary not in written(built(text=boundary.decode()))[:400]


@given(st.emails())
@example("p.bos@veldam.example")
@example("p.bos@véldam.example")
@example("Kennisborg <kennisborg@veldam.example>")
@example("Käthe <k@véldam.example>")
@example("\u017fam@veldam.example")  # letters that are a-z only where case is ignored
@example("\u0131an@veldam.example")
@example("jan@\u212apn.example")
@example("jan@veldam.\u0131nfo")
def test_addresses_are_named_as_django_names_them(whole):
    assert address(whole) == sanitize_address(whole, "utf-8")


@pytest.mark.parametrize("value", ["a\nBcc: all@veldam.example", "a\rb"])
def test_no_header_has_two_lines(value):
    email = built()
    email.extra_headers["X-Kennisborg-Ref"] = value

    with pytest.raises(ValueError, match="Header values can't contain newlines"):
        written(email)
