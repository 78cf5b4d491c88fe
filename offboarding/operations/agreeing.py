from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from knowledge.models import KnowledgeAgreement
from offboarding.models import ChecklistItem
from offboarding.operations.items import complete_item
from offboarding.rules import AGREEMENT_STEP


@transaction.atomic
def note_agreement(*, agreement: KnowledgeAgreement, actor: Actor) -> None:
    """Tick the step that asks for the knowledge agreement; the agreement is its evidence.

    A step that is settled already, or that this procedure does not have, stays as it is.

    Args:
        agreement: in force as of now; the row of its engagement is locked.
        actor: who agreed last.
    """
    step = (
        ChecklistItem.objects.open()
        .filter(engagement=agreement.engagement, code=AGREEMENT_STEP)
        .first()
    )
    if step is not None:
        note = _(
            "Version %(version)s of the knowledge agreement is in force: "
            "proposed by %(first)s, agreed to by %(second)s."
        ) % {
            "version": agreement.version,
            "first": agreement.proposed_by,
            "second": actor.label,
        }
        complete_item(item_id=step.pk, actor=actor, note=note)
