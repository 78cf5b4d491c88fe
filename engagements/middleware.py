"""Through which door a signed-in person comes in, and for which organisation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import Membership, User
from core.models import Organisation
from core.scoping import across_organisations, organisation_scope
from engagements.models import Freelancer

Door = Literal["hr", "portal"]


@dataclass(frozen=True)
class Entrance:
    """One organisation that a user may enter, and how."""

    organisation: Organisation
    door: Door
    membership: Membership | None = None
    freelancer: Freelancer | None = None

    @property
    def key(self) -> str:
        """Name the door and the organisation, for the menu and the session."""
        return f"{self.door}:{self.organisation.public_id}"


def entrances_of(user: User) -> list[Entrance]:
    """Return where a user may go in, dashboards before portals.

    One door shuts no other: whoever invites somebody as a member must not keep them out of the
    portal of another organisation.
    """
    with across_organisations():
        memberships = list(
            Membership.objects.active()
            .filter(user=user)
            .select_related("organisation", "contact", "user")
            .order_by("pk")
        )
        freelancers = (
            Freelancer.objects.filter(user=user)
            .select_related("organisation", "business_contact", "private_contact")
            .order_by("-pk")
        )
        return [
            *(Entrance(m.organisation, "hr", membership=m) for m in memberships),
            *(Entrance(f.organisation, "portal", freelancer=f) for f in freelancers),
        ]


class DoorMiddleware:
    """Put organisation, membership or professional on the request, and open the scope.

    Everything below this middleware sees one organisation only. Action links do not pass here:
    they have their own cookie and ``links.grant_required`` opens their scope.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.entrances = []  # type: ignore[attr-defined]
        request.door = None  # type: ignore[attr-defined]
        request.organisation = None  # type: ignore[attr-defined]
        request.membership = None  # type: ignore[attr-defined]
        request.freelancer = None  # type: ignore[attr-defined]
        if not isinstance(request.user, User):
            return self.get_response(request)
        if self._is_over(request):
            logout(request)
            return self.get_response(request)
        if request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or ""
        entrances = entrances_of(request.user)
        if not entrances:
            return self.get_response(request)
        chosen = request.session.get("organisation")
        entrance = next((e for e in entrances if e.key == chosen), entrances[0])
        request.entrances = entrances  # type: ignore[attr-defined]
        request.door = entrance.door  # type: ignore[attr-defined]
        request.organisation = entrance.organisation  # type: ignore[attr-defined]
        request.membership = entrance.membership  # type: ignore[attr-defined]
        request.freelancer = entrance.freelancer  # type: ignore[attr-defined]
        with (
            organisation_scope(entrance.organisation),
            timezone.override(entrance.organisation.zone),
        ):
            return self.get_response(request)

    @staticmethod
    def _is_over(request: HttpRequest) -> bool:
        """Return whether the session lasts too long, or was left alone; notes the visit.

        Every visit that is noted moves the session's own expiry on, so the end of it that no visit
        moves is kept beside it.
        """
        now = timezone.now()
        since = request.session.setdefault("since", now.isoformat())
        if now - datetime.fromisoformat(since) > timedelta(seconds=settings.SESSION_COOKIE_AGE):
            return True
        seen = request.session.get("seen_at")
        if seen and now - datetime.fromisoformat(seen) > timedelta(
            seconds=settings.SESSION_IDLE_SECONDS
        ):
            return True
        if not seen or now - datetime.fromisoformat(seen) > timedelta(minutes=1):
            request.session["seen_at"] = now.isoformat()
        return False
