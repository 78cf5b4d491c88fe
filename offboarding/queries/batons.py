"""How the thing behind a task of a handover pack is now; the words of the task are frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.urls import reverse
from django.utils.translation import gettext as _

from core.wording import listed
from engagements.models import Engagement, EngagementChange, LinkGrant
from engagements.queries import successors_of
from knowledge.models import Confirmation, Topic
from knowledge.queries import item_of, topics_of
from offboarding.models import BatonItem, ChecklistItem

Door = Literal["desk", "portal"]
PACKS: Final[Mapping[Door, str]] = {
    "desk": "knowledge:pack_detail",
    "portal": "knowledge:portal_pack",
}
ITEMS: Final[Mapping[Door, str]] = {
    "desk": "knowledge:deliverable_detail",
    "portal": "knowledge:portal_library_item",
}


@dataclass(frozen=True, slots=True)
class BatonNow:
    """What a task of a handover pack is about, as it is now.

    Attributes:
        words: what to know about it now, in the active language.
        is_changed: it is no longer as it was when the task was made.
        url: where it is; empty when it is nowhere any more.
        link: what the link says.
        pack_url: the pack that it belongs to; empty when nobody takes over any more.
    """

    words: str
    is_changed: bool
    url: str
    link: str
    pack_url: str


def baton_of(item: ChecklistItem, *, door: Door) -> BatonNow | None:
    """Return how the thing behind a task is now; None for a task of the procedure.

    Args:
        item: with its engagement and organisation.
        door: behind which the addresses lie.
    """
    found = BatonItem.objects.filter(item=item).select_related(
        "deliverable", "topic", "predecessor__freelancer"
    )
    baton = found.first()
    if baton is None:
        return None
    engagement = item.engagement
    is_in_force = engagement.succeeds_id == baton.predecessor_id and _is_here(engagement, door)
    pack_url = reverse(PACKS[door], args=[engagement.public_id]) if is_in_force else ""
    words, is_changed, url, link = _now(baton, door)
    return BatonNow(words, is_changed, url if is_in_force else "", link, pack_url)


def may_say_successor(engagement: Engagement) -> bool:
    """Say whether a manager can say who takes over: it is decided, and HR named nobody yet."""
    swaps = EngagementChange.objects.swaps().filter(engagement=engagement)
    return engagement.is_running and swaps.exists() and not successors_of(engagement).exists()


def packs_of(grant: LinkGrant) -> list[Engagement]:
    """Return the successors whose handover pack the holder of a link may open.

    Of the engagement of the link: whoever takes over from it, and itself when it takes over.
    """
    if not grant.may(LinkGrant.Scope.DECIDE) or grant.contact.is_external:
        return []
    engagement = grant.engagement
    own = [engagement] if engagement.succeeds_id and engagement.cancelled_at is None else []
    return [*own, *successors_of(engagement)]


def _is_here(engagement: Engagement, door: Door) -> bool:
    """Say whether the pack can be opened: by the successor while they work here."""
    if door == "desk":
        return engagement.cancelled_at is None
    return engagement.is_here(engagement.organisation.today())


def _now(baton: BatonItem, door: Door) -> tuple[str, bool, str, str]:
    if baton.deliverable is not None:
        return _handover_now(baton, door)
    if baton.topic is not None:
        words, is_changed = _topic_now(baton.topic, baton.predecessor)
        return words, is_changed, "", ""
    return "", False, "", ""


def _handover_now(baton: BatonItem, door: Door) -> tuple[str, bool, str, str]:
    deliverable = baton.deliverable
    assert deliverable is not None  # noqa: S101 - for the type checker
    item = item_of(deliverable)
    if item is None or not item.is_shelved:
        words = _("It was taken out of the library since. You may skip this task.")
        return words, True, "", ""
    url, link = reverse(ITEMS[door], args=[deliverable.public_id]), _("Open it")
    if item.change_wanted:
        words = _("Somebody said that this has to change: “%(what)s”") % {
            "what": item.change_wanted
        }
        return words, True, url, link
    if item.is_stale(baton.predecessor.organisation.today()):
        words = _("Nobody said in time that this is still right. Ask before you rely on it.")
        return words, True, url, link
    facts = {"title": deliverable.title, "licence": item.get_licence_display()}
    return _("“%(title)s”: %(licence)s.") % facts, False, url, link


def _topic_now(topic: Topic, predecessor: Engagement) -> tuple[str, bool]:
    shown = next((one for one in topics_of(predecessor) if one.topic.pk == topic.pk), None)
    if topic.state == Topic.State.DROPPED or shown is None:
        return _("It was taken off the list since. You may skip this task."), True
    names = [
        one.receiver.contact.name
        for one in shown.receivers
        if one.best is not None and one.best.answer != Confirmation.Answer.NOT_YET
    ]
    if not names:
        return _("Nobody said yet that they know it."), False
    return _("Who knows it now: %(names)s.") % {"names": listed(names)}, False
