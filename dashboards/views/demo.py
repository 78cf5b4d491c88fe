"""The try-out: four people to be, and every mail that was sent. Absent in production."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

import engagements.operations
from accounts.models import User
from core.models import Contact, Organisation
from core.scoping import organisation_scope
from dashboards import rules
from dashboards.queries import demo_mail
from engagements.models import Engagement
from knowledge.models import Receiver

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
PEOPLE = {"hr": rules.DEMO_HR, "freelancer": rules.DEMO_FREELANCER}
FRAME_POLICY = {"frame-src": ["'self'"]}
# A mail carries its style in itself; it may do nothing else.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
}


def demo_only(view: View[P]) -> View[P]:
    """Answer 404 outside the try-out."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.DEMO_MODE:
            raise Http404
        return view(request, *args, **kwargs)

    return cast("View[P]", guarded)


@demo_only
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    receiver = _asked_receiver()
    context = {
        "mail_count": demo_mail.sent_count(),
        "receiver": receiver.contact if receiver else None,
        "receiver_mail": demo_mail.newest_to(receiver.contact.email) if receiver else None,
    }
    return render(request, "dashboards/demo.html", context)


@demo_only
@require_POST
def demo_enter(request: HttpRequest, persona: str) -> HttpResponse:
    """Become one of the four people; manager and receiver get a real link, as in a mail."""
    if persona == "manager":
        return _enter_as_manager()
    if persona == "receiver":
        return _enter_as_receiver()
    user = get_object_or_404(User, email=PEOPLE.get(persona, ""))
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("dashboards:home" if persona == "hr" else "portal:home")


def _enter_as_manager() -> HttpResponse:
    organisation = get_object_or_404(Organisation, slug=rules.DEMO_SLUG)
    with organisation_scope(organisation):
        engagement = get_object_or_404(
            Engagement.objects.running().order_by("pk"),
            manager__email=rules.DEMO_MANAGER,
            freelancer__business_contact__email=rules.DEMO_FREELANCER,
        )
        return _opened(engagement.manager, engagement)


def _enter_as_receiver() -> HttpResponse:
    receiver = _asked_receiver()
    if receiver is None:
        raise Http404
    with organisation_scope(receiver.organisation):
        return _opened(receiver.contact, receiver.topic.engagement)


def _opened(contact: Contact, engagement: Engagement) -> HttpResponse:
    _grant, token = engagements.operations.issue_grant(
        contact_id=contact.pk,
        engagement_id=engagement.pk,
        scopes=engagements.operations.scopes_for(contact, engagement),
    )
    return redirect("engagements:grant_open", token)


def _asked_receiver() -> Receiver | None:
    """Return a colleague whose word is awaited, who has no other part; None when nobody is left."""
    organisation = Organisation.objects.filter(slug=rules.DEMO_SLUG).first()
    if organisation is None:
        return None
    with organisation_scope(organisation):
        return (
            Receiver.objects.waiting()
            .exclude(contact__memberships__is_active=True)
            .exclude(contact__managed__isnull=False)
            .select_related("organisation", "contact", "topic__engagement")
            .order_by("asked_at", "pk")
            .first()
        )


@demo_only
@require_safe
def demo_mail_list(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "")[:100]
    context = {"mails": demo_mail.sent_mails(search=search), "search": search}
    return render(request, "dashboards/demo_mail_list.html", context)


@demo_only
@require_safe
@csp_update(FRAME_POLICY)  # type: ignore[arg-type]  # its type knows views without arguments only
def demo_mail_detail(request: HttpRequest, key: str) -> HttpResponse:
    mail = demo_mail.sent_mail(key)
    if mail is None:
        raise Http404
    return render(request, "dashboards/demo_mail_detail.html", {"mail": mail})


@demo_only
@require_safe
@xframe_options_sameorigin
@csp(MAIL_POLICY)  # type: ignore[arg-type]  # its type knows views without arguments only
def demo_mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """Show the mail as a mail program does; its links open in the window around it."""
    mail = demo_mail.sent_mail(key)
    if mail is None:
        raise Http404
    return HttpResponse(mail.html.replace("<head>", '<head><base target="_top">', 1))
