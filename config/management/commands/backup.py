from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backups import BackupError, Database, make_backup

SHOWN = 5


class Command(BaseCommand):
    """Write database and files into a folder; the product goes on meanwhile."""

    help = "Back up database and files into an empty folder, verified by counts and checksums."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, **options: Any) -> None:
        try:
            manifest, missing = make_backup(
                options["folder"],
                database=Database.of_django(),
                media=Path(settings.MEDIA_ROOT),
                release=settings.RELEASE,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        for name in missing[:SHOWN]:
            self.stderr.write(f"missing in {settings.MEDIA_ROOT}: {name}")
        self.stdout.write(self.style.SUCCESS(f"backed up: {manifest.counts}"))
        if missing:
            message = f"{len(missing)} files that the database names were not there to back up"
            raise CommandError(message)
