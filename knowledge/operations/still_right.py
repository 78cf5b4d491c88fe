"""Is it still right? What the owner of a library item says, and what may be done with it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.calendars import add_months
from core.errors import DomainError, InvalidTransitionError
from core.fields import one_line
from core.models import Contact
from knowledge.models import LibraryItem
from knowledge.operations.locking import lock_deliverable


class LibraryError(DomainError):
    """This cannot be said of a library item."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryFacts:
    """What is said about an item besides its content.

    Attributes:
        credit: the name of the maker, 1 to 150 characters.
        licence: one of ``LibraryItem.Licence``.
        owner_id: key of the contact who answers for it; None lets it follow from the engagement.
    """

    credit: str
    licence: str
    owner_id: int | None = None


@transaction.atomic
def describe_item(*, deliverable_id: int, facts: LibraryFacts, actor: Actor) -> LibraryItem:
    """Set the credit, the licence and the owner of an item.

    Raises:
        Deliverable.DoesNotExist, LibraryItem.DoesNotExist: there is no such item.
        LibraryError: there is no name, the licence is unknown, or the owner cannot be reached.
    """
    item = _lock_item(deliverable_id)
    credit = one_line(facts.credit)[:150]
    if not credit:
        raise LibraryError(_("Say whose work this is."))
    if facts.licence not in LibraryItem.Licence.values:
        raise LibraryError(_("Choose one of the licences."))
    if facts.owner_id is not None and facts.owner_id != item.owner_id:
        owner = Contact.objects.filter(pk=facts.owner_id).first()
        if owner is None or not owner.is_reachable:
            raise LibraryError(_("This colleague cannot be reached by mail. Choose somebody else."))
    item.credit, item.licence, item.owner_id = credit, facts.licence, facts.owner_id
    item.save(update_fields=["credit", "licence", "owner"])
    _record("described", item, actor)
    return item


@transaction.atomic
def confirm_still_right(*, deliverable_id: int, actor: Actor) -> LibraryItem:
    """Say that an item is still right, also after it was changed; it is asked again in a year.

    Raises:
        Deliverable.DoesNotExist, LibraryItem.DoesNotExist: there is no such item.
        InvalidTransitionError: it is not in the library any more.
    """
    item = _lock_shelved(deliverable_id)
    organisation = item.deliverable.engagement.organisation
    now = timezone.now()
    item.checked_at, item.checked_by = now, actor.label[:150]
    _forget_change(item)
    item.save(
        update_fields=[
            "checked_at",
            "checked_by",
            "change_wanted",
            "change_wanted_at",
            "change_wanted_by",
        ]
    )
    deliverable = item.deliverable
    deliverable.check_on = add_months(organisation.today(now), organisation.library_check_months)
    deliverable.save(update_fields=["check_on"])
    _record("checked", item, actor, until=deliverable.check_on.isoformat())
    return item


@transaction.atomic
def ask_item_change(*, deliverable_id: int, what: str, actor: Actor) -> LibraryItem:
    """Say what is not right any more; HR sees it until somebody says that it is right again.

    Raises:
        Deliverable.DoesNotExist, LibraryItem.DoesNotExist: there is no such item.
        InvalidTransitionError: it is not in the library any more.
        LibraryError: nothing was said.
    """
    item = _lock_shelved(deliverable_id)
    words = what.strip()[:1000]
    if not words:
        raise LibraryError(_("Say what has to change, so that somebody can change it."))
    item.change_wanted = words
    item.change_wanted_at, item.change_wanted_by = timezone.now(), actor.label[:150]
    item.save(update_fields=["change_wanted", "change_wanted_at", "change_wanted_by"])
    _record("questioned", item, actor)
    return item


@transaction.atomic
def retire_item(*, deliverable_id: int, reason: str, actor: Actor) -> LibraryItem:
    """Take an item out of the library; it stays with its engagement, and so do its points.

    Raises:
        Deliverable.DoesNotExist, LibraryItem.DoesNotExist: there is no such item.
        InvalidTransitionError: it was taken out before.
        LibraryError: there is no reason.
    """
    item = _lock_shelved(deliverable_id)
    words = " ".join(reason.split())[:500]
    if not words:
        raise LibraryError(_("Say why nobody needs this any more."))
    item.retired_at, item.retired_by = timezone.now(), actor.label[:150]
    item.retired_reason = words
    item.save(update_fields=["retired_at", "retired_by", "retired_reason"])
    _record("retired", item, actor)
    return item


@transaction.atomic
def return_item(*, deliverable_id: int, actor: Actor) -> LibraryItem:
    """Put an item back into the library.

    Raises:
        Deliverable.DoesNotExist, LibraryItem.DoesNotExist: there is no such item.
        InvalidTransitionError: it is there already.
    """
    item = _lock_item(deliverable_id)
    if item.retired_at is None:
        raise InvalidTransitionError(_("This is in the library already."))
    item.retired_at, item.retired_by, item.retired_reason = None, "", ""
    item.save(update_fields=["retired_at", "retired_by", "retired_reason"])
    _record("returned", item, actor)
    return item


def _lock_item(deliverable_id: int) -> LibraryItem:
    deliverable = lock_deliverable(deliverable_id)
    item = (
        LibraryItem.objects.select_for_update(of=("self",))
        .select_related("owner")
        .defer("search", "body", "names")
        .get(deliverable=deliverable)
    )
    item.deliverable = deliverable
    return item


def _lock_shelved(deliverable_id: int) -> LibraryItem:
    item = _lock_item(deliverable_id)
    if item.retired_at is not None:
        raise InvalidTransitionError(_("This is not in the library any more."))
    return item


def _forget_change(item: LibraryItem) -> None:
    item.change_wanted, item.change_wanted_at, item.change_wanted_by = "", None, ""


def _record(past: str, item: LibraryItem, actor: Actor, **data: str) -> None:
    deliverable = item.deliverable
    audit.record(
        f"knowledge.library.{past}",
        subject=deliverable,
        actor=actor,
        dossier=deliverable.engagement.public_id,
        data={"deliverable": str(deliverable.public_id), "title": deliverable.title, **data},
    )
