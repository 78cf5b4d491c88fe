from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from notifications import operations


class Command(BaseCommand):
    help = "Decide which reminders are due and put them into messages; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=_moment, help="moment in ISO 8601 (default: now)")
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")
        parser.add_argument("--organisation", metavar="SLUG", help="only this organisation")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or operations.database_now()
        results = operations.plan_all(
            at=at, slug=options["organisation"], dry_run=options["dry_run"]
        )
        if options["organisation"] and not results:
            message = f"there is no organisation {options['organisation']!r}"
            raise CommandError(message)
        for slug, result in results.items():
            self.stdout.write(f"{slug}: {result.summary if result else 'failed'}")
        total = operations.PlanResult.sum_of(r for r in results.values() if r)
        word = "would plan" if options["dry_run"] else "planned"
        self.stdout.write(f"{word} at {at.isoformat()}: {total.summary}")
        if total.failed or None in results.values():
            message = "some reminders could not be planned; see the log"
            raise CommandError(message)


def _moment(text: str) -> datetime:
    """Read a moment; without an offset it is in the installation's time zone."""
    try:
        moment = parse_datetime(text)
    except ValueError:  # the form is right, the day is not
        moment = None
    if moment is None:
        message = f"{text!r} is not a moment such as 2026-12-01T09:00+01:00"
        raise ArgumentTypeError(message)
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
