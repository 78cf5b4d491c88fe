import pytest
from django.test import override_settings

from knowledge.models import DeliverableFile
from tests.factories.uploads import make_docx, make_pdf, make_picture, rezip, upload
from tests.knowledge.conftest import attach, start, write
from tests.portal.conftest import planned, professional, signed_in, url, words_of

MEBIBYTE = 1024 * 1024


@pytest.fixture
def draft(engagement, author):
    deliverable = start(engagement, author)
    write(deliverable, author, text="Written before")
    return deliverable


def send(client, draft, *uploads, text="Typed just now", step="check"):
    return client.post(
        url("deliverable_edit", draft), {"uploads": list(uploads), "text": text, "step": step}
    )


def bomb():
    """Return a small document that inflates to far more than may be."""
    return rezip(make_docx(), {"word/media/image1.bin": bytes(30 * MEBIBYTE)})


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("setup.exe", lambda: b"MZ\x90\x00", "exe"),
        ("report.pdf", lambda: b"MZ\x90\x00" * 50, "report.pdf"),
        ("old.doc", make_docx, "docx"),
        ("empty.pdf", lambda: b"", "This file is empty."),
        ("bomb.docx", bomb, "bomb.docx"),
        ("page.html", lambda: b"<html></html>", "html"),
    ],
)
def test_a_refused_file_is_named_with_the_reason_and_takes_nothing_along(
    name, content, says, draft, client
):
    response = send(client, draft, upload(name, content()))

    words = words_of(response)
    assert response.status_code == 422
    assert f"{name}: " in words
    assert says in words
    assert "Typed just now" in response.content.decode()
    assert draft.versions.get().text == "Typed just now"
    assert not DeliverableFile.objects.exists()


def test_a_file_that_is_too_large_says_how_large_it_may_be(draft, client):
    draft.organisation.document_limit_mb = 1
    draft.organisation.save()
    large = upload("Large.txt", b"x" * (MEBIBYTE + 1))

    response = send(client, draft, upload("Good.docx", make_docx()), large)

    assert response.status_code == 422
    assert "Large.txt: This file is larger than the 1.0 MB that are allowed" in words_of(response)
    assert draft.versions.get().text == "Typed just now"
    assert DeliverableFile.objects.get().original_name == "Good.docx"


def test_good_files_are_kept_when_one_beside_them_is_refused(draft, client):
    response = send(
        client,
        draft,
        upload("Good.docx", make_docx()),
        upload("Bad.exe", b"MZ"),
        upload("Drawing.png", make_picture()),
    )

    assert response.status_code == 422
    kept = DeliverableFile.objects.order_by("pk").values_list("original_name", flat=True)
    assert list(kept) == ["Good.docx", "Drawing.png"]
    words = words_of(response)
    assert "Bad.exe: " in words
    assert "Good.docx" in words


def test_the_same_file_twice_points_at_the_first(engagement, author, draft, client):
    content = make_pdf()
    first = start(engagement, author, title="The first one")
    attach(first, author, "Original.pdf", content)

    response = send(client, draft, upload("Copy.pdf", content))

    assert response.status_code == 422
    words = words_of(response)
    assert (
        "Copy.pdf: You handed in this file before: “Original.pdf”, with “The first one”." in words
    )
    assert DeliverableFile.objects.count() == 1


def test_the_same_file_twice_in_one_go_is_kept_once(draft, client):
    content = make_pdf()

    response = send(client, draft, upload("One.pdf", content), upload("Two.pdf", content))

    assert response.status_code == 422
    assert DeliverableFile.objects.get().original_name == "One.pdf"


def test_adding_files_stays_on_the_page(draft, client):
    response = send(client, draft, upload("Good.docx", make_docx()), step="files")

    assert response["Location"] == url("deliverable_edit", draft)
    page = client.get(response["Location"])
    assert "Good.docx" in words_of(page)
    assert "Typed just now" in page.content.decode()


def test_a_name_that_tries_tricks_is_shown_harmlessly(draft, client):
    send(client, draft, upload("../../etc/\u202egnp.exe.docx", make_docx()), step="files")

    file = DeliverableFile.objects.get()
    assert "/" not in file.original_name
    assert "\u202e" not in file.original_name
    assert file.original_name in words_of(client.get(url("deliverable_edit", draft)))


def test_refusals_are_in_the_language_of_the_reader(organisation, policy):
    fatima = professional(organisation, "Fatima El Idrissi", language="nl")
    engagement = planned(fatima)
    client = signed_in(fatima)
    client.post(
        url("deliverable_start", engagement, "runbook"),
        {"title": "Koppeling", "outcome": "", "kind": "file"},
    )
    draft = engagement.deliverables.get()

    response = client.post(
        url("deliverable_edit", draft), {"uploads": upload("leeg.pdf", b""), "step": "check"}
    )

    assert response.status_code == 422
    assert "leeg.pdf: " in words_of(response)
    assert '<html lang="nl"' in response.content.decode()


@override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=1)
def test_a_file_that_went_to_disk_on_the_way_is_kept_as_well(draft, client):
    content = make_pdf()

    send(client, draft, upload("Large.pdf", content), step="files")

    assert DeliverableFile.objects.get().size == len(content)
