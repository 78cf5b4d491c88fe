"""What was mailed, what did not arrive, and what HR does about it."""

from uuid import UUID

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.errors import DomainError
from dashboards.queries import messages as queries
from notifications import operations, tasks
from notifications.models import Message
from notifications.queries import messages_for_list, relay_pause

PAGE_SIZE = 25


@hr_required
@require_safe
def message_list(request: HrRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in Message.State.values else ""
    page = Paginator(messages_for_list(state), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": queries.rows_of(page.object_list),
        "tabs": queries.tabs(state),
        "pause": relay_pause(),
    }
    return render(request, "dashboards/message_list.html", context)


@hr_required
@require_safe
def message_detail(request: HrRequest, public_id: UUID) -> HttpResponse:
    return _detail(request, _message(public_id))


@hr_writes
@require_POST
def message_retry(request: HrRequest, public_id: UUID) -> HttpResponse:
    message = _message(public_id)
    try:
        operations.retry_message(message_id=message.pk, actor=request.actor)
    except DomainError as error:
        return _detail(request, message, str(error))
    tasks.nudge_on_commit()
    notices.success(request, _("The message goes out again within a minute."))
    return redirect("dashboards:message_detail", public_id)


@hr_writes
@require_POST
def message_redirect(request: HrRequest, public_id: UUID) -> HttpResponse:
    message, email = _message(public_id), request.POST.get("email", "").strip()
    try:
        copy = operations.redirect_message(message_id=message.pk, email=email, actor=request.actor)
    except DomainError as error:
        return _detail(request, message, str(error), email)
    tasks.nudge_on_commit()
    notices.success(request, _("The message goes to %(email)s.") % {"email": copy.contact.email})
    return redirect("dashboards:message_detail", copy.public_id)


def _message(public_id: UUID) -> Message:
    found = Message.objects.select_related("contact", "organisation").filter(public_id=public_id)
    return get_object_or_404(found)


def _detail(request: HrRequest, message: Message, error: str = "", email: str = "") -> HttpResponse:
    context = {
        "row": queries.row_of(message),
        "steps": queries.steps_of(message),
        "preview": queries.preview_of(message),
        "may_act": request.membership.may_change and message.state in queries.OPEN_STATES,
        "error": error,
        "email": email or message.contact.email,
    }
    return render(request, "dashboards/message_detail.html", context, status=422 if error else 200)
