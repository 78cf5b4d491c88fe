import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.factories.accounts import MembershipFactory


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def member(organisation):
    return MembershipFactory(organisation=organisation, role="admin")


def ask_for_code(client: Client, email: str) -> str:
    response = client.post("/accounts/login/code/", {"email": email})
    assert response.status_code == 302
    return response["Location"]


def code_in(message: mail.EmailMessage) -> str:
    return re.search(r"\b[A-Z0-9]{4}-?[A-Z0-9]{2,4}\b", message.body).group()


def test_a_mailed_code_signs_in(member):
    client = Client()
    page = ask_for_code(client, member.user.email)
    [message] = mail.outbox
    assert message.to == [member.user.email]

    response = client.post(page, {"code": code_in(message)})

    assert response.status_code == 302
    assert client.get("/settings/members/").status_code == 200


def test_the_mail_speaks_the_language_of_the_user(member):
    member.user.language = "nl"
    member.user.save()

    ask_for_code(Client(), member.user.email)

    assert 'lang="nl"' in mail.outbox[0].alternatives[0][0]


def test_a_wrong_code_does_not_sign_in_and_runs_out_after_three_tries(member):
    client = Client()
    page = ask_for_code(client, member.user.email)
    for _try in range(3):
        client.post(page, {"code": "WRONG1"})

    client.post(page, {"code": code_in(mail.outbox[0])})

    assert client.get("/settings/members/").status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_mail(member):
    known, unknown = Client(), Client()

    assert ask_for_code(known, member.user.email) == ask_for_code(unknown, "x@nowhere.example")

    assert len(mail.outbox) == 1


def test_nobody_can_register(db):
    response = Client().post(
        "/accounts/signup/", {"email": "x@nowhere.example", "password1": "a-long-password-1"}
    )

    assert not User.objects.exists()
    assert response.status_code in (200, 302, 403)


def test_a_password_signs_in_too(member):
    member.user.set_password("correct horse battery")
    member.user.save()
    client = Client()

    response = client.post(
        "/accounts/login/", {"login": member.user.email, "password": "correct horse battery"}
    )

    assert response.status_code == 302
    assert client.get("/settings/members/").status_code == 200


def test_signing_out_needs_a_post(member):
    client = Client()
    client.force_login(member.user)
    client.get("/accounts/logout/")
    assert client.get("/settings/members/").status_code == 200

    client.post("/accounts/logout/")

    assert client.get("/settings/members/").status_code == 302


def test_guessing_passwords_is_slowed_down(member):
    member.user.set_password("correct horse battery")
    member.user.save()
    client, login = Client(), {"login": member.user.email}
    for guess in range(15):
        client.post("/accounts/login/", login | {"password": f"guess {guess}"})

    client.post("/accounts/login/", login | {"password": "correct horse battery"})

    assert client.get("/settings/members/").status_code == 302
