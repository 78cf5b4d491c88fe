from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from knowledge import operations
from knowledge.models import Deliverable, TransferSession
from tests.factories.knowledge import KnowledgeAgreementFactory
from tests.factories.uploads import make_pdf
from tests.knowledge.conftest import agreed_topic, attach, hand_in, meet, start, write
from tests.portal.conftest import planned, professional, signed_in, url, words_of

NOVEMBER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SESSION = {
    "day": "2026-11-20",
    "time": "10:00",
    "minutes": "90",
    "place": "Room 3",
    "attendees": "Samira Haddou\n  \nPeter  Bos\nSamira Haddou",
    "text": "We did it together.",
    "step": "check",
}


def edit(client, deliverable, **values):
    return client.post(url("deliverable_edit", deliverable), {"step": "check", **values})


def test_a_draft_begins_with_its_title_and_waits_in_the_list(engagement, client):
    client.post(
        url("deliverable_start", engagement, "runbook"),
        {"title": "  Restart   the link ", "outcome": "Anybody can.", "kind": "text"},
    )

    deliverable = Deliverable.objects.get()
    assert (deliverable.state, deliverable.title) == ("draft", "Restart the link")
    assert deliverable.versions.get().kind == "text"
    words = words_of(client.get(url("deliverable_list")))
    assert "Your turn Restart the link Draft · Procedure or runbook · up to 8 points" in words


def test_pressing_the_button_twice_begins_one_draft(engagement, client):
    values = {"title": "Restart the link", "outcome": "", "kind": "text"}
    first = client.post(url("deliverable_start", engagement, "runbook"), values)
    second = client.post(url("deliverable_start", engagement, "runbook"), values)

    assert first["Location"] == second["Location"]
    draft = Deliverable.objects.get()
    edit(client, draft, step="later", text="Stop, then start.")

    client.post(url("deliverable_start", engagement, "runbook"), values)

    assert Deliverable.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"title": ""}, "Title: This field is required."),
        ({"title": "x" * 151}, "at most 150 characters"),
        ({"kind": "session"}, "Select a valid choice"),
        ({"kind": ""}, "This field is required."),
    ],
)
def test_what_it_is_about_has_to_be_said(values, says, engagement, client):
    response = client.post(
        url("deliverable_start", engagement, "runbook"),
        {"title": "Restart the link", "outcome": "Kept words", "kind": "file", **values},
    )

    assert response.status_code == 422
    assert says in words_of(response)
    assert "Kept words" in words_of(response)
    assert not Deliverable.objects.exists()


def test_a_form_that_the_policy_does_not_have_does_not_exist(engagement, client):
    assert client.get(url("deliverable_start", engagement, "seance")).status_code == 404


def test_a_draft_is_resumed_as_it_was_left(engagement, author, client):
    deliverable = start(engagement, author)
    write(deliverable, author, text="Stop, then")

    response = edit(client, deliverable, step="later", text="Stop, then start.")
    listed = client.get(response["Location"])
    resumed = client.get(url("deliverable_edit", deliverable))

    assert response["Location"] == url("deliverable_list")
    assert "“Handleiding koppelingen” is kept." in words_of(listed)
    assert resumed.context["form"].initial["text"] == "Stop, then start."
    assert "Stop, then start." in resumed.content.decode()


def test_title_and_way_can_be_changed_and_what_was_written_stays(engagement, author, client):
    deliverable = start(engagement, author)
    write(deliverable, author, text="Stop, then start.")
    about = url("deliverable_describe", deliverable)

    shown = client.get(about).context["form"].initial
    response = client.post(about, {"title": "Another title", "outcome": "", "kind": "link"})

    assert shown["kind"] == "text"
    assert response["Location"] == url("deliverable_edit", deliverable)
    deliverable.refresh_from_db()
    version = deliverable.versions.get()
    assert (deliverable.title, version.kind, version.text) == (
        "Another title",
        "link",
        "Stop, then start.",
    )


def test_an_invalid_change_of_the_title_is_refused(engagement, author, client):
    deliverable = start(engagement, author)

    response = client.post(url("deliverable_describe", deliverable), {"title": "", "kind": "file"})

    assert response.status_code == 422
    deliverable.refresh_from_db()
    assert deliverable.title == "Handleiding koppelingen"


def test_the_preview_keeps_the_text_and_shows_it_as_it_will_look(engagement, author, client):
    deliverable = start(engagement, author)
    write(deliverable, author)

    response = edit(
        client,
        deliverable,
        step="preview",
        text="# Steps\n\n1. Stop\n\n<script>alert(1)</script> [x](javascript:alert(1))",
    )

    page = response.content.decode()
    preview = page[page.index('id="preview"') : page.index('id="files"')]
    assert response.status_code == 200
    assert "<h" in preview
    assert "<li>Stop</li>" in preview
    assert "<script" not in preview
    assert 'href="javascript' not in preview
    assert deliverable.versions.get().text.startswith("# Steps")


def test_an_incomplete_draft_says_what_is_missing_and_is_kept(engagement, author, client):
    deliverable = start(engagement, author)

    response = client.post(url("deliverable_edit", deliverable), {"step": "check"}, follow=True)

    assert response.redirect_chain == [(url("deliverable_check", deliverable), 302)]
    assert "Not complete yet Add at least one file." in words_of(response)
    assert "Fill in what is missing" in words_of(response)


def test_a_link_that_is_none_is_refused_and_stays_readable(engagement, author, client):
    deliverable = start(engagement, author)
    operations.save_draft(
        deliverable_id=deliverable.pk, content=operations.Content(kind="link"), actor=author
    )

    response = edit(client, deliverable, link="javascript:alert(1)")

    assert response.status_code == 422
    assert "Give a whole web address that begins with https://." in words_of(response)
    assert 'value="javascript:alert(1)"' in response.content.decode()
    assert deliverable.versions.get().link == ""


def test_a_text_that_is_too_long_is_refused_and_stays_readable(engagement, author, client):
    deliverable = start(engagement, author, "handover-document")
    long = {"section_risks": "risk " * 15_000, "section_people": "Samira " * 12_000}

    response = edit(client, deliverable, **long)

    assert response.status_code == 409
    assert "This text is too long. Hand it in as a file instead." in words_of(response)
    assert response.content.decode().count("risk ") >= 15_000
    assert deliverable.versions.get().sections == {}


def test_a_file_is_removed_and_nothing_typed_is_lost(engagement, author, client):
    deliverable = start(engagement, author)
    write(deliverable, author)
    file = attach(deliverable, author)

    response = client.post(
        url("deliverable_edit", deliverable), {"remove": file.public_id, "text": "Typed just now"}
    )

    assert response["Location"] == url("deliverable_edit", deliverable)
    version = deliverable.versions.get()
    assert version.text == "Typed just now"
    assert not version.files.exists()


def test_a_file_of_another_handover_cannot_be_removed_from_here(engagement, author, client):
    deliverable, other = start(engagement, author), start(engagement, author)
    file = attach(other, author)

    response = client.post(url("deliverable_edit", deliverable), {"remove": file.public_id})

    assert response.status_code == 404
    assert other.versions.get().files.exists()


def test_enter_goes_on_and_never_removes_a_file(engagement, author, client):
    deliverable = start(engagement, author)
    attach(deliverable, author)

    page = client.get(url("deliverable_edit", deliverable)).content.decode()

    form = page[page.index('enctype="multipart/form-data"') :]
    assert form.index('value="check"') < form.index('name="remove"')


@time_machine.travel(NOVEMBER, tick=False)
def test_a_session_that_took_place_is_handed_in(engagement, author):
    client = signed_in(engagement.freelancer)
    deliverable = start(engagement, author, "workshop")

    response = client.post(url("deliverable_edit", deliverable), SESSION, follow=True)

    session = TransferSession.objects.get()
    assert session.starts_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert (session.minutes, session.place) == (90, "Room 3")
    assert session.attendees == ["Samira Haddou", "Peter Bos"]
    assert deliverable.versions.get().text == "We did it together."
    words = words_of(response)
    assert "Session Friday 20 November, 10:00 90 minutes, Room 3 Samira Haddou, Peter Bos" in words

    response = client.post(url("deliverable_submit", deliverable), follow=True)
    assert "Thank you, it is handed in" in words_of(response)
    assert url("session_calendar", deliverable) in response.content.decode()


@time_machine.travel(NOVEMBER, tick=False)
def test_a_session_to_come_is_planned_and_put_in_the_calendar(engagement, author):
    client = signed_in(engagement.freelancer)
    deliverable = start(engagement, author, "workshop")

    response = client.post(
        url("deliverable_edit", deliverable), {**SESSION, "day": "2026-11-27"}, follow=True
    )
    assert "The session is still to come." in words_of(response)
    done = client.get(url("deliverable_done", deliverable))
    assert "The session is planned" in words_of(done)

    calendar = client.get(url("session_calendar", deliverable))
    text = calendar.content.decode().replace("\r\n ", "")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert "DTSTART:20261127T090000Z" in text
    assert "SUMMARY:Handleiding koppelingen" in text
    assert f"UID:{deliverable.public_id}@kennisborg" in text

    refused = client.post(url("deliverable_submit", deliverable), follow=True)
    assert "Hand this in after the session took place." in words_of(refused)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"day": ""}, "Give the day of the session."),
        ({"day": "31-02-2026"}, "valid date"),
        ({"day": "0001-01-01"}, "Check the year"),
        ({"day": "9999-12-31"}, "Check the year"),
        ({"time": ""}, "Give the time at which it begins."),
        ({"minutes": "2"}, "greater than or equal to 5"),
        ({"day": "2026-03-29", "time": "02:30"}, "couldn’t be interpreted"),
        ({"attendees": "\n".join(f"Person {n}" for n in range(101))}, "at most 100 people"),
        ({"attendees": "x" * 151}, "at most 150 characters"),
    ],
)
def test_a_session_that_cannot_be_is_refused_and_keeps_what_was_typed(
    values, says, engagement, author, client
):
    deliverable = start(engagement, author, "workshop")

    response = client.post(url("deliverable_edit", deliverable), {**SESSION, **values})

    assert response.status_code == 422
    assert says in words_of(response)
    assert "We did it together." in response.content.decode()
    assert not TransferSession.objects.exists()


def test_a_day_may_be_typed_as_the_dutch_write_it(organisation, policy):
    fatima = professional(organisation, "Fatima El Idrissi", language="nl")
    engagement = planned(fatima)
    client = signed_in(fatima)
    client.post(
        url("deliverable_start", engagement, "workshop"), {"title": "Wachtlijsten", "outcome": ""}
    )
    deliverable = Deliverable.objects.get()

    response = client.post(
        url("deliverable_edit", deliverable), {**SESSION, "day": "20-11-2025"}, follow=True
    )

    assert TransferSession.objects.get().starts_at.date().isoformat() == "2025-11-20"
    assert "Donderdag 20 november 2025, 10:00" in words_of(response)


def test_too_few_people_is_said_before_handing_in(engagement, author, client):
    deliverable = start(engagement, author, "presentation")
    meet(deliverable, author, attendees=["Samira Haddou"])

    words = words_of(client.get(url("deliverable_check", deliverable)))

    assert "Name at least 2 colleagues who were there." in words


def test_without_a_session_there_is_no_calendar_file(engagement, author, client):
    deliverable = start(engagement, author)

    assert client.get(url("session_calendar", deliverable)).status_code == 404


def test_a_draft_can_be_withdrawn_after_one_question(engagement, author, client):
    deliverable = start(engagement, author, title="Restart the link")

    asked = client.get(url("deliverable_withdraw", deliverable))
    response = client.post(url("deliverable_withdraw", deliverable), follow=True)

    deliverable.refresh_from_db()
    assert "Withdraw “Restart the link”?" in words_of(asked)
    assert deliverable.state == "withdrawn"
    assert "You withdrew “Restart the link”." in words_of(response)
    assert "Withdrawn Restart the link" in words_of(response)


def test_what_was_accepted_cannot_be_withdrawn(engagement, author, reviewer, client):
    deliverable = hand_in(engagement, author)
    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    response = client.post(url("deliverable_withdraw", deliverable), follow=True)

    assert "This handover was decided on and stays as it is." in words_of(response)


def test_the_end_page_is_shown_for_what_was_handed_in_only(engagement, author, client):
    deliverable = start(engagement, author)

    response = client.get(url("deliverable_done", deliverable))

    assert response["Location"] == url("deliverable_detail", deliverable)


def test_after_changes_were_asked_the_check_begins_with_a_change(
    engagement, author, reviewer, client
):
    deliverable = hand_in(engagement, author)
    operations.ask_changes(deliverable_id=deliverable.pk, comment="More, please", actor=reviewer)

    response = client.get(url("deliverable_check", deliverable))

    assert response["Location"] == url("deliverable_edit", deliverable)


def test_forms_show_what_they_can_still_earn(engagement, author, reviewer, client):
    KnowledgeAgreementFactory(engagement=engagement, in_force=True, state="accepted", target=50)
    for number in range(7):
        deliverable = hand_in(engagement, author, title=f"Runbook {number}")
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
    document = hand_in(engagement, author, "handover-document", "The document")

    groups = client.get(url("deliverable_create", engagement)).context["groups"]

    choices = {choice.form.code: choice for group in groups for choice in group.choices}
    # Of a cap of 15 points acceptance may fill 4.5, which the runbooks took; receiving and
    # applying still have 6 and 4.5, of which one more runbook can bring 3.2 and 2.4.
    runbook = choices["runbook"]
    assert (runbook.room, runbook.earns) == (Decimal("10.5"), Decimal("5.6"))
    # Written forms share 20 points, of which acceptance may fill 6 and the runbooks took 4.5.
    recording = choices["recording"]
    assert (recording.room, recording.earns) == (Decimal("8.5"), Decimal("5.7"))
    assert choices["workshop"].earns == Decimal(20)
    assert choices["handover-document"].existing == document


def test_agreed_forms_say_how_many_are_to_go(engagement, author, client):
    agreement = KnowledgeAgreementFactory(engagement=engagement, in_force=True, state="accepted")
    agreement.agreed_forms.create(
        organisation=engagement.organisation,
        form=agreement.policy.forms.get(code="workshop"),
        times=3,
    )
    meet(start(engagement, author, "workshop"), author)

    words = words_of(client.get(url("deliverable_create", engagement)))

    assert "Workshop agreed, 2 to go" in words


def test_the_list_needs_few_queries(engagement, author, client, django_assert_max_num_queries):
    for number in range(6):
        hand_in(engagement, author, title=f"Runbook {number}")
    client.get(url("deliverable_list"))

    with django_assert_max_num_queries(10):
        client.get(url("deliverable_list"))


def test_old_and_new_files_are_listed_with_the_version_that_had_them(
    engagement, author, reviewer, client
):
    deliverable = start(engagement, author)
    first = attach(deliverable, author, "First.pdf", make_pdf("een"))
    operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)
    operations.ask_changes(deliverable_id=deliverable.pk, comment="Another", actor=reviewer)
    client.post(url("deliverable_edit", deliverable), {"remove": first.public_id})
    attach(deliverable, author, "Second.pdf", make_pdf("twee"))

    history = client.get(url("deliverable_detail", deliverable)).context

    assert [file.original_name for file in history["newest"].files] == ["Second.pdf"]
    assert [file.original_name for file in history["older"][0].files] == ["First.pdf"]
    assert timezone.now() - first.created_at < timedelta(minutes=5)


def test_the_last_page_repeats_the_topics_that_were_chosen(engagement, author, reviewer, client):
    deliverable = start(engagement, author)
    check = url("deliverable_check", deliverable)
    assert "About these topics" not in words_of(client.get(check))
    topic = agreed_topic(engagement, author, reviewer)
    assert "About these topics –" in words_of(client.get(check))

    about = {"title": "Restart", "outcome": "", "kind": "text", "topics": [topic.public_id]}
    client.post(url("deliverable_describe", deliverable), about)

    assert "About these topics Koppelingen Change : About these topics" in words_of(
        client.get(check)
    )
