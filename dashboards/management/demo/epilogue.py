"""How the story ends this morning: requests that wait, one cancelled, one ended early, and mail."""

from collections.abc import Sequence
from datetime import date, timedelta

import time_machine

import engagements.operations
import notifications.operations
from dashboards.management.demo.cast import Cast, manager_actor
from dashboards.management.demo.plot import DAY, at
from engagements.models import Engagement

DAYS_OF_MAIL = 8


def end_differently(cast: Cast, made: Sequence[Engagement], today: date) -> None:
    """Let one manager ask to extend, cancel a plan, and end one engagement early."""
    extended, early, cancelled = made[5], made[21], made[-1]
    with time_machine.travel(at(cast, today - 2 * DAY, 13), tick=True):
        engagements.operations.request_change(
            engagement_id=extended.pk,
            kind="extension",
            new_ends_on=extended.ends_on + timedelta(days=90),
            reason="De nieuwe release schuift door.",
            actor=manager_actor(extended.manager),
        )
    with time_machine.travel(at(cast, today - 5 * DAY, 11), tick=True):
        engagements.operations.move_end(
            engagement_id=early.pk,
            new_ends_on=today - 5 * DAY,
            kind="early_end",
            reason="In overleg eerder gestopt.",
            actor=cast.hr,
        )
        engagements.operations.cancel_engagement(
            engagement_id=cancelled.pk, reason="De opdracht gaat niet door.", actor=cast.hr
        )


def send_mail_of_last_days(cast: Cast, today: date) -> None:
    """Plan and send as the product did on the last working days, to the mail server there is."""
    calendar = cast.organisation.calendar
    for number in range(DAYS_OF_MAIL, 0, -1):
        day = calendar.add_working_days(today, -number)
        with time_machine.travel(at(cast, day, 9), tick=True) as _clock:
            notifications.operations.plan(organisation=cast.organisation, at=at(cast, day, 9))
            notifications.operations.deliver_burst()
