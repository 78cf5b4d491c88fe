import logging
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.models import Organisation
from core.scoping import organisation_scope
from dashboards import rules
from engagements.models import Engagement


class Command(BaseCommand):
    """Tell the story of the try-out organisation up to this morning."""

    help = "Make the try-out organisation: 4 departments, 60 professionals, 40 engagements."

    def handle(self, **options: Any) -> None:
        if find_spec("time_machine") is None:
            raise CommandError("the try-out needs requirements/tryout.txt")
        there = Organisation.objects.filter(slug=rules.DEMO_SLUG).first()
        if there is not None:
            with organisation_scope(there):
                count = Engagement.objects.count()
            self.stdout.write(
                f"it is there already, nothing was added: 1 organisation, {count} engagements"
            )
            return
        # Needs the clock of the try-out's requirements, which production does not install.
        from dashboards.management.demo.story import tell_story  # noqa: PLC0415

        logging.disable(logging.INFO)  # a year of it, in one minute
        is_chatty = options["verbosity"] > 1
        count = tell_story(self.stdout.write if is_chatty else lambda _text: None)
        self.stdout.write(self.style.SUCCESS(f"1 organisation, {count} engagements"))
