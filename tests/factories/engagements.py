import datetime

import factory

from engagements.models import Department, Engagement, Freelancer
from engagements.rules import sort_name_of
from tests.factories.core import ContactFactory, OrganisationFactory


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence("Zorgdata {}".format)


class FreelancerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Freelancer

    organisation = factory.SubFactory(OrganisationFactory)
    full_name = factory.Sequence("Fatima El Idrissi {}".format)
    sort_name = factory.LazyAttribute(lambda f: sort_name_of(f.full_name))
    business_contact = factory.SubFactory(
        ContactFactory,
        organisation=factory.SelfAttribute("..organisation"),
        name=factory.SelfAttribute("..full_name"),
        email=factory.Sequence("fatima{}@elidrissi.example".format),
        is_external=True,
    )


class EngagementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Engagement

    organisation = factory.SubFactory(OrganisationFactory)
    freelancer = factory.SubFactory(
        FreelancerFactory, organisation=factory.SelfAttribute("..organisation")
    )
    department = factory.SubFactory(
        DepartmentFactory, organisation=factory.SelfAttribute("..organisation")
    )
    manager = factory.SubFactory(
        ContactFactory, organisation=factory.SelfAttribute("..organisation")
    )
    title = "Data-engineer"
    starts_on = factory.LazyAttribute(
        lambda e: e.organisation.today() - datetime.timedelta(days=120)
    )
    ends_on = factory.LazyAttribute(lambda e: e.organisation.today() + datetime.timedelta(days=40))
