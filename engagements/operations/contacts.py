from typing import Final

from django.core.exceptions import ValidationError

from core.errors import DomainError
from core.fields import one_line, refuse_quotes
from core.models import Contact, Organisation

WRITTEN: Final = ("email", "name", "language", "is_external")


class UnfitContactError(DomainError):
    """This name or address is none that mail can be written to."""


def contact_at(
    *,
    organisation: Organisation,
    email: str,
    name: str,
    language: str = "",
    is_external: bool = False,
) -> Contact:
    """Return the contact at an address, made when there is none yet.

    Not every caller had a form in front of it, so what is new is looked at here.

    Args:
        organisation: whose contact it is.
        email: compared without regard to case.
        name: used for a new contact only; a known one keeps its name.
        language: used for a new contact only; the organisation's when empty.
        is_external: marks a known contact as well; nothing here makes anybody internal again.

    Raises:
        UnfitContactError: a new contact would have a name or an address that cannot be one.
    """
    made = Contact(
        organisation=organisation,
        email=email.strip(),
        name=one_line(name),
        language=language or organisation.language,
        is_external=is_external,
    )
    contact = Contact.objects.filter(organisation=organisation).with_email(made.email).first()
    created = False
    if contact is None:
        _refuse_unfit(made)
        # Somebody else may be quicker.
        contact, created = Contact.objects.get_or_create(
            organisation=organisation,
            email__iexact=made.email,
            defaults={name: getattr(made, name) for name in WRITTEN},
        )
    if not created and is_external and not contact.is_external:
        contact.is_external = True
        contact.save(update_fields=["is_external"])
    return contact


def _refuse_unfit(contact: Contact) -> None:
    try:
        contact.clean_fields(exclude={"organisation"})
        refuse_quotes(contact.email)
    except ValidationError as error:
        raise UnfitContactError(" ".join(error.messages)) from error
