"""Every rule of the procedure that the database keeps, broken once."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actors import SYSTEM
from core.years import DAYS_KEPT
from offboarding.models import EvidenceFile, ProcedureStep
from offboarding.operations import start_checklists
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory
from tests.factories.offboarding import (
    ChecklistFactory,
    ChecklistItemFactory,
    ProcedureFactory,
    ProcedureVersionFactory,
    RoleHolderFactory,
)
from tests.offboarding.conftest import day

pytestmark = pytest.mark.usefixtures("monday")


def refused(name):
    return pytest.raises(IntegrityError, match=name)


def evidence(item, **more):
    return EvidenceFile.objects.create(
        organisation=item.organisation,
        item=item,
        file="x",
        original_name="x.txt",
        size=1,
        sha256="a" * 64,
        media_type="text/plain",
        uploaded_by="HR",
        **more,
    )


def step(organisation, **more):
    fields = {
        "version": ProcedureVersionFactory(organisation=organisation),
        "code": "X1",
        "phase": "onboarding",
        "text_nl": "Doe iets",
        "text_en": "Do something",
        "owner_role": "it",
        "anchor": "start",
        "offset_days": 0,
    }
    return ProcedureStep.objects.create(organisation=organisation, **(fields | more))


@pytest.fixture
def item(organisation):
    return ChecklistItemFactory(engagement__organisation=organisation)


def test_an_engagement_has_each_list_once(item):
    with refused("checklist_once"), transaction.atomic():
        type(item.checklist).objects.create(
            organisation=item.organisation,
            engagement=item.engagement,
            version=item.checklist.version,
            phase=item.phase,
        )


def test_a_list_has_each_task_once(item):
    with refused("item_once"), transaction.atomic():
        ChecklistItemFactory(engagement=item.engagement, checklist=item.checklist, code=item.code)


BROKEN = {
    "item_settled_iff_timestamped": [{"state": "done"}, {"settled_at": timezone.now()}],
    "item_waived_has_reason": [{"state": "waived", "settled_at": timezone.now()}],
    "item_noted_is_done": [{"is_noted": True}],
    "item_put_off_twice_at_most": [{"snooze_count": 3}],
    "item_put_off_until_due_at_most": [
        {"snoozed_until": day(8), "snooze_count": 1},
        {"snoozed_until": day(2), "snooze_count": 0},
        {"snoozed_until": day(2), "snooze_count": 1, "may_snooze": False},
    ],
    "item_assigned_has_owner": [{"is_assigned": True, "owner": None}],
    "item_days_in_our_time": [
        {"due_on": datetime.date(26, 3, 2)},
        {"dated_on": datetime.date(1, 1, 1)},
        {"expected_on": datetime.date(9999, 12, 31)},
    ],
}


@pytest.mark.parametrize(
    ("name", "values"), [(name, values) for name, cases in BROKEN.items() for values in cases]
)
def test_a_task_keeps_the_rules(item, name, values):
    for field, value in values.items():
        setattr(item, field, value)

    with refused(name), transaction.atomic():
        item.save()


def test_the_same_evidence_is_kept_once(item):
    evidence(item)

    with refused("evidence_once"), transaction.atomic():
        evidence(item)


def test_a_role_has_one_holder_for_a_department_and_one_for_all(organisation):
    department = DepartmentFactory(organisation=organisation)
    RoleHolderFactory(organisation=organisation, department=department)
    RoleHolderFactory(organisation=organisation)

    for again in (department, None):
        with refused("role_holder_once"), transaction.atomic():
            RoleHolderFactory(organisation=organisation, department=again)


@pytest.mark.parametrize("role", ["manager", "freelancer"])
def test_nobody_holds_a_role_that_follows_from_the_engagement(organisation, role):
    with refused("role_holder_not_personal"), transaction.atomic():
        RoleHolderFactory(
            organisation=organisation,
            role=role,
            contact=ContactFactory(organisation=organisation),
        )


def test_an_organisation_has_each_procedure_once_and_one_default(organisation):
    ProcedureFactory(organisation=organisation, code="default", is_default=True)

    with refused("procedure_once"), transaction.atomic():
        ProcedureFactory(organisation=organisation, code="default")
    with refused("procedure_one_default"), transaction.atomic():
        ProcedureFactory(organisation=organisation, code="other", is_default=True)


def test_a_procedure_has_each_version_once(organisation):
    version = ProcedureVersionFactory(organisation=organisation)

    with refused("procedure_version_once"), transaction.atomic():
        ProcedureVersionFactory(
            organisation=organisation, procedure=version.procedure, number=version.number
        )


def test_a_version_has_each_step_once(organisation):
    first = step(organisation)

    with refused("procedure_step_once"), transaction.atomic():
        step(organisation, version=first.version)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("procedure_step_two_roles_differ", {"second_role": "it"}),
        ("procedure_step_rescue_in_both_languages", {"rescue_nl": "Red wat er te redden is"}),
        ("procedure_step_no_snooze_of_release", {"is_gate": True}),
        ("procedure_step_no_snooze_of_release", {"subject": "access"}),
        ("procedure_step_no_snooze_of_release", {"subject": "asset"}),
    ],
)
def test_a_step_keeps_the_rules(organisation, name, values):
    with refused(name), transaction.atomic():
        step(organisation, **values)


@pytest.mark.parametrize("days", [(DAYS_KEPT[0],) * 2, (DAYS_KEPT[1],) * 2, DAYS_KEPT], ids=str)
def test_every_engagement_that_can_be_kept_gets_its_tasks(organisation, days):
    starts_on, ends_on = days
    engagement = EngagementFactory(organisation=organisation, starts_on=starts_on, ends_on=ends_on)

    start_checklists(engagement=engagement, actor=SYSTEM)

    assert engagement.items.exists()


def test_a_checklist_factory_makes_a_valid_row(organisation):
    assert ChecklistFactory(organisation=organisation).phase == "offboarding"
