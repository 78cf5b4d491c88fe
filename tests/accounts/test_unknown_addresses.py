"""Who asks for a code hears the same and causes the same work, whether the address is known."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories.accounts import MembershipFactory
from tests.notifications.conftest import postbox, use_mail_server  # noqa: F401 - fixtures
from tests.notifications.servers import free_port

PAGES = ["/accounts/login/code/", "/accounts/password/reset/"]
UNKNOWN = "somebody@nowhere.example"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def known(organisation):
    return MembershipFactory(organisation=organisation, role="hr").user.email


def asked(page, email):
    """Return what somebody hears who asks for a code, and how often the database was asked."""
    cache.clear()
    client = Client(headers={"Accept-Language": "en"})
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(page, {"email": email})
    told = answer.content.decode()
    if answer.status_code == 302:
        told += client.get(answer["Location"]).content.decode()
    told = re.sub(r'(nonce|value)="[^"]*"|nonce-[^"\']*', "", told.replace(email, "…"))
    return answer.status_code, answer.headers.get("Location"), told, len(queries)


@pytest.mark.parametrize("page", PAGES)
def test_answers_do_not_differ(page, known):
    assert asked(page, known) == asked(page, UNKNOWN)

    assert [message.to for message in mail.outbox] == [[known]]


@pytest.mark.parametrize("page", PAGES)
def test_answers_do_not_differ_with_the_mail_server_away(page, known, use_mail_server):  # noqa: F811
    use_mail_server(free_port())

    answers = asked(page, known)

    assert answers[0] == 503
    assert asked(page, UNKNOWN) == answers


@pytest.mark.parametrize("page", PAGES)
def test_the_mail_server_is_greeted_for_both_and_gets_mail_for_one(page, known, postbox):  # noqa: F811
    assert asked(page, known) == asked(page, UNKNOWN)

    assert postbox.connections == 2
    assert postbox.recipients == [[known]]


@pytest.mark.parametrize("page", PAGES)
def test_an_address_that_the_mail_server_refuses_is_not_told_either(page, known, postbox):  # noqa: F811
    postbox.refuse_rcpt = lambda address: "550 5.1.1 unknown"

    assert asked(page, known) == asked(page, UNKNOWN)
