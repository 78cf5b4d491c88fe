"""The procedure that comes with the product."""

import pytest
from django.db import IntegrityError, InternalError, transaction

from core.models import AuditEvent
from core.scoping import organisation_scope
from offboarding import operations
from offboarding.models import Phase, Procedure, ProcedureStep, ProcedureVersion
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.offboarding.conftest import HR
from tests.races import at_once

GATES = {
    *("ON01", "ON02", "ON04", "ON07", "ON08"),
    *("OF16", "OF19", "OF20", "OF21", "OF23"),
}
# Step, owner, anchor and days, as the specification names them.
TERMS = """
ON01 manager S-15 | ON02 procurement S-15 | ON03 hr S-10 | ON04 procurement S-7 | ON05 hr S-7
ON06 manager S-7 | ON07 freelancer S-5 | ON08 manager S-3 | ON09 manager S-1 | ON10 it S-1
ON11 facilities S+0 | ON12 facilities S+0 | ON13 manager S+3 | ON14 freelancer S+5
ON15 freelancer S+20 | ON16 manager S+30 | OF01 manager E-60 | OF02 manager E-45 | OF03 hr E-30
OF04 manager E-30 | OF05 manager E-28 | OF06 freelancer E-21 | OF07 it E-10 | OF08 freelancer E-10
OF09 receiver E-7 | OF10 manager E-7 | OF11 freelancer E-7 | OF12 client_manager E-5
OF13 manager E-5 | OF14 it E-5 | OF15 manager E-5 | OF16 manager E-3 | OF17 manager E-3
OF18 freelancer E-2 | OF19 freelancer E-2 | OF20 facilities E+0 | OF21 it E+0 | OF22 it E+1
OF23 security E+3 | OF24 manager E+5 | OF25 hr E+5 | OF26 hr E+14 | OF27 procurement E+30
OF28 hr E+30
"""


@pytest.fixture
def steps(organisation):
    version = operations.ship_procedure(organisation=organisation)
    return {step.code: step for step in version.steps.all()}


def test_every_step_of_the_specification_is_there_with_its_owner_and_day(steps):
    wanted = {}
    for entry in TERMS.replace("\n", "|").split("|"):
        if entry.strip():
            code, owner, due = entry.split()
            wanted[code] = (owner, due)
    shipped = {
        code: (step.owner_role, f"{step.anchor[0].upper()}{step.offset_days:+d}")
        for code, step in steps.items()
        if code != "OF01-02"
    }

    assert shipped == wanted


def test_the_steps_that_closing_needs_are_those_of_the_specification(steps):
    assert {code for code, step in steps.items() if step.is_gate} == GATES


def test_access_assets_and_release_can_never_be_put_off(steps):
    fixed = {code for code, step in steps.items() if not step.may_snooze}

    assert fixed == GATES | {"ON06", "ON10", "ON11", "ON12", "OF07", "OF14", "OF22"}


def test_steps_done_together_name_both(steps):
    together = {code: step.second_role for code, step in steps.items() if step.second_role}

    assert together == {
        "ON08": "freelancer",
        "ON16": "freelancer",
        "OF04": "freelancer",
        "OF08": "receiver",
        "OF17": "freelancer",
    }


def test_every_step_reads_in_both_languages_without_talking_down(steps):
    for step in steps.values():
        assert step.text_nl
        assert step.text_en
        assert step.text_nl != step.text_en
        assert not step.text_nl.endswith(".")
        assert " u " not in f" {step.text_nl} "


def test_welcome_and_farewell_are_two_phases(steps):
    assert {code for code, step in steps.items() if step.phase == Phase.ONBOARDING} == {
        code for code in steps if code.startswith("ON")
    }


def test_shipping_again_changes_nothing(organisation):
    first = operations.ship_procedure(organisation=organisation)

    assert operations.ship_procedure(organisation=organisation) == first
    assert ProcedureVersion.objects.count() == 1
    assert ProcedureStep.objects.count() == 45
    assert AuditEvent.objects.filter(action="offboarding.procedure.shipped").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_first_engagements_at_once_ship_one_procedure():
    organisation = OrganisationFactory()

    first, second = at_once(
        organisation,
        lambda: operations.ship_procedure(organisation=organisation),
        lambda: operations.ship_procedure(organisation=organisation),
    )

    with organisation_scope(organisation):
        assert first == second
        assert Procedure.objects.count() == 1


@pytest.fixture
def used_step(organisation):
    operations.start_checklists(engagement=EngagementFactory(organisation=organisation), actor=HR)
    return ProcedureStep.objects.first()


def test_the_database_refuses_to_change_a_step_that_a_list_was_made_from(used_step):
    with pytest.raises((InternalError, IntegrityError), match="frozen"), transaction.atomic():
        ProcedureStep.objects.filter(pk=used_step.pk).update(offset_days=1)


def test_the_database_refuses_to_delete_a_step_that_a_list_was_made_from(used_step):
    with pytest.raises((InternalError, IntegrityError), match="frozen"), transaction.atomic():
        used_step.delete()


def test_the_database_refuses_to_add_a_step_to_a_version_in_use(used_step):
    used_step.pk, used_step.code = None, "OF99"

    with pytest.raises((InternalError, IntegrityError), match="frozen"), transaction.atomic():
        used_step.save(force_insert=True)


def test_a_version_that_nobody_used_can_still_change(organisation):
    version = operations.ship_procedure(organisation=organisation)

    version.steps.filter(code="OF01").update(offset_days=-50)

    assert version.steps.get(code="OF01").offset_days == -50
