"""The address that somebody signs in with: theirs once they read a code there, and not before."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import operations
from core.actors import Actor
from core.models import AuditEvent
from tests.factories.accounts import MembershipFactory, UserFactory

NEW = "somebody.new@veldam.example"
CODE = re.compile(r"\b[A-Z0-9]{4}-?[A-Z0-9]{2,4}\b")
MARIEKE = Actor(label="Marieke Visser")


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def taker(organisation):
    """Somebody with a low key, who signed in as everybody does."""
    return MembershipFactory(organisation=organisation, role="auditor").user


@pytest.fixture
def colleague(taker, organisation):
    return MembershipFactory(organisation=organisation, role="hr").user


def signed_in(email: str) -> Client:
    client = Client()
    page = client.post("/accounts/login/code/", {"email": email})["Location"]
    assert client.post(page, {"code": code_to(email)}).status_code == 302
    return client


def code_to(email: str) -> str:
    message = next(message for message in reversed(mail.outbox) if message.to == [email])
    return CODE.search(message.body).group()


def claim(client: Client, email: str):
    return client.post("/accounts/email/", {"email": email, "action_add": "1"})


def user_of(client: Client) -> int:
    return int(client.session["_auth_user_id"])


def test_an_address_that_was_only_claimed_is_nobodys(taker):
    client = signed_in(taker.email)
    own = taker.email

    claim(client, NEW)
    client.post("/accounts/email/", {"email": own, "action_remove": "1"})
    client.post("/accounts/email/", {"email": NEW, "action_primary": "1"})

    taker.refresh_from_db()
    assert taker.email == own
    assert not EmailAddress.objects.filter(email=NEW).exists()


def test_an_invitation_reaches_the_owner_of_the_address_and_not_who_claimed_it(taker, organisation):
    client = signed_in(taker.email)
    claim(client, NEW)
    client.post("/accounts/email/", {"email": taker.email, "action_remove": "1"})
    client.post("/accounts/email/", {"email": NEW, "action_primary": "1"})

    membership = operations.invite_member(
        organisation=organisation, email=NEW, full_name="New", role="admin", actor=MARIEKE
    )

    assert membership.user != taker
    assert client.get("/settings/").status_code == 403
    assert user_of(signed_in(NEW)) == membership.user.pk


def test_a_colleague_whose_address_was_claimed_still_signs_in_as_themselves(taker, colleague):
    claim(signed_in(taker.email), colleague.email)

    assert user_of(signed_in(colleague.email)) == colleague.pk


def test_the_code_from_the_new_mailbox_moves_the_login_there(
    taker, django_capture_on_commit_callbacks
):
    client, elsewhere, old = signed_in(taker.email), signed_in(taker.email), taker.email

    page = claim(client, NEW)["Location"]
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(page, {"code": code_to(NEW)})

    taker.refresh_from_db()
    assert (answer.status_code, taker.email) == (302, NEW)
    assert mail.outbox[-1].to == [old], "the old address hears of it"
    assert client.get("/settings/members/").status_code == 200
    assert elsewhere.get("/settings/members/").status_code == 302, "other devices are signed out"
    assert AuditEvent.objects.filter(action="accounts.member.login_moved").exists()
    assert user_of(signed_in(NEW)) == taker.pk


def test_three_wrong_codes_are_the_end_of_it(taker):
    client = signed_in(taker.email)
    page = claim(client, NEW)["Location"]
    for _try in range(3):
        client.post(page, {"code": "WRNG-WRNG"})

    client.post(page, {"code": code_to(NEW)})

    taker.refresh_from_db()
    assert taker.email != NEW


def test_the_address_of_another_login_is_not_taken_over(taker, colleague):
    client, own = signed_in(taker.email), taker.email
    page = claim(client, colleague.email)["Location"]

    answer = client.post(page, {"code": code_to(colleague.email)}, follow=True)

    taker.refresh_from_db()
    assert (answer.status_code, taker.email) == (200, own)
    assert user_of(signed_in(colleague.email)) == colleague.pk
    assert user_of(signed_in(own)) == taker.pk


def test_one_address_stands_with_one_login_only(db):
    first, second = UserFactory(), UserFactory()
    EmailAddress.objects.create(user=first, email=NEW)

    with pytest.raises(IntegrityError, match="login_address_once"), transaction.atomic():
        EmailAddress.objects.create(user=second, email=NEW.upper())
