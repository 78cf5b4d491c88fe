from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.models import Organisation
from dashboards.management.scale.ground import slug_of
from dashboards.management.scale.seeding import seed

FIRST_SEED = 1


class Command(BaseCommand):
    """Fill an empty database with much of everything, for measuring."""

    help = "Make many organisations with engagements and all that hangs on them, for measuring."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisations", type=int, default=20, metavar="N")
        parser.add_argument("--engagements", type=int, default=100_000, metavar="M")
        parser.add_argument("--seed", type=int, default=FIRST_SEED, help="the same, the same rows")
        parser.add_argument(
            "--beside-others", action="store_true", help="also where organisations exist"
        )
        parser.add_argument(
            "--in-production", action="store_true", help="also where DEBUG and DEMO_MODE are off"
        )

    def handle(self, **options: Any) -> None:
        _refuse_numbers(options["organisations"], options["engagements"])
        _refuse_surroundings(options)
        is_chatty = options["verbosity"] > 1
        made = seed(
            organisations=options["organisations"],
            engagements=options["engagements"],
            seed=options["seed"],
            say=self.stdout.write if is_chatty else lambda _text: None,
        )
        for table, count in made.counts.items():
            self.stdout.write(f"{count:>12,} {table}")
        self.stdout.write(
            self.style.SUCCESS(
                f"{options['organisations']} organisations, {options['engagements']} engagements,"
                f" {sum(made.counts.values())} rows, fingerprint {made.fingerprint}"
            )
        )


def _refuse_numbers(organisations: int, engagements: int) -> None:
    if not 1 <= organisations <= engagements:
        raise CommandError("give at least one organisation, and an engagement for each")


def _refuse_surroundings(options: dict[str, Any]) -> None:
    if not (settings.DEBUG or settings.DEMO_MODE or options["in_production"]):
        raise CommandError("these are production settings; say --in-production if you mean it")
    there = Organisation.objects.all()
    if there.filter(slug=slug_of(options["seed"], 1)):
        raise CommandError("this seed was used here before; give another --seed")
    if there.exists() and not options["beside_others"]:
        raise CommandError("there are organisations here; say --beside-others if you mean it")
