"""The product's addresses, and three that go wrong in a view."""

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault on our side")


def be_away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the connection is closed")


def be_suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("nobody asks this by accident")


urlpatterns = [
    path("fails/", fail),
    path("away/", be_away),
    path("suspicious/", be_suspicious),
    path("", include("config.urls")),
]
