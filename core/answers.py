"""How a page with a form answers; one rule for every page.

200 shows it. 422 says what is not filled in well. What the operation refuses is 409, or 403 when
it is the person who may not do this. Who may not enter a page at all, or not see a thing, gets 403
or 404 before any form is looked at. A button without a form of its own answers with a message on
the page that it leads back to.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError, NotPermittedError, StaleError

INVALID: Final = 422
REFUSED: Final = 409
FORBIDDEN: Final = 403

Errors = tuple[type[DomainError], ...]


def attempt(form: Any, change: Callable[[], Any], *, outdated: Errors = (StaleError,)) -> Any:
    """Carry a change out when the form is filled in well; a refusal is shown on the form.

    Where the refusal is about one field, the form says so in a method ``refuse``.

    Args:
        form: bound or not; an unbound one changes nothing.
        change: the operation, called with what was filled in.
        outdated: refusals that come out of here, because the page showed what is no longer so and
            filling in the same form again does not help.

    Returns:
        What the change returned, or None when it did not happen.
    """
    if not form.is_valid():
        return None
    try:
        return change()
    except outdated:
        raise
    except DomainError as error:
        form.refusal = error
        if hasattr(form, "refuse"):
            form.refuse(error)
        else:
            form.add_error(None, str(error))
        return None


def status_of(form: BaseForm | None) -> int:
    """Return with which status a page shows a form; 200 without any."""
    if form is None or not form.is_bound or not form.errors:
        return 200
    refusal = getattr(form, "refusal", None)
    if isinstance(refusal, NotPermittedError):
        return FORBIDDEN
    return REFUSED if refusal else INVALID


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: Mapping[str, Any]
) -> HttpResponse:
    """Show a form with the status that fits it."""
    return render(request, template, {"form": form, **context}, status=status_of(form))
