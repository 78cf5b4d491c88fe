from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Agreements, handovers and the points ledger."""

    name = "knowledge"
