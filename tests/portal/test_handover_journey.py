"""From choosing a form to booked points, as a browser without scripts would go."""

from datetime import UTC, datetime
from decimal import Decimal

import time_machine

from knowledge import operations
from knowledge.models import Deliverable, DeliverableFile, LedgerEntry
from tests.factories.uploads import make_docx, make_pdf, upload
from tests.portal.conftest import signed_in, url, words_of

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def choose(client, engagement, code):
    """Follow the link of a form on the page that shows them all."""
    page = client.get(url("deliverable_create", engagement))
    address = url("deliverable_start", engagement, code)
    assert address in page.content.decode()
    assert client.get(address).status_code == 200
    return address


def begin(client, address, **values):
    """Fill in what it is about; returns the handover and the page that comes next."""
    response = client.post(
        address, {"title": "Restart the link", "outcome": "", "kind": "file", **values}
    )
    deliverable = Deliverable.objects.latest("pk")
    assert response["Location"] == url("deliverable_edit", deliverable)
    return deliverable


def save(client, deliverable, step, *uploads, **values):
    return client.post(
        url("deliverable_edit", deliverable), {"step": step, "uploads": list(uploads), **values}
    )


def hand_in(client, deliverable):
    response = client.post(url("deliverable_submit", deliverable))
    assert response["Location"] == url("deliverable_done", deliverable)
    return client.get(response["Location"])


@time_machine.travel(MONDAY, tick=False)
def test_from_choosing_a_form_to_the_end_page(engagement):
    client = signed_in(engagement.freelancer)
    address = choose(client, engagement, "runbook")
    deliverable = begin(client, address, outcome="Samira restarts the link without calling me.")
    manual, drawing = upload("Manual.docx", make_docx()), upload("Drawing.pdf", make_pdf())

    check = words_of(client.get(save(client, deliverable, "check", manual, drawing)["Location"]))
    done = words_of(hand_in(client, deliverable))

    assert "Form Procedure or runbook" in check
    assert "After this somebody can Samira restarts the link without calling me." in check
    assert "Manual.docx" in check
    assert "Drawing.pdf" in check
    assert f"{engagement.manager.name} reviews it." in check
    assert "Acceptance brings 2.4 points as things stand." in check
    assert "Thank you, it is handed in" in done
    assert f"{engagement.manager.name} reviews it, Thursday 26 November at the latest" in done


def test_after_changes_were_asked_a_second_version_brings_points(engagement, reviewer, client):
    deliverable = begin(client, choose(client, engagement, "runbook"))
    save(client, deliverable, "check", upload("Manual.docx", make_docx()))
    hand_in(client, deliverable)
    operations.ask_changes(
        deliverable_id=deliverable.pk, comment="What if the source is away?", actor=reviewer
    )
    for name in ("deliverable_detail", "deliverable_edit"):
        words = words_of(client.get(url(name, deliverable)))
        assert words.count("What if the source is away?") == 1
        assert "Peter Bos asks for changes What if the source is away?" in words

    more = upload("Errors.pdf", make_pdf())
    save(client, deliverable, "check", more, change_note="Errors are in it now.")
    hand_in(client, deliverable)

    words = words_of(client.get(url("deliverable_detail", deliverable)))
    assert "What changed: Errors are in it now." in words
    assert words.index("Errors.pdf") < words.index("Versions before")
    assert "Version 1, handed in" in words[words.index("Versions before") :]
    first = deliverable.versions.get(number=1)
    assert DeliverableFile.objects.of_version(first).get().original_name == "Manual.docx"

    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer, comment="Clear!")

    assert LedgerEntry.objects.get().amount == Decimal("2.40")
    assert "+2.4" in words_of(client.get(url("ledger")))
    assert "“Clear!” — Peter Bos" in words_of(client.get(url("home")))
    words = words_of(client.get(url("deliverable_detail", deliverable)))
    assert "State Accepted" in words
    assert "Withdraw" not in words


def test_a_file_comes_back_as_it_was_sent_and_as_an_attachment(engagement, client, stranger):
    deliverable = begin(client, choose(client, engagement, "runbook"))
    content = make_docx()
    save(client, deliverable, "files", upload("Handleiding – köppeling.docx", content))
    file = DeliverableFile.objects.get()

    response = client.get(url("file_download", file))

    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "wordprocessingml" in response["Content-Type"]
    assert stranger.get(url("file_download", file)).status_code == 404


def test_a_link_is_handed_in(engagement, client):
    deliverable = begin(client, choose(client, engagement, "knowledge-base"), kind="link")

    save(client, deliverable, "check", link="wiki.veldam.example/koppeling")
    hand_in(client, deliverable)

    version = deliverable.versions.get()
    assert version.link == "https://wiki.veldam.example/koppeling"
    page = client.get(url("deliverable_detail", deliverable)).content.decode()
    assert 'rel="noopener noreferrer nofollow"' in page


def test_the_eight_sections_are_all_needed(engagement, client):
    address = choose(client, engagement, "handover-document")
    deliverable = begin(client, address, kind="")
    form = client.get(url("deliverable_edit", deliverable)).context["form"]
    sections = [name for name in form.fields if name.startswith("section_")]
    assert len(sections) == 8

    save(client, deliverable, "check", **dict.fromkeys(sections[:-1], "It **stands** here."))
    check = client.get(url("deliverable_check", deliverable))
    refused = client.post(url("deliverable_submit", deliverable), follow=True)

    assert "Fill in the section “The first week”." in words_of(check)
    assert "Hand in" not in words_of(check)
    assert "<strong>stands</strong>" in check.content.decode()
    assert "Fill in the section “The first week”." in words_of(refused)

    save(client, deliverable, "check", **dict.fromkeys(sections, "It stands here."))
    assert "Thank you" in words_of(hand_in(client, deliverable))


def test_what_waits_for_review_cannot_be_edited(engagement, client):
    deliverable = begin(client, choose(client, engagement, "runbook"), kind="text")
    save(client, deliverable, "check", text="Stop, then start.")
    hand_in(client, deliverable)

    for name in ("deliverable_edit", "deliverable_describe", "deliverable_check"):
        response = client.get(url(name, deliverable))
        assert response["Location"] == url("deliverable_detail", deliverable), name
    response = client.post(url("deliverable_submit", deliverable), follow=True)
    assert "This handover waits for review." in words_of(response)


def test_a_closed_file_takes_nothing_in_and_says_why(engagement, client):
    deliverable = begin(client, choose(client, engagement, "runbook"), kind="text")
    save(client, deliverable, "later", text="Stop, then start.")
    engagement.closed_at = MONDAY
    engagement.save()

    create = client.get(url("deliverable_create", engagement))
    start = client.get(url("deliverable_start", engagement, "runbook"))
    refused = client.post(
        url("deliverable_start", engagement, "runbook"),
        {"title": "Too late", "outcome": "", "kind": "file"},
    )
    edit = client.get(url("deliverable_edit", deliverable), follow=True)

    assert refused.status_code == 409
    assert Deliverable.objects.count() == 1
    for response in (create, start, edit):
        assert "so nothing is handed in any more" in words_of(response)
    assert "Stop, then start." in words_of(edit)
    assert "Choose" not in [link.strip() for link in words_of(create).split("·")]
