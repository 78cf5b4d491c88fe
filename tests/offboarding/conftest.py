import datetime
from collections.abc import Iterator

import pytest
import time_machine
from django.utils import translation

from core.actors import Actor
from core.scoping import organisation_scope
from offboarding import operations
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.offboarding import RoleHolderFactory

MONDAY = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
TODAY = MONDAY.date()
HR = Actor(label="Marieke Visser", user_id=1)
MANAGER = Actor(label="Peter Bos", kind="link", contact_id=1, grant_id=1)


def day(offset: int) -> datetime.date:
    """Return the day that lies so many days from the Monday on which these tests take place."""
    return TODAY + datetime.timedelta(days=offset)


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """It is Monday 23 November 2026, 10:00 in Amsterdam."""
    with time_machine.travel(MONDAY) as clock:
        yield clock


@pytest.fixture
def office(monday, organisation):
    """An organisation where somebody holds each role."""
    holders = {
        role: RoleHolderFactory(
            organisation=organisation,
            role=role,
            contact=ContactFactory(organisation=organisation, name=name),
        ).contact
        for role, name in [
            ("hr", "Marieke Visser"),
            ("procurement", "Inkoop"),
            ("it", "Servicedesk"),
            ("facilities", "Facilitair"),
            ("security", "Sanne Kok"),
            ("receiver", "Jan de Vries"),
            ("client_manager", "Lies Mol"),
        ]
    }
    organisation.holders = holders
    return organisation


@pytest.fixture
def engagement(office):
    """Fatima at Zorgdata: started in March, ends on Tuesday 1 December; its lists run."""
    fatima = FreelancerFactory(
        organisation=office,
        full_name="Fatima El Idrissi",
        private_contact=ContactFactory(
            organisation=office, name="Fatima El Idrissi", is_external=True
        ),
    )
    made = EngagementFactory(
        organisation=office,
        freelancer=fatima,
        manager=ContactFactory(organisation=office, name="Peter Bos"),
        starts_on=datetime.date(2026, 3, 3),
        ends_on=day(8),
    )
    operations.start_checklists(engagement=made, actor=HR)
    return made


@pytest.fixture
def stored(transactional_db, monday):
    """An engagement with its lists that other threads can see, and its organisation."""
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        made = EngagementFactory(
            organisation=organisation, starts_on=datetime.date(2026, 3, 3), ends_on=day(8)
        )
        operations.start_checklists(engagement=made, actor=HR)
        yield made


def task(engagement, code):
    """Return one task of an engagement."""
    return engagement.items.get(code=code)
