"""What the pages of the library share behind all doors."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actors import Actor
from core.answers import attempt, form_page
from core.tables import Chip
from knowledge import operations, queries
from knowledge.forms import CheckForm, LibraryForm
from knowledge.models import LibraryItem, LibraryItemQuerySet, LibraryReader
from knowledge.queries import Library


@dataclass(frozen=True, slots=True)
class LibraryDoor:
    """How somebody came in, and hence where things are for them.

    Attributes:
        base: the template around the page.
        page: name of the address of the list.
        item: of one thing; takes its public id.
        file: of a download; takes the public id of the file.
        check: where somebody says whether it is still right.
        home: where somebody goes from there.
    """

    base: str
    page: str
    item: str
    file: str
    check: str
    home: str


DESK: Final = LibraryDoor(
    "base.html",
    "knowledge:library",
    "knowledge:deliverable_detail",
    "knowledge:file_download",
    "knowledge:library_check",
    "knowledge:library",
)
PORTAL: Final = LibraryDoor(
    "base_portal.html",
    "knowledge:portal_library",
    "knowledge:portal_library_item",
    "knowledge:portal_library_file",
    "knowledge:portal_library_check",
    "portal:home",
)
LINK: Final = LibraryDoor(
    "base_link.html",
    "knowledge:link_library",
    "knowledge:link_library_item",
    "knowledge:link_library_file",
    "knowledge:link_library_check",
    "offboarding:link_tasks",
)


def search_context(
    request: Any, door: LibraryDoor, reader: LibraryReader, contacts: Collection[int]
) -> dict[str, Any]:
    """Return what the page of the library shows.

    Args:
        request: with the words and filters in its address.
        door: how the reader came in.
        reader: who they are; nothing else is found, counted or suggested.
        contacts: keys of their addresses, for what they answer for.
    """
    library = Library(request.organisation, reader)
    form = LibraryForm(library, request.GET)
    library = library.asking(form.asked)
    answer = library.answer(_number(request.GET.get("page", "")))
    in_force = form.in_force
    values = {name: value for name, (value, _label) in in_force.items()}
    page = reverse(door.page)
    return {
        "base": door.base,
        "door_names": door,
        "form": form,
        "answer": answer,
        "page_obj": answer.page,
        "topics": library.topics,
        "chips": [
            Chip(f"“{label}”" if name == "q" else label, _address(page, values, without=name))
            for name, (_value, label) in in_force.items()
        ],
        "clear_url": page if len(in_force) > 1 else "",
        "meant_url": _address(page, values | {"q": answer.meant}) if answer.meant else "",
        "is_filtered": bool(in_force),
        "checks": queries.asked_to_check(contacts, reader.today),
    }


def checked(request: Any, door: LibraryDoor, item: LibraryItem) -> HttpResponse:
    """Ask whether an item is still right, or take the answer; who may answer was checked before."""
    form = CheckForm(request.POST or None)
    said = attempt(form, lambda: _say(item, request.actor, **form.cleaned_data))
    if said:
        messages.success(request, said)
        return redirect(door.home)
    context = {"base": door.base, "door_names": door, "item": item}
    return form_page(request, "knowledge/library_check.html", form, context)


def item_context(door: LibraryDoor, item: LibraryItem, reader: LibraryReader) -> dict[str, Any]:
    """Return what the page shows on which one item is read."""
    versions = queries.versions_of(item.deliverable)
    accepted = next(one for one in versions if one.version.pk == item.version_id)
    return {
        "base": door.base,
        "door_names": door,
        "item": item,
        "deliverable": item.deliverable,
        "version": accepted,
        "is_stale": item.is_stale(reader.today),
    }


def _say(item: LibraryItem, actor: Actor, *, answer: str, words: str) -> str:
    """Carry an answer out and return what is said about it."""
    if answer == "right":
        operations.confirm_still_right(deliverable_id=item.deliverable_id, actor=actor)
        months = item.organisation.library_check_months
        return _("Thank you. We ask again in %(months)d months.") % {"months": months}
    if answer == "change":
        operations.ask_item_change(deliverable_id=item.deliverable_id, what=words, actor=actor)
        return _("Thank you. HR sees what has to change.")
    operations.retire_item(deliverable_id=item.deliverable_id, reason=words, actor=actor)
    return _("It is out of the library, and stays with the engagement.")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1  # noqa: PLR2004


def _address(page: str, values: dict[str, str], without: str = "") -> str:
    query = urlencode({name: value for name, value in values.items() if name != without})
    return f"{page}?{query}" if query else page


def item_or_404(items: LibraryItemQuerySet, public_id: UUID) -> LibraryItem:
    """Return one of these items, with all that a page says about it."""
    item: LibraryItem = get_object_or_404(
        queries.with_context(items), deliverable__public_id=public_id
    )
    return item
