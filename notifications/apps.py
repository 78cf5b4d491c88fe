from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Rules, decided reminders and the outbox of mail."""

    name = "notifications"
