from django.urls import URLPattern, URLResolver, path

from engagements.views import links

app_name = "engagements"
urlpatterns: list[URLPattern | URLResolver] = [
    path("l/<str:token>/", links.grant_open, name="grant_open"),
    path("l/<str:token>/new/", links.grant_resend, name="grant_resend"),
    path("links/<uuid:public_id>/revoke/", links.grant_revoke, name="grant_revoke"),
]
