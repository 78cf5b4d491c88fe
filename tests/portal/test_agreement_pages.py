from decimal import Decimal

import pytest
from django.utils import timezone

from knowledge import operations
from knowledge.models import KnowledgeAgreement
from knowledge.operations import AgreementFacts
from tests.factories.knowledge import policy_of
from tests.portal.conftest import url, words_of

MIX = {"handover-document": 1, "runbook": 3, "workshop": 2}


def propose(engagement, actor, side="client", **facts):
    return operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=AgreementFacts(
            **{"target": 100, "paid_hours": Decimal(16), "forms": MIX, "note": "", **facts}
        ),
        side=side,
        actor=actor,
    )


@pytest.fixture
def proposal(engagement, reviewer):
    return propose(engagement, reviewer)


@pytest.fixture
def in_force(proposal, author):
    return operations.accept_agreement(agreement_id=proposal.pk, side="freelancer", actor=author)


def page(client, engagement):
    return client.get(url("agreement_detail", engagement))


def filled(**values):
    """Return the form of a proposal as a browser sends it."""
    return {
        "target": "80",
        "paid_hours": "12.5",
        "note": "",
        "reason": "I stay shorter.",
        "times_workshop": "2",
        "times_runbook": "2",
        "step": "propose",
        **values,
    }


def test_without_an_agreement_the_page_says_what_counts_and_offers_a_proposal(engagement, client):
    response = page(client, engagement)

    assert "Nothing was agreed yet. Until then 100 points count as usual" in words_of(response)
    assert url("agreement_propose", engagement) in response.content.decode()


def test_a_proposal_shows_forms_hours_caps_and_how_points_come(engagement, proposal, client):
    words = words_of(page(client, engagement))

    assert "Peter Bos proposes this. It is in force once you accept it." in words
    assert "Target in points 100 Paid hours 16" in words
    assert "Procedure or runbook at most 30 points 3 8 24" in words
    assert "Handover document counts once 1 20 20" in words
    assert "Together up to 80 points, and 100 are agreed. That is less than the target" in words
    assert "30% come when your handover is accepted" in words
    assert "Everything written or recorded together counts for at most 40 points." in words


def test_before_accepting_one_reads_that_the_target_cannot_be_reached(engagement, proposal, client):
    words = words_of(page(client, engagement))

    title = "The target cannot be reached with these forms"
    warning = "Together they bring at most 80 of 100 points. You may agree all the same"
    assert words.index("Your answer") < words.index(title) < words.index(warning)
    assert words.index(warning) < words.index("Nothing about your work or your invoice")


def test_accepting_puts_the_agreement_in_force(engagement, proposal, client):
    response = client.post(url("agreement_accept", proposal), follow=True)

    proposal.refresh_from_db()
    assert proposal.state == "accepted"
    assert response.redirect_chain == [(url("agreement_detail", engagement), 302)]
    assert "In force: Peter Bos agreed" in words_of(response)
    said = "Agreed. It is in force from now on: what you hand over earns points by it."
    assert said in words_of(response)


def test_accepting_what_was_replaced_in_between_is_refused_in_words(
    engagement, proposal, reviewer, client
):
    propose(engagement, reviewer, target=300, reason="A typing mistake")

    response = client.post(url("agreement_accept", proposal), follow=True)

    assert "This proposal was replaced by a newer one." in words_of(response)
    assert not KnowledgeAgreement.objects.in_force().exists()


def test_declining_needs_a_reason(proposal, client):
    response = client.post(url("agreement_decline", proposal), {"reason": " "})

    proposal.refresh_from_db()
    assert response.status_code == 422
    assert proposal.state == "proposed"
    assert "Your answer" in words_of(response)


def test_a_declined_proposal_is_listed_with_its_reason(engagement, proposal, client):
    response = client.post(
        url("agreement_decline", proposal), {"reason": "Two workshops are too many."}, follow=True
    )

    proposal.refresh_from_db()
    assert proposal.state == "declined"
    assert "Version 1: 100 points, 16 paid hours" in words_of(response)
    assert "Declined: “Two workshops are too many.”" in words_of(response)


def test_answering_twice_says_what_happened(in_force, client):
    response = client.post(url("agreement_decline", in_force), {"reason": "Too late"}, follow=True)

    assert "This agreement is in force already." in words_of(response)


def test_the_professional_may_propose_another_version(engagement, in_force, client):
    response = client.post(url("agreement_propose", engagement), filled(), follow=True)

    proposal = KnowledgeAgreement.objects.proposed().get()
    assert (proposal.version, proposal.target, proposal.paid_hours) == (2, 80, Decimal("12.5"))
    assert proposal.proposed_by_side == "freelancer"
    assert proposal.reason == "I stay shorter."
    times = dict(proposal.agreed_forms.values_list("form__code", "times"))
    assert times == {"workshop": 2, "runbook": 2}
    words = words_of(response)
    assert "It is in force once the client accepts it." in words
    assert "Until then version 1 with 100 points stays in force." in words


def test_ones_own_proposal_can_be_taken_back(engagement, in_force, client):
    client.post(url("agreement_propose", engagement), filled())
    proposal = KnowledgeAgreement.objects.proposed().get()

    assert "Take the proposal back" in words_of(page(client, engagement))
    client.post(url("agreement_decline", proposal), {"reason": "I thought again."})

    proposal.refresh_from_db()
    assert proposal.state == "declined"


def test_working_out_the_points_proposes_nothing(engagement, client):
    response = client.post(
        url("agreement_propose", engagement),
        filled(step="preview", times_workshop="3", times_runbook="1"),
    )

    assert response.status_code == 200
    # Three workshops are 60 points, and 40 % of 80 is the cap: 32, with 8 for the runbook.
    assert "40 points with this choice" in words_of(response)
    assert "less than the target" in words_of(response)
    assert not KnowledgeAgreement.objects.exists()


def test_a_simple_policy_is_told_simply(engagement, reviewer, client):
    simple = policy_of(engagement.organisation, "simple")
    propose(engagement, reviewer, policy_id=simple.pk, forms={"workshop": 1})

    words = words_of(page(client, engagement))

    assert "All points come when your handover is accepted." in words
    assert "written or recorded together" not in words
    assert "different forms" not in words


def test_a_first_proposal_begins_with_what_is_usual(engagement, client):
    form = client.get(url("agreement_propose", engagement)).context["form"]

    assert form.initial == {"target": 100, "paid_hours": 20}
    assert "reason" not in form.fields


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"target": "0"}, "greater than or equal to 1"),
        ({"target": "many"}, "whole number"),
        ({"paid_hours": "-1"}, "greater than or equal to 0"),
        ({"times_runbook": "99"}, "less than or equal to 50"),
        ({"reason": ""}, "This field is required"),
        ({"times_runbook": ""}, "at least 2 different forms"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_with_the_reason(
    values, says, engagement, in_force, client
):
    response = client.post(url("agreement_propose", engagement), filled(**values))

    assert response.status_code == 422
    assert says in words_of(response)
    assert 'name="times_workshop" value="2"' in response.content.decode()
    assert not KnowledgeAgreement.objects.proposed().exists()


def test_a_closed_file_takes_no_proposal(engagement, in_force, client):
    engagement.closed_at = timezone.now()
    engagement.save()

    shown = page(client, engagement)
    form = client.get(url("agreement_propose", engagement))
    refused = client.post(url("agreement_propose", engagement), filled())

    assert "In force: Peter Bos agreed" in words_of(shown)
    assert url("agreement_propose", engagement) not in shown.content.decode()
    assert "so nothing is handed in any more" in words_of(form)
    assert refused.status_code == 409
    assert not KnowledgeAgreement.objects.proposed().exists()
