"""The language switch of the header, for visitors, users and holders of links."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

import accounts.operations
from core.addresses import next_of
from core.scoping import organisation_scope
from engagements import operations
from engagements.forms import LanguageForm
from engagements.links import actor_of, session_of


@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Switch the language of a visitor; mail to somebody whom we know follows from then on."""
    form = LanguageForm(request.POST)
    response = redirect(next_of(request))
    if form.is_valid():
        language = form.cleaned_data["language"]
        _remember(request, language, is_link=form.cleaned_data["door"] == "link")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _remember(request: HttpRequest, language: str, *, is_link: bool) -> None:
    """Keep the choice for whoever made it: the holder of a link on its pages, else the user."""
    session = session_of(request) if is_link else None
    if session is not None:
        with organisation_scope(session.organisation):
            operations.choose_language(
                contact_id=session.grant.contact_id, language=language, actor=actor_of(session)
            )
    elif not is_link and request.user.is_authenticated:
        accounts.operations.set_language(user_id=request.user.pk, language=language)
