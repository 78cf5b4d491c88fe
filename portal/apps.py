from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages for professionals that combine several packages."""

    name = "portal"
