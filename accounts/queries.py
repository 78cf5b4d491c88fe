"""Rows for the settings pages."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.events import contacts_elsewhere
from accounts.models import Membership, User
from core.models import Contact


def members() -> QuerySet[Membership]:
    """Return members, those with access first, by name."""
    return Membership.objects.select_related("user").order_by("-is_active", "user__full_name")


def contacts(*, search: str, only: str) -> QuerySet[Contact]:
    """Return contacts by name; professionals are left out, who have pages of their own.

    Somebody inside may use a professional's address as well: nobody is listed twice for it, and
    private addresses are not for everybody who looks up a colleague.

    Args:
        search: part of a name or address.
        only: ``bounced``, ``inactive`` or empty for all that are in use.
    """
    found: QuerySet[Contact] = Contact.objects.all()
    for keys in contacts_elsewhere():
        found = found.exclude(pk__in=keys)
    if only == "bounced":
        found = found.exclude(bounced_at=None)
    elif only == "inactive":
        found = found.filter(is_active=False)
    else:
        found = found.filter(is_active=True)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(email__icontains=search))
    return found.order_by("name", "pk")


def live_sessions(user: User) -> list[UserSession]:
    """Return where somebody is signed in now, oldest first, in two queries for any number.

    What is over, or from before a change of the password, is left out.
    """
    listed = {session.session_key: session for session in UserSession.objects.filter(user=user)}
    stored = Session.objects.filter(session_key__in=listed, expire_date__gt=timezone.now())
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    live = [listed[one.session_key] for one in stored if _is_of(one, user, hashes)]
    return sorted(live, key=lambda session: session.created_at)


def _is_of(stored: Session, user: User, hashes: list[str]) -> bool:
    said = stored.get_decoded()
    own = str(said.get(HASH_SESSION_KEY, ""))
    return said.get(SESSION_KEY) == str(user.pk) and any(
        constant_time_compare(own, one) for one in hashes
    )
