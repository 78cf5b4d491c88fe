"""A report of an error that leaves this machine holds no secret, and nothing about people."""

import json
import sys
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from config import sentry

SECRET = "9lc8Gk9vyhujYyD0b-1USCDQ78q20EKd3Wczs3oPSWU"
PERSON = "Fatima-El-Idrissi"
ADDRESS = f"https://kennisborg.example/l/{SECRET}/tasks/"


class Kept(Transport):
    """Keeps what would have been sent."""

    sent: list[Envelope]

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope)


@pytest.fixture
def client() -> Any:
    # Without what would patch Django and logging for all other tests.
    made = sentry_sdk.Client(
        **sentry.options(dsn="https://public@reports.example/1", release="1"),
        transport=Kept,
        default_integrations=False,
        auto_enabling_integrations=False,
    )
    yield made
    made.close()


def failed() -> Any:
    link, searched = ADDRESS, PERSON
    try:
        raise RuntimeError(f"{link} of nobody: GET /professionals/?q={searched} failed")  # noqa: TRY301
    except RuntimeError:
        return sys.exc_info()


def test_a_report_says_what_went_wrong_and_holds_no_secret(client: Any) -> None:
    event, hint = event_from_exception(failed(), client_options=client.options)
    event["request"] = {
        "method": "POST",
        "url": f"{ADDRESS}?q={PERSON}",
        "query_string": f"q={PERSON}",
        "cookies": {"__Host-kb_link": SECRET},
        "headers": {"Referer": ADDRESS, "X-Name": PERSON},
        "data": {"name": PERSON},
    }
    event["extra"] = {"paths": [{"at": f"/l/{SECRET}/"}]}

    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        scope.add_breadcrumb(
            category="httplib",
            message=f"GET {ADDRESS}?q={PERSON}",
            data={"url": ADDRESS, "http.query": f"q={PERSON}"},
        )
        client.capture_event(event, hint, scope)

    [envelope] = client.transport.sent
    report = envelope.get_event()
    said = json.dumps(report)
    assert SECRET not in said
    assert PERSON not in said
    assert report["request"] == {
        "method": "POST",
        "url": "https://kennisborg.example/l/…/tasks/",
    }
    assert report["exception"]["values"][0]["value"].startswith("https://kennisborg.example/l/…/")
    assert "/l/…/" in json.dumps(report["breadcrumbs"], ensure_ascii=False)
