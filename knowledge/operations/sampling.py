"""Somebody at HR looked at words of a receiver that stood out; they stay as valid as they were."""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import InvalidTransitionError, NotPermittedError
from knowledge.models import Confirmation


@transaction.atomic
def look_at_words(*, confirmation_ids: Collection[int], actor: Actor) -> list[Confirmation]:
    """Write down that somebody looked at words of a receiver; nothing else changes.

    Args:
        confirmation_ids: of one receiver, those that were on the page.
        actor: somebody at HR.

    Returns:
        The words that nobody had looked at before.

    Raises:
        InvalidTransitionError: somebody looked at all of them already, or took them back.
        NotPermittedError: they are the actor's own.
    """
    wanted = Confirmation.objects.filter(pk__in=confirmation_ids).order_by("pk")
    list(wanted.select_for_update().values_list("pk"))
    unseen = list(
        Confirmation.objects.unseen()
        .filter(pk__in=confirmation_ids)
        .select_related("receiver__contact", "receiver__topic__engagement")
        .order_by("pk")
    )
    if not unseen:
        raise InvalidTransitionError(_("Somebody looked at this already."))
    if any(confirmation.receiver.contact_id == actor.contact_id for confirmation in unseen):
        raise NotPermittedError(_("A colleague looks at your own answers."))
    now = timezone.now()
    for confirmation in unseen:
        confirmation.looked_at, confirmation.looked_by = now, actor.label[:150]
        confirmation.save(update_fields=["looked_at", "looked_by"])
    _record(unseen, actor)
    return unseen


def _record(unseen: list[Confirmation], actor: Actor) -> None:
    """Leave one event in the history of each engagement."""
    by_engagement: dict[object, list[Confirmation]] = defaultdict(list)
    for confirmation in unseen:
        by_engagement[confirmation.receiver.topic.engagement.public_id].append(confirmation)
    for words in by_engagement.values():
        first = words[0]
        audit.record(
            "knowledge.confirmation.looked_at",
            subject=first,
            actor=actor,
            dossier=first.receiver.topic.engagement.public_id,
            data={"contact": first.receiver.contact_id},
        )
