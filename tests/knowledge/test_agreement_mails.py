"""The other side hears of a proposal at once, once per version, with what is proposed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone, translation

import engagements.operations
import notifications.operations
from core.actors import SYSTEM, Actor
from knowledge import operations
from knowledge.operations import AgreementFacts
from notifications import mail
from notifications.models import Message
from notifications.operations import compose
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory

FACTS = AgreementFacts(
    target=80,
    paid_hours=Decimal("16.5"),
    forms={"workshop": 2, "runbook": 3, "reverse-shadowing": 2},
    note="Elke vrijdag <een> uur.",
)


def propose(engagement, actor, side, facts=FACTS):
    return operations.propose_agreement(
        engagement_id=engagement.pk, facts=facts, side=side, actor=actor
    )


def asked():
    return Message.objects.filter(kind="agreement_proposed").order_by("pk")


def read(message, language="en"):
    message.contact.language = language
    letter = compose(message)
    if letter is None:
        return None
    return mail.render(
        letter.template,
        {**letter.context, "action_url": "http://127.0.0.1:8000/l/x/"},
        language=language,
        organisation=message.organisation,
    )


@pytest.fixture
def to_professional(engagement, reviewer):
    propose(engagement, reviewer, "client")
    return asked().get()


@pytest.fixture
def to_manager(engagement, author):
    propose(engagement, author, "freelancer")
    return asked().get()


def test_the_professional_hears_what_the_client_proposes(to_professional, engagement):
    assert to_professional.contact == engagement.freelancer.business_contact
    sent = read(to_professional)
    assert sent.subject == f"Do you agree? Knowledge agreement for “{engagement.title}”, 80 points"
    for text in (sent.text, sent.html):
        assert "Hello Fatima El Idrissi," in text
        assert "Peter Bos proposes what you hand over" in text
        for term in ("Target: 80 points", "2 × Workshop", "3 × Procedure or runbook"):
            assert term in text
        assert "Paid hours: 16.5" in text
        assert "Nothing about your work or your invoice depends on these points." in text
    assert "Elke vrijdag <een> uur." in sent.text
    assert "Elke vrijdag &lt;een&gt; uur." in sent.html
    assert sent.html.count('class="button"') == 1
    assert "Read and answer" in sent.html


def test_the_manager_hears_what_the_professional_proposes(to_manager, engagement):
    assert to_manager.contact == engagement.manager
    sent = read(to_manager)
    assert sent.subject == "Do you agree? Knowledge agreement with Fatima El Idrissi, 80 points"
    assert "Fatima El Idrissi proposes what is handed over" in sent.text
    assert "Do you not agree? Then say what should be different." in sent.html


def test_it_reads_in_dutch_too(to_professional):
    sent = read(to_professional, "nl")

    assert sent.subject.startswith("Gaat u akkoord? Kennisafspraak voor “")
    for text in (sent.text, sent.html):
        assert "Doel: 80 punten" in text
        assert "Betaalde uren: 16,5" in text
        assert "3 × Werkinstructie of runbook" in text


def test_a_change_is_asked_anew_with_its_reason_and_the_old_version_no_more(
    to_professional, engagement, reviewer
):
    propose(engagement, reviewer, "client", replace(FACTS, target=100, reason="Twee maanden meer"))

    assert asked().count() == 2
    assert read(to_professional) is None
    newer = read(asked().last())
    assert "Target: 100 points" in newer.text
    assert "Why it changed:\nTwee maanden meer" in newer.text
    assert "Twee maanden meer" in newer.html


def test_forms_that_cannot_reach_the_target_are_pointed_out(engagement, reviewer):
    propose(engagement, reviewer, "client", replace(FACTS, target=200))

    warning = "With these forms at most 94 of 200 points can be reached."
    assert warning in read(asked().get()).text
    assert warning in read(asked().get()).html


def test_forms_that_suffice_are_not(to_professional):
    assert "can be reached" not in read(to_professional).text


@pytest.mark.parametrize("answer", ["accept", "decline", "close"])
def test_nothing_is_asked_once_it_was_answered(answer, to_professional, engagement, author):
    agreement = engagement.agreements.get()
    if answer == "accept":
        operations.accept_agreement(agreement_id=agreement.pk, side="freelancer", actor=author)
    elif answer == "decline":
        operations.decline_agreement(
            agreement_id=agreement.pk, side="freelancer", reason="Te veel", actor=author
        )
    else:
        engagement.closed_at = timezone.now()
        engagement.save()

    assert read(to_professional) is None


def test_whoever_takes_over_from_the_manager_is_asked_instead(to_manager, engagement, organisation):
    successor = ContactFactory(organisation=organisation, name="Lotte Prins")
    engagements.operations.update_engagement(
        engagement_id=engagement.pk,
        facts=replace(engagements.operations.facts_of(engagement), manager_id=successor.pk),
        version=None,
        actor=SYSTEM,
    )

    assert asked().last().contact == successor
    assert read(asked().last()) is not None
    assert read(to_manager) is None


def test_a_moved_end_does_not_lose_the_question(to_professional, engagement):
    notifications.operations.cancel_for_dossier(dossier=engagement.public_id, reason="end_moved")
    operations.promise_again(engagement=engagement)

    waiting = asked().waiting().get()
    assert waiting.contact == to_professional.contact
    assert read(waiting) is not None


def test_hr_hears_it_for_a_manager_whose_mail_comes_back(engagement, author, organisation):
    member = MembershipFactory(organisation=organisation)
    engagement.manager.bounced_at, engagement.manager.bounce_code = timezone.now(), "550"
    engagement.manager.save()

    propose(engagement, author, "freelancer")

    assert asked().get().contact == member.contact
    assert read(asked().get()) is not None


def test_nobody_is_asked_for_an_answer_that_they_have_no_page_for(
    engagement, reviewer, organisation
):
    MembershipFactory(organisation=organisation)
    engagement.freelancer.user = None
    engagement.freelancer.save()

    propose(engagement, reviewer, "client")

    assert not asked().exists()


def test_what_is_proposed_in_vain_promises_nothing(engagement, reviewer):
    stranger = Actor(label="Iemand", user_id=987654)
    with pytest.raises(operations.AgreementError):
        propose(engagement, reviewer, "client", replace(FACTS, target=0))
    with pytest.raises(Exception, match="Only the professional"):
        propose(engagement, stranger, "freelancer")

    assert not asked().exists()


def test_the_message_is_listed_under_a_name_that_hr_knows(to_professional):
    with translation.override("nl"):
        assert notifications.planning.name_of("agreement_proposed") == "kennisafspraak voorgesteld"
