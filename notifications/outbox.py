"""The promise of a mail, made inside the transaction of the change it tells about."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from core.models import Contact
from notifications import operations, tasks
from notifications.models import Message

logger = logging.getLogger(__name__)

DEFAULT_LIFE = timedelta(days=3)


def enqueue(  # noqa: PLR0913 - a mail has this many facts
    kind: str,
    *,
    contact: Contact,
    dedupe_key: str,
    dossier: UUID | None = None,
    params: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> Message | None:
    """Promise one mail to one contact; the same key promises it once, ever.

    Args:
        kind: which composer says what it says (``planning.register_composer``).
        contact: who gets it; the address is read when it is sent.
        dedupe_key: names the event, e.g. ``deliverable_returned:<uuid>:2``.
        dossier: public id of the engagement; the mail's link leads there.
        params: identifiers that the composer needs; never text about people.
        not_before: aware moment, default now.
        expires_at: aware moment after which it is of no use, default in three days.

    Returns:
        The message, or None when this key was promised before.

    Raises:
        RuntimeError: called outside a transaction, where a promise could outlive its reason.
    """
    if not connection.in_atomic_block:
        message = "outbox.enqueue() needs the transaction of the change it tells about"
        raise RuntimeError(message)
    # The clock that will decide when it leaves; a host with a wrong clock delays nothing.
    start = not_before or operations.database_now()
    promised, created = Message.objects.get_or_create(
        organisation_id=contact.organisation_id,
        dedupe_key=dedupe_key,
        defaults={
            "kind": kind,
            "contact": contact,
            "dossier": dossier,
            "params": dict(params or {}),
            "next_attempt_at": start,
            "expires_at": expires_at or start + DEFAULT_LIFE,
        },
    )
    if not created:
        return None
    tasks.nudge_on_commit()
    return promised
