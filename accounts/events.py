"""Port: what the packages above know of contacts: further addresses, and pages of their own."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from core.models import Contact

AddressesOf = Callable[[User], Iterable[Contact]]

ContactsElsewhere = Callable[[], QuerySet[Any]]

_finders: list[AddressesOf] = []
_elsewhere: list[ContactsElsewhere] = []


def register_addresses(find: AddressesOf) -> None:
    """Add who knows further contacts of a user; called once, when a package starts.

    It is asked while the scope is open for every organisation.
    """
    _finders.append(find)


def further_addresses_of(user: User) -> list[Contact]:
    """Return the contacts of a user that other packages know, in every organisation."""
    return [contact for find in _finders for contact in find(user)]


def register_contacts_elsewhere(find: ContactsElsewhere) -> None:
    """Add who has pages of their own for some contacts; called once, when a package starts."""
    _elsewhere.append(find)


def contacts_elsewhere() -> list[QuerySet[Any]]:
    """Return keys of the contacts that other pages are about; an organisation's scope is open."""
    return [find() for find in _elsewhere]
