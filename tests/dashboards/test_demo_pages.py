"""What the try-out shows, and an installation for own data does not."""

from pathlib import Path

import pytest
from django.test import Client

from dashboards.queries import demo_mail

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
