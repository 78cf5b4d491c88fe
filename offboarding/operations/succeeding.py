"""Somebody else takes over: who, is a task of the hiring manager until it is said."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from engagements.models import Engagement
from engagements.queries import successors_of
from offboarding import rules
from offboarding.models import Anchor, Checklist, ChecklistItem, OwnerRole, Phase
from offboarding.operations.items import complete_item, reopen_item
from offboarding.rules import SUCCESSOR_STEP

TEXT_NL: Final = "Zeg wie het overneemt, zodat de overdracht op tijd begint"
TEXT_EN: Final = "Say who takes over, so that the handover starts in time"
# Counted from the last day: a month is enough to plan an engagement and to work in together.
OFFSET: Final = -30
AT_LEAST: Final = timedelta(days=7)


@transaction.atomic
def ask_successor(*, engagement: Engagement, actor: Actor) -> None:
    """Ask the hiring manager who takes over, when that is not known yet.

    Asked before, the task is opened again; with a successor there is nothing to ask.

    Args:
        engagement: its row is locked, and HR confirmed that somebody else takes over.
        actor: who confirmed it.
    """
    checklist = Checklist.objects.filter(engagement=engagement, phase=Phase.OFFBOARDING).first()
    if checklist is None or successors_of(engagement).exists():
        return
    known = checklist.items.filter(code=SUCCESSOR_STEP).first()
    if known is None:
        item = _task(engagement, checklist)
        item.save()
        audit.record(
            "offboarding.successor.asked",
            subject=item,
            actor=actor,
            dossier=engagement.public_id,
            data={"items": [item.pk]},
        )
    elif known.state in (ChecklistItem.State.DONE, ChecklistItem.State.WAIVED):
        reason = _("Somebody else takes over, and nobody said who.")
        reopen_item(item_id=known.pk, reason=reason, actor=actor)


@transaction.atomic
def note_successor(*, engagement: Engagement, name: str, actor: Actor) -> None:
    """Tick the task that asks who takes over; the engagement is locked."""
    asked = ChecklistItem.objects.open().filter(engagement=engagement, code=SUCCESSOR_STEP).first()
    if asked is not None:
        note = _("%(name)s takes over.") % {"name": name}
        complete_item(item_id=asked.pk, actor=actor, note=note)


def _task(engagement: Engagement, checklist: Checklist) -> ChecklistItem:
    organisation = engagement.organisation
    today = organisation.today()
    item = ChecklistItem(
        organisation_id=engagement.organisation_id,
        checklist=checklist,
        engagement=engagement,
        owner_id=engagement.manager_id,
        code=SUCCESSOR_STEP,
        phase=Phase.OFFBOARDING,
        text_nl=TEXT_NL,
        text_en=TEXT_EN,
        owner_role=OwnerRole.MANAGER,
        anchor=Anchor.END,
        offset_days=OFFSET,
        position=1000,
        dated_on=today,
    )
    true_on = rules.due_on(item, engagement.starts_on, engagement.ends_on, organisation.calendar)
    item.due_on = max(true_on, min(today + AT_LEAST, engagement.ends_on), today)
    return item
