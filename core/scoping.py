"""One organisation at a time: a query without an active organisation raises.

django-scopes does the work; this module wraps it once so that types survive and so that the two
ways around it have names that can be counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import models
from django_scopes import ScopedManager, get_scope, scope, scopes_disabled

if TYPE_CHECKING:
    from core.models import Organisation

QuerySetT = TypeVar("QuerySetT", bound="models.QuerySet[Any]")


def scoped(queryset_class: type[QuerySetT]) -> QuerySetT:
    """Return a manager of this QuerySet that only sees rows of the active organisation.

    The declared type is the QuerySet itself: a manager offers the same methods, and so the type
    checker keeps both the model and the custom methods.
    """
    untyped: Any = models.Manager  # the checker's plugin would try to name the class made here
    manager = ScopedManager(
        _manager_class=untyped.from_queryset(queryset_class), organisation="organisation"
    )
    return cast("QuerySetT", manager)


@contextmanager
def organisation_scope(organisation: "Organisation") -> Iterator[None]:
    """Run queries for this organisation only.

    Raises:
        TypeError: None was given; django-scopes would then filter nothing at all.
    """
    given: object = organisation  # not every caller is typed
    if not isinstance(given, models.Model):
        message = "organisation_scope() needs an organisation"
        raise TypeError(message)
    with scope(organisation=organisation):
        yield


@contextmanager
def across_organisations() -> Iterator[None]:
    """Run queries over all organisations.

    Only for finding out *which* organisation something belongs to (a link's hash, a signed-in
    user's membership, the next message to send), and for the health of the installation as a
    whole. A test names every caller.
    """
    with scopes_disabled():
        yield


def active_organisation() -> "Organisation | None":
    """Return the organisation whose scope is active, if any."""
    return cast("Organisation | None", get_scope().get("organisation"))


def organisation_at_hand() -> "Organisation":
    """Return the organisation whose scope is open, for SQL that no manager narrows down.

    Raises:
        RuntimeError: no scope is open.
    """
    organisation = active_organisation()
    if organisation is None:
        message = "this is asked inside the scope of an organisation"
        raise RuntimeError(message)
    return organisation
