"""A world with everything that weighs, and a walk along the pages that tell about it."""

import csv
import io
import random
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from knowledge.models import Topic
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.knowledge import (
    ConfirmationFactory,
    DeliverableFactory,
    KnowledgeAgreementFactory,
    LedgerEntryFactory,
    ReceiverFactory,
    TopicFactory,
    TopicHandoverFactory,
)
from tests.offboarding.test_link_answers import client_of

LEVELS = ("received", "explained", "performed")
TITLES = ("Koppelingen", "Datamodel", "Releases", "Incidenten", "Leveranciers", "Rechten", "Nacht")
STANDS = {  # days to the end, and what became of it
    "soon": (8, {}),
    "half covered": (25, {}),
    "later": (120, {}),
    "to come": (300, {"starts_on": 30}),
    "left, file open": (-9, {}),
    "left long ago": (-40, {}),
    "closed": (-60, {"closed_at": -20}),
    "cancelled": (15, {"cancelled_at": -5}),
    "nothing known": (50, {}),
}
NOBODY = {"without_receiver": True, "reason": "Niemand kan het nu ontvangen."}
D = Decimal


class World:
    """Engagements in three departments, with topics, receivers, handovers and points by chance."""

    def __init__(self, organisation):
        self.dice = random.Random(3)
        self.organisation = organisation
        self.today = organisation.today()
        # What a receiver from outside counts for makes coverage anything but round.
        organisation.external_receiver_percent = 37
        organisation.save()
        departments = [
            DepartmentFactory(organisation=organisation, name=name)
            for name in ("Beheer", "Inkoop", "Zorg")
        ]
        self.engagements = {
            stand: self.engagement(stand, departments[number % 3], ends_in, **facts)
            for number, (stand, (ends_in, facts)) in enumerate(STANDS.items())
        }
        self.people = [
            *ContactFactory.create_batch(5, organisation=organisation),
            *ContactFactory.create_batch(3, organisation=organisation, is_external=True),
            self.engagements["later"].freelancer.business_contact,
            self.engagements["left long ago"].freelancer.business_contact,  # holds nothing now
            ContactFactory(organisation=organisation, is_active=False),
        ]
        for stand, engagement in self.engagements.items():
            self.points(engagement)
            if stand != "nothing known":
                self.topics(engagement)
        self.an_eighth(self.engagements["half covered"])

    def engagement(self, stand, department, ends_in, **facts):
        moments = {
            name: timezone.now() + timedelta(days=facts[name])
            for name in ("closed_at", "cancelled_at")
            if name in facts
        }
        user = UserFactory(full_name=f"Zelfstandige {stand}")
        return EngagementFactory(
            organisation=self.organisation,
            department=department,
            freelancer=FreelancerFactory(
                organisation=self.organisation, full_name=user.full_name, user=user
            ),
            manager=ContactFactory(organisation=self.organisation),
            title=f"Opdracht {stand}",
            starts_on=self.today + timedelta(days=facts.get("starts_on", -200)),
            ends_on=self.today + timedelta(days=ends_in),
            **moments,
        )

    def points(self, engagement):
        KnowledgeAgreementFactory(engagement=engagement, in_force=True, target=1200)
        handover = DeliverableFactory(engagement=engagement, accepted=True)
        for stage in self.dice.sample(("accepted", "received", "applied"), self.dice.randint(1, 3)):
            amount = D(self.dice.randint(1, 99_999)) / 100
            ground = {} if stage == "accepted" else NOBODY
            LedgerEntryFactory(deliverable=handover, stage=stage, amount=amount, **ground)

    def topics(self, engagement):
        for title in self.dice.sample(TITLES, self.dice.randint(3, 6)):
            topic = TopicFactory(
                engagement=engagement, title=title, criticality=self.dice.randint(1, 5)
            )
            self.receive(topic)
            self.write_down(topic)
        TopicFactory(
            engagement=engagement, title="Nog te bespreken", state="proposed", agreed_at=None
        )

    def receive(self, topic):
        for contact in self.dice.sample(self.people, self.dice.choice((0, 0, 1, 2, 4))):
            receiver = ReceiverFactory(topic=topic, contact=contact)
            for answer in self.dice.sample([*LEVELS, "not_yet"], self.dice.randint(0, 2)):
                ConfirmationFactory(receiver=receiver, answer=answer)

    def write_down(self, topic):
        if self.dice.random() < 0.6:
            check_on = self.today + timedelta(days=self.dice.choice((-30, 300)))
            handover = DeliverableFactory(
                engagement=topic.engagement, accepted=True, check_on=check_on
            )
            TopicHandoverFactory(topic=topic, deliverable=handover)

    def an_eighth(self, engagement):
        """What is written and stale covers an eighth of this topic: 12.5 stays, 87.5 leaves."""
        topic = TopicFactory(engagement=engagement, title="Achtste deel", criticality=4)
        handover = DeliverableFactory(
            engagement=engagement, accepted=True, check_on=self.today - timedelta(days=1)
        )
        TopicHandoverFactory(topic=topic, deliverable=handover)


class Walk:
    """All pages with figures, read as a person reads them, in one language."""

    def __init__(self, world, language):
        self.world = world
        self.language = language
        member = MembershipFactory(organisation=world.organisation, role="hr")
        self.hr = self.signed_in(member.user)
        self.by_name = {one.freelancer.full_name: one for one in world.engagements.values()}
        self.topics = list(Topic.objects.agreed().select_related("engagement"))
        self.seen = {}
        self.portals = {
            one.pk: self.signed_in(one.freelancer.user) for one in world.engagements.values()
        }

    def signed_in(self, user):
        user.language = self.language
        user.save()
        client = Client()
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = self.language
        return client

    def page(self, client, name, *args, **query):
        key = (client, name, args, *query.items())  # holds the client: an id is used again
        if key not in self.seen:
            response = client.get(reverse(name, args=args), query)
            assert response.status_code == 200, (name, args)
            page = self.seen[key] = html.fromstring(response.content.decode())
            assert page.get("lang") == self.language
        return self.seen[key]

    def rows(self, name, *args):
        """Return the rows of a file, as a spreadsheet of this language reads them."""
        text = self.hr.get(reverse(name, args=args)).getvalue().decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text), delimiter=";" if self.language == "nl" else ",")
        return list(rows)

    def number(self, text):
        """Return a number that is written in this language, whatever stands around it."""
        thousands, point = (".", ",") if self.language == "nl" else (",", ".")
        figure = "".join(sign for sign in text if sign.isdigit() or sign in ".,")
        return D(figure.strip(".,").replace(thousands, "").replace(point, "."))

    def figure(self, element):
        """Return a large number and what stands beside it: the target, or how many there are."""
        (number,) = element.xpath(".//*[contains(@class, 'number-xl')]")
        beside = number.xpath("string(*[@class='number-of'])")
        first = self.number(number.text)
        return (first, self.number(beside)) if any(map(str.isdigit, beside)) else first

    def figures(self, page, region):
        """Return the large numbers of a card by the words above them."""
        return {
            said(label): self.figure(label.getparent())
            for label in page.xpath(
                f"//section[@aria-labelledby='{region}']//*[@class='tile-label']"
            )
        }

    def client_of_link(self, engagement):
        engagement.manager.language = self.language
        engagement.manager.save()
        client = client_of(engagement, engagement.manager)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = self.language
        return client

    def stays(self, page, path="//li"):
        """Return how much of each topic in a list stays, by the address behind its title."""
        found = {}
        for row in page.xpath(path):
            tags = [t for t in row.xpath(".//*[@class='item-side']/*") if "%" in said(t)]
            if tags:
                found[said(row.xpath(".//*[@class='item-title']")[0])] = self.number(said(tags[0]))
        return found


def said(element):
    return " ".join(element.text_content().split())


def cells(row):
    return [said(cell) for cell in row.xpath("./th|./td")]


def same(told):
    """Return what all places tell; fail with what each of them does when they differ."""
    assert len(set(told.values())) == 1, told
    return next(iter(told.values()))
