"""The audit trail: every change leaves an event in the same transaction."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import structlog
from django.db import models
from django.utils.functional import Promise

from core.actors import Actor
from core.models import AuditEvent, Contact
from core.scoping import active_organisation
from core.wording import by_language, date_short, number

ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
AMOUNT: Final = re.compile(r"-?\d+\.\d\d")  # how a decimal of two places is written down
CONTACT: Final = "contact"  # what the key of a contact is called in the data of an event
# What people read for an action. Packages add theirs when they start (`register_phrases`).
_phrases: dict[str, str | Promise] = {}


def register_phrases(phrases: Mapping[str, str | Promise]) -> None:
    """Add the readable text of a package's actions, e.g. ``"closed the file"``.

    A phrase may name keys of the event's data: ``"moved the end from %(old)s to %(new)s"``. A name
    that the data has per language (``task_nl``, ``task_en``) is written without: ``%(task)s``.
    ``%(contact)s`` is the name that the contact with that key has today.
    """
    _phrases.update(phrases)


def registered_actions() -> frozenset[str]:
    """Return every action that has a text."""
    return frozenset(_phrases)


class _Readable(dict[str, Any]):
    """The data of an event as people read it: days, amounts and names in the active language."""

    def __init__(self, data: Mapping[str, Any], names: Mapping[int, str]) -> None:
        super().__init__(data)
        self.names = names

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if key == CONTACT:
            return self.names.get(value, "…")
        if isinstance(value, str) and ISO_DAY.fullmatch(value):
            return date_short(date.fromisoformat(value))
        if isinstance(value, str) and AMOUNT.fullmatch(value):
            return number(value)
        return value

    def __missing__(self, key: str) -> Any:
        return by_language(self.get(f"{key}_nl", ""), self.get(f"{key}_en", "")) or "…"


def phrase_for(event: AuditEvent) -> str:
    """Return what happened, in the active language."""
    return phrases_for([event])[0]


def phrases_for(events: Sequence[AuditEvent]) -> list[str]:
    """Return what happened at each event, in the active language; in one query for all names.

    Names of people are not in the events, which nobody can change: they are looked up.
    """
    keys = {event.data[CONTACT] for event in events if isinstance(event.data.get(CONTACT), int)}
    names = dict(Contact.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [
        str(_phrases.get(event.action, event.action)) % _Readable(event.data, names)
        for event in events
    ]


def record(
    action: str,
    *,
    subject: models.Model,
    actor: Actor,
    dossier: uuid.UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one history entry beside the change that it tells about.

    Args:
        action: ``package.noun.pasttense``.
        subject: the row that changed; it carries its organisation, or is one.
        actor: who did it.
        dossier: public id of the engagement in whose history it is shown.
        data: identifiers and old/new values, no free text about people.
    """
    event = _event(action, Change(subject=subject, dossier=dossier, data=data or {}), actor)
    event.save(force_insert=True)
    return event


@dataclass(frozen=True, kw_only=True)
class Change:
    """What changed, for :func:`record_many`; the fields are those of :func:`record`."""

    subject: models.Model
    dossier: uuid.UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record_many(action: str, changes: Iterable[Change], *, actor: Actor) -> None:
    """Write one history entry per change, in as few statements as possible."""
    AuditEvent.objects.bulk_create(
        (_event(action, change, actor) for change in changes), batch_size=1000
    )


def _event(action: str, change: Change, actor: Actor) -> AuditEvent:
    subject = change.subject
    organisation_id = getattr(subject, "organisation_id", None)
    if organisation_id is None:
        organisation = active_organisation()
        organisation_id = organisation.pk if organisation else subject.pk
    context = structlog.contextvars.get_contextvars()
    return AuditEvent(
        organisation_id=organisation_id,
        actor_kind=actor.kind,
        actor_label=actor.label[:150],
        actor_user_id=actor.user_id,
        actor_contact_id=actor.contact_id,
        actor_grant_id=actor.grant_id,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        dossier=change.dossier,
        data=dict(change.data),
        request_id=str(context.get("request_id", ""))[:40],
    )
