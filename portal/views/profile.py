"""What a professional says about themselves."""

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.answers import attempt, form_page
from engagements.access import PortalRequest, freelancer_required
from portal import operations
from portal.forms.profile import ProfileForm


@freelancer_required
def profile(request: PortalRequest) -> HttpResponse:
    """Show and keep the profile; the address of the login is changed on its own page."""
    form = _form(request)
    if attempt(
        form,
        lambda: operations.save_own_profile(
            freelancer=request.freelancer,
            facts=form.facts,
            actor=request.actor,
            **form.languages,
        ),
    ):
        messages.success(request, _("Your profile is saved."))
        return redirect("portal:profile")
    return form_page(request, "portal/profile.html", form, {"freelancer": request.freelancer})


def _form(request: PortalRequest) -> ProfileForm:
    # A copy: a form writes what was typed onto its instance, also when it is refused.
    language = request.user.language or (get_language() or "nl")[:2]
    return ProfileForm(
        request.POST or None,
        instance=copy(request.freelancer),
        language=language,
        mail_language=request.user.mail_language,
    )
