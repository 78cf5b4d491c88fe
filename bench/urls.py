"""The product's addresses and the floor; production knows nothing of this module."""

from django.urls import include, path

from bench.floor import floor

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.failed"

urlpatterns = [path("bench/floor/", floor), path("", include("config.urls"))]
