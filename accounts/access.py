"""Who may enter which HR page; every HR view wears one of these."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User
from core.actors import Actor
from core.models import Organisation

P = ParamSpec("P")


class HrRequest(HttpRequest):
    """A request of a member of an organisation; its scope is open."""

    user: User
    organisation: Organisation
    membership: Membership
    actor: Actor
    htmx: HtmxDetails
    entrances: Sequence[Any]  # of engagements.middleware.Entrance, from a package above this one


# The request's class is narrower than HttpRequest: `DoorMiddleware` put the rest on it.
View = Callable[Concatenate[Any, P], HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in member as the author of a change."""
    user = request.user
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return Actor(label=str(user), kind="user", user_id=user.pk, contact_id=membership.contact_id)


def _guarded(view: View[P], may_enter: Callable[[Membership, str], bool]) -> View[P]:
    @wraps(view)
    @login_required
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        membership = request.membership
        if membership is None or not may_enter(membership, request.method or ""):
            raise PermissionDenied
        request.actor = actor_of(request)
        return view(request, *args, **kwargs)

    return cast("View[P]", guarded)


def hr_required(view: View[P]) -> View[P]:
    """Let members in; auditors may look (GET, HEAD) but not change."""
    return _guarded(
        view, lambda membership, method: method in ("GET", "HEAD") or membership.may_change
    )


def hr_writes(view: View[P]) -> View[P]:
    """Let in only members who may change things, for pages whose GET shows a form."""
    return _guarded(view, lambda membership, _method: membership.may_change)


def admin_required(view: View[P]) -> View[P]:
    """Let in administrators only."""
    return _guarded(view, lambda membership, _method: membership.may_administer)
