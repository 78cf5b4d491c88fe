from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    """Departments, professionals, engagements, import and action links."""

    name = "engagements"
