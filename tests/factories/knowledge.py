"""Rows of knowledge as small as the database takes them; policies come as they ship."""

from datetime import timedelta

import factory
from django.utils import timezone

from knowledge.models import (
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    KnowledgeAgreement,
    LedgerEntry,
    TransferForm,
    TransferPolicy,
)
from knowledge.operations import ship_policies
from tests.factories.engagements import EngagementFactory


def policy_of(organisation, code="proven"):
    """Return a shipped policy of an organisation; ships them when they are missing."""
    ship_policies(organisation=organisation)
    return TransferPolicy.objects.get(organisation=organisation, code=code)


def form_of(organisation, code="runbook", policy="proven"):
    """Return a shipped form of an organisation."""
    return TransferForm.objects.get(policy=policy_of(organisation, policy), code=code)


class KnowledgeAgreementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = KnowledgeAgreement

    class Params:
        in_force = factory.Trait(
            state="accepted",
            client_accepted_at=factory.LazyFunction(timezone.now),
            freelancer_accepted_at=factory.LazyFunction(timezone.now),
        )

    engagement = factory.SubFactory(EngagementFactory)
    organisation = factory.SelfAttribute("engagement.organisation")
    policy = factory.LazyAttribute(lambda a: policy_of(a.organisation))
    version = 1
    target = 100
    paid_hours = 20
    proposed_by_side = "client"
    proposed_by = "Marieke Visser"
    client_accepted_at = factory.LazyFunction(timezone.now)
    client_accepted_by = "Marieke Visser"


class DeliverableFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Deliverable

    class Params:
        submitted = factory.Trait(
            state="submitted",
            submitted_at=factory.LazyFunction(timezone.now),
            review_due_on=factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=3)),
        )
        accepted = factory.Trait(
            state="accepted",
            submitted_at=factory.LazyFunction(timezone.now),
            decided_at=factory.LazyFunction(timezone.now),
        )

    engagement = factory.SubFactory(EngagementFactory)
    organisation = factory.SelfAttribute("engagement.organisation")
    form = factory.LazyAttribute(lambda d: form_of(d.organisation))
    title = factory.Sequence("Handleiding koppelingen {}".format)


class DeliverableVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeliverableVersion

    deliverable = factory.SubFactory(DeliverableFactory)
    organisation = factory.SelfAttribute("deliverable.organisation")
    number = 1
    kind = "text"
    text = "Zo start u de koppeling opnieuw."


class DeliverableFileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeliverableFile

    version = factory.SubFactory(DeliverableVersionFactory, kind="file")
    organisation = factory.SelfAttribute("version.organisation")
    engagement = factory.SelfAttribute("version.deliverable.engagement")
    file = factory.django.FileField(filename="runbook.txt", data=b"Herstart de koppeling.")
    original_name = "Werkinstructie.txt"
    size = 22
    sha256 = factory.Sequence("{:064x}".format)
    media_type = "text/plain"


class LedgerEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LedgerEntry

    deliverable = factory.SubFactory(DeliverableFactory, accepted=True)
    organisation = factory.SelfAttribute("deliverable.organisation")
    engagement = factory.SelfAttribute("deliverable.engagement")
    stage = "accepted"
    amount = "2.40"
    base_points = "8.00"
    share = "0.30"
    uncapped = "2.40"
    target = 100
    policy_code = "proven"
    policy_version = 1
    form_cap = "30.00"
    written_cap = "40.00"
    form_code = "runbook"
    is_written = True
    booked_by = "Peter Bos"
