from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.operations import user_for
from core import audit
from core.actors import Actor
from core.errors import InvalidTransitionError
from core.models import Contact, Organisation
from engagements.models import Freelancer
from engagements.operations.contacts import contact_at
from engagements.operations.refusals import refusing
from engagements.rules import sort_name_of
from notifications import outbox


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


@transaction.atomic
def update_freelancer(*, freelancer_id: int, facts: FreelancerFacts, actor: Actor) -> Freelancer:
    """Change what we know of a professional; the same facts again change nothing.

    Action links that went to an old address stop working. The login keeps its own address, which
    only its owner changes, and mail the language that they chose.

    Raises:
        DomainError: another professional has this business address.
    """
    freelancer = locked_freelancer(freelancer_id)
    before = facts_of_freelancer(freelancer)
    if freelancer.business_contact.language_chosen:
        facts = replace(facts, language=before.language)
    changed = [name for name, value in vars(facts).items() if value != getattr(before, name)]
    if not changed:
        return freelancer
    for name in OWN_FIELDS:
        setattr(freelancer, name, getattr(facts, name).strip())
    freelancer.sort_name = sort_name_of(facts.full_name)
    freelancer.business_contact = _readdressed(freelancer.business_contact, facts.email, facts)
    freelancer.private_contact = _private_readdressed(freelancer, facts)
    with refusing(Freelancer):
        freelancer.save()
    audit.record(
        "engagements.freelancer.updated",
        subject=freelancer,
        actor=actor,
        data={"fields": sorted(changed)},
    )
    return freelancer


def locked_freelancer(freelancer_id: int) -> Freelancer:
    """Return a professional whom nobody else changes until this transaction ends.

    The contacts of both addresses are locked as well: whoever keeps an address that somebody else
    is changing would change it back.
    """
    freelancer = Freelancer.objects.select_for_update().get(pk=freelancer_id)
    # Mail to them can be promised meanwhile: no key changes.
    locked = Contact.objects.select_for_update(no_key=True).order_by("pk")
    contacts = {contact.pk: contact for contact in locked.filter(pk__in=freelancer.contact_ids)}
    freelancer.business_contact = contacts[freelancer.business_contact_id]
    if freelancer.private_contact_id:
        freelancer.private_contact = contacts[freelancer.private_contact_id]
    return freelancer


def facts_of_freelancer(freelancer: Freelancer) -> FreelancerFacts:
    """Return what we know of a professional now, to change a part of it."""
    private = freelancer.private_contact
    return FreelancerFacts(
        email=freelancer.business_contact.email,
        private_email=private.email if private else "",
        language=freelancer.business_contact.language,
        **{name: getattr(freelancer, name) for name in OWN_FIELDS},
    )


@transaction.atomic
def give_login(*, freelancer_id: int, actor: Actor) -> Freelancer:
    """Let a professional into the portal, and mail them how to sign in.

    Raises:
        InvalidTransitionError: they have a login already.
        DomainError: the login at this address belongs to another professional here.
    """
    freelancer = locked_freelancer(freelancer_id)
    if freelancer.user_id is not None:
        raise InvalidTransitionError(_("This professional can sign in already."))
    contact = freelancer.business_contact
    freelancer.user = user_for(
        email=contact.email, full_name=freelancer.full_name, language=contact.language
    )
    with refusing(Freelancer):
        freelancer.save(update_fields=["user"])
    audit.record("engagements.freelancer.admitted", subject=freelancer, actor=actor)
    outbox.enqueue(
        "portal_welcome",
        contact=contact,
        dedupe_key=f"portal_welcome:{freelancer.public_id}",
        params={"freelancer": freelancer.pk},
    )
    return freelancer


def _readdressed(contact: Contact, email: str, facts: FreelancerFacts) -> Contact:
    """Return the contact of this person at an address: the same row, moved, where that can be.

    The address of a contact that we know already is not ours to take: the person gets that one.
    """
    email = email.strip()
    other = Contact.objects.with_email(email).exclude(pk=contact.pk).first()
    if other is not None:
        if not other.is_external:
            other.is_external = True
            other.save(update_fields=["is_external"])
        return other
    # Read again under its lock: whoever saw mail come back meanwhile must not be overwritten.
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if contact.email.lower() != email.lower():
        contact.email_changed_at = timezone.now()
        contact.forget_bounce()
    contact.email = email
    contact.name = facts.full_name.strip()
    contact.language = facts.language or contact.language
    with refusing(Contact):
        contact.save()
    return contact


def _private_readdressed(freelancer: Freelancer, facts: FreelancerFacts) -> Contact | None:
    email, private = facts.private_email.strip(), freelancer.private_contact
    if not email or email.lower() == freelancer.business_contact.email.lower():
        return None
    if private is None or private == freelancer.business_contact:
        return _private_contact(freelancer.organisation, facts, freelancer.business_contact)
    return _readdressed(private, email, facts)


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
