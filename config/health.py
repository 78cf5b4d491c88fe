"""Is the process alive, and is everything it needs there?"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboards.queries.health import facts


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when people can work, else 503; the body tells every fact.

    Only what pages need makes it 503: without broker or beat the pages go on, and mail leaves
    through the dispatcher.
    """
    result = facts()
    is_ready = result["database"] == "ok" and result["migrations"] == "ok"
    return JsonResponse(result, status=200 if is_ready else 503)
