from decimal import Decimal

import pytest
from django.utils import translation

from core.models import AuditEvent
from core.scoping import organisation_scope
from knowledge.models import TransferForm, TransferPolicy
from knowledge.operations import ship_policies
from tests.factories.core import OrganisationFactory
from tests.factories.knowledge import PROVEN, SIMPLE, next_version, policy_of
from tests.races import at_once

# Source: domain.md section 2: base points, cap in hundredths of the target, mode.
FORMS = {
    "handover-document": (20, None, "externalise"),
    "runbook": (8, 30, "externalise"),
    "knowledge-base": (4, 15, "combine"),
    "recording": (6, 20, "externalise"),
    "presentation": (12, 30, "externalise"),
    "workshop": (20, 40, "internalise"),
    "shadowing": (10, 40, "socialise"),
    "reverse-shadowing": (15, 50, "internalise"),
    "expert-interview": (10, 20, "externalise"),
    "warm-contact": (4, 15, "socialise"),
    "questions": (2, 10, "socialise"),
}


def test_an_organisation_begins_with_both_policies_and_all_forms(organisation):
    added = ship_policies(organisation=organisation)

    assert [policy.code for policy in added] == ["proven", "simple"]
    assert [policy.is_default for policy in added] == [True, False]
    for policy in added:
        forms = list(policy.forms.all())
        assert [form.code for form in forms] == list(FORMS)
        assert {
            form.code: (
                int(form.base_points),
                None if form.cap_share is None else int(form.cap_share * 100),
                form.mode,
            )
            for form in forms
        } == FORMS
    assert AuditEvent.objects.filter(action="knowledge.policy.shipped").count() == 2


def test_the_policies_vest_as_the_rules_say(organisation):
    proven, simple = ship_policies(organisation=organisation)

    assert proven.terms == PROVEN
    assert simple.terms == SIMPLE


def test_only_the_handover_document_counts_once_and_has_sections(organisation):
    ship_policies(organisation=organisation)

    for field in ("once_only", "has_sections"):
        codes = set(TransferForm.objects.filter(**{field: True}).values_list("code", flat=True))
        assert codes == {"handover-document"}
    written = set(TransferForm.objects.filter(is_written=True).values_list("code", flat=True))
    assert written == {"handover-document", "runbook", "knowledge-base", "recording"}
    assert not TransferForm.objects.filter(is_written=True, is_session=True).exists()


def test_a_meeting_names_who_was_there(organisation):
    ship_policies(organisation=organisation)

    needed = dict(TransferForm.objects.values_list("code", "minimum_attendees"))
    assert needed.pop("presentation") == 2
    sessions = TransferForm.objects.filter(is_session=True).exclude(code="presentation")
    assert set(sessions.values_list("minimum_attendees", flat=True)) == {1}
    others = TransferForm.objects.filter(is_session=False)
    assert set(others.values_list("minimum_attendees", flat=True)) == {0}


def test_shipping_again_changes_nothing(organisation):
    ship_policies(organisation=organisation)
    own = next_version(policy_of(organisation), {"workshop": {"base_points": Decimal(25)}})

    assert ship_policies(organisation=organisation) == []

    assert TransferPolicy.objects.count() == 3
    assert TransferPolicy.objects.get(is_default=True) == own
    assert own.forms.get(code="workshop").base_points == 25


def test_a_policy_of_ones_own_stays_the_default(organisation):
    TransferPolicy.objects.create(
        organisation=organisation,
        code="own",
        name_en="Own",
        accepted_share=1,
        received_share=0,
        applied_share=0,
        is_default=True,
    )

    ship_policies(organisation=organisation)

    assert TransferPolicy.objects.get(is_default=True).code == "own"


def test_another_organisation_gets_its_own(organisation):
    ship_policies(organisation=organisation)
    other = OrganisationFactory()

    ship_policies(organisation=other)

    with organisation_scope(other):
        assert TransferPolicy.objects.count() == 2


def test_forms_read_in_both_languages(organisation):
    ship_policies(organisation=organisation)

    for form in TransferForm.objects.all():
        with translation.override("nl"):
            dutch = form.name, form.evidence
        with translation.override("en"):
            english = form.name, form.evidence
        assert all([*dutch, *english])
        assert dutch != english or form.code == "workshop"


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_ship_once(organisation):
    at_once(organisation, *[lambda: ship_policies(organisation=organisation)] * 2)

    assert TransferPolicy.objects.count() == 2
    assert TransferForm.objects.count() == 22
