"""What Django writes by itself about a request holds no secret either."""

import json
import logging
import logging.config
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from config import logs

TOKEN = "9lc8Gk9vyhujYyD0b-1USCDQ78q20EKd3Wczs3oPSWU"


@pytest.fixture
def formatted() -> Callable[[logging.LogRecord], dict[str, Any]]:
    formatter = logging.config.DictConfigurator(
        logs.configure(json=True, level="INFO")
    ).configure_formatter(logs.configure(json=True, level="INFO")["formatters"]["structured"])
    return lambda record: json.loads(formatter.format(record))


def test_a_refused_form_of_a_link_is_logged_without_its_secret(
    caplog: pytest.LogCaptureFixture, formatted: Any, db: None
) -> None:
    Client(enforce_csrf_checks=True).post(f"/l/{TOKEN}/")

    refusals = [record for record in caplog.records if record.name == "django.security.csrf"]
    assert len(refusals) == 1
    line = formatted(refusals[0])
    assert TOKEN not in json.dumps(line)
    assert line["request"] == "POST /l/…/"
    assert line["event"].endswith(": /l/…/")


def test_a_failed_page_is_logged_without_what_was_searched_for(formatted: Any) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, "failed: %s", ("/x/",), None)
    record.request = RequestFactory().get("/professionals/", {"q": "Fatima"})

    assert formatted(record)["request"] == "GET /professionals/"


def test_the_text_of_an_error_holds_no_secret(formatted: Any) -> None:
    try:
        raise RuntimeError(f"GET https://kennisborg.example/l/{TOKEN}/?q=Fatima failed")  # noqa: TRY301
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", None, sys.exc_info())

    line = formatted(record)

    assert line["exception"].endswith("GET https://kennisborg.example/l/…/ failed")
    assert TOKEN not in json.dumps(line)


def test_what_lies_deeper_in_a_line_holds_no_secret(formatted: Any) -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 1, "failed", None, None)
    record.paths = [{"at": f"/l/{TOKEN}/"}]

    assert formatted(record)["paths"] == [{"at": "/l/…/"}]
