"""What holds for every request: headers, same-site writes, and a page when the database is away."""

import logging
import re
from collections.abc import Callable

import structlog
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseNotAllowed,
)
from django.shortcuts import render
from django.urls import reverse
from django_structlog.middlewares import RequestMiddleware
from redis.exceptions import ConnectionError as CacheConnectionError
from redis.exceptions import TimeoutError as CacheTimeoutError

from core.addresses import client_ip, network_of
from core.errors import MailAwayError

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
UNAVAILABLE = (
    OperationalError,
    InterfaceError,
    CacheConnectionError,
    CacheTimeoutError,
    MailAwayError,
)
SECRET_PATH = re.compile(r"^(/l/)[^/]+")
SAFE = ("GET", "HEAD", "OPTIONS")
BAD_REQUEST = 400
KNOWN = ("GET", "HEAD", "POST")


class RequestLogMiddleware(RequestMiddleware):
    """One line per request, without query strings, secrets of links and full addresses."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        path = SECRET_PATH.sub(r"\1…", request.path)
        return f"{request.method} {path}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(network=network_of(client_ip(request)))


class UnavailableMiddleware:
    """Answer 503 with a page of its own when PostgreSQL or the cache cannot be reached.

    Sign-in counts tries in the cache and therefore fails closed; pages of people who are signed
    in do not need the cache and go on. What fails in a middleware comes here by ``handler500``.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return self.answer(request, error) if isinstance(error, UNAVAILABLE) else None

    @staticmethod
    def answer(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("part of the system is away", extra={"error": type(error).__name__})
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "10"
        return response


class HeadersMiddleware:
    """Headers that Django has no setting for; pages of signed-in people are never stored."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not request.path.startswith("/static/") or response.status_code >= BAD_REQUEST:
            response.setdefault("Cache-Control", "no-store")
        if request.method == "POST" and request.path == reverse("account_logout"):
            # Not "cookies": who signs in next on this machine keeps its language.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class FetchSiteMiddleware:
    """Refuse writes that the browser itself says come from another site (ASVS 3.5.3)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if request.method not in SAFE and site not in ("same-origin", "none"):
            return HttpResponseForbidden("cross-site request refused", content_type="text/plain")
        return self.get_response(request)


class NulMiddleware:
    """Refuse an address with a NUL in it: nobody types one, and PostgreSQL fails over it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            message = "NUL in an address"
            raise BadRequest(message)
        return self.get_response(request)


class MethodMiddleware:
    """Refuse methods that no page knows; a page that asks only "is it POST?" would take them."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in KNOWN:
            return HttpResponseNotAllowed(KNOWN)
        return self.get_response(request)
