from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, cast

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError, NotPermittedError
from core.files import random_name
from core.models import Contact, Organisation
from core.years import refuse_year
from engagements.models import Engagement
from knowledge.validators import UploadFacts
from notifications import operations as notices
from notifications import outbox
from offboarding import rules
from offboarding.models import ChecklistItem
from offboarding.operations.evidence import EvidenceError, inspected, keep

SEEN_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """What happened that settles a task by itself, as its history tells it.

    Attributes:
        action: written in the history instead of the usual one.
        title: of the handover that it is about, if any.
    """

    action: str
    title: str = ""


def complete_item(
    *,
    item_id: int,
    actor: Actor,
    note: str = "",
    upload: "UploadedFile[bytes] | None" = None,
    cause: Cause | None = None,
) -> ChecklistItem:
    """Tick a task, with its evidence where the step asks for it.

    A file is inspected and stored before the transaction, so that no lock waits for a disk; what
    is refused afterwards is removed again.

    Args:
        item_id: which task.
        actor: who says that it is done; HR ticks for anybody under its own name.
        note: what was done; counts as evidence.
        upload: a file that proves it.
        cause: what happened, where nobody ticks it by hand.

    Raises:
        ChecklistItem.DoesNotExist: there is no such task.
        InvalidTransitionError: it is not open, or the file of its engagement is closed.
        EvidenceError: the step asks for evidence and there is none, or the file is refused; or it
            follows what happens and nobody says how else it was done.
    """
    if upload is None:
        return _complete(item_id, actor, note, cause=cause)
    item = ChecklistItem.objects.get(pk=item_id)
    facts = inspected(upload, item.organisation)
    stored = default_storage.save(random_name(item, ""), upload)
    kept = None
    try:
        kept = _complete(item_id, actor, note, evidence=(stored, facts))
    finally:
        if kept is None or not kept.evidence.filter(file=stored).exists():
            default_storage.delete(stored)
    return kept


@transaction.atomic
def postpone_item(*, item_id: int, expected_on: date, actor: Actor) -> ChecklistItem:
    """Note the answer "not yet": when the owner thinks that it will be done.

    The due date stays. Until the expected day the owner is left in peace; whoever hears of a
    late task next, hears of it as before.

    Raises:
        InvalidTransitionError: it is not open, or the file of its engagement is closed.
        DomainError: the day is past, or its year cannot be right.
    """
    item = _locked(item_id)
    _check_open(item)
    if expected_on < item.engagement.organisation.today():
        raise DomainError(_("This day is past. Choose today or later."))
    refuse_year(expected_on)
    old, item.expected_on = item.expected_on, expected_on
    item.save(update_fields=["expected_on"])
    data = {"old": old and old.isoformat(), "new": expected_on.isoformat()}
    _record("offboarding.item.postponed", item, actor, data)
    notices.cancel_for_item(item=item.public_id)
    return item


@transaction.atomic
def waive_item(*, item_id: int, reason: str, actor: Actor) -> ChecklistItem:
    """Say that a task does not apply to this engagement, and why.

    Raises:
        InvalidTransitionError: it is not open, or the file of its engagement is closed.
        NotPermittedError: closing needs it, and the actor came by an action link.
        DomainError: no reason was given.

    Source: trust.md section 2.1: a waiver needs more than a link in a mail.
    """
    item = _locked(item_id)
    _move(item, "waive", actor)
    if item.is_gate and actor.kind == "link":
        raise NotPermittedError(
            _("Closing the file needs this task. Only HR can say that it does not apply.")
        )
    item.reason = _reason(reason, _("Say why this task does not apply."))
    item.save(update_fields=["state", "settled_at", "settled_by", "reason"])
    _record("offboarding.item.waived", item, actor)
    notices.cancel_for_item(item=item.public_id)
    return item


@transaction.atomic
def reopen_item(
    *, item_id: int, reason: str, actor: Actor, cause: Cause | None = None
) -> ChecklistItem:
    """Open a task again that was ticked or waived; its note and files stay.

    Args:
        item_id: which task.
        reason: why it is open again.
        actor: who opens it.
        cause: what happened, where nobody opens it by hand.

    Raises:
        InvalidTransitionError: it is open or cancelled, or the file of its engagement is closed.
        DomainError: no reason was given.
    """
    item = _locked(item_id)
    _move(item, "reopen", actor)
    item.reason = _reason(reason, _("Say why this task is open again."))
    # A task that is past its day is told once from here on, not step by step.
    item.dated_on = item.engagement.organisation.today()
    item.expected_on, item.is_noted = None, False
    item.save(
        update_fields=[
            *("state", "settled_at", "settled_by", "is_noted"),
            *("reason", "dated_on", "expected_on"),
        ]
    )
    _record_or("offboarding.item.reopened", cause, item, actor)
    return item


@transaction.atomic
def snooze_item(*, item_id: int, working_days: int, actor: Actor) -> ChecklistItem:
    """Leave the owner of a task in peace for some working days.

    Raises:
        InvalidTransitionError: it is not open, or the file of its engagement is closed.
        SnoozeRefusedError: never for this kind of task, too often, or past the due date.
    """
    item = _locked(item_id)
    _check_open(item)
    organisation = item.engagement.organisation
    item.snoozed_until = rules.snoozed_until(
        rules.SnoozeFacts(item.due_on, item.may_snooze, item.snooze_count),
        working_days,
        organisation.today(),
        organisation.calendar,
    )
    item.snooze_count += 1
    item.save(update_fields=["snoozed_until", "snooze_count"])
    data = {"until": item.snoozed_until.isoformat(), "times": item.snooze_count}
    _record("offboarding.item.snoozed", item, actor, data)
    notices.cancel_for_item(item=item.public_id)
    return item


@transaction.atomic
def assign_item(*, item_id: int, contact_id: int, actor: Actor) -> ChecklistItem:
    """Give a task to somebody by hand; it stays theirs when a role changes hands.

    Raises:
        InvalidTransitionError: it is not open, or the file of its engagement is closed.
        DomainError: the contact is not active.
        Contact.DoesNotExist: there is no such contact here.
    """
    item = _locked(item_id)
    _check_open(item)
    contact = Contact.objects.get(pk=contact_id)
    if not contact.is_active:
        raise DomainError(_("This contact is not active. Choose somebody else."))
    data = {"old": item.owner_id, "new": contact.pk, "name": contact.name}
    item.owner, item.is_assigned = contact, True
    item.expected_on = item.snoozed_until = None
    item.save(update_fields=["owner", "is_assigned", "expected_on", "snoozed_until"])
    _record("offboarding.item.assigned", item, actor, data)
    notices.cancel_for_item(item=item.public_id)
    return item


@transaction.atomic
def remind_item(*, item_id: int, actor: Actor) -> ChecklistItem:
    """Promise the owner of a task a mail about it, outside the daily overview, once a day.

    It goes out at once, or when people may be disturbed again.

    Raises:
        InvalidTransitionError: it is not open, or the file of its engagement is closed.
        DomainError: nobody owns it, the owner cannot be reached, or was reminded today.
    """
    item = _locked(item_id)
    _check_open(item)
    organisation = item.engagement.organisation
    contact = _addressee(item, organisation)
    if not contact.is_reachable:
        raise DomainError(
            _("Mail does not reach %(name)s. Change the address or give the task to somebody else.")
            % {"name": contact.name}
        )
    promised = outbox.enqueue(
        "item_reminder",
        contact=contact,
        dedupe_key=f"item_reminder:{item.public_id}:{contact.pk}:{organisation.today()}",
        dossier=item.engagement.public_id,
        params={"item": item.pk},
        not_before=organisation.calendar.next_opening(timezone.now()),
    )
    if promised is None:
        raise DomainError(_("%(name)s was reminded today already.") % {"name": contact.name})
    _record("offboarding.item.reminded", item, actor, {"name": contact.name})
    return item


@transaction.atomic
def note_seen(*, item_ids: Collection[int], actor: Actor) -> None:
    """Note that somebody looked at tasks: "not done" is another thing than "nobody looked"."""
    now = timezone.now()
    items = ChecklistItem.objects.filter(pk__in=item_ids).exclude(
        last_seen_at__gt=now - SEEN_EVERY, last_seen_by=actor.label[:150]
    )
    # Locked in order of key, as everywhere: an update alone would lock in any order.
    keys = [item.pk for item in items.select_for_update(of=("self",)).only("pk").order_by("pk")]
    ChecklistItem.objects.filter(pk__in=keys).update(
        last_seen_at=now, last_seen_by=actor.label[:150]
    )


def lock_engagement(engagement_id: int) -> Engagement:
    """Return an engagement, locked, so that nothing about its tasks changes beside this.

    Raises:
        InvalidTransitionError: the import that made it was undone in the meantime.
    """
    locked = Engagement.objects.select_for_update(of=("self",), no_key=True)
    engagement = locked.filter(pk=engagement_id).first()
    if engagement is None:
        raise InvalidTransitionError(_("This was removed in the meantime."))
    return engagement


def _locked(item_id: int) -> ChecklistItem:
    """Return a task, locked after its engagement, as every change of an engagement does."""
    key = ChecklistItem.objects.values_list("engagement", flat=True).get(pk=item_id)
    lock_engagement(key)
    # The lock by itself: in one statement with the joins below, a task whose owner was changed
    # while we waited for it would have none.
    ChecklistItem.objects.select_for_update().values_list("pk").get(pk=item_id)
    return ChecklistItem.objects.select_related(
        "owner",
        "engagement__freelancer__business_contact",
        "engagement__freelancer__private_contact",
    ).get(pk=item_id)


def _check_running(item: ChecklistItem) -> None:
    if not item.engagement.is_running:
        raise InvalidTransitionError(
            _("The file of this engagement is closed. Its tasks cannot change any more.")
        )


def _check_open(item: ChecklistItem) -> None:
    _check_running(item)
    if not item.is_open:
        raise InvalidTransitionError(rules.REFUSALS[cast("rules.State", item.state)])


def _move(item: ChecklistItem, move: rules.Move, actor: Actor) -> None:
    _check_running(item)
    item.state = rules.state_after(cast("rules.State", item.state), move)
    item.settled_at = None if item.is_open else timezone.now()
    item.settled_by = "" if item.is_open else actor.label[:150]


def _reason(text: str, question: str) -> str:
    if not text.strip():
        raise DomainError(question)
    return text.strip()[:500]


@transaction.atomic
def _complete(
    item_id: int,
    actor: Actor,
    note: str,
    *,
    evidence: tuple[str, UploadFacts] | None = None,
    cause: Cause | None = None,
) -> ChecklistItem:
    item = _locked(item_id)
    _move(item, "complete", actor)
    item.note = note.strip()[:1000] or item.note
    item.reason, item.is_noted = "", cause is not None
    if evidence:
        keep(item, *evidence, actor)
    if item.asks_for_word and not item.note and not item.evidence.exists():
        raise EvidenceError(_missing_word(item))
    item.save(update_fields=["state", "settled_at", "settled_by", "is_noted", "note", "reason"])
    _record_or("offboarding.item.done", cause, item, actor, {"with_file": evidence is not None})
    notices.cancel_for_item(item=item.public_id)
    return item


def _missing_word(item: ChecklistItem) -> str:
    if item.needs_evidence:
        return _("This task asks for evidence. Add a note or a file.")
    return _("This is ticked by itself once %(fact)s. Was it done another way? Say how.") % {
        "fact": item.get_done_once_display()
    }


def _addressee(item: ChecklistItem, organisation: Organisation) -> Contact:
    """Return where the owner is written to now."""
    if item.owner is None:
        raise DomainError(_("Nobody owns this task yet. Give it to somebody first."))
    return item.engagement.address_of(item.owner, organisation.today())


def _record_or(
    action: str,
    cause: Cause | None,
    item: ChecklistItem,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write what was done by hand in the history, or what happened where there is a cause."""
    if cause is None:
        _record(action, item, actor, data)
    else:
        _record(cause.action, item, actor, {**(data or {}), "title": cause.title})


def _record(
    action: str, item: ChecklistItem, actor: Actor, data: Mapping[str, Any] | None = None
) -> None:
    audit.record(
        action,
        subject=item,
        actor=actor,
        dossier=item.engagement.public_id,
        data={
            "code": item.code,
            "task_nl": item.text_nl,
            "task_en": item.text_en,
            **(data or {}),
        },
    )
