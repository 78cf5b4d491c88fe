"""Importing a list that was confirmed: all rows or none, once, by the rules of doing it by hand."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import DomainError, InvalidTransitionError
from core.models import AuditEvent, Contact
from core.scoping import organisation_scope
from engagements.models import (
    Department,
    Engagement,
    EngagementChange,
    Freelancer,
    ImportRun,
    Intermediary,
)
from engagements.operations import imports
from engagements.tasks import resume_imports
from offboarding.models import ChecklistItem
from offboarding.operations import ship_procedure
from tests.engagements.imports import HR, applied, checked, fresh, outcomes_of
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.lists import row_of, rows_of, workbook_of
from tests.races import at_once

EVERY_HEADER = tuple(column.name for column in imports.COLUMNS)
NOVEMBER = datetime(2026, 11, 23, 9, tzinfo=UTC)


def full_row(**cells):
    return (
        row_of(1)
        | {
            "freelancer_private_email": "fatima@post.example",
            "business_name": "El Idrissi Data",
            "kvk_number": "12345678",
            "language": "Engels",
            "intermediary": "Bureau Noord",
            "knowledge_target": "80",
        }
        | cells
    )


def confirmed(organisation, rows, **options):
    run = checked(organisation, rows, **options)
    return imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)


@pytest.mark.parametrize("as_file", ["csv", "xlsx"])
def test_everything_that_a_row_says_is_kept(organisation, as_file):
    rows, options = [full_row()], {"headers": EVERY_HEADER}
    if as_file == "xlsx":
        row = full_row(
            starts_on=date(2026, 3, 1).isoformat(), hourly_rate=95.5, kvk_number=12345678
        )
        rows, options = workbook_of([row], headers=EVERY_HEADER), {}

    applied(organisation, rows, **options)

    engagement = Engagement.objects.get()
    person = engagement.freelancer
    assert (engagement.external_id, engagement.title) == ("X-1", "Data-engineer")
    assert (engagement.starts_on, engagement.ends_on) == (date(2026, 3, 1), date(2026, 12, 1))
    assert (engagement.hourly_rate, engagement.knowledge_target) == (Decimal("95.50"), 80)
    assert engagement.department.name == "Team Zorg 1"
    assert engagement.intermediary.name == "Bureau Noord"
    assert (engagement.manager.name, engagement.manager.email) == (
        "Peter Bos 1",
        "peter.bos1@veldam.example",
    )
    assert (person.full_name, person.sort_name) == ("Fatima El Idrissi 1", "fatima el idrissi 1")
    assert (person.business_name, person.kvk_number) == ("El Idrissi Data", "12345678")
    assert person.business_contact.email == "f.elidrissi1@data.example"
    assert person.private_contact.email == "fatima@post.example"
    assert {person.business_contact.language, person.private_contact.language} == {"en"}
    assert person.business_contact.is_external
    assert not engagement.manager.is_external
    assert engagement.manager.language == organisation.language


def test_a_private_address_that_is_the_business_address_is_none(organisation):
    row = full_row(freelancer_private_email="F.Elidrissi1@data.example")

    applied(organisation, [row], headers=EVERY_HEADER)

    assert Freelancer.objects.get().private_contact is None
    assert Contact.objects.count() == 2
    again = checked(organisation, [row], headers=EVERY_HEADER)
    assert outcomes_of(again) == ["unchanged"]


def test_text_that_looks_like_a_formula_stays_text(organisation):
    applied(organisation, [row_of(1, title="=HYPERLINK(A1)", department="@SUM(1)")])

    engagement = Engagement.objects.get()
    assert engagement.title == "=HYPERLINK(A1)"
    assert engagement.department.name == "@SUM(1)"


def test_the_history_tells_who_imported_what(organisation):
    run = applied(organisation, rows_of(2))

    event = AuditEvent.objects.filter(action="engagements.engagement.created").first()
    engagement = Engagement.objects.get(pk=event.subject_id)
    assert event.dossier == engagement.public_id
    assert event.actor_label == "Marieke Visser"
    assert event.data == {
        "starts_on": "2026-03-01",
        "ends_on": "2026-12-01",
        "import": str(run.public_id),
    }
    assert AuditEvent.objects.filter(action="engagements.freelancer.created").count() == 2
    assert AuditEvent.objects.filter(action="engagements.department.created").count() == 2
    done = AuditEvent.objects.get(action="engagements.import.applied")
    assert done.data == {"new": 2, "changed": 0, "unchanged": 0, "error": 0}


def test_each_engagement_gets_its_checklists_as_if_planned_by_hand(organisation):
    ship_procedure(organisation=organisation)

    applied(organisation, rows_of(3))

    counts = {
        engagement.items.count() for engagement in Engagement.objects.prefetch_related("items")
    }
    assert len(counts) == 1
    assert counts.pop() > 20
    owners = ChecklistItem.objects.filter(owner__name__startswith="Peter Bos")
    assert owners.values("owner").distinct().count() == 3


def test_the_same_list_again_changes_nothing(organisation):
    applied(organisation, rows_of(5))
    before = list(Engagement.objects.order_by("pk").values())

    run = checked(organisation, rows_of(5))

    assert outcomes_of(run) == ["unchanged"] * 5
    with pytest.raises(DomainError, match="nothing to import"):
        imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)
    assert list(Engagement.objects.order_by("pk").values()) == before


@time_machine.travel(NOVEMBER, tick=False)
def test_the_same_id_again_changes_the_engagement(organisation):
    applied(organisation, [full_row()], headers=EVERY_HEADER)
    changed = full_row(
        title="Architect",
        department="Burgerzaken",
        manager_name="Sofie Jansen",
        manager_email="s.jansen@veldam.example",
        ends_on="1-2-2027",
        hourly_rate="100",
        knowledge_target="60",
        intermediary="Bureau Zuid",
    )

    run = applied(organisation, [changed], headers=EVERY_HEADER, name="vervolg.csv")

    assert run.state == "applied", run.problem
    engagement = Engagement.objects.get()
    assert engagement.title == "Architect"
    assert engagement.department.name == "Burgerzaken"
    assert engagement.manager.email == "s.jansen@veldam.example"
    assert engagement.ends_on == date(2027, 2, 1)
    assert (engagement.hourly_rate, engagement.knowledge_target) == (100, 60)
    assert engagement.intermediary.name == "Bureau Zuid"
    change = EngagementChange.objects.get()
    assert (change.kind, change.state) == ("extension", "applied")
    assert (change.old_ends_on, change.new_ends_on) == (date(2026, 12, 1), date(2027, 2, 1))
    assert change.reason == "From the list vervolg.csv"
    assert outcomes_of(checked(organisation, [changed], headers=EVERY_HEADER)) == ["unchanged"]


@pytest.mark.parametrize(
    ("ends_on", "kind"),
    [("1-11-2026", "early_end"), ("30-11-2026", "shortening"), ("2-12-2026", "extension")],
)
@time_machine.travel(NOVEMBER, tick=False)
def test_a_moved_end_is_called_what_it_is(organisation, ends_on, kind):
    applied(organisation, [row_of(1)])

    applied(organisation, [row_of(1, ends_on=ends_on)])

    assert EngagementChange.objects.get().kind == kind


@time_machine.travel(datetime(2027, 1, 5, 9, tzinfo=UTC), tick=False)
def test_an_end_that_is_past_is_corrected_not_ended_early(organisation):
    applied(organisation, [row_of(1)])

    run = applied(organisation, [row_of(1, ends_on="1-11-2026")])

    assert run.state == "applied", run.problem
    assert EngagementChange.objects.get().kind == "correction"


def test_both_days_can_move_past_each_other(organisation):
    applied(organisation, [row_of(1)])

    later = applied(organisation, [row_of(1, starts_on="1-1-2028", ends_on="1-6-2028")])
    assert later.state == "applied", later.problem
    earlier = applied(organisation, [row_of(1)])
    assert earlier.state == "applied", earlier.problem

    engagement = Engagement.objects.get()
    assert (engagement.starts_on, engagement.ends_on) == (date(2026, 3, 1), date(2026, 12, 1))


@pytest.mark.parametrize("order", [1, -1])
def test_two_engagements_that_follow_each_other_can_move_in_any_order(organisation, order):
    first = row_of(1, starts_on="1-1-2026", ends_on="31-3-2026")
    second = row_of(1, external_id="Y", starts_on="1-4-2026", ends_on="30-6-2026")
    applied(organisation, [first, second])

    run = applied(
        organisation,
        [
            first | {"starts_on": "1-3-2026", "ends_on": "31-5-2026"},
            second | {"starts_on": "1-6-2026", "ends_on": "31-8-2026"},
        ][::order],
    )

    assert run.state == "applied", run.problem
    days = Engagement.objects.order_by("starts_on").values_list("starts_on", "ends_on")
    assert list(days) == [
        (date(2026, 3, 1), date(2026, 5, 31)),
        (date(2026, 6, 1), date(2026, 8, 31)),
    ]


def test_what_changes_of_a_professional_is_taken_over_once(organisation):
    rows = [full_row(), full_row(external_id="Y", department="Elders")]
    applied(organisation, rows, headers=EVERY_HEADER)
    news = {
        "freelancer_name": "Fatima de Vries",
        "freelancer_private_email": "fatima@nieuw.example",
        "business_name": "De Vries Data",
        "kvk_number": "87654321",
        "language": "nl",
    }

    run = applied(organisation, [row | news for row in rows], headers=EVERY_HEADER)

    assert outcomes_of(run) == ["changed", "unchanged"]
    person = Freelancer.objects.get()
    assert (person.full_name, person.sort_name) == ("Fatima de Vries", "fatima de vries")
    assert (person.business_name, person.kvk_number) == ("De Vries Data", "87654321")
    assert person.private_contact.email == "fatima@nieuw.example"
    assert person.business_contact.language == "nl"
    assert AuditEvent.objects.filter(action="engagements.freelancer.updated").count() == 1


def test_a_known_contact_that_is_hired_is_from_outside_from_now_on(organisation):
    contact = ContactFactory(organisation=organisation, email="F.Elidrissi1@data.example")

    applied(organisation, [row_of(1)])

    contact.refresh_from_db()
    assert contact.is_external
    assert Freelancer.objects.get().business_contact == contact


def test_rows_with_an_error_stay_behind_only_when_asked(organisation):
    run = checked(organisation, [row_of(1), row_of(2, title="")])
    with pytest.raises(DomainError, match="Some rows have an error"):
        imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)
    assert fresh(run).state == "checked"

    imports.confirm_import(run_id=run.pk, without_errors=True, actor=HR)
    imports.carry_out(run_id=run.pk)

    assert fresh(run).state == "applied"
    assert [engagement.external_id for engagement in Engagement.objects.all()] == ["X-1"]
    assert not Contact.objects.filter(email="f.elidrissi2@data.example").exists()


def test_what_was_confirmed_is_what_is_done_or_nothing(organisation):
    run = confirmed(organisation, rows_of(3))
    EngagementFactory(organisation=organisation, external_id="X-2")

    imports.carry_out(run_id=run.pk)

    run = fresh(run)
    assert run.state == "failed"
    assert "since the check something changed that row 3 is about" in run.problem
    assert Engagement.objects.count() == 1
    assert not Department.objects.filter(name="Team Zorg 1").exists()
    imports.choose_columns(run_id=run.pk, mapping=run.mapping, actor=HR)
    imports.carry_out(run_id=run.pk)
    assert fresh(run).state == "checked"


def test_a_department_that_somebody_else_adds_meanwhile_is_used(organisation):
    run = confirmed(organisation, rows_of(1))
    department = Department.objects.create(organisation=organisation, name="TEAM ZORG 1")

    imports.carry_out(run_id=run.pk)

    assert fresh(run).state == "applied"
    assert Engagement.objects.get().department == department


@pytest.mark.django_db(transaction=True)
def test_a_fault_in_the_last_row_leaves_nothing_of_the_others():
    organisation = OrganisationFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.external_id = 'X-600' THEN RAISE EXCEPTION 'stumbled'; END IF;"
            " RETURN NEW; END $$;"
            "CREATE TRIGGER stumble BEFORE INSERT ON engagements_engagement"
            " FOR EACH ROW EXECUTE FUNCTION stumble()"
        )
    try:
        with organisation_scope(organisation):
            run = confirmed(organisation, rows_of(600))
            ImportRun.objects.update(progressed_at=timezone.now() - timedelta(hours=1))
            resume_imports()

            run = fresh(run)
            assert run.state == "failed"
            assert "Nothing was changed" in run.problem
            assert not Engagement.objects.exists()
            assert not Freelancer.objects.exists()
            assert not Contact.objects.exists()
            assert not Department.objects.exists()
            assert not AuditEvent.objects.filter(action="engagements.engagement.created").exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION stumble CASCADE")


def test_an_import_is_confirmed_once(organisation):
    run = confirmed(organisation, rows_of(1))

    with pytest.raises(InvalidTransitionError):
        imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR)


@pytest.mark.django_db(transaction=True)
def test_of_two_confirms_at_once_one_counts():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        run = checked(organisation, rows_of(2))

        def confirm():
            return imports.confirm_import(run_id=run.pk, without_errors=False, actor=HR).state

        results = at_once(organisation, confirm, confirm)

        assert sum(result == "applying" for result in results) == 1
        assert sum(isinstance(result, InvalidTransitionError) for result in results) == 1
        assert AuditEvent.objects.filter(action="engagements.import.confirmed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_import_once():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        run = confirmed(organisation, rows_of(300))

        at_once(organisation, *[lambda: imports.carry_out(run_id=run.pk)] * 2)
        imports.carry_out(run_id=run.pk)

        assert fresh(run).state == "applied"
        assert Engagement.objects.count() == 300
        assert AuditEvent.objects.filter(action="engagements.import.applied").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_organisation_do_not_mix():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        first = confirmed(organisation, rows_of(300))
        second = confirmed(organisation, rows_of(300))

        at_once(
            organisation,
            lambda: imports.carry_out(run_id=first.pk),
            lambda: imports.carry_out(run_id=second.pk),
        )
        for run in (first, second):
            imports.carry_out(run_id=run.pk)

        assert sorted([fresh(first).state, fresh(second).state]) == ["applied", "failed"]
        assert Engagement.objects.count() == 300


@pytest.mark.django_db(transaction=True)
def test_the_count_is_visible_from_another_connection_while_the_import_goes_on():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        run = confirmed(organisation, rows_of(2000))
        seen = set()
        worker = threading.Thread(
            target=lambda: (imports.carry_out(run_id=run.pk), connections.close_all())
        )
        worker.start()
        while worker.is_alive():
            seen.add((fresh(run).rows_done, Engagement.objects.count()))
        worker.join()

        halfway = {done for done, engagements in seen if engagements == 0 and 0 < done < 2000}
        assert halfway
        assert (fresh(run).rows_done, Engagement.objects.count()) == (2000, 2000)


def test_a_list_of_two_thousand_rows_needs_no_query_per_row(organisation):
    with CaptureQueriesContext(connection) as queries:
        run = applied(organisation, rows_of(2000))

    assert run.state == "applied", run.problem
    assert len(queries) < 300


@pytest.mark.django_db(transaction=True)
def test_a_list_that_stops_every_worker_is_tried_three_times():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        run = confirmed(organisation, rows_of(1))
        ImportRun.objects.update(tries=3)

        imports.carry_out(run_id=run.pk)

        assert fresh(run).state == "failed"
        assert "three times" in fresh(run).problem
        assert not Engagement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_died_is_taken_up_again():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        run = confirmed(organisation, rows_of(1))

        resume_imports()
        assert fresh(run).state == "applying"  # it may be on its way to a worker

        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            resume_imports()
        assert fresh(run).state == "applied"
        assert fresh(run).tries == 1


def test_rows_of_another_organisation_are_not_touched(organisation):
    applied(organisation, rows_of(2))
    stranger = OrganisationFactory()
    with organisation_scope(stranger):
        FreelancerFactory(
            organisation=stranger, business_contact__email="f.elidrissi1@data.example"
        )

        run = applied(stranger, rows_of(2))

        assert run.summary["adds"]["freelancers"]["count"] == 1
        assert Engagement.objects.count() == 2
        assert not Intermediary.objects.exists()
    assert Engagement.objects.count() == 2
