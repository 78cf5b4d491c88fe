from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications import operations, queries
from notifications.operations import Delivery

GOOD = {Delivery.SENT, Delivery.DROPPED, Delivery.LOST}


class Command(BaseCommand):
    help = "Send the messages that are due; safe in parallel."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-empty",
            action="store_true",
            help="go on with what becomes due in the meantime, until nothing is due",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        limit = None if options["until_empty"] else operations.database_now()
        tally = operations.deliver_burst(due_by=limit)
        paused = queries.relay_pause()
        self.stdout.write(self._summary(tally))
        if paused:
            message = f"the mail server refuses us ({paused.code}); next try at {paused.until}"
            raise CommandError(message)
        if set(tally) - GOOD:
            message = "not everything could be sent; it stays in the outbox"
            raise CommandError(message)

    @staticmethod
    def _summary(tally: Counter[Delivery]) -> str:
        return ", ".join(f"{tally[delivery]} {delivery}" for delivery in Delivery)
