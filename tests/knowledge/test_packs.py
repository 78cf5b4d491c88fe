"""The handover pack: what the successor finds, what they may see, and receiving all of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core.actors import Actor
from core.errors import InvalidTransitionError, NotPermittedError
from engagements.models import Engagement
from engagements.operations import name_successor
from knowledge import operations, queries
from knowledge.models import Deliverable, Receiver
from knowledge.models.library import LibraryReader
from knowledge.operations import EngagementOverError, ReceiverError
from tests.factories.accounts import UserFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.knowledge.conftest import accepted_about, agreed_topic, name, say
from tests.offboarding.test_link_pages import client_of
from tests.races import just_behind

HANNA = Actor(label="Hanna Smit")


@pytest.fixture
def successor(engagement):
    """Sanne takes over from Fatima, at another department."""
    return followed(engagement, department=DepartmentFactory(organisation=engagement.organisation))


def followed(engagement, **facts):
    today = engagement.organisation.today()
    sanne = FreelancerFactory(
        organisation=engagement.organisation,
        full_name="Sanne de Wit",
        user=UserFactory(full_name="Sanne de Wit", language="en"),
    )
    made = EngagementFactory(
        organisation=engagement.organisation,
        freelancer=sanne,
        **{"starts_on": today, "ends_on": today + timedelta(days=90), **facts},
    )
    return name_successor(
        predecessor_id=engagement.pk,
        successor_id=made.pk,
        across_departments=True,
        actor=HANNA,
    )


@pytest.fixture
def filled(topic, author, reviewer):
    """A runbook and a warm contact, and a colleague who knows the one topic of two."""
    accepted_about(topic, author, reviewer)
    say(name(topic, reviewer), "performed")
    accepted_about(topic, author, reviewer, "warm-contact", "Leverancier Novum")
    agreed_topic(topic.engagement, author, reviewer, "Datamodel", 2)


def pack_for(successor, **reader):
    today = successor.organisation.today()
    reader = reader or {"freelancer_id": successor.freelancer_id}
    return queries.pack_of(
        Engagement.objects.select_related("succeeds__freelancer").get(pk=successor.pk),
        LibraryReader(today=today, **reader),
    )


def titles(items):
    return [one.item.deliverable.title for one in items]


def test_the_pack_holds_what_was_left_behind(successor, filled):
    pack = pack_for(successor)

    assert titles(pack.handovers) == ["Handleiding koppelingen"]
    assert titles(pack.contacts) == ["Leverancier Novum"]
    assert [one.topic.title for one in pack.open_topics] == ["Datamodel"]
    assert [one.topic.title for one in pack.covered_topics] == ["Koppelingen"]
    assert [knower.contact.name for knower in pack.knowers] == ["Samira Haddou"]
    assert (pack.coming, pack.taken_out, pack.to_receive) == (0, 0, 2)


def test_who_takes_over_sees_it_in_the_library_and_who_did_not_does_not(successor, filled):
    stranger = EngagementFactory(organisation=successor.organisation)

    assert titles(pack_for(successor).handovers)
    assert not pack_for(successor, freelancer_id=stranger.freelancer_id).handovers
    successor.ends_on = successor.organisation.today() - timedelta(days=1)
    successor.starts_on = successor.ends_on
    successor.save()
    assert not pack_for(successor).handovers


def test_what_left_the_library_is_counted_and_not_shown(successor, filled):
    item = pack_for(successor).handovers[0].item
    operations.retire_item(deliverable_id=item.deliverable_id, reason="Outdated", actor=HANNA)

    pack = pack_for(successor)
    assert (titles(pack.handovers), pack.taken_out) == ([], 1)


def about(receiver):
    """Say by which handover they learned it, where there is one."""
    handed = Deliverable.objects.confirmable_by(receiver).first()
    return {"deliverable_id": handed.pk} if handed else {}


def make_receiver(successor, actor=HANNA, side="client"):
    return operations.make_successor_receiver(successor_id=successor.pk, side=side, actor=actor)


def test_one_press_makes_the_successor_a_receiver_who_counts_half(successor, filled):
    assert make_receiver(successor) == 2
    contact = successor.freelancer.business_contact
    own = Receiver.objects.live().filter(contact=contact)
    for receiver in own:
        words = f"Ik doe {receiver.topic.title} nu helemaal zelf."
        say(receiver, "performed", words, **about(receiver))

    figures = {one.topic.title: one.figures.percent for one in pack_for(successor).topics}
    assert figures == {"Koppelingen": 100, "Datamodel": 50}
    assert pack_for(successor).to_receive == 0


def test_receiving_is_refused_with_a_reason(successor, topic, engagement, author):
    nobody = EngagementFactory(organisation=engagement.organisation)
    with pytest.raises(InvalidTransitionError, match="from nobody"):
        make_receiver(nobody)
    with pytest.raises(Engagement.DoesNotExist):
        operations.make_successor_receiver(successor_id=0, side="client", actor=HANNA)
    with pytest.raises(NotPermittedError):
        make_receiver(successor, author)
    make_receiver(successor)
    with pytest.raises(ReceiverError, match="already"):
        make_receiver(successor)


def test_nothing_is_received_from_a_closed_file(successor, topic, engagement):
    engagement.closed_at = topic.agreed_at
    engagement.save()

    with pytest.raises(EngagementOverError):
        make_receiver(successor)


def test_the_successor_is_suggested_after_all_insiders(successor, topic, author, reviewer):
    inside = name(agreed_topic(topic.engagement, author, reviewer, "Datamodel"), reviewer).contact

    suggested = queries.receiver_suggestions(topic)
    assert suggested[-1] == successor.freelancer.business_contact
    assert inside in suggested[:-1]


def test_hr_and_the_manager_behind_a_link_name_the_successor(successor, filled, hr_client):
    page = hr_client.get(reverse("knowledge:pack_detail", args=[successor.public_id]))
    assert "Make Sanne de Wit a receiver of all" in page.content.decode()

    predecessors = client_of(successor.succeeds)
    url = reverse("knowledge:link_pack", args=[successor.public_id])
    assert "Leverancier Novum" in predecessors.get(url).content.decode()
    assert url in predecessors.get("/link/").content.decode()
    predecessors.post(reverse("knowledge:link_pack_receive", args=[successor.public_id]))

    assert pack_for(successor).to_receive == 0
    again = hr_client.post(reverse("knowledge:pack_receive", args=[successor.public_id]))
    page = hr_client.get(again["Location"]).content.decode()
    assert "receives every topic already" in page


def test_the_manager_of_the_successor_reads_and_names_nobody(successor, filled):
    client = client_of(successor)
    page = client.get(reverse("knowledge:link_pack", args=[successor.public_id])).content.decode()

    assert "Handleiding koppelingen" in page
    assert "a receiver of all" not in page
    receive = reverse("knowledge:link_pack_receive", args=[successor.public_id])
    assert client.post(receive).status_code == 404


def test_the_pack_opens_in_the_portal_while_the_successor_works_here(successor, filled):
    client = Client()
    client.force_login(successor.freelancer.user)
    url = reverse("knowledge:portal_pack", args=[successor.public_id])
    page = client.get(url).content.decode()
    item = pack_for(successor).handovers[0].item

    assert "You take over from Fatima El Idrissi" in page
    at = reverse("knowledge:portal_library_item", args=[item.deliverable.public_id])
    assert at in page
    assert client.get(at).status_code == 200
    assert url in client.get(reverse("portal:home")).content.decode()
    successor.closed_at = item.accepted_at
    successor.save()
    assert client.get(url).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_presses_make_one_receiver(engagement, topic):
    successor = followed(engagement)

    def press():
        return make_receiver(successor)

    assert isinstance(just_behind(engagement.organisation, press, press), ReceiverError)
    assert Receiver.objects.live().count() == 1
