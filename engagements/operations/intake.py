"""Planning and changing an engagement together with people who are new to us."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from accounts.operations import ContactFacts, save_contact
from core.actors import Actor
from core.models import Contact, Organisation
from engagements.models import Engagement, Freelancer, Intermediary
from engagements.operations.engagements import (
    EngagementFacts,
    create_engagement,
    facts_of,
    update_engagement,
)
from engagements.operations.freelancers import FreelancerFacts, create_freelancer
from engagements.operations.successors import name_successor


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Who an engagement is between; those we do not know yet are made on the way.

    Attributes:
        freelancer: the professional, or what we know of a new one.
        manager: the hiring manager, or name and address of a new contact.
        intermediary: name of a third party, empty without one.
    """

    freelancer: Freelancer | FreelancerFacts
    manager: Contact | ContactFacts
    department_id: int
    intermediary: str = ""


@dataclass(frozen=True, kw_only=True)
class TakesOver:
    """From which engagement a new one takes over.

    Attributes:
        predecessor_id: which one.
        across_departments: it is meant that they work at two departments.
    """

    predecessor_id: int
    across_departments: bool = False


@transaction.atomic
def engage(
    *,
    organisation: Organisation,
    parties: Parties,
    terms: Mapping[str, Any],
    actor: Actor,
    takes_over: TakesOver | None = None,
) -> Engagement:
    """Plan an engagement, and write down whoever is new in it: all of it or nothing.

    Args:
        organisation: the client.
        parties: who it is between.
        terms: the other fields of ``EngagementFacts``.
        actor: who plans it.
        takes_over: from which engagement; None when it follows nobody.

    Raises:
        DomainError: as for ``create_engagement`` and ``create_freelancer``.
        SuccessionError: it cannot take over from that engagement.
    """
    freelancer = parties.freelancer
    if isinstance(freelancer, FreelancerFacts):
        freelancer = create_freelancer(organisation=organisation, facts=freelancer, actor=actor)
    facts = EngagementFacts(
        freelancer_id=freelancer.pk, **_others(organisation, parties, actor), **terms
    )
    engagement = create_engagement(organisation=organisation, facts=facts, actor=actor)
    if takes_over is None:
        return engagement
    return name_successor(
        predecessor_id=takes_over.predecessor_id,
        successor_id=engagement.pk,
        across_departments=takes_over.across_departments,
        actor=actor,
    )


@transaction.atomic
def revise(
    *,
    engagement: Engagement,
    parties: Parties,
    terms: Mapping[str, Any],
    version: int,
    actor: Actor,
) -> Engagement:
    """Change what is agreed, and write down a hiring manager who is new: all of it or nothing.

    Raises:
        DomainError: as for ``update_engagement``.
    """
    stored = Engagement.objects.get(pk=engagement.pk)
    others = _others(engagement.organisation, parties, actor)
    return update_engagement(
        engagement_id=engagement.pk,
        facts=replace(facts_of(stored), **others, **terms),
        version=version,
        actor=actor,
    )


def _others(organisation: Organisation, parties: Parties, actor: Actor) -> dict[str, Any]:
    manager = parties.manager
    if isinstance(manager, ContactFacts):
        known = Contact.objects.with_email(manager.email).first()
        manager = known or save_contact(organisation=organisation, facts=manager, actor=actor)
    return {
        "manager_id": manager.pk,
        "department_id": parties.department_id,
        "intermediary_id": _intermediary_id(organisation, parties.intermediary),
    }


def _intermediary_id(organisation: Organisation, name: str) -> int | None:
    name = name.strip()
    if not name:
        return None
    intermediary, _created = Intermediary.objects.get_or_create(
        organisation=organisation, name__iexact=name, defaults={"name": name}
    )
    return intermediary.pk
