"""Settings of a dispatcher process in tests: the product, our mail server, and short waits."""

from config import settings_test
from config.settings_test import *  # noqa: F403 - a variant of these

INSTALLED_APPS = [*settings_test.INSTALLED_APPS, "tests.notifications.sample"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 10
DISPATCHER_POLL_SECONDS = 0.05
OUTBOX_LEASE_SECONDS = 3
