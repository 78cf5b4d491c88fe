from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Pages for HR that combine several packages."""

    name = "dashboards"
