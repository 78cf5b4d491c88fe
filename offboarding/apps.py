from django.apps import AppConfig


class OffboardingConfig(AppConfig):
    """The procedure from welcome to farewell."""

    name = "offboarding"
