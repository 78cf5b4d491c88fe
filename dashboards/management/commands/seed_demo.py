from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.models import Organisation
from core.scoping import organisation_scope
from dashboards import rules
from dashboards.management.demo import cast as casting
from engagements.models import Engagement


class Command(BaseCommand):
    """Tell the story of the try-out organisation up to this morning."""

    help = "Make the try-out organisation: 4 departments, 60 professionals, 40 engagements."

    def handle(self, **options: Any) -> None:
        if find_spec("time_machine") is None:
            raise CommandError("the try-out needs requirements/tryout.txt")
        if Organisation.objects.filter(slug=rules.DEMO_SLUG).exists():
            self.stdout.write("The try-out organisation is there already; nothing was added.")
            return
        organisation = casting.found(casting.script())
        with organisation_scope(organisation), timezone.override(organisation.zone):
            count = self._tell(organisation)
        self.stdout.write(
            self.style.SUCCESS(f"1 organisation, 60 professionals, {count} engagements")
        )

    def _tell(self, organisation: Organisation) -> int:
        # Needs the clock of the try-out's requirements, which production does not install.
        from dashboards.management.demo import epilogue, plot  # noqa: PLC0415

        cast = casting.gather(organisation, casting.script())
        today = organisation.today()
        made: list[Engagement] = []
        for part in plot.parts_of(cast, today):
            made.append(plot.tell(cast, part, today))
            self._say(f"{part.freelancer} · {part.title}")
        epilogue.end_differently(cast, made, today)
        epilogue.send_mail_of_last_days(cast, today)
        return len(made)

    def _say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
