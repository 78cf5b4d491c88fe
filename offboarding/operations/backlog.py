from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from engagements.models import Engagement
from notifications import operations as notices
from offboarding.models import ChecklistItem
from offboarding.operations.items import lock_engagement


@dataclass(frozen=True, slots=True)
class BacklogAnswer:
    """What ticking the backlog did.

    Attributes:
        done: how many tasks are done now.
        left: how many stay open, because each asks for evidence of its own.
    """

    done: int
    left: int


@transaction.atomic
def complete_backlog(*, engagement_id: int, note: str, actor: Actor) -> BacklogAnswer:
    """Tick all welcome tasks from before the list of an engagement was made.

    Args:
        engagement_id: whose tasks.
        note: how HR knows; written beside each task.
        actor: who says so; nobody behind a link.

    Raises:
        NotPermittedError: the actor came by an action link.
        InvalidTransitionError: its file is closed, it was cancelled, or its import was undone.
        DomainError: no note was given, or there is nothing to tick.
    """
    engagement = lock_engagement(engagement_id)
    _check(engagement, note, actor)
    items = list(
        ChecklistItem.objects.backlog()
        .filter(engagement=engagement)
        .select_for_update(of=("self",))
        .select_related("checklist")
        .order_by("pk")
    )
    done = [item for item in items if not item.needs_evidence]
    if not done:
        raise DomainError(_("No task from before this list can be ticked like this any more."))
    _tick(done, note, actor)
    audit.record(
        "offboarding.items.done",
        subject=done[0].checklist,
        actor=actor,
        dossier=engagement.public_id,
        data={"count": len(done), "items": [item.pk for item in done]},
    )
    for item in done:
        notices.cancel_for_item(item=item.public_id)
    return BacklogAnswer(done=len(done), left=len(items) - len(done))


def _check(engagement: Engagement, note: str, actor: Actor) -> None:
    if actor.kind == "link":
        raise NotPermittedError(_("Only HR can say this of all tasks at once."))
    if not engagement.is_running:
        raise InvalidTransitionError(
            _("The file of this engagement is closed. Its tasks cannot change any more.")
        )
    if not note.strip():
        raise DomainError(_("Say how you know that they were done."))


def _tick(items: list[ChecklistItem], note: str, actor: Actor) -> None:
    now = timezone.now()
    for item in items:
        item.state = ChecklistItem.State.DONE
        item.settled_at, item.settled_by = now, actor.label[:150]
        item.note, item.reason = note.strip()[:1000], ""
    ChecklistItem.objects.bulk_update(
        items, ["state", "settled_at", "settled_by", "note", "reason"]
    )
