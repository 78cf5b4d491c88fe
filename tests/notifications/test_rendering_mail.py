import datetime
import email.policy
import re
import uuid

import pytest
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from notifications import mail, operations, planning
from notifications.models import Message
from notifications.operations.digests import DigestGroup, title_of
from notifications.planning import Attachment, DigestLine, Entrance, Landing, Letter
from tests.notifications.conftest import local

TUESDAY = datetime.date(2026, 12, 1)


def text_of(sent):
    return sent.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(sent):
    return sent.get_body(("html",)).get_content()


@pytest.fixture
def digest(organisation, planner, rules_shipped, contact, postbox):
    """Deliver a digest about some things and return it as it arrived."""

    def deliver(*things, at=None):
        for facts in things:
            planner.add(contact, **{"due_on": TUESDAY, **facts})
        operations.plan(organisation=organisation, at=at or local(2026, 12, 4))
        operations.deliver_one()
        return postbox.mails[-1]

    return deliver


def test_digest_groups_what_to_do_by_engagement_with_a_button_each(digest, contact, doors):
    dossier = uuid.uuid4()
    sent = digest(
        {"dossier": dossier, "text": "Collect the laptop"},
        {"dossier": dossier, "text": "Review the handover", "due_on": datetime.date(2026, 12, 8)},
        {"heading": "Jan de Vries, ends on Friday 18 December", "text": "Decide on the end"},
    )

    html = html_of(sent)
    assert html.count(">Open the list</a>") == 2
    assert html.index("Collect the laptop") < html.index("Review the handover")
    for number in (1, 2):
        dossier = doors.opened[number - 1][1]
        assert f'href="http://127.0.0.1:8000/l/{dossier}-{number}/"' in html
        assert f"http://127.0.0.1:8000/l/{dossier}-{number}/" in text_of(sent)


def test_each_line_leads_to_its_own_thing_and_the_button_to_all_of_them(digest, doors):
    dossier = uuid.uuid4()
    facts = {"dossier": dossier, "heading": "Fatima"}
    sent = digest(
        {**facts, "text": "Collect the laptop", "landing": Landing(task="laptop")},
        {**facts, "text": "Review the handover", "landing": Landing(task="handover")},
        {**facts, "text": "Look ahead"},
    )

    address = f"http://127.0.0.1:8000/l/{dossier}-1/"
    links = re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', html_of(sent))
    assert {" ".join(text.split()): url for url, text in links} == {
        "Collect the laptop": f"{address}?to=laptop",
        "Review the handover": f"{address}?to=handover",
        "Open the list": address,
    }
    for url in (f"{address}?to=laptop", f"{address}?to=handover", address):
        assert f"{url}\n" in text_of(sent)


def test_a_button_about_one_thing_leads_to_that_thing(digest, doors):
    sent = digest({"text": "Review the handover", "landing": Landing(task="handover")})

    button = re.search(r'<a class="button" href="([^"]+)"[^>]*>([^<]+)<', html_of(sent))
    assert button[1].endswith("/?to=handover")
    assert button[2].strip() == "Open it"
    assert text_of(sent).count("?to=handover") == 1


def test_the_same_thing_is_found_by_every_door():
    landing = Landing(desk="/knowledge/1/", portal="/portal/1/", task="one")
    home = "http://127.0.0.1:8000/home/"

    assert Entrance(door="desk", url=home).to(landing) == "http://127.0.0.1:8000/knowledge/1/"
    assert Entrance(door="portal", url=home).to(landing) == "http://127.0.0.1:8000/portal/1/"
    assert Entrance(door="link", url=home).to(landing) == f"{home}?to=one"
    for door in ("desk", "portal", "link"):
        assert Entrance(door=door, url=home).to(Landing()) == home
        assert Entrance(door=door, url=home).to(None) == home


def test_digest_says_how_much_and_what_first(digest, contact):
    later = datetime.date(2026, 12, 9)
    sent = digest({"text": "Plan the exit talk", "due_on": later}, {"text": "Collect the laptop"})

    assert sent["Subject"] == "Collect the laptop (+3 days) and 1 more"
    assert f"Hello {contact.name}," in text_of(sent)
    assert "What we ask of you" in text_of(sent)
    assert "You get at most one daily message per working day." in text_of(sent)


def test_one_thing_is_not_counted_in_the_subject(digest):
    sent = digest({"text": "Collect the laptop"})

    assert sent["Subject"] == "Collect the laptop (+3 days)"
    assert "What we ask of you" in html_of(sent)


def test_what_is_late_stands_first_and_is_red(digest):
    sent = digest(
        {"text": "Due later", "due_on": datetime.date(2026, 12, 9)}, {"text": "Due before"}
    )

    before, later = html_of(sent).split("<li")[1:]
    assert "Due before" in before
    assert "#a8232f" in before
    assert "Due later" in later
    assert "#a8232f" not in later


def test_urgent_notice_does_not_promise_one_message_a_day(digest):
    sent = digest({"cadence": "now"})

    assert "at most one message" not in text_of(sent)


def test_mail_is_complete_in_html_and_plain_text_and_marked_as_automatic(digest, organisation):
    sent = digest({})
    message = Message.objects.get()

    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Kennisborg-Ref"] == str(message.public_id)
    assert sent["Reply-To"] == organisation.desk_email
    assert sent["Message-ID"] == mail.message_id(organisation, message.dedupe_key)
    assert sent["Message-ID"].endswith("@127.0.0.1>")
    assert "<style" in html_of(sent)  # dark mode stays
    assert 'class="button" href=' in html_of(sent)
    assert "background: #0b5a5e" in html_of(sent)  # and is on the element as well


def test_organisation_without_a_desk_address_has_no_reply_to(digest, organisation):
    organisation.desk_email = ""
    organisation.save()

    assert digest({})["Reply-To"] is None


def test_message_id_is_the_same_on_every_try_and_another_for_another_message(
    contact, letter_for, postbox, organisation
):
    message = letter_for(contact)
    letter_for(contact)
    postbox.refuse_data = lambda address: None
    operations.deliver_one()
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.RETRY, sent_at=None, next_attempt_at=message.next_attempt_at
    )

    operations.deliver_burst()

    counts = postbox.count_by_message_id()
    assert sorted(counts.values()) == [1, 2]


def test_mail_is_written_in_the_language_of_its_reader(contact, postbox, planner, letter_for):
    contact.language = "nl"
    contact.save()
    planner_languages = []

    def compose(message):
        planner_languages.append(translation.get_language())
        return Letter(template="account_notice", context={"subject": "x", "paragraphs": []})

    planning.register_composer("letter", compose)
    letter_for(contact)
    with translation.override("en"):
        operations.deliver_one()

    assert planner_languages == ["nl"]
    assert '<html lang="nl">' in html_of(postbox.mails[0])


def test_attachment_arrives_as_it_was(contact, postbox, planner, letter_for):
    calendar = Attachment(
        name="end.ics", content=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", media_type="text/calendar"
    )
    planning.register_composer(
        "letter",
        lambda message: Letter(
            template="account_notice",
            context={"subject": "x", "paragraphs": []},
            attachments=[calendar],
        ),
    )
    letter_for(contact)

    operations.deliver_one()

    part = next(postbox.mails[0].iter_attachments())
    assert part.get_filename() == "end.ics"
    assert part.get_content_type() == "text/calendar"
    assert "BEGIN:VCALENDAR" in part.get_content()


def test_letter_with_an_action_gets_the_address_of_its_door(contact, postbox, planner, letter_for):
    dossier = uuid.uuid4()
    planning.register_composer(
        "letter",
        lambda message: Letter(
            template="account_notice",
            context={"subject": "x", "paragraphs": [], "action_label": "Open the list"},
        ),
    )
    letter_for(contact, dossier=dossier)

    operations.deliver_one()

    assert f"Open the list:\nhttp://127.0.0.1:8000/l/{dossier}-1/" in text_of(postbox.mails[0])


def test_plain_text_is_not_escaped_and_html_is(contact, postbox, letter_for):
    letter_for(contact, params={"subject": "O'Brien & <b>Zn</b>", "text": "5 < 6 & O'Brien"})

    operations.deliver_one()

    sent = postbox.mails[0]
    assert sent["Subject"] == "O'Brien & <b>Zn</b>"
    assert "5 < 6 & O'Brien" in text_of(sent)
    assert "5 &lt; 6 &amp; O" in html_of(sent)


HOSTILE = [
    "x\r\nBcc: all@veldam.example",
    "x\nContent-Type: text/html",
    "=?utf-8?q?Bcc=3A_all=40veldam.example?=",
    "Ö" * 10_000,
    "\u202egnp.exe",
    "👩‍💻 Yılmaz",
    "\x00\x07",
    "",
]


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(max_size=300))
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[2])
@example(HOSTILE[3])
@example(HOSTILE[4])
@example(HOSTILE[5])
@example(HOSTILE[6])
@example(HOSTILE[7])
def test_no_text_adds_a_header_or_a_recipient(text):
    rendered = mail.Rendered(subject=mail.one_line(text), text=text, html="<p>x</p>")
    built = mail.build(
        rendered, to="p.bos@veldam.example", organisation=None, headers={"Message-ID": "<1@x>"}
    )

    raw = built.message().as_bytes(linesep="\r\n")
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert {name.lower() for name in dict(parsed)} == {
        "content-type",
        "mime-version",
        "subject",
        "from",
        "to",
        "date",
        "message-id",
        "auto-submitted",
    }
    assert built.recipients() == ["p.bos@veldam.example"]
    assert "\n" not in parsed["Subject"]
    assert len(mail.one_line(text)) <= 200
    assert "\u202e" not in mail.one_line(text)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\x00" not in text])
def test_hostile_text_arrives_without_harm(contact, letter_for, postbox, text):
    letter_for(contact, params={"subject": text, "text": text})

    operations.deliver_one()

    assert postbox.recipients == [[contact.email]]
    assert postbox.mails[0]["Bcc"] is None
    assert postbox.mails[0].get_content_type() == "multipart/alternative"


def test_name_of_an_attachment_cannot_break_out():
    rendered = mail.Rendered(subject="x", text="x", html="<p>x</p>")
    built = mail.build(
        rendered,
        to="p.bos@veldam.example",
        organisation=None,
        headers={},
        attachments=[("a\r\nBcc: all@veldam.example.ics", b"x", "text/calendar")],
    )

    parsed = email.message_from_bytes(built.message().as_bytes(), policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert [p.get_filename() for p in parsed.iter_attachments()] == [
        "a Bcc: all@veldam.example.ics"
    ]


@pytest.mark.parametrize(
    ("door", "words"),
    [("link", "pass it on"), ("portal", "when it will be done"), ("desk", "give it to somebody")],
)
def test_digest_says_what_can_be_done_behind_the_readers_own_door(digest, doors, door, words):
    doors.door = door

    sent = digest({"text": "Collect the laptop"})

    for text in (text_of(sent), html_of(sent)):
        assert words in text
        assert ("pass it on" in text) == (door == "link")


@pytest.mark.parametrize(
    ("door", "count", "title"),
    [
        # Behind a link stands what is asked by the time it is opened, with its own number.
        ("link", 1, "What we ask of you"),
        ("link", 2, "What we ask of you"),
        ("desk", 1, "One thing for you"),
        ("portal", 2, "2 things for you"),
    ],
)
def test_a_mail_with_a_link_promises_no_number_that_can_grow(door, count, title):
    line = DigestLine(reminder_id=1, heading="Fatima", text="Collect the laptop")
    group = DigestGroup(dossier=uuid.uuid4(), heading="Fatima", lines=[line] * count)

    assert title_of([group], door) == title
