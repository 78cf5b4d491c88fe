"""The Celery app: it only wakes up work that stands in the database."""

import os
from datetime import timedelta

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("kennisborg")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# UTC intervals only, no crontab: beat has a history of faults around the change of the clock.
# A tick that nobody picked up before the next one is worthless, hence `expires`.
app.conf.beat_schedule = {
    "deliver": {
        "task": "notifications.tasks.deliver_messages",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 25},
    },
    "plan": {
        "task": "notifications.tasks.plan_reminders",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 590},
    },
    "heartbeat": {
        "task": "notifications.tasks.beat",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 25},
    },
    "resume-imports": {
        "task": "engagements.tasks.resume_imports",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 110},
    },
}
