"""The knowledge agreement ticks its own step of the procedure."""

from dataclasses import replace

import pytest

import knowledge.operations
from core.actors import Actor
from core.models import AuditEvent
from knowledge.operations import AgreementFacts
from offboarding import operations
from tests.factories.accounts import UserFactory
from tests.factories.knowledge import policy_of
from tests.offboarding.conftest import HR, task

pytestmark = pytest.mark.usefixtures("english")

FACTS = AgreementFacts(target=40, forms={"runbook": 2, "workshop": 1})
OTHER = {"client": "freelancer", "freelancer": "client"}


@pytest.fixture
def actors(engagement):
    """Return who speaks for each side of the engagement."""
    policy_of(engagement.organisation)
    person = engagement.freelancer
    person.user = UserFactory(full_name=person.full_name)
    person.save()
    author = Actor(
        label=person.full_name,
        user_id=person.user_id,
        contact_id=person.business_contact_id,
    )
    hr = Actor(label="Marieke Visser", user_id=UserFactory().pk)
    return {"client": hr, "freelancer": author}


def agree(engagement, actors, side, facts=FACTS):
    """One side proposes, the other one accepts."""
    proposal = knowledge.operations.propose_agreement(
        engagement_id=engagement.pk, facts=facts, side=side, actor=actors[side]
    )
    yield
    other = OTHER[side]
    knowledge.operations.accept_agreement(agreement_id=proposal.pk, side=other, actor=actors[other])
    yield


@pytest.mark.parametrize(
    ("side", "note", "settled_by"),
    [
        ("client", "proposed by Marieke Visser, agreed to by Fatima", "Fatima El Idrissi"),
        ("freelancer", "proposed by Fatima El Idrissi, agreed to by Mari", "Marieke Visser"),
    ],
)
def test_the_step_is_done_once_the_second_side_agrees(engagement, actors, side, note, settled_by):
    steps = agree(engagement, actors, side)

    next(steps)
    assert task(engagement, "ON08").state == "open"

    next(steps)
    step = task(engagement, "ON08")
    assert (step.state, step.settled_by) == ("done", settled_by)
    assert step.note.startswith("Version 1 of the knowledge agreement is in force: ")
    assert note in step.note
    done = AuditEvent.objects.get(action="offboarding.item.done_by_agreeing")
    assert (done.data["code"], done.dossier) == ("ON08", engagement.public_id)


def test_a_step_that_asks_for_evidence_has_it_in_the_agreement(engagement, actors):
    engagement.items.filter(code="ON08").update(needs_evidence=True)

    list(agree(engagement, actors, "client"))

    assert task(engagement, "ON08").state == "done"


def test_a_later_version_does_not_tick_it_twice(engagement, actors):
    list(agree(engagement, actors, "client"))
    first = task(engagement, "ON08")

    list(agree(engagement, actors, "freelancer", replace(FACTS, target=50, reason="More")))

    again = task(engagement, "ON08")
    assert (again.note, again.settled_at) == (first.note, first.settled_at)
    assert AuditEvent.objects.filter(action="offboarding.item.done_by_agreeing").count() == 1


def test_what_was_waived_stays_waived(engagement, actors):
    operations.waive_item(item_id=task(engagement, "ON08").pk, reason="Not needed", actor=HR)

    list(agree(engagement, actors, "client"))

    assert task(engagement, "ON08").state == "waived"


def test_an_engagement_without_this_step_can_agree(engagement, actors):
    engagement.items.filter(code="ON08").delete()

    list(agree(engagement, actors, "client"))

    assert engagement.agreements.filter(state="accepted").exists()
