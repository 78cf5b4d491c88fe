"""Welcome tasks from before a list was made, ticked at once."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import HrRequest, hr_writes
from core.errors import DomainError
from engagements.models import Engagement
from offboarding import operations
from offboarding.forms import BacklogForm


@hr_writes
@require_POST
def backlog_complete(request: HrRequest, public_id: UUID) -> HttpResponse:
    """Tick what was done before the list was made; without a note it asks once more."""
    engagement = get_object_or_404(Engagement, public_id=public_id)
    form = BacklogForm(request.POST)
    if form.is_valid():
        try:
            answer = operations.complete_backlog(
                engagement_id=engagement.pk, actor=request.actor, **form.cleaned_data
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _words(answer))
            return redirect(f"{engagement.get_absolute_url()}#tasks")
    context = {"form": form, "engagement": engagement}
    return render(request, "offboarding/backlog_complete.html", context, status=422)


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
