from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import operations, queries
from accounts.access import HrRequest, admin_required, hr_required, hr_writes
from accounts.forms import (
    ContactForm,
    LanguageForm,
    MemberForm,
    MemberInviteForm,
    OrganisationForm,
    ProfileForm,
)
from accounts.models import Membership
from core.errors import DomainError
from core.models import Contact

PAGE_SIZE = 50


@admin_required
def organisation_edit(request: HrRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=request.organisation)
    if request.method == "POST" and form.is_valid():
        operations.update_organisation(
            organisation=request.organisation, values=form.cleaned_data, actor=request.actor
        )
        messages.success(request, _("The settings are saved."))
        return redirect("accounts:organisation_edit")
    context = {"form": form, "title": _("Organisation")}
    return render(request, "accounts/organisation_edit.html", context, status=_status(form))


@hr_required
@require_safe
def member_list(request: HrRequest) -> HttpResponse:
    return render(request, "accounts/member_list.html", {"members": queries.members()})


@admin_required
def member_invite(request: HrRequest) -> HttpResponse:
    form = MemberInviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.invite_member(
                organisation=request.organisation, actor=request.actor, **form.cleaned_data
            )
        except DomainError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("accounts:member_list")
    return _form_page(request, form, _("Invite a member"), "accounts:member_list")


@admin_required
def member_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    membership = get_object_or_404(Membership, public_id=public_id)
    form = MemberForm(request.POST or None, instance=membership)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_member(
                membership_id=membership.pk, actor=request.actor, **form.cleaned_data
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The access of this member is changed."))
            return redirect("accounts:member_list")
    return _form_page(request, form, str(membership.user), "accounts:member_list")


@hr_required
@require_safe
def contact_list(request: HrRequest) -> HttpResponse:
    # PostgreSQL keeps no NUL, so nothing can be found by it.
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    only = request.GET.get("only", "")
    page = Paginator(queries.contacts(search=search, only=only), PAGE_SIZE)
    context = {"page_obj": page.get_page(request.GET.get("page")), "search": search, "only": only}
    return render(request, "accounts/contact_list.html", context)


@hr_writes
def contact_create(request: HrRequest) -> HttpResponse:
    initial = {"language": request.organisation.language, "is_active": True}
    return _contact_form(request, ContactForm(request.POST or None, initial=initial), None)


@hr_writes
def contact_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    contact = get_object_or_404(Contact, public_id=public_id)
    return _contact_form(request, ContactForm(request.POST or None, instance=contact), contact)


def _contact_form(request: HrRequest, form: ContactForm, contact: Contact | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            operations.save_contact(
                organisation=request.organisation,
                facts=operations.ContactFacts(**form.cleaned_data),
                actor=request.actor,
                contact_id=contact.pk if contact else None,
            )
        except DomainError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("The contact is saved."))
            return redirect("accounts:contact_list")
    title = contact.name if contact else _("New contact")
    return _form_page(request, form, title, "accounts:contact_list")


@login_required
def profile_edit(request: HrRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        operations.update_profile(user_id=request.user.pk, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile_edit")
    return _form_page(request, form, _("Your profile"), "dashboards:home")


@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Switch the language of a visitor, and remember it for somebody who signed in."""
    form = LanguageForm(request.POST)
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = redirect(target)
    if form.is_valid():
        language = form.cleaned_data["language"]
        if request.user.is_authenticated:
            operations.set_language(user_id=request.user.pk, language=language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@login_required
@require_POST
def organisation_switch(request: HrRequest) -> HttpResponse:
    """Go on in another organisation of the same user; the middleware checks that it is theirs."""
    request.session["organisation"] = request.POST.get("organisation", "")
    return redirect("/")


def _form_page(request: HttpRequest, form: object, title: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": back}
    return render(request, "accounts/form_page.html", context, status=_status(form))


def _status(form: object) -> int:
    return 422 if getattr(form, "is_bound", False) and getattr(form, "errors", None) else 200
