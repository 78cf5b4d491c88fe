"""Ways to earn points without handing anything over, each walked through the real operations."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.actors import Actor
from core.errors import NotPermittedError
from engagements.operations import BlockedError, close_engagement
from knowledge import operations
from knowledge.models import Confirmation, LedgerEntry, Receiver
from knowledge.operations import DuplicateFileError, ReceiverError
from knowledge.queries import faults_of, points_of, topic_figures
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory
from tests.factories.uploads import make_pdf
from tests.knowledge.conftest import (
    accepted_about,
    agreed_topic,
    as_receiver,
    attach,
    hand_in,
    name,
    say,
    start,
)

D = Decimal
WRITTEN = ("handover-document", "runbook", "knowledge-base", "recording")


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stages(deliverable):
    booked = LedgerEntry.objects.filter(deliverable=deliverable, reverses=None).order_by("pk")
    return list(booked.values_list("stage", flat=True))


def test_fifty_accepted_documents_that_nobody_received_earn_an_eighth_of_the_target(
    engagement, author, reviewer, organisation
):
    for number in range(50):
        deliverable = hand_in(engagement, author, WRITTEN[number % 4], f"Document {number}")
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

    points = points_of(engagement)
    assert points.target == 100
    assert points.balance == D(12)
    assert LedgerEntry.objects.count() == 50
    assert LedgerEntry.objects.exclude(limited_by="").count() > 40
    assert faults_of(organisation) == []


def test_one_that_is_received_afterwards_still_finds_room(topic, author, reviewer):
    for number in range(20):
        deliverable = hand_in(topic.engagement, author, "runbook", f"Document {number}")
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
    before = points_of(topic.engagement).balance
    told = accepted_about(topic, author, reviewer, title="Met uitleg")

    say(name(topic, reviewer), "performed")

    assert stages(told) == ["accepted", "received", "applied"]
    assert points_of(topic.engagement).balance == before + D("5.60")


def test_the_same_file_in_two_handovers_earns_once(engagement, author, reviewer):
    content = make_pdf()
    first = start(engagement, author)
    attach(first, author, content=content)
    operations.submit_deliverable(deliverable_id=first.pk, actor=author)
    operations.accept_deliverable(deliverable_id=first.pk, actor=reviewer)
    earned = points_of(engagement).balance
    second = start(engagement, author, title="Nog een handleiding")

    with pytest.raises(DuplicateFileError, match="Once is enough"):
        attach(second, author, "Heel iets anders.pdf", content)
    with pytest.raises(operations.IncompleteError, match="at least one file"):
        operations.submit_deliverable(deliverable_id=second.pk, actor=author)

    assert points_of(engagement).balance == earned == D("2.40")


@pytest.mark.parametrize("address", ["business", "private", "login"])
def test_the_author_is_no_receiver_under_any_address_or_name(address, topic, author, reviewer):
    freelancer = topic.engagement.freelancer
    freelancer.private_contact = ContactFactory(
        organisation=topic.organisation, email="fatima@prive.example", name="F. Idrissi"
    )
    freelancer.save()
    email = {
        "business": freelancer.business_contact.email,
        "private": freelancer.private_contact.email,
        "login": freelancer.user.email,
    }[address]

    for spelling in (email, email.upper()):
        for side, actor in (("client", reviewer), ("freelancer", author)):
            with pytest.raises(NotPermittedError, match="own knowledge"):
                name(topic, actor, spelling, side=side, called="Iemand Anders")

    assert not Receiver.objects.exists()


def test_there_is_no_second_row_for_an_address(topic, author):
    contact = topic.engagement.freelancer.business_contact

    with pytest.raises(IntegrityError, match="contact_email_once"), transaction.atomic():
        ContactFactory(organisation=topic.organisation, email=contact.email.upper())


def test_an_address_that_becomes_the_authors_own_later_confirms_nothing(topic, author, reviewer):
    handover = accepted_about(topic, author, reviewer)
    receiver = name(topic, reviewer, "vriend@veldam.example", called="Een Vriend")
    freelancer = topic.engagement.freelancer
    freelancer.private_contact = receiver.contact
    freelancer.save()

    with pytest.raises(NotPermittedError, match="own work"):
        say(receiver, "performed", "Ik kan dit nu helemaal zelf.")

    assert stages(handover) == ["accepted"]


def test_a_second_account_of_the_author_is_known_by_its_name(topic, reviewer):
    with pytest.raises(NotPermittedError, match="own knowledge"):
        name(topic, reviewer, "f.elidrissi@veldam.example", called="fatima  EL IDRISSI")

    assert not Receiver.objects.exists()


def test_a_member_with_the_authors_address_decides_and_confirms_nothing(
    topic, author, reviewer, organisation
):
    """The professional has a second login, with a role at HR."""
    handover = accepted_about(topic, author, reviewer)
    waiting = hand_in(topic.engagement, author, title="Nog een")
    private = ContactFactory(organisation=organisation, email="fatima@prive.example")
    topic.engagement.freelancer.private_contact = private
    topic.engagement.freelancer.save()
    member = MembershipFactory(organisation=organisation, contact=private)
    second = Actor(label="F. Idrissi", user_id=member.user_id, contact_id=private.pk)

    with pytest.raises(NotPermittedError):
        operations.accept_deliverable(deliverable_id=waiting.pk, actor=second)
    with time_machine.travel(timezone.now() + timedelta(days=14)), pytest.raises(NotPermittedError):
        operations.book_without_receiver(deliverable_id=handover.pk, reason="Niemand", actor=second)

    assert LedgerEntry.objects.count() == 1


def test_one_colleague_with_two_addresses_is_not_two_receivers(
    engagement, author, reviewer, organisation
):
    """A vital topic needs two people; one with two accounts would do for both."""
    topic = agreed_topic(engagement, author, reviewer, "Inloggen", criticality=5)
    name(topic, reviewer, "samira@veldam.example", called="Samira Haddou")
    member = MembershipFactory(organisation=organisation)
    hr = Actor(label="HR", user_id=member.user_id, contact_id=member.contact_id)

    for side, actor in (("client", reviewer), ("freelancer", author)):
        with pytest.raises(ReceiverError, match="same name"):
            name(topic, actor, "s.haddou@veldam.example", side=side, called="samira HADDOU")
    assert Receiver.objects.count() == 1

    # Namesakes exist; HR knows them.
    assert name(topic, hr, "s.haddou@veldam.example", called="Samira Haddou")


def test_whoever_accepted_does_not_confirm_either(topic, author, reviewer):
    handover = accepted_about(topic, author, reviewer)
    receiver = operations.name_receiver(
        topic_id=topic.pk,
        email=topic.engagement.manager.email,
        name="",
        side="client",
        actor=reviewer,
    )

    with pytest.raises(NotPermittedError, match="You reviewed"):
        say(receiver, "performed", "Ik deed het helemaal alleen.")

    assert stages(handover) == ["accepted"]


def test_without_a_receiver_come_points_and_neither_coverage_nor_the_gate(
    topic, author, reviewer, organisation
):
    engagement = topic.engagement
    handover = accepted_about(topic, author, reviewer)
    covered = topic_figures(organisation)[0].covered
    gate = f"topic:{topic.public_id}"
    earned = points_of(engagement).balance

    with time_machine.travel(timezone.now() + timedelta(days=14)):
        operations.book_without_receiver(
            deliverable_id=handover.pk, reason="Niemand vrij", actor=reviewer
        )
    engagement.starts_on = organisation.today() - timedelta(days=100)
    engagement.ends_on = organisation.today() - timedelta(days=1)
    engagement.save()

    assert points_of(engagement).balance == earned + D("3.20")
    assert topic_figures(organisation)[0].covered == covered == D("0.25")
    with pytest.raises(BlockedError) as caught:
        close_engagement(engagement_id=engagement.pk, waivers={}, actor=Actor(label="HR"))
    assert gate in {blocker.code for blocker in caught.value.blockers}


def test_the_gate_opens_once_somebody_did_it_alone(topic, author, reviewer, organisation):
    engagement = topic.engagement
    accepted_about(topic, author, reviewer)
    say(name(topic, reviewer), "performed", "Ik heb het gisteren zelf gedaan.")
    engagement.starts_on = organisation.today() - timedelta(days=100)
    engagement.ends_on = organisation.today() - timedelta(days=1)
    engagement.save()

    with pytest.raises(BlockedError) as caught:
        close_engagement(engagement_id=engagement.pk, waivers={}, actor=Actor(label="HR"))

    assert f"topic:{topic.public_id}" not in {blocker.code for blocker in caught.value.blockers}


def test_one_sentence_does_not_do_for_all_topics(engagement, author, reviewer):
    receivers = []
    for title in ("Koppelingen", "Release", "Inloggen"):
        topic = agreed_topic(engagement, author, reviewer, title)
        accepted_about(topic, author, reviewer, title=f"Over {title}")
        receivers.append(name(topic, reviewer))
    say(receivers[0], "performed", "Ik kan het nu helemaal zelf.")

    for receiver in receivers[1:]:
        with pytest.raises(operations.ConfirmationError, match="of another topic"):
            say(receiver, "performed", "ik kan   het nu HELEMAAL zelf.")

    assert Confirmation.objects.count() == 1


def test_a_receiver_who_confirms_everything_in_a_minute_may_and_is_looked_at(
    engagement, author, reviewer, hr_client
):
    receivers = []
    for title in ("Koppelingen", "Release", "Inloggen"):
        topic = agreed_topic(engagement, author, reviewer, title)
        accepted_about(topic, author, reviewer, title=f"Over {title}")
        receivers.append(name(topic, reviewer))
    before = points_of(engagement).balance
    start_at = timezone.now()
    for seconds, receiver in zip((0, 20, 40), receivers, strict=True):
        with time_machine.travel(start_at + timedelta(seconds=seconds), tick=False):
            say(receiver, "performed", f"Nu kan ik {receiver.topic.title} helemaal zelf.")

    with time_machine.travel(start_at + timedelta(minutes=5)):
        page = hr_client.get(reverse("knowledge:sample_list"))
        home = hr_client.get(reverse("dashboards:home"))

    (sample,) = page.context["samples"]
    assert sample.contact.name == "Samira Haddou"
    assert len(sample.words) == 3
    assert sample.reasons == ["several answers within two minutes"]
    assert reverse("knowledge:sample_list") in home.content.decode()
    # Every word counts, before and after somebody looked.
    assert points_of(engagement).balance > before
    assert {row.covered for row in topic_figures(engagement.organisation)} == {1}


def test_nobody_confirms_in_the_name_of_a_receiver(topic, author, reviewer):
    handover = accepted_about(topic, author, reviewer)
    receiver = name(topic, reviewer)

    for actor in (author, reviewer, Actor(label="HR", user_id=2**31)):
        with pytest.raises(NotPermittedError):
            operations.confirm_topic(
                receiver_id=receiver.pk,
                answer="performed",
                words="Samira kan het nu helemaal zelf.",
                actor=actor,
            )

    assert as_receiver(receiver).contact_id not in {author.contact_id, reviewer.contact_id}
    assert stages(handover) == ["accepted"]
