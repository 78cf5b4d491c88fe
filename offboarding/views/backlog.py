"""Welcome tasks from before a list was made, ticked at once."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import HrRequest, hr_writes
from core.answers import attempt, form_page
from engagements.models import Engagement
from offboarding import operations
from offboarding.forms import BacklogForm


@hr_writes
@require_POST
def backlog_complete(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Tick what was done before the list was made; without a note it asks once more."""
    engagement = get_object_or_404(Engagement, public_id=public_id)
    form = BacklogForm(request.POST)
    answer = attempt(
        form,
        lambda: operations.complete_backlog(
            engagement_id=engagement.pk, actor=request.actor, **form.cleaned_data
        ),
    )
    if answer:
        messages.success(request, _words(answer))
        return redirect(f"{engagement.get_absolute_url()}#tasks")
    context = {"engagement": engagement}
    return form_page(request, "offboarding/backlog_complete.html", form, context)


def _words(answer: operations.BacklogAnswer) -> str:
    done = ngettext("%(count)d task is done.", "%(count)d tasks are done.", answer.done)
    done %= {"count": answer.done}
    if not answer.left:
        return done
    left = ngettext(
        "%(count)d task asks for its own evidence and stays open.",
        "%(count)d tasks ask for their own evidence and stay open.",
        answer.left,
    ) % {"count": answer.left}
    return f"{done} {left}"
