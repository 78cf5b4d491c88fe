"""A change of a policy is a version of its own, and touches nothing that runs."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from core.actors import Actor
from core.audit import phrase_for
from core.errors import InvalidTransitionError
from core.models import AuditEvent
from knowledge import operations
from knowledge.models import LedgerEntry, TransferForm, TransferPolicy, basis_of
from knowledge.operations import PolicyChangedError, PolicyError, PolicyFacts
from knowledge.queries import forms_for, forms_switched_off, history_of_policy, versions_of_policy
from tests.factories.knowledge import (
    DeliverableFactory,
    KnowledgeAgreementFactory,
    facts_of,
    form_of,
    next_version,
    policy_of,
)
from tests.knowledge.conftest import hand_in
from tests.races import at_once, just_behind, winner_of

D = Decimal
HR = Actor(label="Marieke Visser")
SHARES = {"accepted_share": D("0.20"), "received_share": D("0.50"), "applied_share": D("0.30")}


def save(policy, actor=HR, **changes):
    return operations.save_policy(
        policy_id=policy.pk, facts=facts_of(policy, **changes), actor=actor
    )


def add(policy, actor=HR, name="Eigen", **changes):
    facts = facts_of(policy, name_nl=name, name_en=name, **changes)
    return operations.add_policy(organisation=policy.organisation, facts=facts, actor=actor)


def test_a_change_is_a_version_that_new_agreements_use(policy, engagement):
    saved = save(
        policy, **SHARES, note="Ontvangen telt meer", forms={"runbook": {"base_points": 9}}
    )

    policy.refresh_from_db()
    assert (policy.version, policy.is_current, policy.is_default) == (1, False, False)
    assert policy.accepted_share == D("0.30")
    assert policy.forms.get(code="runbook").base_points == 8
    assert (saved.code, saved.version, saved.is_current, saved.is_default) == (
        "proven",
        2,
        True,
        True,
    )
    assert (saved.saved_by, saved.note) == ("Marieke Visser", "Ontvangen telt meer")
    assert saved.accepted_share == D("0.20")
    assert [form.code for form in saved.forms.all()] == [form.code for form in policy.forms.all()]
    assert saved.forms.get(code="runbook").base_points == 9
    assert saved.forms.get(code="handover-document").has_sections
    assert basis_of(engagement).policy == saved
    assert versions_of_policy(policy) == [saved, policy]
    assert "version 2 of the points policy Proven" in phrase_for(AuditEvent.objects.latest("pk"))
    assert history_of_policy(saved)[0].actor == "Marieke Visser"


def test_a_running_agreement_keeps_its_version_until_another_is_agreed(
    policy, engagement, author, reviewer
):
    KnowledgeAgreementFactory(engagement=engagement, policy=policy, in_force=True)
    first = hand_in(engagement, author)
    operations.accept_deliverable(deliverable_id=first.pk, actor=reviewer)
    before = LedgerEntry.objects.get()
    told = before.explanation

    saved = save(policy, **SHARES, forms={"runbook": {"base_points": D(20)}})
    second = hand_in(engagement, author, title="Tweede")
    operations.accept_deliverable(deliverable_id=second.pk, actor=reviewer)

    latest = LedgerEntry.objects.get(deliverable=second)
    assert (latest.policy_version, latest.amount) == (1, D("2.40"))
    before.refresh_from_db()
    assert (before.amount, before.explanation) == (D("2.40"), told)

    agreement = operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=operations.AgreementFacts(
            forms={"runbook": 1, "workshop": 1}, reason="Nieuw", policy_id=saved.pk
        ),
        side="client",
        actor=reviewer,
    )
    operations.accept_agreement(agreement_id=agreement.pk, side="freelancer", actor=author)
    third = hand_in(engagement, author, title="Derde")
    operations.accept_deliverable(deliverable_id=third.pk, actor=reviewer)

    newest = LedgerEntry.objects.get(deliverable=third)
    # A fifth of 20 points, of which the cap of the new version leaves what the others did not take.
    assert (newest.policy_version, newest.uncapped, newest.amount) == (2, D("4.00"), D("1.20"))
    assert "20% of 20 points" in newest.explanation
    assert "30% of 8 points" in LedgerEntry.objects.get(deliverable=first).explanation


def test_a_form_that_is_off_is_not_offered_and_comes_back_as_it_was(policy, engagement):
    without = save(policy, without=["workshop"])
    assert "workshop" not in [form.code for form in forms_for(engagement)]
    (off,) = forms_switched_off(without)
    assert (off.code, off.base_points) == ("workshop", 20)

    back = save(without, forms={"runbook": {"code": "workshop", "name_nl": "W", "name_en": "W"}})

    assert [form.code for form in forms_switched_off(back)] == ["runbook"]


def test_work_in_a_form_that_was_switched_off_still_counts(policy, engagement, author, reviewer):
    deliverable = hand_in(engagement, author)
    save(policy, without=["runbook"])

    operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.policy_version, entry.form_code) == (D("2.40"), 2, "runbook")


def test_a_new_form_gets_a_code_that_nothing_else_has(policy):
    new = {"code": "", "name_nl": "Vragen", "name_en": "Questions"}

    saved = save(policy, forms={"questions": new})

    assert "questions-2" in [form.code for form in saved.forms.all()]
    assert "questions" not in [form.code for form in saved.forms.all()]


def test_a_policy_of_ones_own_stands_beside_the_others(policy, engagement):
    own = add(policy, name="Eigen weg", **SHARES)

    assert (own.code, own.version, own.is_current, own.is_default) == ("eigen-weg", 1, True, False)
    assert own.forms.count() == 11
    assert basis_of(engagement).policy == policy
    assert AuditEvent.objects.filter(action="knowledge.policy.added").count() == 1
    with pytest.raises(PolicyError, match="Another policy has this name") as caught:
        add(policy, name="EIGEN weg")
    assert caught.value.field == "name_nl"


def test_new_agreements_begin_with_the_policy_that_hr_chose(policy, engagement):
    simple = policy_of(engagement.organisation, "simple")

    operations.choose_policy(policy_id=simple.pk, actor=HR)

    assert basis_of(engagement).policy == simple
    assert TransferPolicy.objects.filter(is_default=True).count() == 1
    with pytest.raises(InvalidTransitionError, match="already"):
        operations.choose_policy(policy_id=simple.pk, actor=HR)
    with translation.override("nl"):
        assert "Eenvoudig" in phrase_for(AuditEvent.objects.latest("pk"))


def test_an_older_version_is_not_chosen(policy):
    save(policy)

    with pytest.raises(PolicyChangedError, match="saved version 2"):
        operations.choose_policy(policy_id=policy.pk, actor=HR)


@pytest.mark.parametrize(
    ("changes", "message", "field"),
    [
        ({"accepted_share": D("0.31")}, "together make 100%", "accepted_share"),
        ({"forms_kept": 0}, "between 1 and 40", None),
        ({"minimum_forms": 12}, "more forms than there are", "minimum_forms"),
        ({"minimum_forms": 0}, "more forms than there are", "minimum_forms"),
        ({"forms": {"runbook": {"name_nl": "workshop"}}}, "same name", None),
        ({"forms": {"runbook": {"base_points": D(-1)}}}, "greater than or equal to 0", None),
        ({"forms": {"runbook": {"cap_share": None}}}, "has a limit or counts once", None),
        ({"written_cap_share": D("1.5")}, "less than or equal to 1", None),
        ({"name_en": "simple"}, "Another policy has this name", "name_en"),
    ],
)
def test_what_does_not_add_up_is_refused_and_leaves_nothing(changes, message, field, policy):
    kept = changes.pop("forms_kept", None)
    facts = facts_of(policy, **changes)
    if kept is not None:
        facts = PolicyFacts(
            **{name: getattr(facts, name) for name in PolicyFacts.__slots__} | {"forms": []}
        )

    with pytest.raises(PolicyError, match=message) as caught:
        operations.save_policy(policy_id=policy.pk, facts=facts, actor=HR)

    assert caught.value.field == field
    assert TransferPolicy.objects.filter(code="proven").count() == 1
    policy.refresh_from_db()
    assert policy.is_current


def test_an_unknown_version_is_not_there(policy):
    with pytest.raises(TransferPolicy.DoesNotExist):
        operations.choose_policy(policy_id=2**31, actor=HR)
    with pytest.raises(TransferPolicy.DoesNotExist):
        operations.save_policy(policy_id=2**31, facts=facts_of(policy), actor=HR)


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE knowledge_transferpolicy SET received_share = 0.3, applied_share = 0.4",
        "UPDATE knowledge_transferpolicy SET note = 'x'",
        "DELETE FROM knowledge_transferpolicy",
        "UPDATE knowledge_transferform SET base_points = 100",
        "DELETE FROM knowledge_transferform",
        "TRUNCATE knowledge_transferform CASCADE",
    ],
)
def test_no_version_changes_whoever_writes(sql, policy):
    with pytest.raises(IntegrityError, match=r"frozen|append-only"), transaction.atomic():
        execute(sql)

    policy.refresh_from_db()
    assert policy.received_share == D("0.40")


@pytest.mark.parametrize("use", ["agreement", "handover"])
def test_a_version_in_use_gains_no_form(use, policy, engagement):
    runbook = form_of(engagement.organisation)
    if use == "agreement":
        KnowledgeAgreementFactory(engagement=engagement, policy=policy)
    else:
        DeliverableFactory(engagement=engagement, form=runbook)
    runbook.pk = None
    runbook.code = "other"
    runbook.public_id = "6a5c3f0c-3e0e-4f3b-9d0a-3d0f3f9f7c11"

    with pytest.raises(IntegrityError, match="a form more refused"), transaction.atomic():
        runbook.save(force_insert=True)

    assert TransferForm.objects.filter(policy=policy).count() == 11


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_the_second_hears_who_was_first(organisation, policy):
    answer = just_behind(
        organisation,
        lambda: save(policy, Actor(label="Jan Mol"), **SHARES),
        lambda: save(policy),
    )

    assert isinstance(answer, PolicyChangedError)
    assert "Jan Mol saved version 2 meanwhile" in str(answer)
    assert TransferPolicy.objects.get(code="proven", is_current=True).version == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_policy_is_added_once_by_two_at_once(organisation, policy):
    results = at_once(organisation, *[lambda: add(policy)] * 2)

    assert winner_of(results, losers_hear=PolicyError).code == "eigen"


@pytest.mark.django_db(transaction=True)
def test_choosing_and_saving_at_once_leave_one_default(organisation, policy):
    simple = policy_of(organisation, "simple")

    answer = just_behind(
        organisation,
        lambda: operations.choose_policy(policy_id=simple.pk, actor=HR),
        lambda: save(policy),
    )

    assert not answer.is_default
    assert TransferPolicy.objects.get(is_default=True) == simple


def test_another_organisation_keeps_its_own(policy):
    next_version(policy)

    assert TransferPolicy.objects.filter(version=2).count() == 1
