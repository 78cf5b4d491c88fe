"""What the answers behind an action link do, beyond the page itself."""

import datetime

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import engagements.operations
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from engagements.models import EngagementChange
from offboarding import operations
from offboarding.queries.link_tasks import tasks_of
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory
from tests.factories.knowledge import KnowledgeAgreementFactory
from tests.factories.offboarding import RoleHolderFactory
from tests.factories.uploads import make_pdf, upload
from tests.offboarding.conftest import MANAGER, day, task

pytestmark = pytest.mark.usefixtures("english")


def client_of(engagement, contact, handed_on_by=None):
    grant, token = engagements.operations.issue_grant(
        contact_id=contact.pk,
        engagement_id=engagement.pk,
        scopes=engagements.operations.scopes_for(contact, engagement),
        handed_on_by_id=handed_on_by and handed_on_by.pk,
    )
    client = Client()
    client.post(reverse("engagements:grant_open", args=[token]))
    client.grant = grant
    return client


def in_english(contact):
    contact.language = "en"
    contact.save()
    return contact


def page_of(item):
    return reverse("offboarding:link_item", args=[item.public_id])


class TestDoneTogether:
    @pytest.fixture
    def shared(self, engagement):
        return task(engagement, "OF17")  # hiring manager and professional

    def test_the_second_one_sees_it_and_can_answer_it(self, engagement, shared):
        client = client_of(engagement, engagement.freelancer.business_contact)

        assert shared.text in client.get(reverse("offboarding:link_tasks")).content.decode()
        assert client.post(page_of(shared), {"answer": "done", "note": "Yes"}).status_code == 302

        shared.refresh_from_db()
        assert shared.state == "done"
        assert shared.settled_by == engagement.freelancer.business_contact.name

    def test_somebody_who_holds_the_second_role_sees_it(self, engagement, office):
        receiver = client_of(engagement, office.holders["receiver"])
        servicedesk = client_of(engagement, office.holders["it"])
        item = task(engagement, "OF08")  # professional and receiver

        assert receiver.get(page_of(item)).status_code == 200
        assert servicedesk.get(page_of(item)).status_code == 404
        assert servicedesk.post(page_of(item), {"answer": "done"}).status_code == 404

    def test_a_role_of_another_department_gives_no_entrance(self, engagement, office):
        elsewhere = RoleHolderFactory(
            organisation=office,
            role="receiver",
            department=DepartmentFactory(organisation=office),
            contact=ContactFactory(organisation=office),
        )

        client = client_of(engagement, elsewhere.contact)

        assert client.get(page_of(task(engagement, "OF08"))).status_code == 404

    def test_a_colleague_answers_what_the_holder_does_together(self, engagement, office):
        receiver = client_of(engagement, office.holders["receiver"])
        colleague = ContactFactory(organisation=office)

        client = client_of(engagement, colleague, handed_on_by=receiver.grant)

        assert client.get(page_of(task(engagement, "OF08"))).status_code == 200
        assert client.get(page_of(task(engagement, "OF17"))).status_code == 404

    def test_each_reads_who_the_other_is(self, engagement, shared):
        manager = client_of(engagement, in_english(engagement.manager))
        other = client_of(engagement, in_english(engagement.freelancer.business_contact))

        assert "Together with the professional." in manager.get(page_of(shared)).content.decode()
        assert "Together with the hiring manager." in other.get(page_of(shared)).content.decode()

    def test_evidence_that_is_asked_for_is_not_called_optional(self, engagement):
        item = task(engagement, "ON02")
        free = task(engagement, "OF05")
        for one in (item, free):
            one.owner = engagement.manager
            one.save()
        client = client_of(engagement, in_english(engagement.manager))

        page = client.get(page_of(item)).content.decode()

        assert "a note or a file, one of the two." in page
        assert "(optional)" not in page
        assert "(optional)" in client.get(page_of(free)).content.decode()

    def test_an_answer_of_the_one_is_an_answer_for_both(self, engagement, shared):
        operations.complete_item(item_id=shared.pk, actor=MANAGER)
        client = client_of(engagement, engagement.freelancer.business_contact)

        page = client.get(page_of(shared)).content.decode()

        assert "Peter Bos" in page
        assert 'value="reopen"' in page


def test_what_waits_waits_since_the_day_on_the_wall(engagement):
    after_midnight = datetime.datetime(2026, 11, 23, 23, 30, tzinfo=datetime.UTC)
    KnowledgeAgreementFactory(
        engagement=engagement,
        proposed_at=after_midnight,
        proposed_by_side="freelancer",
        client_accepted_at=None,
        client_accepted_by="",
        freelancer_accepted_at=after_midnight,
    )
    grant = client_of(engagement, engagement.manager).grant

    with timezone.override(engagement.organisation.zone):
        asked = tasks_of(grant, day(1))

    assert [item.due_on for item in asked if item.kind == "agreement"] == [day(1)]


class TestLookedAt:
    def test_opening_a_task_is_noted(self, engagement):
        item = task(engagement, "OF05")

        client_of(engagement, engagement.manager).get(page_of(item))

        item.refresh_from_db()
        assert item.last_seen_by == "Peter Bos"

    def test_what_was_settled_or_is_only_listed_is_not(self, engagement, monday):
        item, listed = task(engagement, "OF05"), task(engagement, "OF10")
        operations.complete_item(item_id=item.pk, actor=MANAGER)
        client = client_of(engagement, engagement.manager)

        client.get(page_of(item))
        client.get(reverse("offboarding:link_tasks"))

        for seen in (item, listed):
            seen.refresh_from_db()
            assert seen.last_seen_at is None


class TestProof:
    @pytest.fixture
    def proof(self, engagement):
        item = task(engagement, "OF20")  # of facilities
        operations.complete_item(
            item_id=item.pk, actor=MANAGER, upload=upload("Receipt.pdf", make_pdf())
        )
        return item.evidence.get()

    def test_the_owner_of_a_task_gets_the_file_back(self, engagement, office, proof):
        client = client_of(engagement, office.holders["facilities"])
        address = reverse("offboarding:link_evidence", args=[proof.public_id])

        assert address in client.get(page_of(proof.item)).content.decode()
        file = client.get(address)

        assert len(file.getvalue()) == proof.size
        assert file["Content-Disposition"] == 'attachment; filename="Receipt.pdf"'

    def test_nobody_else_does(self, engagement, office, proof):
        address = reverse("offboarding:link_evidence", args=[proof.public_id])

        for contact in (engagement.manager, office.holders["it"]):
            assert client_of(engagement, contact).get(address).status_code == 404


class TestTheEnd:
    def answer(self, engagement, **facts):
        return operations.answer_end(
            engagement_id=engagement.pk,
            actor=Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id),
            **{"kind": "extension", "new_ends_on": day(60), "reason": "", **facts},
        )

    def test_an_answer_asks_hr_and_ticks_the_step(self, engagement):
        change = self.answer(engagement)

        step = task(engagement, "OF01")
        assert (change.state, change.new_ends_on) == ("requested", day(60))
        assert (step.state, step.settled_by) == ("done", "Peter Bos")

    def test_a_step_that_hr_ticked_before_does_not_stand_in_the_way(self, engagement):
        operations.complete_item(item_id=task(engagement, "OF01").pk, actor=MANAGER, note="Yes")

        assert self.answer(engagement).state == "requested"

    def test_a_procedure_without_that_step_can_be_answered(self, engagement):
        engagement.items.filter(code="OF01").update(code="X01")

        assert self.answer(engagement).state == "requested"

    @pytest.mark.parametrize("new_ends_on", [None, datetime.date(2020, 1, 1)])
    def test_an_answer_that_cannot_be_ticks_nothing(self, engagement, new_ends_on):
        with pytest.raises(DomainError):
            self.answer(engagement, new_ends_on=new_ends_on)

        assert task(engagement, "OF01").state == "open"

    def test_what_is_over_has_no_end_to_answer(self, engagement, monday):
        monday.shift(datetime.timedelta(days=30))

        with pytest.raises(InvalidTransitionError, match="ended already"):
            self.answer(engagement, kind="end_as_planned")

        assert task(engagement, "OF01").state == "open"

    def test_without_the_tick_nothing_is_asked_either(self, engagement):
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION refuse_tick() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;"
                " CREATE TRIGGER refuse_tick BEFORE UPDATE ON offboarding_checklistitem"
                " FOR EACH ROW EXECUTE FUNCTION refuse_tick()"
            )

        with pytest.raises(DatabaseError, match="disk is full"):
            self.answer(engagement)

        assert not EngagementChange.objects.exists()
        assert task(engagement, "OF01").state == "open"
