"""Pages for what went wrong; none of them needs the database."""

import sys

from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from core.middleware import UNAVAILABLE, UnavailableMiddleware


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer without looking at the request again: it may be what cannot be read."""
    context = {"has_too_many_files": isinstance(exception, TooManyFilesSent)}
    return HttpResponse(render_to_string("400.html", context), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer an error while Django handles it; those of a middleware show up only here."""
    error = sys.exception()
    if isinstance(error, UNAVAILABLE):
        return UnavailableMiddleware.answer(request, error)
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
