"""The story of the try-out agrees with itself."""

from itertools import product

import pytest
from django.utils import timezone

from core.scoping import organisation_scope
from dashboards.management.demo import cast as casting
from dashboards.management.demo import plot
from knowledge.models import Deliverable, KnowledgeAgreement, TransferPolicy
from knowledge.operations import ship_policies
from knowledge.queries import agreements_of, mix_of, shortfall_of
from knowledge.rules import TARGETS
from offboarding.models import ChecklistItem, Fact

# Fatima; documents that wait, accepted, wait; a late one; a new version; one who left.
TOLD = (0, 1, 2, 6, 4, 8, 31)


def test_what_is_agreed_can_be_reached_whatever_the_target_and_the_policy(organisation):
    ship_policies(organisation=organisation)
    agreed = casting.script()["agreements"]
    assert set(agreed) == {points for _months, points in TARGETS}

    for policy, target in product(TransferPolicy.objects.all(), agreed):
        lines, mix = mix_of(policy, target, agreed[target])

        assert len(lines) == len(agreed[target])
        assert mix.is_enough, (policy.code, target, mix.total)


@pytest.fixture
def told(db):
    text = casting.script()
    organisation = casting.found(text)
    with organisation_scope(organisation), timezone.override(organisation.zone):
        cast = casting.gather(organisation, text)
        today = organisation.today()
        parts = plot.parts_of(cast, today)
        yield [plot.tell(cast, parts[number], today) for number in TOLD]


def document_of(engagement):
    return Deliverable.objects.filter(engagement=engagement, form__has_sections=True).first()


def test_steps_about_handing_over_are_done_when_it_was_and_not_before(told):
    happened = {
        Fact.AGREED: lambda one: KnowledgeAgreement.objects.in_force().filter(engagement=one),
        Fact.HANDED_IN: lambda one: Deliverable.objects.filter(
            engagement=one, form__has_sections=True, submitted_at__isnull=False
        ),
        Fact.ACCEPTED: lambda one: Deliverable.objects.filter(
            engagement=one, form__has_sections=True, state="accepted"
        ),
    }
    for engagement, (fact, found) in product(told, happened.items()):
        step = ChecklistItem.objects.get(engagement=engagement, done_once=fact)

        assert (step.state == "done") == found(engagement).exists(), (engagement, fact)

    states = [document and document.state for document in map(document_of, told)]
    assert states == [*("submitted", "submitted", "accepted", "submitted"), None, None, "accepted"]


def test_every_agreement_of_the_story_can_reach_its_target(told):
    for engagement in told:
        versions = agreements_of(engagement)

        assert versions.in_force is not None
        assert shortfall_of(versions.in_force) is None
        if versions.proposal:
            assert shortfall_of(versions.proposal) is None
