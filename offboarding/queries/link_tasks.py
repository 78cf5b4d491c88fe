"""What somebody is asked behind an action link, one question at a time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import Contact
from core.wording import as_day
from engagements.models import EngagementChange, LinkGrant
from engagements.rules import decision_due_on
from knowledge.models import Deliverable, KnowledgeAgreement
from knowledge.queries import ReceivedTopic, ShownTopic, asked_to_check, usefulness_asked_of
from offboarding.models import ChecklistItem, ChecklistItemQuerySet, EvidenceFile
from offboarding.queries.link_rows import LinkTask
from offboarding.queries.link_topics import silent_of, topic_tasks
from offboarding.queries.people import items_for_contacts
from offboarding.rules import DECISION_STEP, SUCCESSOR_STEP

# Tasks that are due later are shown in the list, and not asked yet.
ASK_AHEAD: Final = timedelta(days=14)


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
        .select_related("form", "engagement__freelancer", "explained_to__contact")
        .order_by("review_due_on", "pk")
    )


def _to_review(grant: LinkGrant, today: date) -> list[Deliverable]:
    """Return the handovers that the holder is asked about, and those on which they decided.

    Of a short explanation somebody else says whether it took place, until they were silent.
    """
    found = list(reviews_of(grant))
    silent = silent_of(grant, today) if any(one.is_quick_log for one in found) else ()
    return [one for one in found if not one.is_quick_log or one.pk in silent]


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


def tasks_of(
    grant: LinkGrant,
    today: date,
    received: Sequence[ReceivedTopic] | None = None,
    shown: Sequence[ShownTopic] | None = None,
) -> list[LinkTask]:
    """Return everything behind a link: what is asked now first, the most urgent on top.

    Args:
        grant: of the holder.
        today: where the organisation is.
        received: what `received_of` returned, where the caller asked already.
        shown: what `shown_topics` returned, likewise.
    """
    items = list(items_of(grant))
    decision = _decision(grant, today, items)
    tasks = [
        *([decision] if decision else []),
        *_agreement(grant),
        *topic_tasks(grant, today, received, shown),
        *(_review(deliverable) for deliverable in _to_review(grant, today)),
        *_library_checks(grant, today),
        *_usefulness(grant, today),
        *(
            _item(item, today)
            for item in items
            if not (decision and item.code == DECISION_STEP and item.state == item.State.OPEN)
        ),
    ]
    return sorted(tasks, key=lambda task: (task.is_settled, not task.is_asked, task.due_on))


def task_behind(grant: LinkGrant, key: str, today: date) -> LinkTask | None:
    """Return what a mail was about by its key; None when it is no longer asked of the holder."""
    tasks = {task.key: task for task in tasks_of(grant, today)}
    is_decision = any(
        str(item.public_id) == key and item.code == DECISION_STEP for item in items_of(grant)
    )
    # The task to decide is asked as a question of its own, while there is something to decide.
    return (tasks.get("end") if is_decision else None) or tasks.get(key)


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


def _library_checks(grant: LinkGrant, today: date) -> list[LinkTask]:
    """Return what the holder answers for in the library, of the engagement of the link."""
    asked = asked_to_check([grant.contact_id], today, engagement=grant.engagement)
    return [
        LinkTask(
            kind="check",
            key=f"library:{item.deliverable.public_id}",
            title=_("Is “%(title)s” still right?") % {"title": item.deliverable.title},
            due_on=item.deliverable.check_on or today,
            url=reverse("knowledge:link_library_check", args=[item.deliverable.public_id]),
        )
        for item in asked
    ]


def _usefulness(grant: LinkGrant, today: date) -> list[LinkTask]:
    """Return the question whether it was of use, to receivers some time after the end."""
    engagement = grant.engagement
    if engagement.ends_on >= today:
        return []
    asked = usefulness_asked_of([grant.contact_id], engagement, today)
    if asked is None or asked.now is None:
        return []
    return [
        LinkTask(
            kind="usefulness",
            key="usefulness",
            title=_("Was what you received of use?"),
            due_on=asked.now.closes_on,
            url=reverse("knowledge:link_usefulness", args=[engagement.public_id]),
            is_settled=asked.is_answered,
        )
    ]


def _item(item: ChecklistItem, today: date) -> LinkTask:
    is_quiet = (
        item.is_backlog
        or _is_promised(item, today)
        or (item.snoozed_until is not None and item.snoozed_until > today)
    )
    url = reverse("offboarding:link_item", args=[item.public_id])
    if item.code == SUCCESSOR_STEP and item.is_open:
        url = reverse("offboarding:link_successor")
    return LinkTask(
        kind="item",
        key=str(item.public_id),
        title=item.text,
        due_on=item.due_on,
        url=url,
        is_asked=(item.expected_on or item.due_on) <= today + ASK_AHEAD and not is_quiet,
        is_settled=item.state != ChecklistItem.State.OPEN,
        is_backlog=item.is_backlog,
    )


def _is_promised(item: ChecklistItem, today: date) -> bool:
    """Return whether the owner said when it will be done, and that day is still ahead."""
    return item.expected_on is not None and item.expected_on > today
