from dataclasses import dataclass

from django.db import transaction

from core import audit
from core.actors import Actor
from core.models import Contact, Organisation
from engagements.models import Freelancer
from engagements.operations.contacts import contact_at
from engagements.operations.refusals import refusing
from engagements.rules import sort_name_of


@dataclass(frozen=True, kw_only=True)
class FreelancerFacts:
    """What we know of a professional.

    Attributes:
        email: business address; people are told apart by it.
        private_email: where we write after the end, may be empty.
        language: of the mail to both addresses.
    """

    full_name: str
    email: str
    private_email: str = ""
    called: str = ""
    business_name: str = ""
    kvk_number: str = ""
    vat_number: str = ""
    language: str = ""
    phone: str = ""
    skills: str = ""
    ambition: str = ""


OWN_FIELDS = (
    "full_name",
    "called",
    "business_name",
    "kvk_number",
    "vat_number",
    "phone",
    "skills",
    "ambition",
)


@transaction.atomic
def create_freelancer(
    *, organisation: Organisation, facts: FreelancerFacts, actor: Actor
) -> Freelancer:
    """Write down a professional, with a contact for each address.

    Raises:
        DomainError: another professional has this business address.
    """
    business = contact_at(
        organisation=organisation,
        email=facts.email,
        name=facts.full_name,
        language=facts.language,
        is_external=True,
    )
    freelancer = Freelancer(
        organisation=organisation,
        business_contact=business,
        private_contact=_private_contact(organisation, facts, business),
        sort_name=sort_name_of(facts.full_name),
        **{name: getattr(facts, name).strip() for name in OWN_FIELDS},
    )
    with refusing(Freelancer):
        freelancer.save(force_insert=True)
    audit.record("engagements.freelancer.created", subject=freelancer, actor=actor)
    return freelancer


def _private_contact(
    organisation: Organisation, facts: FreelancerFacts, business: Contact
) -> Contact | None:
    """Return the private address, None without one or when it is the business address as well."""
    if not facts.private_email.strip():
        return None
    private = contact_at(
        organisation=organisation,
        email=facts.private_email,
        name=facts.full_name,
        language=facts.language,
        is_external=True,
    )
    return None if private == business else private
