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
    "snapshots": {
        "task": "knowledge.tasks.take_snapshots",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3500},
    },
    "resume-imports": {
        "task": "engagements.tasks.resume_imports",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 110},
    },
    "read-files": {
        "task": "knowledge.tasks.read_files",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 55},
    },
    "forget-sessions": {
        "task": "accounts.tasks.forget_sessions",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "keep-library": {
        "task": "knowledge.tasks.keep_library",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3500},
    },
}
