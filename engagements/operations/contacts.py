from core.models import Contact, Organisation


def contact_at(
    *,
    organisation: Organisation,
    email: str,
    name: str,
    language: str = "",
    is_external: bool = False,
) -> Contact:
    """Return the contact at an address, made when there is none yet.

    Args:
        organisation: whose contact it is.
        email: compared without regard to case.
        name: used for a new contact only; a known one keeps its name.
        language: used for a new contact only; the organisation's when empty.
        is_external: marks a known contact as well; nothing here makes anybody internal again.
    """
    contact, created = Contact.objects.get_or_create(
        organisation=organisation,
        email__iexact=email.strip(),
        defaults={
            "email": email.strip(),
            "name": name.strip(),
            "language": language or organisation.language,
            "is_external": is_external,
        },
    )
    if not created and is_external and not contact.is_external:
        contact.is_external = True
        contact.save(update_fields=["is_external"])
    return contact
