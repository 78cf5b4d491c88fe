from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import limits
from core.actors import SYSTEM
from engagements import operations
from engagements.links import POSTS_PER_MINUTE
from engagements.models import LinkGrant, LinkSession
from engagements.models.links import hash_of
from engagements.operations.issuing import MANAGER_SCOPES
from engagements.views.links import OPENED_PER_MINUTE
from notifications.models import Message
from tests.factories.engagements import EngagementFactory

TASK = "0f7c1a52-6d5e-4b0a-9a57-3c1f5f0a8e21"


@pytest.fixture
def token(organisation):
    engagement = EngagementFactory(organisation=organisation, freelancer__full_name="Fatima X")
    _grant, secret = operations.issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=MANAGER_SCOPES
    )
    return secret


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_scanners_can_fetch_a_link_as_often_as_they_like(token, method):
    client = Client(headers={"sec-purpose": "prefetch", "user-agent": "BarracudaCentral"})
    with CaptureQueriesContext(connection) as queries:
        for _time in range(5):
            response = getattr(client, method)(f"/l/{token}/")
            assert response.status_code in (200, 405)

    assert not [q for q in queries.captured_queries if not q["sql"].startswith("SELECT")]
    assert len(queries.captured_queries) == 0
    assert client.post(f"/l/{token}/").status_code == 302


def test_neutral_page_names_nobody_and_tells_nobody(token):
    response = Client().get(f"/l/{token}/")

    assert "Fatima" not in response.content.decode()
    assert "script" not in response.content.decode()
    assert response["Referrer-Policy"] == "strict-origin"
    assert "noindex" in response["X-Robots-Tag"]
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_start_opens_a_session_and_leaves_the_secret_behind(token):
    response = Client().post(f"/l/{token}/")

    assert response.status_code == 302
    assert token not in response["Location"]
    cookie = response.cookies[settings.LINK_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert token not in cookie.value


@pytest.mark.parametrize("key", ["end", TASK, f"library:{TASK}"])
def test_what_the_mail_was_about_is_taken_along(token, key):
    response = Client().post(f"/l/{token}/?{urlencode({'to': key})}")

    assert response["Location"] == f"/link/start/?{urlencode({'to': key})}"


@pytest.mark.parametrize("key", ["", "a b", "x" * 60, "a:b:c", "https://evil.example", "\n"])
def test_what_is_no_key_is_left_behind(token, key):
    response = Client().post(f"/l/{token}/?{urlencode({'to': key})}")

    assert "to=" not in response["Location"]


def test_unknown_links_get_the_same_page_whatever_is_wrong(token, organisation):
    client = Client()
    unknown = client.post("/l/" + "x" * 43 + "/")
    operations.revoke_grants(
        contact_id=operations.links.find_grant(token).contact_id,
        reason="by_hr",
        actor=SYSTEM,
    )
    withdrawn = client.post(f"/l/{token}/")

    assert unknown.status_code == withdrawn.status_code == 404
    body = unknown.content.decode().replace("x" * 43, "").split("csrfmiddlewaretoken")[0]
    assert body == withdrawn.content.decode().replace(token, "").split("csrfmiddlewaretoken")[0]


@pytest.mark.parametrize("mangled", ["{}=", "{}.", "{}>", "{})", "%3C{}", "{}amp;", "a"])
def test_mangled_links_never_fail(token, mangled):
    path = f"/l/{mangled.format(token)}/"

    assert Client().get(path).status_code == 200
    assert Client().post(path).status_code == 404


def test_asking_for_a_new_link_answers_everybody_the_same(token):
    client = Client()
    known = client.post(f"/l/{token}/new/")
    unknown = client.post("/l/unknown/new/")

    assert known.content == unknown.content
    assert Message.objects.filter(kind="link_resent").count() == 1


def test_the_secret_of_a_link_is_not_left_in_the_cache(token):
    Client().post(f"/l/{token}/new/")

    keys = list(cache._cache)
    assert any("resend" in key for key in keys)
    assert not [key for key in keys if token in key]


def test_a_link_does_not_touch_the_session_of_somebody_who_signed_in(token, hr_client):
    before = hr_client.cookies[settings.SESSION_COOKIE_NAME].value
    hr_client.post(f"/l/{token}/")

    assert hr_client.cookies[settings.SESSION_COOKIE_NAME].value == before
    assert hr_client.get("/settings/members/").status_code == 200


def test_a_link_is_pressed_sixty_times_a_minute_at_most(token):
    client = Client()
    client.post(f"/l/{token}/")
    grant = LinkGrant.objects.get()
    for _press in range(POSTS_PER_MINUTE - 1):
        limits.allow("link-post", str(grant.pk), limit=POSTS_PER_MINUTE, seconds=60)

    assert client.post("/link/hand-on/", {"name": "X"}).status_code == 422
    busy = client.post("/link/hand-on/", {"name": "X"})

    assert busy.status_code == 429
    assert "Fatima" not in busy.content.decode()
    assert client.get("/link/").status_code == 200


def test_a_link_that_is_opened_all_the_time_has_to_wait_and_works_again(token):
    for _press in range(OPENED_PER_MINUTE):
        limits.allow("link-open", hash_of(token).hex(), limit=OPENED_PER_MINUTE, seconds=60)
    assert Client().post(f"/l/{token}/").status_code == 429
    assert not LinkSession.objects.exists()

    cache.clear()

    assert Client().post(f"/l/{token}/").status_code == 302
