"""The whole story: all of it or nothing, and then the mail of the last days."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

import knowledge.operations
from core.models import Organisation
from core.scoping import organisation_scope
from dashboards.management.demo import cast as casting
from dashboards.management.demo import epilogue, knowing, plot
from dashboards.management.demo.cast import Cast


def tell_story(say: Callable[[str], None]) -> int:
    """Make the try-out organisation up to this morning; return how many engagements it has."""
    cast, count = _live(say)
    with organisation_scope(cast.organisation), timezone.override(cast.organisation.zone):
        say("reading the files")
        knowledge.operations.read_waiting()
        say("mail of the last days")
        # Outside the transaction: no mail leaves while one is open.
        epilogue.send_mail_of_last_days(cast, cast.organisation.today())
    return count


@transaction.atomic
def _live(say: Callable[[str], None]) -> tuple[Cast, int]:
    text = casting.script()
    organisation: Organisation = casting.found(text)
    with organisation_scope(organisation), timezone.override(organisation.zone):
        cast = casting.gather(organisation, text)
        today = organisation.today()
        made = []
        parts = plot.parts_of(cast, today)
        for part in parts:
            made.append(plot.tell(cast, part, today))
            say(f"{part.freelancer} · {part.title}")
        say("what there is to know")
        knowing.tell_what_is_known(cast, list(zip(parts, made, strict=True)), today)
        for part, engagement in zip(parts, made, strict=True):
            plot.wind_up(cast, part, engagement, today)
        epilogue.end_differently(cast, made, today)
        knowing.look_back(cast, today)
    return cast, len(made)
