"""Rows of knowledge as small as the database takes them; policies come as they ship."""

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone

from core.actors import Actor
from knowledge.models import (
    Confirmation,
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    KnowledgeAgreement,
    LedgerEntry,
    Receiver,
    Topic,
    TopicHandover,
    TransferForm,
    TransferPolicy,
    UsefulnessCheck,
)
from knowledge.operations import FormFacts, PolicyFacts, save_policy, ship_policies
from knowledge.rules import PolicyTerms
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory

# How the policies that ship as data vest. Source: domain.md section 2.
PROVEN = PolicyTerms(
    shares={"accepted": Decimal("0.30"), "received": Decimal("0.40"), "applied": Decimal("0.30")},
    written_share=Decimal("0.40"),
    least_forms=2,
)
SIMPLE = PolicyTerms(
    shares={"accepted": Decimal(1), "received": Decimal(0), "applied": Decimal(0)},
    written_share=None,
    least_forms=1,
)


def policy_of(organisation, code="proven"):
    """Return a shipped policy of an organisation; ships them when they are missing."""
    ship_policies(organisation=organisation)
    return TransferPolicy.objects.get(organisation=organisation, code=code, is_current=True)


def form_of(organisation, code="runbook", policy="proven"):
    """Return a shipped form of an organisation."""
    return TransferForm.objects.get(policy=policy_of(organisation, policy), code=code)


def facts_of(policy, forms=None, without=(), **changes):
    """Return what a version says, with changes; those of forms by their code."""
    columns = {name: getattr(policy, name) for name in fields_of(PolicyFacts) if name != "forms"}
    rows = [
        FormFacts(
            **{
                **{name: getattr(form, name) for name in fields_of(FormFacts)},
                **(forms or {}).get(form.code, {}),
            }
        )
        for form in policy.forms.exclude(code__in=without)
    ]
    return PolicyFacts(**{**columns, "forms": rows, "note": "", **changes})


def fields_of(facts):
    return [field.name for field in fields(facts)]


def next_version(policy, forms=None, without=(), **changes):
    """Save the next version of a policy."""
    facts = facts_of(policy, forms, without, **changes)
    return save_policy(policy_id=policy.pk, facts=facts, actor=Actor(label="Marieke Visser"))


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


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Topic

    engagement = factory.SubFactory(EngagementFactory)
    organisation = factory.SelfAttribute("engagement.organisation")
    title = factory.Sequence("Koppeling {}".format)
    criticality = 3
    state = "agreed"
    proposed_by_side = "client"
    proposed_by = "Peter Bos"
    agreed_at = factory.LazyFunction(timezone.now)
    agreed_by = "Fatima El Idrissi"


class TopicHandoverFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TopicHandover

    topic = factory.SubFactory(TopicFactory)
    organisation = factory.SelfAttribute("topic.organisation")
    deliverable = factory.SubFactory(
        DeliverableFactory, accepted=True, engagement=factory.SelfAttribute("..topic.engagement")
    )


class ReceiverFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Receiver

    topic = factory.SubFactory(TopicFactory)
    organisation = factory.SelfAttribute("topic.organisation")
    contact = factory.SubFactory(
        ContactFactory, organisation=factory.SelfAttribute("..organisation")
    )
    named_by_side = "client"
    named_by = "Peter Bos"


class ConfirmationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Confirmation

    receiver = factory.SubFactory(ReceiverFactory)
    organisation = factory.SelfAttribute("receiver.organisation")
    answer = "received"
    words = "Ik kan de koppeling nu herstarten."
    is_external = factory.SelfAttribute("receiver.contact.is_external")
    said_by = factory.SelfAttribute("receiver.contact.name")


class UsefulnessCheckFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UsefulnessCheck

    receiver = factory.SubFactory(ReceiverFactory)
    organisation = factory.SelfAttribute("receiver.organisation")
    days_after = 30
    was_used = True
    was_enough = True
    had_to_call = False
    said_by = factory.SelfAttribute("receiver.contact.name")
