from django.urls import include, path

from accounts.views import SessionList
from config import health

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.failed"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/sessions/", SessionList.as_view(), name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("settings/", include("accounts.urls")),
    path("", include("engagements.urls")),
    path("", include("knowledge.urls")),
    path("", include("offboarding.urls")),
    path("portal/", include("portal.urls")),
    path("", include("dashboards.urls")),
]
