from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import HrRequest, hr_required
from dashboards.queries import attention
from dashboards.queries import home as queries

PAGE_SIZE = 25
ROWS_ON_HOME = 5
NOON, EVENING = 12, 18


@login_required
@require_safe
def home(request: HrRequest) -> HttpResponse:
    """Lead everybody to their own first page."""
    door = getattr(request, "door", None)
    if door == "portal":
        return redirect("portal:home")
    if door != "hr":
        raise PermissionDenied
    return _overview(request)


def _overview(request: HrRequest) -> HttpResponse:
    today = request.organisation.today()
    waiting = attention.everything_waiting(today)
    ends = queries.ends_by_day(request.organisation)
    leavers = queries.next_leavers(request.organisation)
    context = {
        "figures": queries.figures(request.organisation, ends),
        "attention": attention.rows_of(attention.first_of(waiting, ROWS_ON_HOME), today),
        "attention_count": len(waiting),
        "weeks": queries.ends_per_week(request.organisation, ends),
        "first_steps": None if waiting or leavers else queries.first_steps(),
        "leavers": leavers,
        "today": today,
        "part_of_day": _part_of_day(timezone.localtime().hour),
    }
    return render(request, "dashboards/home.html", context)


def _part_of_day(hour: int) -> str:
    if hour < NOON:
        return "morning"
    return "afternoon" if hour < EVENING else "evening"


@hr_required
@require_safe
def attention_list(request: HrRequest) -> HttpResponse:
    today = request.organisation.today()
    waiting = attention.everything_waiting(today)
    page = Paginator(waiting, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = attention.rows_of(list(page.object_list), today)
    context = {"page_obj": page, "rows": rows, "count": len(waiting)}
    return render(request, "dashboards/attention_list.html", context)
