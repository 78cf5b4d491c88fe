from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import Organisation
from core.scoping import organisation_scope
from knowledge import queries
from knowledge.models import TopicStanding


class Command(BaseCommand):
    """Compare what the database keeps of topics for lists with what they are made of."""

    help = "Compare what lists read of topics with the topics; exit 1 names the first that differs."

    def handle(self, **_options: Any) -> None:
        standings = 0
        organisations = Organisation.objects.order_by("pk")
        for organisation in organisations:
            with organisation_scope(organisation):
                if faults := queries.standing_faults(organisation):
                    first = f"topic {faults[0].topic_id}, {faults[0].title}"
                    raise CommandError(f"{organisation.slug}: {first} ({len(faults)} faults)")
                standings += TopicStanding.objects.count()
        text = f"{standings} topics of {len(organisations)} organisations are right."
        self.stdout.write(self.style.SUCCESS(text))
