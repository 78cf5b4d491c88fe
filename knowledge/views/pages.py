"""What pages about handovers are made of."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import HrRequest
from core.tables import Chip, Tab
from knowledge import operations, queries
from knowledge.forms import HandOnForm, ReviewForm
from knowledge.models import Deliverable

State = Deliverable.State

TABS: dict[str, Promise] = {
    "": gettext_lazy("All"),
    State.SUBMITTED: gettext_lazy("Waiting for review"),
    State.CHANGES_ASKED: gettext_lazy("Changes asked"),
    State.ACCEPTED: gettext_lazy("Accepted"),
    State.DRAFT: gettext_lazy("Draft"),
}


def tabs_of(values: Mapping[str, str], counts: Mapping[str, int]) -> list[Tab]:
    """Return the views of the list, the words looked for kept."""
    return [
        Tab(
            label=str(label),
            url=_list_url(state=state, q=values["q"]),
            is_current=values["state"] == state,
            count=counts.get(state, 0),
        )
        for state, label in TABS.items()
    ]


def chips_of(values: Mapping[str, str]) -> list[Chip]:
    """Return the words looked for, removable."""
    if not values["q"]:
        return []
    return [Chip(f"“{values['q']}”", _list_url(state=values["state"], q=""))]


def detail_context(
    request: HrRequest,
    deliverable: Deliverable,
    review_form: ReviewForm | None = None,
    hand_on_form: HandOnForm | None = None,
) -> dict[str, Any]:
    """Return what the page of one handover shows; forms when they came back with faults."""
    is_open = deliverable.state == State.SUBMITTED and deliverable.engagement.is_running
    is_accepted = deliverable.state == State.ACCEPTED
    is_own = operations.is_author(deliverable.engagement, request.actor)
    versions = queries.versions_of(deliverable)
    context: dict[str, Any] = {
        "deliverable": deliverable,
        "reviewer": operations.reviewer_of(deliverable),
        "newest": versions[0] if versions else None,
        "older": versions[1:],
        "entries": queries.entries_of(deliverable),
        "may_review": is_open and request.membership.may_change and not is_own,
        "is_own": is_open and is_own,
        "library_item": queries.item_of(deliverable) if is_accepted else None,
        "may_change": request.membership.may_change,
    }
    if context["may_review"]:
        candidates = queries.review_candidates(deliverable)
        context |= {
            "preview": queries.preview_of(deliverable),
            "review_form": review_form
            or ReviewForm(initial={"version": versions[0].version.number}),
            "hand_on_form": hand_on_form or HandOnForm(candidates),
        }
    return context


def _list_url(**values: str) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    url = reverse("knowledge:deliverable_list")
    return f"{url}?{query}" if query else url


def changed_meanwhile(error: Exception) -> str:
    """Say that an answer came too late or is not allowed, and that the page shows how it is now."""
    return _("%(error)s This page shows how it is now.") % {"error": error}
