from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.scoping import organisation_scope
from knowledge import operations
from knowledge.models import KnowledgeAgreement
from knowledge.operations import AgreementFacts
from tests.factories.accounts import MembershipFactory
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import KnowledgeAgreementFactory

FILLED = {
    "target": "80",
    "paid_hours": "16.5",
    "note": "Elke vrijdag een uur",
    "times_workshop": "2",
    "times_runbook": "3",
}


def detail(engagement):
    return reverse("knowledge:agreement_detail", args=[engagement.public_id])


def propose(engagement):
    return reverse("knowledge:agreement_propose", args=[engagement.public_id])


def answer(name, agreement):
    return reverse(f"knowledge:agreement_{name}", args=[agreement.public_id])


def words_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def asked(engagement, author):
    """What the professional proposed; the client has to answer."""
    facts = AgreementFacts(target=60, paid_hours=Decimal(8), forms={"workshop": 1, "runbook": 1})
    return operations.propose_agreement(
        engagement_id=engagement.pk, facts=facts, side="freelancer", actor=author
    )


def test_without_an_agreement_the_page_says_what_counts(hr_client, engagement):
    response = hr_client.get(detail(engagement))

    assert "usual target of 100 points" in words_of(response)
    assert propose(engagement) in response.content.decode()


def test_the_form_begins_with_what_is_usual(hr_client, engagement):
    response = hr_client.get(propose(engagement))

    form = response.context["form"]
    assert form["target"].initial == 100
    assert form["paid_hours"].initial == Decimal(20)
    assert "reason" not in form.fields
    assert len(form.rows) == 11
    assert "Choose at least 2 different forms." in words_of(response)
    assert "The target cannot be reached" not in words_of(response)


def test_what_was_filled_in_is_weighed_against_the_target(hr_client, engagement):
    filled = {"target": "100", "times_workshop": "1", "check": "1"}

    response = hr_client.post(propose(engagement), filled)

    assert "The target cannot be reached like this" in words_of(response)


def test_a_proposal_is_made_with_what_was_filled_in(hr_client, hr, engagement):
    response = hr_client.post(propose(engagement), FILLED, follow=True)

    agreement = KnowledgeAgreement.objects.get()
    assert (agreement.target, agreement.paid_hours, agreement.note) == (
        80,
        Decimal("16.5"),
        "Elke vrijdag een uur",
    )
    assert agreement.proposed_by_side == "client"
    assert agreement.client_accepted_by == str(hr.user)
    assert {row.form.code: row.times for row in agreement.agreed_forms.all()} == {
        "workshop": 2,
        "runbook": 3,
    }
    text = words_of(response)
    assert "in force once the professional accepts it" in text
    assert "Together at most 56 of 80 points." in text
    assert "The target cannot be reached like this" in text
    assert "The target cannot be reached with these forms" in text
    assert "Within their caps they bring at most 56 of 80 points together. Propose more" in text


def test_an_agreement_in_force_that_cannot_reach_its_target_says_so_while_it_can_be_mended(
    hr_client, engagement, asked, reviewer
):
    operations.accept_agreement(agreement_id=asked.pk, side="client", actor=reviewer)
    assert "Within their caps they bring at most 28 of 60" in words_of(
        hr_client.get(detail(engagement))
    )

    engagement.closed_at = timezone.now()
    engagement.save()
    assert "Within their caps" not in words_of(hr_client.get(detail(engagement)))


def test_before_accepting_hr_reads_that_the_target_cannot_be_reached(hr_client, engagement, asked):
    text = words_of(hr_client.get(detail(engagement)))

    warning = "Together they bring at most 28 of 60 points. You may agree all the same"
    assert text.index("The target cannot be reached with these forms") < text.index(warning)
    assert text.index(warning) < text.index("Accept version 1")

    hr_client.post(answer("accept", asked))
    asked.refresh_from_db()
    assert asked.state == "accepted"


def test_forms_that_suffice_bring_no_warning(hr_client, engagement, author):
    facts = AgreementFacts(target=20, forms={"workshop": 2, "runbook": 2, "shadowing": 1})
    operations.propose_agreement(
        engagement_id=engagement.pk, facts=facts, side="freelancer", actor=author
    )

    assert "cannot be reached" not in words_of(hr_client.get(detail(engagement)))


def test_hr_reads_that_nobody_can_answer_yet_and_where_to_mend_that(hr_client, engagement):
    engagement.freelancer.user = None
    engagement.freelancer.save()

    text = words_of(hr_client.post(propose(engagement), FILLED, follow=True))

    assert "Nobody can answer this yet" in text
    assert "agrees in the portal, and cannot sign in there yet." in text
    assert f'href="{engagement.freelancer.get_absolute_url()}"' in text


def test_adding_up_shows_the_caps_and_keeps_nothing(hr_client, engagement):
    filled = FILLED | {"times_runbook": "9", "times_workshop": "3", "check": "1"}

    response = hr_client.post(propose(engagement), filled)

    text = words_of(response)
    assert response.status_code == 200
    # Runbooks: 30 % of 80; workshops: 40 % of 80.
    assert "Together at most 56 of 80 points." in text
    assert "cap; 72 without" in text
    assert "cap; 60 without" in text
    assert not KnowledgeAgreement.objects.exists()


def test_adding_up_names_the_cap_of_written_forms(hr_client, engagement):
    filled = {"target": "100", "times_runbook": "4", "times_recording": "4", "check": "1"}

    text = words_of(hr_client.post(propose(engagement), filled))

    assert "Together at most 40 of 100 points." in text
    assert "Written and recorded forms count for at most 40% of the target." in text


def test_htmx_gets_the_sum_alone(hr_client, engagement):
    response = hr_client.post(propose(engagement), FILLED, headers={"hx-request": "true"})

    assert response.content.decode().lstrip().startswith("<section")
    assert "Together at most 56 of 80 points." in words_of(response)
    assert not KnowledgeAgreement.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target": ""}, "This field is required."),
        ({"target": "0"}, "greater than or equal to 1"),
        ({"target": "many"}, "whole number"),
        ({"times_runbook": ""}, "Choose at least 2 different forms"),
        ({"times_runbook": "-1"}, "greater than or equal to 0"),
        ({"times_handover-document": "2"}, "less than or equal to 1"),
        ({"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_what_cannot_be_agreed_comes_back_with_a_message(change, says, hr_client, engagement):
    response = hr_client.post(propose(engagement), FILLED | change)

    assert response.status_code == 422
    assert says in words_of(response)
    assert response.context["form"]["paid_hours"].value() == "16.5"
    assert not KnowledgeAgreement.objects.exists()


def test_a_change_asks_for_a_reason_and_begins_with_what_holds(hr_client, engagement):
    KnowledgeAgreementFactory(engagement=engagement, in_force=True, target=120)

    form = hr_client.get(propose(engagement)).context["form"]
    assert form["target"].initial == 120

    refused = hr_client.post(propose(engagement), FILLED)
    assert refused.status_code == 422
    assert "reason" in refused.context["form"].errors

    hr_client.post(propose(engagement), FILLED | {"reason": "Korter"})
    newest = KnowledgeAgreement.objects.latest("version")
    assert (newest.version, newest.reason, newest.state) == (2, "Korter", "proposed")
    assert "stays in force" in words_of(hr_client.get(detail(engagement)))


def test_the_other_policy_can_be_chosen_in_the_address(hr_client, engagement):
    assert 'href="?policy=simple"' in hr_client.get(propose(engagement)).content.decode()
    url = f"{propose(engagement)}?policy=simple"
    assert hr_client.get(url).context["form"].policy.code == "simple"

    hr_client.post(url, FILLED)

    assert KnowledgeAgreement.objects.get().policy.code == "simple"


def test_the_client_accepts_with_name_and_time(hr_client, hr, engagement, asked):
    page = hr_client.get(detail(engagement))
    assert "Accept version 1" in words_of(page)

    response = hr_client.post(answer("accept", asked), follow=True)

    asked.refresh_from_db()
    assert (asked.state, asked.client_accepted_by) == ("accepted", str(hr.user))
    assert asked.client_accepted_at is not None
    assert "In force:" in words_of(response)
    name = engagement.freelancer.full_name
    assert f"Agreed. It is in force from now on; {name} sees it at once" in words_of(response)


def test_the_client_declines_with_a_reason(hr_client, engagement, asked):
    refused = hr_client.post(answer("decline", asked), {"reason": ""})
    assert refused.status_code == 422

    hr_client.post(answer("decline", asked), {"reason": "Te weinig"})

    asked.refresh_from_db()
    assert (asked.state, asked.declined_reason) == ("declined", "Te weinig")
    assert "Declined: “Te weinig”" in words_of(hr_client.get(detail(engagement)))


def test_an_answer_that_comes_too_late_says_so(hr_client, asked, reviewer):
    operations.accept_agreement(agreement_id=asked.pk, side="client", actor=reviewer)

    for name, data in (("accept", {}), ("decline", {"reason": "Nee"})):
        response = hr_client.post(answer(name, asked), data, follow=True)
        assert "in force already" in words_of(response)

    asked.refresh_from_db()
    assert asked.state == "accepted"


def test_one_does_not_accept_ones_own_proposal(hr_client, engagement):
    hr_client.post(propose(engagement), FILLED)
    agreement = KnowledgeAgreement.objects.get()

    page = words_of(hr_client.get(detail(engagement)))
    assert "Accept version" not in page
    assert "Take back this proposal" in page

    response = hr_client.post(answer("accept", agreement), follow=True)
    assert "the other side is next" in words_of(response)


def test_declined_and_replaced_versions_stay_readable(hr_client, engagement, asked):
    hr_client.post(answer("decline", asked), {"reason": "Te weinig uren"})
    hr_client.post(propose(engagement), FILLED | {"reason": "Beter"})

    text = words_of(hr_client.get(detail(engagement)))

    assert "Version 1: 60 points, 8 paid hours" in text
    assert "Te weinig uren" in text


def test_a_closed_file_offers_no_change(hr_client, engagement, asked):
    engagement.closed_at = timezone.now()
    engagement.save()

    text = words_of(hr_client.get(detail(engagement)))
    assert "Accept version" not in text
    assert "Propose a change" not in text

    response = hr_client.post(propose(engagement), FILLED | {"reason": "Te laat"})
    assert response.status_code == 409
    assert "closed" in words_of(response)


def test_an_auditor_reads_and_agrees_nothing(organisation, engagement, asked):
    member = MembershipFactory(organisation=organisation, role="auditor")
    client = Client()
    client.force_login(member.user)

    text = words_of(client.get(detail(engagement)))
    assert "60" in text
    assert "Accept version" not in text
    assert client.get(propose(engagement)).status_code == 403
    assert client.post(propose(engagement), FILLED).status_code == 403
    assert client.post(answer("accept", asked)).status_code == 403
    assert client.post(answer("decline", asked), {"reason": "x"}).status_code == 403


def test_another_organisation_finds_nothing(hr_client, db):
    other = OrganisationFactory()
    with organisation_scope(other):
        agreement = KnowledgeAgreementFactory(
            engagement=EngagementFactory(organisation=other), proposed_by_side="freelancer"
        )
        engagement = agreement.engagement

    assert hr_client.get(detail(engagement)).status_code == 404
    assert hr_client.post(propose(engagement), FILLED).status_code == 404
    assert hr_client.post(answer("accept", agreement)).status_code == 404


def test_the_pages_need_few_queries(hr_client, engagement, asked, django_assert_max_num_queries):
    for url in (detail(engagement), propose(engagement)):
        with django_assert_max_num_queries(25):
            hr_client.get(url)
