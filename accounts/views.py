from typing import Any
from uuid import UUID

from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import FormView

from accounts import operations, queries
from accounts.access import HrRequest, admin_required, hr_required, hr_writes
from accounts.forms import (
    ContactForm,
    MemberForm,
    MemberInviteForm,
    OrganisationForm,
    ProfileForm,
)
from accounts.models import Membership
from core.addresses import next_of
from core.answers import attempt, form_page
from core.models import Contact
from core.pages import read_page

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
    context = {"title": _("Organisation")}
    return form_page(request, "accounts/organisation_edit.html", form, context)


@hr_required
@require_safe
def member_list(request: HrRequest) -> HttpResponse:
    return render(request, "accounts/member_list.html", {"members": queries.members()})


@admin_required
def member_invite(request: HrRequest) -> HttpResponse:
    form = MemberInviteForm(request.POST or None)
    if attempt(
        form,
        lambda: operations.invite_member(
            organisation=request.organisation, actor=request.actor, **form.cleaned_data
        ),
    ):
        messages.success(request, _("The invitation is on its way."))
        return redirect("accounts:member_list")
    return _form_page(request, form, _("Invite a member"), "accounts:member_list")


@admin_required
def member_edit(request: HrRequest, public_id: UUID) -> HttpResponse:
    membership = get_object_or_404(Membership, public_id=public_id)
    form = MemberForm(request.POST or None, instance=membership)
    if attempt(
        form,
        lambda: operations.change_member(
            membership_id=membership.pk, actor=request.actor, **form.cleaned_data
        ),
    ):
        messages.success(request, _("The access of this member is changed."))
        return redirect("accounts:member_list")
    return _form_page(request, form, str(membership.user), "accounts:member_list")


@hr_required
@require_safe
def contact_list(request: HrRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()[:100]
    only = request.GET.get("only", "")
    page = read_page(queries.contacts(search=search, only=only), request.GET.get("page"), PAGE_SIZE)
    context = {"page_obj": page, "search": search, "only": only}
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
    if attempt(
        form,
        lambda: operations.save_contact(
            organisation=request.organisation,
            facts=operations.ContactFacts(**form.cleaned_data),
            actor=request.actor,
            contact_id=contact.pk if contact else None,
        ),
    ):
        messages.success(request, _("The contact is saved."))
        return redirect("accounts:contact_list")
    title = contact.name if contact else _("New contact")
    return _form_page(request, form, title, "accounts:contact_list")


@login_required
def profile_edit(request: HrRequest) -> HttpResponse:
    form = ProfileForm(
        request.POST or None, instance=request.user, mail_now=_mail_language_of(request)
    )
    if request.method == "POST" and form.is_valid():
        operations.update_profile(user_id=request.user.pk, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile_edit")
    return _form_page(request, form, _("Your profile"), "dashboards:home")


def _mail_language_of(request: Any) -> str:
    """Return in which language mail goes to whoever is signed in; empty when none does."""
    if request.membership is not None:
        language: str = request.membership.contact.language
    elif request.freelancer is not None:
        language = request.freelancer.business_contact.language
    else:
        language = ""
    return language


class SessionList(ListUserSessionsView):  # type: ignore[misc]  # has no types
    """Where somebody is signed in.

    The list of allauth asks three queries for each device, and deletes while it reads.
    """

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        sessions = queries.live_sessions(self.request.user)
        context = FormView.get_context_data(self, **more)
        return {**context, "sessions": sessions, "session_count": len(sessions)}


@login_required
@require_POST
def organisation_switch(request: HrRequest) -> HttpResponse:
    """Go on through another door of the same user."""
    chosen = request.POST.get("organisation", "")
    if chosen in [entrance.key for entrance in request.entrances]:
        request.session["organisation"] = chosen
    return redirect(next_of(request))


def _form_page(request: HttpRequest, form: BaseForm, title: str, back: str) -> HttpResponse:
    return form_page(request, "accounts/form_page.html", form, {"title": title, "back": back})
