"""What every question behind an action link shares: its place in the row, and what comes next."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

import engagements.operations
from core.answers import status_of
from engagements.links import LinkRequest, answered_in, mark_of, note_answered
from offboarding.queries.link_rows import LinkTask
from offboarding.queries.link_tasks import tasks_of

STAYING = ("planned", "active")


def tasks_now(request: LinkRequest) -> list[LinkTask]:
    """Return everything behind the link of a request."""
    return tasks_of(request.grant, request.organisation.today())


def asked_now(request: LinkRequest) -> list[str]:
    """Return the addresses of the questions that are asked now, in order."""
    return [task.url for task in asked_of(tasks_now(request))]


def asked_of(tasks: list[LinkTask]) -> list[LinkTask]:
    """Return which of these are asked now, in order."""
    return [task for task in tasks if task.is_asked and not task.is_settled]


def _after(order: list[str], path: str) -> list[str]:
    return order[order.index(path) + 1 :] if path in order else order


def question_page(
    request: LinkRequest,
    template: str,
    context: dict[str, Any],
    order: list[str] | None = None,
) -> HttpResponse:
    """Render a question with where it stands in the row of questions.

    Args:
        request: of the page.
        template: its name.
        context: what the page shows besides.
        order: what `asked_now` returned, where the view asked already: it costs a dozen queries.
    """
    asked = asked_now(request) if order is None else order
    behind = _answered_before(request, asked)
    place = behind + asked.index(request.path) if request.path in asked else None
    whole = behind + len(asked)
    states = ["done" if place is not None and i < place else "ahead" for i in range(whole)]
    if place is not None:
        states[place] = "now"
    surroundings = {
        "engagement": request.grant.engagement,
        "is_leaving": engagements.operations.state_now(request.grant.engagement) not in STAYING,
        "grant": request.grant,
        "states": states,
        "asked_count": whole,
        "place": None if place is None else place + 1,
        "skip_url": next(iter(_after(asked, request.path)), None) if place is not None else None,
    }
    status = status_of(context.get("form"))
    return render(request, template, surroundings | context, status=status)


def _answered_before(request: LinkRequest, asked: list[str]) -> int:
    """Return how many questions of this visit are behind: answered, and not asked any more."""
    return len(set(answered_in(request)) - {mark_of(path) for path in asked})


def onwards(request: LinkRequest, order: list[str]) -> HttpResponse:
    """Go to the question that came after this one and is still open; else to the end page.

    Args:
        request: the answer.
        order: the questions as they were before the answer.
    """
    still_open = set(asked_now(request))
    following = [url for url in _after(order, request.path) if url in still_open]
    answer = redirect(following[0] if following else "offboarding:link_done")
    return note_answered(request, answer)
