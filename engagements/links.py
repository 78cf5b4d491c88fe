"""Who may enter a page behind an action link."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache

from core import limits
from core.actors import Actor
from core.models import Organisation
from core.scoping import organisation_scope
from engagements import operations
from engagements.models import LinkGrant, LinkSession
from engagements.models.links import hash_of

POSTS_PER_MINUTE: Final = 60
MOST_ANSWERED: Final = 60  # of a visit; a cookie is short

P = ParamSpec("P")
View = Callable[Concatenate[Any, P], HttpResponseBase]


class LinkRequest(HttpRequest):
    """A request of somebody who opened an action link; the scope is open."""

    organisation: Organisation
    grant: LinkGrant
    actor: Actor
    visit: str  # names the visit: one press of Start


def actor_of(session: LinkSession) -> Actor:
    """Return the holder of the link as the author of a change."""
    grant = session.grant
    return Actor(
        label=grant.contact.name, kind="link", contact_id=grant.contact_id, grant_id=grant.pk
    )


def session_of(request: HttpRequest) -> LinkSession | None:
    """Return the live session of the link that this browser opened, if any."""
    key = request.COOKIES.get(settings.LINK_COOKIE_NAME, "")
    return operations.find_session(key) if key else None


def answered_in(request: LinkRequest) -> list[str]:
    """Return what was answered since somebody pressed Start, as `mark_of` has the addresses."""
    sealed = request.COOKIES.get(settings.LINK_VISIT_COOKIE_NAME, "")
    try:
        marks: list[str] = signing.loads(sealed, salt=_salt(request))
    except signing.BadSignature:  # none yet, or of another visit
        return []
    return marks


def note_answered(request: LinkRequest, response: HttpResponse) -> HttpResponse:
    """Count the question at this address as answered in this visit; return the response."""
    marks = answered_in(request)
    if (mark := mark_of(request.path)) not in marks:
        marks.append(mark)
    response.set_cookie(
        settings.LINK_VISIT_COOKIE_NAME,
        signing.dumps(marks[-MOST_ANSWERED:], salt=_salt(request)),
        max_age=settings.LINK_SESSION_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def mark_of(path: str) -> str:
    """Return what stands for the address of a question: short, and it names nobody."""
    return hash_of(path).hex()[:8]


def _salt(request: LinkRequest) -> str:
    return f"engagements.visit.{request.visit}"


def grant_required(scope: str) -> Callable[[View[P]], View[P]]:
    """Let in holders of a live link that may do this.

    The grant is read again on every request, so that withdrawing it works at once. The cookie is
    not the one of signed-in people: a link never touches their session.

    Args:
        scope: one of ``LinkGrant.Scope``.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        @never_cache
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            session = session_of(request)
            if session is None:
                return render(request, "engagements/grant_over.html", status=404)
            with organisation_scope(session.organisation):
                _prepare(request, session)
                if not _within_limit(request):
                    return render(
                        request, "engagements/grant_busy.html", {"is_known": True}, status=429
                    )
                if not session.grant.may(scope):
                    raise PermissionDenied
                return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorate


def _within_limit(request: Any) -> bool:
    """Say whether a link is not pressed more often than a person can; reading is not counted."""
    if request.method != "POST":
        return True
    return limits.allow("link-post", str(request.grant.pk), limit=POSTS_PER_MINUTE, seconds=60)


def _prepare(request: Any, session: LinkSession) -> None:
    now = timezone.now()
    operations.note_visit(session, now)
    request.door = "link"
    request.grant = session.grant
    request.visit = str(session.public_id)
    request.organisation = session.organisation
    request.actor = actor_of(session)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(session.grant.contact.language)
        request.LANGUAGE_CODE = translation.get_language()
    timezone.activate(session.organisation.zone)
