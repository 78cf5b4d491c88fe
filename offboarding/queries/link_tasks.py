"""What somebody is asked behind an action link, one question at a time."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import Contact
from core.wording import as_day
from engagements.models import EngagementChange, LinkGrant
from engagements.rules import decision_due_on
from knowledge.models import Deliverable, KnowledgeAgreement
from offboarding.models import ChecklistItem, ChecklistItemQuerySet, EvidenceFile
from offboarding.queries.people import items_for_contacts
from offboarding.rules import DECISION_STEP

# Tasks that are due later are shown in the list, and not asked yet.
ASK_AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class LinkTask:
    """One question behind an action link.

    Attributes:
        kind: what is asked.
        key: names it within the link, stable while it is open.
        title: the question or task, in the active language.
        due_on: day by which it should be answered.
        url: where it is answered.
        is_asked: asked in the row of questions now; else it is only listed.
        is_settled: answered already, shown quietly.
        is_backlog: a welcome task from before the list was made; nobody is late.
    """

    kind: Literal["decide", "agreement", "review", "item"]
    key: str
    title: str
    due_on: date
    url: str
    is_asked: bool = True
    is_settled: bool = False
    is_backlog: bool = False

    @property
    def is_later(self) -> bool:
        """Return whether this is listed for a later day."""
        return not (self.is_asked or self.is_settled or self.is_backlog)


def _acting_for(grant: LinkGrant) -> list[Contact]:
    contacts = [grant.contact]
    earlier = grant.handed_on_by
    while earlier is not None and len(contacts) < 10:  # noqa: PLR2004 - a chain this long is a fault
        contacts.append(earlier.contact)
        earlier = earlier.handed_on_by
    return contacts


def contacts_of(grant: LinkGrant) -> list[int]:
    """Return for whom the holder acts: for themselves, and for who handed the questions on."""
    return [contact.pk for contact in _acting_for(grant)]


def acts_for_manager(grant: LinkGrant) -> bool:
    """Return whether the holder is the hiring manager, or acts for them."""
    return grant.engagement.manager_id in contacts_of(grant)


def items_of(grant: LinkGrant) -> ChecklistItemQuerySet:
    """Return the tasks that the holder does alone or together, settled ones included."""
    return items_for_contacts(_acting_for(grant), grant.engagement)


def evidence_of(grant: LinkGrant) -> QuerySet[EvidenceFile]:
    """Return the files that prove tasks of the holder."""
    return EvidenceFile.objects.filter(item__in=items_of(grant))


def reviews_of(grant: LinkGrant) -> QuerySet[Deliverable]:
    """Return the handovers that the holder may look at: as reviewer, or as hiring manager."""
    asked = Q(reviewer_id__in=contacts_of(grant))
    if acts_for_manager(grant):
        asked |= Q(reviewer=None)
    return (
        Deliverable.objects.filter(asked, engagement_id=grant.engagement_id)
        .exclude(state__in=[Deliverable.State.DRAFT, Deliverable.State.WITHDRAWN])
        .select_related("form", "engagement__freelancer")
        .order_by("review_due_on", "pk")
    )


def agreement_of(grant: LinkGrant) -> KnowledgeAgreement | None:
    """Return the agreement that waits for the client's word, if the holder may give it."""
    if not grant.may(LinkGrant.Scope.DECIDE):
        return None
    return (
        KnowledgeAgreement.objects.proposed()
        .filter(engagement_id=grant.engagement_id, client_accepted_at=None)
        .select_related("policy")
        .first()
    )


def tasks_of(grant: LinkGrant, today: date) -> list[LinkTask]:
    """Return everything behind a link: what is asked now first, the most urgent on top."""
    items = list(items_of(grant))
    decision = _decision(grant, today, items)
    tasks = [
        *([decision] if decision else []),
        *_agreement(grant),
        *(_review(deliverable) for deliverable in reviews_of(grant)),
        *(
            _item(item, today)
            for item in items
            if not (decision and item.code == DECISION_STEP and item.state == item.State.OPEN)
        ),
    ]
    return sorted(tasks, key=lambda task: (task.is_settled, not task.is_asked, task.due_on))


def _decision(grant: LinkGrant, today: date, items: list[ChecklistItem]) -> LinkTask | None:
    """Return the question about the end, while nobody has answered it for this end date."""
    if not grant.may(LinkGrant.Scope.DECIDE):
        return None
    engagement = grant.engagement
    step = next((item for item in items if item.code == DECISION_STEP), None)
    is_open = step is None or step.state == ChecklistItem.State.OPEN
    due_on = decision_due_on(engagement.starts_on, engagement.ends_on)
    answered = EngagementChange.objects.filter(
        Q(state=EngagementChange.State.REQUESTED)
        | Q(state=EngagementChange.State.APPLIED, old_ends_on=engagement.ends_on)
        | Q(state=EngagementChange.State.APPLIED, new_ends_on=engagement.ends_on),
        engagement=engagement,
    )
    if not is_open or engagement.ends_on < today or answered.exists():
        return None
    return LinkTask(
        kind="decide",
        key="end",
        title=_("Does this engagement go on or does it end?"),
        due_on=due_on,
        url=reverse("offboarding:link_decide"),
        is_asked=due_on <= today + ASK_AHEAD,
    )


def _agreement(grant: LinkGrant) -> list[LinkTask]:
    agreement = agreement_of(grant)
    if agreement is None:
        return []
    return [
        LinkTask(
            kind="agreement",
            key="agreement",
            title=_("Do you agree with the knowledge agreement?"),
            due_on=as_day(agreement.proposed_at),
            url=reverse("offboarding:link_agreement"),
        )
    ]


def _review(deliverable: Deliverable) -> LinkTask:
    return LinkTask(
        kind="review",
        key=str(deliverable.public_id),
        title=_("Review the handover “%(title)s”") % {"title": deliverable.title},
        due_on=deliverable.review_due_on or as_day(deliverable.created_at),
        url=reverse("offboarding:link_review", args=[deliverable.public_id]),
        is_settled=deliverable.state != Deliverable.State.SUBMITTED,
    )


def _item(item: ChecklistItem, today: date) -> LinkTask:
    is_quiet = (
        item.is_backlog
        or _is_promised(item, today)
        or (item.snoozed_until is not None and item.snoozed_until > today)
    )
    return LinkTask(
        kind="item",
        key=str(item.public_id),
        title=item.text,
        due_on=item.due_on,
        url=reverse("offboarding:link_item", args=[item.public_id]),
        is_asked=(item.expected_on or item.due_on) <= today + ASK_AHEAD and not is_quiet,
        is_settled=item.state != ChecklistItem.State.OPEN,
        is_backlog=item.is_backlog,
    )


def _is_promised(item: ChecklistItem, today: date) -> bool:
    """Return whether the owner said when it will be done, and that day is still ahead."""
    return item.expected_on is not None and item.expected_on > today
