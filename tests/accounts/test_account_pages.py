"""The pages of allauth in our own look: they must stand on their own feet in every language."""

import pytest
from django.test import Client
from lxml import html

ENTRANCES = ["login/", "login/code/", "password/reset/", "signup/", "inactive/"]
OWN_PAGES = ["email/", "password/change/", "sessions/", "logout/", "reauthenticate/"]


def page_at(client: Client, address: str) -> html.HtmlElement:
    response = client.get(f"/accounts/{address}")
    assert response.status_code == 200
    return html.fromstring(response.content)


def assert_one_of_ours(page: html.HtmlElement) -> None:
    assert len(page.findall(".//h1")) == 1
    assert page.find(".//title").text_content().strip().endswith("· Kennisborg")
    assert page.xpath(".//*[@style] | .//style | .//script[not(@src)]") == []
    assert page.xpath(".//a[@class='skip-link']/@href") == ["#main"]
    for control in page.xpath(".//main//input[not(@type='hidden') and not(@hidden)]"):
        assert page.xpath(f".//label[@for='{control.get('id')}']")


@pytest.mark.parametrize("address", ENTRANCES)
def test_a_visitor_finds_every_entrance_in_our_own_look(db, address):
    assert_one_of_ours(page_at(Client(), address))


@pytest.mark.parametrize("address", OWN_PAGES)
def test_somebody_signed_in_finds_their_own_pages_in_our_own_look(hr, address):
    client = Client()
    hr.user.set_password("a sentence of some length")
    hr.user.save()
    client.login(email=hr.user.email, password="a sentence of some length")

    assert_one_of_ours(page_at(client, address))


def test_nobody_registers_by_themselves(db):
    client = Client()

    page = page_at(client, "signup/")

    assert page.find(".//main//form") is None
    assert page.xpath(".//main//a/@href") == ["/accounts/login/"]
    answer = client.post(
        "/accounts/signup/", {"email": "new@example.com", "password1": "a sentence of some length"}
    )
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_sign_in_offers_a_code_instead_of_a_password(db):
    page = page_at(Client(), "login/")

    assert "/accounts/login/code/" in page.xpath(".//main//a/@href")


def test_a_wrong_password_leads_the_focus_to_what_went_wrong(hr):
    response = Client().post("/accounts/login/", {"login": hr.user.email, "password": "wrong"})

    summary = html.fromstring(response.content).xpath(".//*[@data-focus]")
    assert len(summary) == 1
    assert "error-summary" in summary[0].get("class")


def test_the_sign_in_page_exists_in_both_languages(db):
    for language in ("nl", "en"):
        response = Client(headers={"accept-language": language}).get("/accounts/login/")
        assert html.fromstring(response.content).get("lang") == language


def test_signing_in_needs_no_message_and_signing_out_says_so(hr):
    hr.user.set_password("a sentence of some length")
    hr.user.save()
    client = Client()

    client.post(
        "/accounts/login/", {"login": hr.user.email, "password": "a sentence of some length"}
    )
    inside = page_at(client, "email/")
    client.post("/accounts/logout/")
    outside = page_at(client, "login/")

    assert inside.xpath(".//*[contains(@class, 'banner')]") == []
    assert outside.xpath(".//*[contains(@class, 'banner-ok')]")
