from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagements import tasks
from engagements.operations import imports


class Command(BaseCommand):
    """What beat does every two minutes, for an installation without a broker."""

    help = "Do the imports that wait for a worker, one after the other."

    def handle(self, **options: Any) -> None:
        waiting = len(imports.unfinished(timezone.now()))
        tasks.resume_imports()
        left = len(imports.unfinished(timezone.now()))
        self.stdout.write(f"{waiting - left} done, {left} left")
        if left:
            message = f"{left} imports still wait; see the log"
            raise CommandError(message)
