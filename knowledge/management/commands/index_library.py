from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.models import Organisation
from core.scoping import organisation_scope
from knowledge import operations


class Command(BaseCommand):
    help = "Take into the library what is missing; --anew writes all of it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this organisation")
        parser.add_argument(
            "--anew", action="store_true", help="write all words again, try unreadable files again"
        )
        parser.add_argument(
            "--read", action="store_true", help="read the files that wait here and now"
        )

    def handle(self, **options: Any) -> None:
        organisations = Organisation.objects.order_by("pk")
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
            if not organisations:
                message = f"there is no organisation {options['organisation']}"
                raise CommandError(message)
        for organisation in organisations:
            with organisation_scope(organisation):
                items = operations.sync_library(organisation=organisation, anew=options["anew"])
            self.stdout.write(f"{organisation.slug}: {items} items")
        if options["read"]:
            self.stdout.write(f"{operations.read_waiting()} files read")
        self.stdout.write(self.style.SUCCESS("The library is up to date."))
