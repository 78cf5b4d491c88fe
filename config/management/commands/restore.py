from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.loader import MigrationLoader

from config.backups import BackupError, Database, restore_backup


class Command(BaseCommand):
    """Put a backup into an empty installation, all of it or nothing."""

    help = "Restore a backup, verified by counts and checksums; stop the product first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="throw away what database and files hold now",
        )

    def handle(self, **options: Any) -> None:
        loader = MigrationLoader(None)
        known = {f"{app}.{name}" for app, name in loader.disk_migrations or {}}
        try:
            manifest = restore_backup(
                options["folder"],
                database=Database.of_django(),
                media=Path(settings.MEDIA_ROOT),
                known=known,
                replace=options["replace"],
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        if waiting := known - set(manifest.migrations):
            self.stdout.write(f"{len(waiting)} migrations are newer: run manage.py migrate")
        self.stdout.write(f"taken {manifest.made_at} by version {manifest.release}")
        self.stdout.write(self.style.SUCCESS(f"restored: {manifest.counts}"))
