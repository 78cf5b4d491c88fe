"""Where a form asks to go next: to an address of ours, whatever stands there."""

import pytest
from django.test import RequestFactory

from accounts.adapter import AccountAdapter
from core.addresses import own_address


@pytest.mark.parametrize("given", ["/", "/engagements/?state=ending", "/link/#tasks"])
def test_an_address_of_ours_is_taken(given):
    assert own_address(RequestFactory().get("/"), given, "/else/") == given


@pytest.mark.parametrize(
    "given",
    [
        *("", "home", "dashboards:home", "1e999", "..", "?next=x", " /", "\t//evil.example"),
        *("https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example"),
        *("\\\\evil.example", "javascript:alert(1)", "http:///evil.example", "/\r\n/evil.example"),
    ],
)
def test_anything_else_is_not(given):
    assert own_address(RequestFactory().get("/"), given, "/else/") == "/else/"


def test_a_visitor_who_asks_for_the_name_of_a_page_still_changes_the_language(client, db):
    response = client.post("/settings/language/", {"language": "en", "next": "nowhere"})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.cookies["django_language"].value == "en"


class Sealed(str):
    """An address of which only the length may be looked at."""

    __slots__ = ()

    def _refuse(self, *_arguments, **_options):
        pytest.fail("a long address was read")

    startswith = strip = lstrip = split = partition = replace = encode = __iter__ = _refuse


@pytest.mark.parametrize("given", ["/" + "a" * 2048, "//" + "\u0327\u0301" * 60_000])
def test_a_long_address_is_refused_before_it_is_taken_apart(given):
    assert own_address(RequestFactory().get("/"), Sealed(given), "/else/") == "/else/"
    assert AccountAdapter().is_safe_url(Sealed(given)) is False


def test_the_pages_to_sign_in_take_no_long_address(client, db):
    page = client.post("/accounts/login/code/", {"next": "/" + "a" * 2048, "email": "x@b.example"})

    assert "next=" not in page["Location"]


def test_no_address_is_no_safe_address():
    assert AccountAdapter().is_safe_url(None) is False
