"""What an error report may say: where and what, never for whom, and no secret of a link."""

from collections.abc import Callable
from typing import Any, Final

from config.logs import masked

# Of the request only these; headers, cookies, query and body name people or open doors.
TOLD: Final = ("method", "url")


def options(*, dsn: str, release: str) -> dict[str, Any]:
    """Return how the reporting of errors is set up."""
    clean: Callable[..., Any] = without_secrets
    return {
        "dsn": dsn,
        "release": release,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "before_send": clean,
        "before_send_transaction": clean,
        "before_breadcrumb": clean,
    }


def without_secrets(report: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Return a report, or one step that led to it, with nothing in it that opens a door."""
    request = report.get("request")
    if isinstance(request, dict):
        report["request"] = {name: request[name] for name in TOLD if name in request}
    data = report.get("data")
    if isinstance(data, dict):  # of a call to another system
        report["data"] = {
            name: value for name, value in data.items() if name not in ("http.query", "reason")
        }
    told: dict[str, Any] = masked(report)
    return told
