import datetime

import factory
from django.utils import timezone

from offboarding.models import (
    Checklist,
    ChecklistItem,
    Procedure,
    ProcedureVersion,
    RoleHolder,
)
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory


class RoleHolderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RoleHolder

    organisation = factory.SubFactory(OrganisationFactory)
    role = "it"
    contact = factory.SubFactory(
        ContactFactory, organisation=factory.SelfAttribute("..organisation")
    )


class ProcedureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Procedure

    organisation = factory.SubFactory(OrganisationFactory)
    code = factory.Sequence("procedure-{}".format)
    name_nl = "Procedure"
    name_en = "Procedure"


class ProcedureVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProcedureVersion

    organisation = factory.SubFactory(OrganisationFactory)
    procedure = factory.SubFactory(
        ProcedureFactory, organisation=factory.SelfAttribute("..organisation")
    )
    number = factory.Sequence(lambda n: n + 1)
    published_at = factory.LazyFunction(timezone.now)


class ChecklistFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Checklist
        django_get_or_create = ("engagement", "phase")

    organisation = factory.SubFactory(OrganisationFactory)
    engagement = factory.SubFactory(
        EngagementFactory, organisation=factory.SelfAttribute("..organisation")
    )
    version = factory.SubFactory(
        ProcedureVersionFactory, organisation=factory.SelfAttribute("..organisation")
    )
    phase = "offboarding"


class ChecklistItemFactory(factory.django.DjangoModelFactory):
    """One open task of the hiring manager, due in a week; `engagement` is enough to give."""

    class Meta:
        model = ChecklistItem

    organisation = factory.SelfAttribute("engagement.organisation")
    engagement = factory.SubFactory(EngagementFactory)
    checklist = factory.SubFactory(
        ChecklistFactory,
        organisation=factory.SelfAttribute("..engagement.organisation"),
        engagement=factory.SelfAttribute("..engagement"),
        phase=factory.SelfAttribute("..phase"),
    )
    owner = factory.SelfAttribute("engagement.manager")
    code = factory.Sequence("T{}".format)
    phase = "offboarding"
    text_nl = "Neem de laptop in"
    text_en = "Collect the laptop"
    owner_role = "manager"
    anchor = "end"
    offset_days = 0
    due_on = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=7))
    dated_on = factory.LazyFunction(lambda: timezone.localdate() - datetime.timedelta(days=30))
