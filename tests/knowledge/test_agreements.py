from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from knowledge import operations
from knowledge.models import KnowledgeAgreement, TransferPolicy, basis_of
from knowledge.operations import AgreementError, AgreementFacts
from knowledge.operations.authorship import EngagementOverError
from tests.factories.knowledge import next_version
from tests.races import at_once

FACTS = AgreementFacts(
    target=80,
    paid_hours=Decimal(16),
    forms={"workshop": 1, "runbook": 3},
    note="Elke vrijdag een uur.",
)


def propose(engagement, actor, side="client", facts=FACTS):
    return operations.propose_agreement(
        engagement_id=engagement.pk, facts=facts, side=side, actor=actor
    )


@pytest.fixture
def proposed(engagement, reviewer):
    return propose(engagement, reviewer)


@pytest.fixture
def in_force(proposed, author):
    return operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=author)


def test_the_side_that_proposes_has_accepted(engagement, reviewer):
    agreement = propose(engagement, reviewer)

    agreement.refresh_from_db()
    assert (agreement.version, agreement.state, agreement.target) == (1, "proposed", 80)
    assert agreement.client_accepted_at is not None
    assert agreement.client_accepted_by == "Peter Bos"
    assert agreement.freelancer_accepted_at is None
    assert {row.form.code: row.times for row in agreement.agreed_forms.all()} == {
        "workshop": 1,
        "runbook": 3,
    }
    event = AuditEvent.objects.get(action="knowledge.agreement.proposed")
    assert event.data == {"version": 1, "side": "client", "target": 80}
    assert event.dossier == engagement.public_id


def test_the_professional_can_propose_too(engagement, author):
    agreement = propose(engagement, author, side="freelancer")

    assert agreement.freelancer_accepted_at is not None
    assert agreement.client_accepted_at is None


def test_it_is_in_force_once_both_accepted(in_force, engagement):
    in_force.refresh_from_db()
    assert in_force.state == "accepted"
    assert in_force.freelancer_accepted_at is not None
    assert basis_of(engagement).target == 80
    assert AuditEvent.objects.filter(action="knowledge.agreement.accepted").count() == 1


def test_without_a_target_the_usual_one_is_proposed(engagement, reviewer):
    agreement = propose(engagement, reviewer, facts=replace(FACTS, target=None))

    assert agreement.target == engagement.knowledge_target

    engagement.knowledge_target = None
    engagement.save()
    changed = replace(FACTS, target=None, reason="Duur is leidend")
    # 160 days: longer than 3 months, at most 6.
    assert propose(engagement, reviewer, facts=changed).target == 100


def test_the_old_version_is_in_force_until_both_accepted_the_new_one(
    in_force, engagement, reviewer, author
):
    newer = propose(engagement, reviewer, facts=replace(FACTS, target=120, reason="Verlengd"))

    assert newer.version == 2
    assert basis_of(engagement).target == 80

    operations.accept_agreement(agreement_id=newer.pk, side="freelancer", actor=author)

    in_force.refresh_from_db()
    assert in_force.state == "superseded"
    assert basis_of(engagement).target == 120


def test_a_change_needs_a_reason(in_force, engagement, reviewer):
    with pytest.raises(AgreementError, match="why"):
        propose(engagement, reviewer, facts=replace(FACTS, reason="  "))

    assert KnowledgeAgreement.objects.count() == 1


def test_a_new_proposal_replaces_the_one_that_waits(proposed, engagement, reviewer, author):
    newer = propose(engagement, reviewer, facts=replace(FACTS, reason="Vergissing"))

    proposed.refresh_from_db()
    assert (proposed.state, newer.state) == ("superseded", "proposed")
    with pytest.raises(InvalidTransitionError, match="newer"):
        operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=author)


def test_a_side_accepts_once(proposed, in_force, reviewer, author):
    with pytest.raises(InvalidTransitionError, match="in force"):
        operations.accept_agreement(agreement_id=in_force.pk, side="freelancer", actor=author)


def test_the_side_that_proposed_waits_for_the_other(proposed, reviewer):
    with pytest.raises(InvalidTransitionError, match="other side"):
        operations.accept_agreement(agreement_id=proposed.pk, side="client", actor=reviewer)


def test_the_client_accepts_what_the_professional_proposed(engagement, author, reviewer):
    agreement = propose(engagement, author, side="freelancer")

    operations.accept_agreement(agreement_id=agreement.pk, side="client", actor=reviewer)

    agreement.refresh_from_db()
    assert (agreement.state, agreement.client_accepted_by) == ("accepted", "Peter Bos")


def test_nobody_speaks_for_the_other_side(proposed, engagement, author, reviewer):
    stranger = Actor(label="Iemand", user_id=987654)
    with pytest.raises(NotPermittedError):
        propose(engagement, author, side="client")
    for actor in (stranger, reviewer):
        with pytest.raises(NotPermittedError):
            operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=actor)
        with pytest.raises(NotPermittedError):
            operations.decline_agreement(
                agreement_id=proposed.pk, side="freelancer", reason="Nee", actor=actor
            )
        with pytest.raises(NotPermittedError):
            propose(engagement, actor, side="freelancer")

    proposed.refresh_from_db()
    assert proposed.state == "proposed"


def test_a_proposal_is_declined_with_a_reason(proposed, author):
    with pytest.raises(AgreementError, match="different"):
        operations.decline_agreement(
            agreement_id=proposed.pk, side="freelancer", reason=" ", actor=author
        )

    operations.decline_agreement(
        agreement_id=proposed.pk, side="freelancer", reason="Te veel uren", actor=author
    )

    proposed.refresh_from_db()
    assert (proposed.state, proposed.declined_reason) == ("declined", "Te veel uren")
    assert proposed.declined_at is not None
    assert AuditEvent.objects.filter(action="knowledge.agreement.declined").count() == 1
    with pytest.raises(InvalidTransitionError, match="declined"):
        operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=author)


def test_declining_a_change_keeps_what_is_in_force(in_force, engagement, reviewer, author):
    newer = propose(engagement, reviewer, facts=replace(FACTS, target=160, reason="Meer"))

    operations.decline_agreement(
        agreement_id=newer.pk, side="freelancer", reason="Nee", actor=author
    )

    assert basis_of(engagement).agreement == in_force


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"forms": {"workshop": 2}}, "at least 2"),
        ({"forms": {"workshop": 1, "juggling": 1}}, "points policy"),
        ({"forms": {"workshop": 51, "runbook": 1}}, "at most 50"),
        ({"forms": {"workshop": 1, "runbook": 0}}, "at least 2"),
        ({"target": 0}, "Target"),
        ({"target": 1001}, "Target"),
        ({"paid_hours": Decimal(-1)}, "Paid hours"),
        ({"paid_hours": Decimal("1.25")}, "Paid hours"),
        ({"note": "x" * 2001}, "too long"),
        ({"policy_id": 987654}, "points policies"),
    ],
)
def test_what_cannot_be_agreed_is_refused(change, says, engagement, reviewer):
    with pytest.raises(AgreementError, match=says):
        propose(engagement, reviewer, facts=replace(FACTS, **change))

    assert not KnowledgeAgreement.objects.exists()


def test_another_policy_can_be_agreed(engagement, reviewer):
    simple = TransferPolicy.objects.get(code="simple")

    agreement = propose(
        engagement, reviewer, facts=replace(FACTS, policy_id=simple.pk, forms={"workshop": 4})
    )

    assert agreement.policy == simple
    assert agreement.agreed_forms.get().form.policy == simple


def test_what_was_agreed_can_be_changed_under_the_version_of_the_policy_that_it_has(
    engagement, in_force, reviewer
):
    next_version(in_force.policy, received_share=Decimal("0.70"), applied_share=Decimal(0))

    facts = replace(FACTS, target=90, reason="Langer", policy_id=in_force.policy_id)
    agreement = propose(engagement, reviewer, facts=facts)

    assert (agreement.version, agreement.policy) == (2, in_force.policy)


def test_nothing_is_agreed_once_the_file_is_closed(proposed, engagement, reviewer, author):
    engagement.closed_at = timezone.now()
    engagement.save()

    with pytest.raises(EngagementOverError):
        propose(engagement, reviewer, facts=replace(FACTS, reason="Te laat"))
    with pytest.raises(EngagementOverError):
        operations.accept_agreement(agreement_id=proposed.pk, side="freelancer", actor=author)
    with pytest.raises(EngagementOverError):
        operations.decline_agreement(
            agreement_id=proposed.pk, side="freelancer", reason="Nee", actor=author
        )


@pytest.mark.django_db(transaction=True)
def test_two_proposals_at_once_become_two_versions(organisation, engagement, reviewer):
    first, second = at_once(
        organisation,
        lambda: propose(engagement, reviewer),
        lambda: propose(engagement, reviewer, facts=replace(FACTS, reason="Anders")),
    )

    made = [answer for answer in (first, second) if isinstance(answer, KnowledgeAgreement)]
    # The one without a reason may come second, and is then refused.
    assert len(made) == KnowledgeAgreement.objects.count() >= 1
    assert KnowledgeAgreement.objects.proposed().count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepted_and_declined_at_once_ends_in_one_of_both(
    organisation, engagement, proposed, author
):
    answers = at_once(
        organisation,
        lambda: operations.accept_agreement(
            agreement_id=proposed.pk, side="freelancer", actor=author
        ),
        lambda: operations.decline_agreement(
            agreement_id=proposed.pk, side="freelancer", reason="Nee", actor=author
        ),
    )

    assert sum(isinstance(answer, InvalidTransitionError) for answer in answers) == 1
    proposed.refresh_from_db()
    assert proposed.state in ("accepted", "declined")


@pytest.mark.django_db(transaction=True)
def test_accepted_twice_at_once_counts_once(organisation, engagement, proposed, author):
    answers = at_once(
        organisation,
        *[
            lambda: operations.accept_agreement(
                agreement_id=proposed.pk, side="freelancer", actor=author
            )
        ]
        * 2,
    )

    assert sum(isinstance(answer, InvalidTransitionError) for answer in answers) == 1
    assert AuditEvent.objects.filter(action="knowledge.agreement.accepted").count() == 1
