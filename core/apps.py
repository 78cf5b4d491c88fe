from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Organisations, contacts, scoping, actors, errors and the audit trail."""

    name = "core"
