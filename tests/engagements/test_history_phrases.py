import re
from pathlib import Path

import pytest
import time_machine
from django.utils import translation

import engagements
from core.actors import SYSTEM, Actor
from core.audit import phrase_for, phrases_for, registered_actions
from core.models import AuditEvent, Contact
from engagements import operations
from engagements.operations.issuing import MANAGER_SCOPES
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory

ACTION = re.compile(r'"(engagements\.\w+\.\w+)"')


def test_every_action_of_this_package_can_be_read_in_the_history():
    folder = Path(engagements.__file__).parent / "operations"
    recorded = {
        action for file in folder.rglob("*.py") for action in ACTION.findall(file.read_text())
    }

    assert len(recorded) > 10
    assert recorded <= registered_actions()


@time_machine.travel("2026-11-23T09:00Z")
def test_a_moved_day_is_read_in_words():
    event = AuditEvent(
        action="engagements.engagement.end_moved",
        data={"kind": "extension", "old": "2026-12-01", "new": "2027-12-15"},
    )

    assert phrase_for(event) == "moved the last day from Tue 1 Dec to Wed 15 Dec 2027"


@pytest.fixture
def life_of_a_link(organisation):
    """The history of a link of Peter Bos that was mailed, mailed again, handed on and withdrawn."""
    engagement = EngagementFactory(organisation=organisation, manager__name="Peter Bos")
    grant, token = operations.issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=MANAGER_SCOPES
    )
    operations.resend_link(token=token)
    operations.hand_on(
        grant_id=grant.pk,
        name="Samira Haddou",
        email="s.haddou@veldam.example",
        actor=Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id),
    )
    operations.revoke_grants(contact_id=engagement.manager_id, reason="by_hr", actor=SYSTEM)
    return list(AuditEvent.objects.for_dossier(engagement.public_id).order_by("pk"))


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "mailed an action link to Peter Bos",
                "asked for a new action link for Peter Bos",
                "handed the questions on to Samira Haddou",
                "withdrew the action link of Peter Bos",
            ],
        ),
        (
            "nl",
            [
                "mailde een actielink aan Peter Bos",
                "vroeg om een nieuwe actielink voor Peter Bos",
                "gaf de vragen door aan Samira Haddou",
                "trok de actielink van Peter Bos in",
            ],
        ),
    ],
)
def test_the_history_says_whose_link_it_is(language, lines, life_of_a_link):
    with translation.override(language):
        assert phrases_for(life_of_a_link) == lines


def test_whoever_asks_for_a_link_again_is_named_as_its_holder(life_of_a_link):
    asked = next(e for e in life_of_a_link if e.action == "engagements.link.resent")

    assert (asked.actor_kind, asked.actor_label) == ("link", "Peter Bos")


def test_no_name_stands_in_what_nobody_can_change(life_of_a_link):
    assert not [event for event in life_of_a_link if "Peter" in str(event.data)]
    Contact.objects.filter(name="Peter Bos").update(name="Petra Bos")

    assert phrase_for(life_of_a_link[0]) == "mailed an action link to Petra Bos"


def test_all_names_of_a_history_are_looked_up_at_once(organisation, django_assert_num_queries):
    people = ContactFactory.create_batch(3, organisation=organisation)
    events = [
        AuditEvent(action="engagements.link.issued", data={"contact": person.pk})
        for person in people
    ]

    with django_assert_num_queries(1):
        assert len(set(phrases_for(events))) == 3
