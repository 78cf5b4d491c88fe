"""What Celery wakes up in this package."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task(ignore_result=True)
def forget_sessions() -> None:
    """Delete sessions that are over; nobody can come back to them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
