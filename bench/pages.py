"""Which pages are measured: the lists and pages that people use all day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse

from bench.visitors import Visit
from core.scoping import organisation_scope
from knowledge.models import Topic
from notifications.models import Message

Kind = Literal["list", "detail"]

LISTS = (
    ("dashboards:home", ""),
    ("dashboards:attention_list", ""),
    ("dashboards:engagement_list", ""),
    ("dashboards:engagement_list", "?state=all"),
    ("dashboards:engagement_list", "?q=beheerder"),
    ("dashboards:message_list", ""),
    ("dashboards:knowledge_map", ""),
    ("dashboards:received_report", ""),
    ("dashboards:usefulness_report", ""),
    ("engagements:freelancer_list", ""),
    ("engagements:department_list", ""),
    ("knowledge:deliverable_list", ""),
    ("knowledge:library", ""),
    ("knowledge:library", "?q=koppeling"),
    ("knowledge:sample_list", ""),
    ("offboarding:item_list", ""),
    ("offboarding:item_list", "?late=on"),
    ("accounts:contact_list", ""),
    ("accounts:member_list", ""),
)
OF_ENGAGEMENT = (
    "dashboards:engagement_detail",
    "engagements:end_change",
    "knowledge:agreement_detail",
    "knowledge:ledger_detail",
    "knowledge:topic_list",
)


@dataclass(frozen=True)
class Page:
    """One address and who asks for it."""

    name: str
    path: str
    who: Literal["hr", "freelancer", "link"]
    kind: Kind


def pages(visit: Visit) -> Iterator[Page]:
    """Return the pages of a visit."""
    for name, query in LISTS:
        yield Page(name + query, reverse(name) + query, "hr", "list")
    engagement = visit.engagement
    for name in OF_ENGAGEMENT:
        yield Page(name, reverse(name, args=[engagement.public_id]), "hr", "detail")
    with organisation_scope(visit.organisation):
        topic = Topic.objects.filter(engagement=engagement).order_by("pk")[0]
        message = Message.objects.filter(dossier=engagement.public_id).order_by("pk").first()
    things: dict[str, Any] = {
        "engagements:freelancer_detail": engagement.freelancer,
        "knowledge:deliverable_detail": visit.waiting,
        "knowledge:topic_detail": topic,
        "offboarding:item_detail": visit.item,
        **({"dashboards:message_detail": message} if message else {}),
    }
    for name, thing in things.items():
        yield Page(name, reverse(name, args=[thing.public_id]), "hr", "detail")
    yield from _outside(visit)


def _outside(visit: Visit) -> Iterator[Page]:
    """Return what professionals and managers see."""
    lists = ("portal:home", "portal:deliverable_list", "portal:ledger", "knowledge:portal_library")
    for name in lists:
        yield Page(name, reverse(name), "freelancer", "list")
    yield Page(
        "portal:engagement_detail",
        reverse("portal:engagement_detail", args=[visit.engagement.public_id]),
        "freelancer",
        "detail",
    )
    yield Page("offboarding:link_tasks", reverse("offboarding:link_tasks"), "link", "detail")
    yield Page("offboarding:link_decide", reverse("offboarding:link_decide"), "link", "detail")
    yield Page(
        "offboarding:link_review",
        reverse("offboarding:link_review", args=[visit.waiting.public_id]),
        "link",
        "detail",
    )
