"""How a page with a form answers."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError, StaleError

INVALID = 422
REFUSED = 409


def attempt(form: Any, change: Callable[[], Any]) -> Any:
    """Carry a change out when the form is filled in well; a refusal is shown on the form.

    Returns:
        What the change returned, or None when it did not happen.

    Raises:
        StaleError: the page showed what is no longer so, and filling it in again does not help.
    """
    if not form.is_valid():
        return None
    try:
        return change()
    except StaleError:
        raise
    except DomainError as error:
        form.is_refused = True
        if hasattr(form, "refuse"):
            form.refuse(error)
        else:
            form.add_error(None, str(error))
        return None


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: Mapping[str, Any]
) -> HttpResponse:
    """Show a form: 422 when it is not filled in well, 409 when its change was refused."""
    status = 200
    if getattr(form, "is_refused", False):
        status = REFUSED
    elif form.is_bound and form.errors:
        status = INVALID
    return render(request, template, {"form": form, **context}, status=status)
