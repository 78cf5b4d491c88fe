"""Logging: JSON lines in production, readable lines in development; values in ``extra``."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

SECRET_PATH: Final = re.compile(r"(/l/)[^/\s'\"]+")
QUERY: Final = re.compile(r"(/[^\s'\"?/]*)\?[^\s'\"]+")


def masked(value: Any) -> Any:
    """Return a value with the secrets of action links and all query strings taken out of it."""
    if isinstance(value, str):
        return QUERY.sub(r"\1", SECRET_PATH.sub(r"\1…", value))
    if isinstance(value, Mapping):
        return {name: masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value


def without_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Take the secret of an action link out of a line, and what was searched for.

    Django itself writes the whole address when it refuses a form or when a page fails.
    """
    request: Any = event.get("request")
    if hasattr(request, "path"):
        event["request"] = f"{request.method} {request.path}"
    for name, value in event.items():
        event[name] = masked(value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, json: bool, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING`` and set up structlog to match."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    # Rich tracebacks print every local value: slow, and full of people's names.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = structlog.processors.JSONRenderer() if json else plain
    processors: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,  # first: the text of an error may hold a secret too
        without_secrets,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*processors, renderer],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # One line per request comes from django-structlog, without query strings.
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
        },
    }
