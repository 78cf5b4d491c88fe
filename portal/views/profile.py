"""What a professional says about themselves."""

from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.errors import DomainError
from engagements.access import PortalRequest, freelancer_required
from portal import operations
from portal.forms.profile import ProfileForm


@freelancer_required
def profile(request: PortalRequest) -> HttpResponse:
    """Show and keep the profile; the address of the login is changed on its own page."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            operations.save_own_profile(
                freelancer=request.freelancer, facts=form.facts, actor=request.actor
            )
        except operations.PrivateAddressError as error:
            form.add_error("private_email", str(error))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("portal:profile")
    context = {"form": form, "freelancer": request.freelancer}
    return render(request, "portal/profile.html", context, status=422 if form.errors else 200)


def _form(request: PortalRequest) -> ProfileForm:
    # A copy: a form writes what was typed onto its instance, also when it is refused.
    language = request.user.language or (get_language() or "nl")[:2]
    return ProfileForm(request.POST or None, instance=copy(request.freelancer), language=language)
