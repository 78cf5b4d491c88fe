"""Rows for the settings pages."""

from django.db.models import Q, QuerySet

from accounts.models import Membership
from core.models import Contact


def members() -> QuerySet[Membership]:
    """Return members, those with access first, by name."""
    return Membership.objects.select_related("user").order_by("-is_active", "user__full_name")


def contacts(*, search: str, only: str) -> QuerySet[Contact]:
    """Return contacts by name.

    Args:
        search: part of a name or address.
        only: ``bounced``, ``inactive`` or empty for all that are in use.
    """
    found: QuerySet[Contact] = Contact.objects.all()
    if only == "bounced":
        found = found.exclude(bounced_at=None)
    elif only == "inactive":
        found = found.filter(is_active=False)
    else:
        found = found.filter(is_active=True)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(email__icontains=search))
    return found.order_by("name", "pk")
