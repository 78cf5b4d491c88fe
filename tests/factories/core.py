import factory

from core.models import Contact, Organisation


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence("Gemeente Veldam {}".format)
    slug = factory.Sequence("veldam-{}".format)
    desk_name = "Inhuurdesk"
    desk_email = "inhuurdesk@veldam.example"
    allowed_domains = ["veldam.example"]


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence("Peter Bos {}".format)
    email = factory.Sequence("p.bos{}@veldam.example".format)
    language = "nl"
