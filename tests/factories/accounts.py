import factory

from accounts.models import Membership, User
from tests.factories.core import ContactFactory, OrganisationFactory


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    full_name = factory.Sequence("Marieke Visser {}".format)
    email = factory.Sequence("m.visser{}@veldam.example".format)
    language = "en"


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    user = factory.SubFactory(UserFactory)
    contact = factory.SubFactory(
        ContactFactory,
        organisation=factory.SelfAttribute("..organisation"),
        name=factory.SelfAttribute("..user.full_name"),
        email=factory.SelfAttribute("..user.email"),
    )
    role = "hr"
