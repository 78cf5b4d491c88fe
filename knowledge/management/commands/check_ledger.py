from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.models import Organisation
from core.scoping import organisation_scope
from knowledge import queries


class Command(BaseCommand):
    """Recount every balance and every cap of the ledger."""

    help = "Recompute every balance and invariant of the ledger; exit 1 names the first fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this organisation")

    def handle(self, **options: Any) -> None:
        organisations = Organisation.objects.order_by("pk")
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
            if not organisations:
                message = f"there is no organisation {options['organisation']}"
                raise CommandError(message)
        entries = 0
        for organisation in organisations:
            with organisation_scope(organisation):
                if faults := queries.faults_of(organisation):
                    message = f"{organisation.slug}: {faults[0]} ({len(faults)} faults)"
                    raise CommandError(message)
                entries += queries.entry_count(organisation)
        text = f"{entries} entries of {len(organisations)} organisations are right."
        self.stdout.write(self.style.SUCCESS(text))
