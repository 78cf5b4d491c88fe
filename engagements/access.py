"""Who may enter a portal page: the professional whose login it is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from core.actors import Actor
from core.models import Organisation
from engagements.models import Freelancer

P = ParamSpec("P")
# The request's class is narrower than HttpRequest: `DoorMiddleware` put the rest on it.
View = Callable[Concatenate[Any, P], HttpResponseBase]


class PortalRequest(HttpRequest):
    """A request of a signed-in professional; the scope of the organisation is open."""

    user: User
    organisation: Organisation
    freelancer: Freelancer
    actor: Actor


def freelancer_required(view: View[P]) -> View[P]:
    """Let in professionals only."""

    @wraps(view)
    @login_required
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        freelancer: Freelancer | None = request.freelancer
        if freelancer is None:
            raise PermissionDenied
        request.actor = Actor(
            label=freelancer.full_name,
            kind="user",
            user_id=request.user.pk,
            contact_id=freelancer.business_contact_id,
        )
        return view(request, *args, **kwargs)

    return cast("View[P]", guarded)
