"""Taking an import back: everything or nothing, as long as nobody built on it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.errors import InvalidTransitionError
from core.models import AuditEvent, Contact
from core.scoping import organisation_scope
from engagements.models import (
    Department,
    Engagement,
    EngagementChange,
    Freelancer,
    Intermediary,
    LinkGrant,
    LinkSession,
)
from engagements.operations import (
    facts_of,
    imports,
    issue_grant,
    move_end,
    open_session,
    request_change,
    save_department,
    update_engagement,
)
from notifications.models import Message, Reminder
from offboarding.models import Checklist, ChecklistItem
from offboarding.operations import complete_item, ship_procedure
from tests.engagements.imports import HR, applied, checked, fresh, outcomes_of, undone
from tests.engagements.test_import_applying import EVERY_HEADER, full_row
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.lists import row_of, rows_of
from tests.races import at_once

FACTS = (
    "external_id",
    "title",
    "starts_on",
    "ends_on",
    "hourly_rate",
    "knowledge_target",
    "department__name",
    "manager__email",
    "intermediary__name",
    "ended_early_at",
    "freelancer__full_name",
    "freelancer__business_name",
    "freelancer__kvk_number",
    "freelancer__private_contact__email",
    "freelancer__business_contact__language",
)


def facts():
    return list(Engagement.objects.order_by("external_id").values(*FACTS))


def test_what_an_import_added_is_gone_with_all_that_came_along(organisation):
    ship_procedure(organisation=organisation)
    run = applied(organisation, [full_row(), *rows_of(5)[1:]], headers=EVERY_HEADER)
    assert ChecklistItem.objects.exists()

    run = undone(run)

    assert run.state == "undone"
    assert run.undone_at is not None
    for model in (Engagement, Checklist, ChecklistItem, Freelancer, Department, Intermediary):
        assert not model.objects.exists()
    assert not Contact.objects.exists()


def test_the_history_keeps_what_was_undone(organisation):
    run = applied(organisation, rows_of(2))
    dossiers = set(Engagement.objects.values_list("public_id", flat=True))

    undone(run)

    gone = AuditEvent.objects.filter(action="engagements.engagement.unimported")
    assert {event.dossier for event in gone} == dossiers
    assert {event.data["import"] for event in gone} == {str(run.public_id)}
    assert AuditEvent.objects.filter(action="engagements.engagement.created").count() == 2
    assert AuditEvent.objects.get(action="engagements.import.undone").data == {"rows": 2}


def test_what_an_import_changed_is_as_it_was(organisation):
    applied(organisation, [full_row(), row_of(2)], headers=EVERY_HEADER)
    before = facts()
    contacts = set(Contact.objects.values_list("email", flat=True))
    news = full_row(
        title="Architect",
        department="Burgerzaken",
        manager_name="Sofie Jansen",
        manager_email="s.jansen@veldam.example",
        starts_on="1-1-2027",
        ends_on="1-6-2027",
        hourly_rate="100",
        knowledge_target="60",
        intermediary="Bureau Zuid",
        freelancer_name="Fatima de Vries",
        freelancer_private_email="fatima@nieuw.example",
        business_name="De Vries Data",
        kvk_number="87654321",
        language="nl",
    )
    run = applied(organisation, [news, row_of(3)], headers=EVERY_HEADER)
    assert run.state == "applied", run.problem
    assert facts()[0] != before[0]

    run = undone(run)

    assert run.state == "undone", run.problem
    assert facts() == before
    assert set(Contact.objects.values_list("email", flat=True)) == contacts
    assert set(Department.objects.values_list("name", flat=True)) == {"Team Zorg 1", "Team Zorg 2"}
    last = EngagementChange.objects.order_by("-pk").first()
    assert last.reason == "The import was undone"


def test_after_an_undo_the_same_list_can_be_imported_again(organisation):
    undone(applied(organisation, rows_of(3)))

    run = applied(organisation, rows_of(3))

    assert run.state == "applied"
    assert Engagement.objects.count() == 3


def test_links_and_unsent_mail_go_with_their_engagement(organisation):
    run = applied(organisation, rows_of(1))
    engagement = Engagement.objects.get()
    _grant, token = issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"]
    )
    open_session(token=token, network="192.0.2.0/24", browser="Firefox")
    now = timezone.now()
    message = Message.objects.create(
        organisation=organisation,
        kind="digest",
        dedupe_key="x",
        contact=engagement.manager,
        dossier=engagement.public_id,
        expires_at=now + timedelta(days=1),
    )
    reminder = Reminder.objects.create(
        organisation=organisation,
        key="x",
        rule="end",
        band="-21",
        about_on=engagement.ends_on,
        contact=engagement.manager,
        dossier=engagement.public_id,
        due_at=now,
        expires_at=now + timedelta(days=1),
    )
    manager = engagement.manager

    run = undone(run)

    assert run.state == "undone", run.problem
    assert not LinkGrant.objects.exists()
    assert not LinkSession.objects.exists()
    message.refresh_from_db()
    reminder.refresh_from_db()
    assert (message.state, reminder.state) == ("cancelled", "cancelled")
    # Mail was promised to the manager, so the contact stays.
    assert run.summary["kept"] == {
        "contacts": 1,
        "departments": 0,
        "freelancers": 0,
        "intermediaries": 0,
    }
    assert Contact.objects.get() == manager


def traced(run, row, what):
    """Undo, and check that nothing was undone because of one row."""
    run = undone(run)
    assert run.state == "applied"
    assert run.summary["trace_count"] == 1
    (trace,) = run.summary["traces"]
    assert trace["row"] == row
    assert what in trace["what"], trace
    return run


def test_an_engagement_that_was_changed_since_stops_the_undo(organisation):
    run = applied(organisation, rows_of(3))
    engagement = Engagement.objects.get(external_id="X-2")
    update_engagement(
        engagement_id=engagement.pk,
        facts=facts_with(engagement, title="Tester"),
        version=None,
        actor=HR,
    )

    run = traced(run, 3, "changed since")

    assert run.summary["traces"][0]["name"] == "Fatima El Idrissi 2"
    assert Engagement.objects.count() == 3


def facts_with(engagement, **news):
    known = facts_of(engagement)
    return type(known)(**(vars(known) | news))


def test_a_task_that_was_done_since_stops_the_undo(organisation):
    ship_procedure(organisation=organisation)
    run = applied(organisation, rows_of(2))
    item = ChecklistItem.objects.filter(needs_evidence=False).order_by("pk").first()
    complete_item(item_id=item.pk, actor=HR)

    run = undone(run)

    assert run.state == "applied"
    assert run.summary["trace_count"] == 1
    assert Engagement.objects.count() == 2


def test_a_request_for_another_end_stops_the_undo(organisation):
    run = applied(organisation, rows_of(2))
    engagement = Engagement.objects.get(external_id="X-1")
    request_change(
        engagement_id=engagement.pk,
        kind="extension",
        new_ends_on=engagement.ends_on + timedelta(days=30),
        reason="",
        actor=HR,
    )

    traced(run, 2, "another end was asked for")


def test_a_moved_end_stops_the_undo_of_a_change(organisation):
    applied(organisation, rows_of(2))
    run = applied(organisation, [row_of(1, title="Architect"), row_of(2)])
    engagement = Engagement.objects.get(external_id="X-1")
    move_end(
        engagement_id=engagement.pk,
        new_ends_on=engagement.ends_on + timedelta(days=30),
        kind="extension",
        reason="",
        actor=HR,
    )

    traced(run, 2, "changed since")

    engagement.refresh_from_db()
    assert engagement.title == "Architect"


def test_a_professional_who_was_changed_since_stops_the_undo(organisation):
    applied(organisation, rows_of(1))
    run = applied(organisation, [row_of(1, freelancer_name="Fatima de Vries")])
    Freelancer.objects.update(phone="06 1234")

    traced(run, 2, "changed since")

    assert Freelancer.objects.get().full_name == "Fatima de Vries"


def test_an_undo_that_was_refused_can_be_tried_again(organisation):
    run = applied(organisation, rows_of(1))
    Engagement.objects.update(version=2)
    run = traced(run, 2, "changed since")
    Engagement.objects.update(version=1)

    run = undone(run)

    assert run.state == "undone"
    assert "traces" not in run.summary


def test_what_came_along_and_is_used_by_now_stays(organisation):
    run = applied(organisation, rows_of(2))
    department = Department.objects.get(name="Team Zorg 1")
    EngagementFactory(organisation=organisation, department=department)
    manager = Contact.objects.get(email="peter.bos2@veldam.example")
    head = Department.objects.get(name="Team Zorg 2")
    save_department(
        organisation=organisation,
        name="Team Zorg 2",
        head_id=manager.pk,
        actor=HR,
        department_id=head.pk,
    )

    run = undone(run)

    assert run.state == "undone"
    assert Department.objects.filter(pk__in=[department.pk, head.pk]).count() == 2
    assert Contact.objects.filter(pk=manager.pk).exists()
    assert run.summary["kept"]["departments"] == 2
    assert run.summary["kept"]["contacts"] == 1


def test_a_known_contact_that_was_hired_is_from_inside_again(organisation):
    contact = ContactFactory(organisation=organisation, email="f.elidrissi1@data.example")

    undone(applied(organisation, rows_of(1)))

    contact.refresh_from_db()
    assert not contact.is_external


def test_people_who_were_known_before_stay(organisation):
    person = FreelancerFactory(
        organisation=organisation,
        full_name="Fatima El Idrissi 1",
        business_contact__email="f.elidrissi1@data.example",
    )

    undone(applied(organisation, rows_of(1)))

    assert Freelancer.objects.get() == person


def test_an_undo_has_its_time(organisation):
    run = applied(organisation, rows_of(1))
    organisation.import_undo_hours = 48
    organisation.save()

    with (
        time_machine.travel(run.applied_at + timedelta(hours=48, seconds=1)),
        pytest.raises(InvalidTransitionError, match="the time for that is over"),
    ):
        imports.confirm_undo(run_id=run.pk, actor=HR)
    with time_machine.travel(run.applied_at + timedelta(hours=47)):
        assert undone(run).state == "undone"


def test_only_an_import_that_stands_can_be_undone(organisation):
    run = checked(organisation, rows_of(1))
    with pytest.raises(InvalidTransitionError):
        imports.confirm_undo(run_id=run.pk, actor=HR)

    run = undone(applied(organisation, rows_of(1)))
    with pytest.raises(InvalidTransitionError):
        imports.confirm_undo(run_id=run.pk, actor=HR)


def test_a_later_import_of_the_same_rows_can_be_undone_first(organisation):
    first = applied(organisation, rows_of(2))
    second = applied(organisation, [row_of(1, title="Architect"), row_of(2)])
    assert undone(first).state == "applied"

    assert undone(second).state == "undone"

    assert outcomes_of(checked(organisation, rows_of(2))) == ["unchanged", "unchanged"]
    # The undo was a change as well: what was imported first is no longer untouched.
    assert undone(first).state == "applied"


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_once_undo_once():
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        run = applied(organisation, rows_of(200))

        def undo():
            imports.confirm_undo(run_id=run.pk, actor=HR)
            imports.carry_out(run_id=run.pk)

        results = at_once(organisation, undo, undo)

        assert [type(result) for result in results].count(InvalidTransitionError) == 1
        assert fresh(run).state == "undone"
        assert AuditEvent.objects.filter(action="engagements.import.undone").count() == 1
        assert not Engagement.objects.exists()
