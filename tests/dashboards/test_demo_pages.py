"""What the try-out shows, and an installation for own data does not."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from dashboards.queries import demo_mail
from dashboards.rules import DEMO_SLUG
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import ReceiverFactory, TopicFactory

NOTE = "Try-out installation: do not put real data in it."
DOOR = "Looking around? Choose a person"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def outbox(settings, tmp_path) -> Path:
    settings.DEMO_MODE = True
    settings.DEMO_MAIL_DIR = str(tmp_path)
    return tmp_path


def put(folder: Path, number: int, subject: str) -> None:
    name = f"20261123T090000.{number:06d}Z-{number}.eml"
    (folder / name).write_text(f"To: peter@example.org\nSubject: {subject}\n\nHello\n")


@pytest.fixture
def receiver(organisation):
    organisation.slug = DEMO_SLUG
    organisation.save()
    return ReceiverFactory(
        topic=TopicFactory(engagement__organisation=organisation),
        contact__name="Tom Wester",
        contact__email="tom@veldam.example",
        contact__language="en",
        asked_at=timezone.now(),
    )


def text_of(path: str, **query: str) -> str:
    return Client(headers={"Accept-Language": "en"}).get(path, query).content.decode()


def test_the_demo_says_on_each_page_that_it_is_one(settings):
    settings.DEMO_MODE = True

    page = text_of("/accounts/login/")

    assert NOTE in page
    assert DOOR in page
    assert 'href="/demo/"' in page


def test_own_data_is_not_called_a_try_out(settings):
    settings.DEMO_MODE = False

    page = text_of("/accounts/login/")

    assert "Sign in" in page
    assert NOTE not in page
    assert DOOR not in page


def test_a_search_without_hits_says_so(outbox):
    put(outbox, 1, "Your tasks")

    assert "No mail was found for “zzz”." in text_of("/demo/mail/", q="zzz")
    assert "Your tasks" in text_of("/demo/mail/", q="TASKS")


def test_before_the_first_mail_the_list_says_when_it_comes(outbox):
    assert "No mail yet." in text_of("/demo/mail/")


def test_all_mails_are_counted_and_searched_though_the_newest_are_listed(outbox):
    put(outbox, 0, "The oldest")
    for number in range(1, demo_mail.SHOWN + 1):
        put(outbox, number, f"Mail {number}")

    assert f"Read the {demo_mail.SHOWN + 1} mails" in text_of("/demo/")
    assert "The oldest" not in text_of("/demo/mail/")
    assert "The oldest" in text_of("/demo/mail/", q="oldest")


def test_the_demo_offers_a_receiver_their_mail_and_their_question(outbox, receiver):
    (outbox / "20261123T090000.000001Z-1.eml").write_text(
        "X-Envelope-To: tom@veldam.example\nSubject: Say what you can do now\n\nHello\n"
    )
    page = text_of("/demo/")
    assert "Look as receiver: Tom, by a link" in page
    assert "A receiver is a colleague who gets the knowledge" in page
    assert "/demo/mail/20261123T090000.000001Z-1/" in page

    client = Client(headers={"Accept-Language": "en"})
    opening = client.post("/demo/enter/receiver/")["Location"]
    client.post(opening)

    assert "Say what you can do now with" in client.get("/link/").content.decode()


def test_a_demo_in_which_every_receiver_answered_offers_none(outbox, receiver):
    receiver.asked_at = None
    receiver.save()

    assert "Look as receiver" not in text_of("/demo/")
    assert Client().post("/demo/enter/receiver/").status_code == 404


def test_a_receiver_with_another_part_is_no_persona_of_their_own(outbox, receiver):
    EngagementFactory(organisation=receiver.organisation, manager=receiver.contact)

    assert "Look as receiver" not in text_of("/demo/")


def test_a_subject_that_was_folded_is_shown_without_the_fold(outbox):
    put(outbox, 1, "\n Vertel wat u nu kunt")

    assert ">Vertel wat u nu kunt<" in text_of("/demo/mail/")
