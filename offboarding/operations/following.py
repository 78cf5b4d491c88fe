"""Steps that follow what happens elsewhere: nobody has to say that they are done."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.wording import date_short
from engagements.models import Engagement, EngagementChange
from engagements.queries import decisions_of
from engagements.rules import decision_due_on, is_end_decided
from knowledge.models import Deliverable, KnowledgeAgreement
from offboarding.models import ChecklistItem, ChecklistItemQuerySet, Fact
from offboarding.operations.items import Cause, complete_item, reopen_item
from offboarding.rules import DECISION_STEP

Status = EngagementChange.State

DONE_BY: Final[Mapping[str, str]] = MappingProxyType(
    {
        Fact.HANDED_IN: "offboarding.item.done_by_handing_in",
        Fact.ACCEPTED: "offboarding.item.done_by_accepting",
    }
)


@transaction.atomic
def note_agreement(*, agreement: KnowledgeAgreement, actor: Actor) -> None:
    """Tick the steps that ask for the knowledge agreement; the agreement is their evidence.

    A step that is settled already, or that this procedure does not have, stays as it is.

    Args:
        agreement: in force as of now; the row of its engagement is locked.
        actor: who agreed last.
    """
    note = _(
        "Version %(version)s of the knowledge agreement is in force: "
        "proposed by %(first)s, agreed to by %(second)s."
    ) % {
        "version": agreement.version,
        "first": agreement.proposed_by,
        "second": actor.label,
    }
    for step in _steps(agreement.engagement, Fact.AGREED).open():
        cause = Cause(action="offboarding.item.done_by_agreeing")
        complete_item(item_id=step.pk, actor=actor, note=note, cause=cause)


@transaction.atomic
def note_decision(*, engagement: Engagement, actor: Actor) -> None:
    """Tick the step that asks what happens at the end, once moving the end has decided that.

    Args:
        engagement: with its new end; the row is locked.
        actor: who moved it.
    """
    changes = EngagementChange.objects.filter(engagement=engagement, state=Status.APPLIED)
    due_on = decision_due_on(engagement.starts_on, engagement.ends_on)
    if not is_end_decided(decisions_of(changes), engagement.ends_on, due_on):
        return
    for step in ChecklistItem.objects.open().filter(engagement=engagement, code=DECISION_STEP):
        note = _("The last day was moved to %(day)s.") % {"day": date_short(engagement.ends_on)}
        complete_item(item_id=step.pk, actor=actor, note=note)


@transaction.atomic
def note_handover(*, deliverable: Deliverable, actor: Actor) -> None:
    """Keep the steps about the handover document in step with what there is of it.

    Handing in or accepting ticks them. A withdrawal opens what was ticked by it again, unless
    another document stands for it; what somebody ticked or waived by hand stays as it is, and so
    does everything after the file was closed. A document that comes back with questions was
    handed in all the same.

    Args:
        deliverable: of any form; the row of its engagement is locked.
        actor: who handed it in, accepted it or withdrew it.
    """
    if not deliverable.form.has_sections:
        return
    documents = Deliverable.objects.filter(
        engagement=deliverable.engagement, form__has_sections=True
    ).exclude(state=Deliverable.State.WITHDRAWN)
    _follow(Fact.HANDED_IN, documents.exclude(submitted_at=None).exists(), deliverable, actor)
    is_accepted = documents.filter(state=Deliverable.State.ACCEPTED).exists()
    _follow(Fact.ACCEPTED, is_accepted, deliverable, actor)


def _follow(fact: Fact, holds: bool, deliverable: Deliverable, actor: Actor) -> None:  # noqa: FBT001
    title = deliverable.title
    for step in _steps(deliverable.engagement, fact):
        if step.is_open and holds:
            note = {
                Fact.HANDED_IN: _("“%(title)s” was handed in."),
                Fact.ACCEPTED: _("“%(title)s” was accepted."),
            }[fact] % {"title": title}
            cause = Cause(action=DONE_BY[fact], title=title)
            complete_item(item_id=step.pk, actor=actor, note=note, cause=cause)
        elif step.is_noted and not holds:
            reason = _("“%(title)s” was withdrawn.") % {"title": title}
            cause = Cause(action="offboarding.item.reopened_by_withdrawing", title=title)
            reopen_item(item_id=step.pk, reason=reason, actor=actor, cause=cause)


def _steps(engagement: Engagement, fact: Fact) -> ChecklistItemQuerySet:
    return ChecklistItem.objects.filter(engagement=engagement, done_once=fact).order_by("pk")
