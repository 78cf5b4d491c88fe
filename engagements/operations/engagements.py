from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import Contact, Organisation
from core.years import refuse_year
from engagements import events
from engagements.models import Department, Engagement, Freelancer, Intermediary
from engagements.operations.links import revoke_grants
from engagements.operations.locking import check_version, locked_with_days, queue_for_days_of
from engagements.operations.refusals import refusing


@dataclass(frozen=True, kw_only=True)
class EngagementFacts:
    """What is agreed about an engagement.

    Attributes:
        starts_on: first day.
        ends_on: last day, counted.
        access_ends_at: aware moment at which access to systems ends; None: at the end of the day.
        hourly_rate: in euros.
        knowledge_target: in points; None: follows from the length.
        may_overlap: another engagement of this professional here at the same time is meant so.
        external_id: id in another system, may be empty.
    """

    freelancer_id: int
    department_id: int
    manager_id: int
    title: str
    starts_on: date
    ends_on: date
    intermediary_id: int | None = None
    goal: str = ""
    result: str = ""
    success_criteria: str = ""
    conditions: str = ""
    access_ends_at: datetime | None = None
    hourly_rate: Decimal | None = None
    purchase_reference: str = ""
    knowledge_target: int | None = None
    may_overlap: bool = False
    external_id: str = ""


# Free text about the work: the history says that it changed, not what it said.
TEXTS = ("goal", "result", "success_criteria", "conditions")


def facts_of(engagement: Engagement) -> EngagementFacts:
    """Return what is agreed about an engagement now, to change a part of it."""
    return EngagementFacts(
        **{field.name: getattr(engagement, field.name) for field in fields(EngagementFacts)}
    )


@transaction.atomic
def create_engagement(
    *, organisation: Organisation, facts: EngagementFacts, actor: Actor
) -> Engagement:
    """Plan an engagement; the packages above start their checklists.

    Raises:
        DomainError: it ends before it starts, overlaps another one, its external id is taken, or
            a year cannot be right.
        Freelancer.DoesNotExist: the professional is not of this organisation; so for the others.
    """
    refuse_year(facts.starts_on, facts.ends_on, facts.access_ends_at)
    queue_for_days_of([facts.freelancer_id])
    engagement = Engagement(organisation=organisation, **_values_of(facts), **_rows_of(facts))
    with refusing(Engagement):
        engagement.save(force_insert=True)
    for listener in events.listeners():
        listener.planned(engagement, actor)
    audit.record(
        "engagements.engagement.created",
        subject=engagement,
        actor=actor,
        dossier=engagement.public_id,
        data={"starts_on": facts.starts_on.isoformat(), "ends_on": facts.ends_on.isoformat()},
    )
    return engagement


@transaction.atomic
def update_engagement(
    *, engagement_id: int, facts: EngagementFacts, version: int | None, actor: Actor
) -> Engagement:
    """Change what is agreed about an engagement; the same facts again change nothing.

    Another hiring manager takes over at once: the links of the one before stop working.

    The last day is moved by ``move_end``, which asks for a kind and shows what shifts. Where both
    days move past each other, move the one that keeps the first day before the last one first.

    Args:
        engagement_id: which one.
        facts: all of them, changed or not (see ``facts_of``).
        version: of the page on which the change was made; None does not compare.
        actor: who does it.

    Raises:
        StaleError: somebody else changed the engagement since.
        InvalidTransitionError: it is closed or cancelled.
        DomainError: another last day or professional, or a rule of the database refuses it.
    """
    engagement = locked_with_days(engagement_id)
    check_version(engagement, version)
    before = facts_of(engagement)
    _check_change(engagement, before, facts)
    if facts == before:
        return engagement
    refuse_year(facts.starts_on, facts.access_ends_at)
    for name, value in (_values_of(facts) | _rows_of(facts)).items():
        setattr(engagement, name, value)
    engagement.version += 1
    with refusing(Engagement):
        engagement.save()
    if engagement.manager_id != before.manager_id:
        revoke_grants(
            engagement_id=engagement.pk,
            contact_id=before.manager_id,
            reason="manager_changed",
            actor=actor,
        )
    _tell_listeners(engagement, before, actor)
    _record(engagement, before, facts, actor)
    return engagement


def _values_of(facts: EngagementFacts) -> dict[str, Any]:
    values = {
        field.name: getattr(facts, field.name)
        for field in fields(facts)
        if not field.name.endswith("_id") or field.name == "external_id"
    }
    return {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }


def _rows_of(facts: EngagementFacts) -> dict[str, Any]:
    """Return the rows that the facts name; only those of the active organisation are found."""
    return {
        "freelancer": Freelancer.objects.select_related("business_contact", "private_contact").get(
            pk=facts.freelancer_id
        ),
        "department": Department.objects.select_related("head").get(pk=facts.department_id),
        "manager": Contact.objects.get(pk=facts.manager_id),
        "intermediary": facts.intermediary_id
        and Intermediary.objects.get(pk=facts.intermediary_id),
    }


def _check_change(engagement: Engagement, before: EngagementFacts, facts: EngagementFacts) -> None:
    if not engagement.is_running:
        raise InvalidTransitionError(
            _("This engagement is closed or cancelled and cannot change any more.")
        )
    if facts.freelancer_id != before.freelancer_id:
        raise DomainError(
            _("An engagement stays with its professional. Cancel it and make a new one.")
        )
    if facts.ends_on != before.ends_on:
        raise DomainError(
            _("Change the last day with “Change end date”, so that you see what moves with it.")
        )


def _tell_listeners(engagement: Engagement, before: EngagementFacts, actor: Actor) -> None:
    for listener in events.listeners():
        if engagement.starts_on != before.starts_on:
            listener.end_moved(engagement, before.ends_on, actor)
        if engagement.manager_id != before.manager_id:
            listener.manager_changed(engagement, actor)


def _record(
    engagement: Engagement, before: EngagementFacts, after: EngagementFacts, actor: Actor
) -> None:
    changed = [
        field.name
        for field in fields(before)
        if getattr(before, field.name) != getattr(after, field.name)
    ]
    audit.record(
        "engagements.engagement.updated",
        subject=engagement,
        actor=actor,
        dossier=engagement.public_id,
        data={
            "changed": {
                name: None if name in TEXTS else [_plain(before, name), _plain(after, name)]
                for name in changed
            }
        },
    )


def _plain(facts: EngagementFacts, name: str) -> str | int | bool | None:
    value = getattr(facts, name)
    return value if value is None or isinstance(value, int | bool) else str(value)
