"""What was mailed, what did not arrive, and what HR does about it."""

from uuid import UUID

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import HrRequest, hr_required, hr_writes
from core.answers import attempt, status_of
from core.pages import CountedPaginator
from dashboards.forms import OtherAddressForm
from dashboards.queries import messages as queries
from notifications import operations, tasks
from notifications.models import Message
from notifications.queries import relay_pause

PAGE_SIZE = 25
LONGEST_SEARCH = 100  # characters


@hr_required
@require_safe
def message_list(request: HrRequest) -> HttpResponse:
    view = request.GET.get("state", "")
    view = view if view in queries.VIEWS else ""
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH].replace("\0", "")
    found = queries.messages_about(text)
    tabs = queries.tabs(found, view, text)
    count = next(tab.count or 0 for tab in tabs if tab.is_current)
    pages: Paginator[Message] = CountedPaginator(
        queries.in_view(found, view), PAGE_SIZE, count=count
    )
    page = pages.get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": queries.rows_of(page.object_list),
        "tabs": tabs,
        "view": view,
        "search": text,
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
    message, form = _message(public_id), Form(request.POST)
    if not attempt(
        form, lambda: operations.retry_message(message_id=message.pk, actor=request.actor)
    ):
        return _detail(request, message, form)
    tasks.nudge_on_commit()
    notices.success(request, _("The message goes out again within a minute."))
    return redirect("dashboards:message_detail", public_id)


@hr_writes
@require_POST
def message_redirect(request: HrRequest, public_id: UUID) -> HttpResponse:
    message, form = _message(public_id), OtherAddressForm(request.POST)
    copy = attempt(
        form,
        lambda: operations.redirect_message(
            message_id=message.pk, actor=request.actor, **form.cleaned_data
        ),
    )
    if copy is None:
        return _detail(request, message, form)
    tasks.nudge_on_commit()
    notices.success(request, _("The message goes to %(email)s.") % {"email": copy.contact.email})
    return redirect("dashboards:message_detail", copy.public_id)


def _message(public_id: UUID) -> Message:
    found = Message.objects.select_related("contact").filter(public_id=public_id)
    return get_object_or_404(found)


def _detail(request: HrRequest, message: Message, form: Form | None = None) -> HttpResponse:
    errors = form.errors.values() if form else ()
    context = {
        "row": queries.row_of(message),
        "steps": queries.steps_of(message),
        "preview": queries.preview_of(message),
        "may_act": request.membership.may_change and message.state in queries.OPEN_STATES,
        "error": " ".join(str(text) for texts in errors for text in texts),
        "email": (form.data.get("email") if form else "") or message.contact.email,
    }
    return render(request, "dashboards/message_detail.html", context, status=status_of(form))
