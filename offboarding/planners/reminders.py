"""The rules of this package and what is due by them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.models import Organisation
from engagements.events import hr_contacts
from notifications.models import Reminder, ReminderRule
from notifications.planning import DigestLine, ReminderDraft, RuleDefault
from offboarding.planners.ends import end_drafts
from offboarding.planners.lines import lines_for
from offboarding.planners.steps import (
    ACCESS,
    BACKLOG,
    CLOSING,
    ITEM,
    LATE,
    LEFT,
    OPENED,
    UNSCHEDULED,
    Desk,
)
from offboarding.planners.tasks import task_drafts


class OffboardingPlanner:
    """Tells owners about their tasks, and others when nothing happens."""

    is_repeatable = True
    rules: tuple[RuleDefault, ...] = (
        RuleDefault(
            code=ITEM,
            name=_("Task comes due"),
            audience=_("owner; HR where nobody owns it"),
            offsets=(-7, -2, 0),
        ),
        RuleDefault(
            code=LATE,
            name=_("Task is late"),
            audience=_("owner, then hiring manager, then HR"),
            offsets=(1, 3),
            unit="working",
            escalate_after=(5, 8),
        ),
        RuleDefault(
            code=BACKLOG,
            name=_("Tasks that were due before their list was made"),
            audience=_("owner, once for all of them"),
            offsets=(0,),
        ),
        RuleDefault(
            code=OPENED,
            name=_("The farewell begins, with the last day for the calendar"),
            audience=_("everybody with a task in it"),
            offsets=(-30,),
        ),
        RuleDefault(
            code=LEFT,
            name=_("What is still open before the end"),
            audience=_("hiring manager and professional"),
            offsets=(-21, -14, -7),
        ),
        RuleDefault(
            code=CLOSING,
            name=_("Access and assets to take back"),
            audience=_("IT, facilities and security"),
            offsets=(-5,),
        ),
        RuleDefault(
            code=UNSCHEDULED,
            name=_("Taking access back is not prepared"),
            audience=_("security"),
            offsets=(-2,),
        ),
        RuleDefault(
            code=ACCESS,
            name=_("Access is still open after the end"),
            audience=_("owner at once and after four hours, security a day later"),
            offsets=(0, 1),
        ),
    )

    def due(
        self, organisation: Organisation, at: datetime, rules: Mapping[str, ReminderRule]
    ) -> Iterable[ReminderDraft]:
        """Yield what is due at a moment, told before or not."""
        active = {code: rule for code, rule in rules.items() if rule.is_active and rule.offsets}
        desk = Desk(organisation, at, active, hr_contacts())
        yield from task_drafts(desk)
        yield from end_drafts(desk)

    def lines(self, reminders: Sequence[Reminder]) -> Iterable[DigestLine]:
        """Return a line for each reminder that is still needed, in the active language."""
        return lines_for(reminders)
