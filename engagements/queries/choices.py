"""Finding somebody or something by what people type."""

import re
from typing import Final

from django.db.models import Max, Q

from core.models import Contact, ContactQuerySet
from core.words import LONGEST_LOOKUP, words_of
from engagements.models import Engagement, Freelancer, Intermediary
from engagements.queries.successors import engagement_label, engagements_like
from engagements.rules import sort_name_of

SUGGESTIONS: Final = 20
NEWEST: Final = 200  # engagements whose managers are likely to be meant
# What a suggestion looks like: the address behind the name tells people of one name apart.
LABEL: Final = re.compile(r"\(([^()\s]+@[^()\s]+)\)\s*$")


def label_of(name: str, email: str) -> str:
    """Return how somebody is written in a field: "Peter Bos (p.bos@veldam.nl)"."""
    return f"{name} ({email})"


def freelancer_label(freelancer: Freelancer) -> str:
    """Return how a professional is written in a field."""
    return label_of(freelancer.full_name, freelancer.business_contact.email)


def contact_label(contact: Contact) -> str:
    """Return how a contact is written in a field."""
    return label_of(contact.name, contact.email)


def freelancers_like(text: str, limit: int = SUGGESTIONS) -> list[Freelancer]:
    """Return professionals whose name or address fits, by name.

    When nothing is typed: the newest.
    """
    found = Freelancer.objects.select_related("business_contact")
    if email := _email_in(text):
        return list(found.with_email(email)[:limit])
    if not text.strip():
        return list(found.order_by("-created_at")[:limit])
    for word in words_of(sort_name_of(text)):
        found = found.filter(
            Q(sort_name__contains=word) | Q(business_contact__email__icontains=word)
        )
    return list(found.order_by("sort_name", "pk")[:limit])


def contacts_like(
    text: str, limit: int = SUGGESTIONS, *, among: ContactQuerySet | None = None
) -> list[Contact]:
    """Return contacts in use whose name or address fits, by name.

    When nothing is typed: whoever manages the engagements that were planned last.

    Args:
        text: what is typed so far, or a whole suggestion.
        limit: at most so many.
        among: only these.
    """
    found = (Contact.objects.all() if among is None else among).filter(is_active=True)
    if email := _email_in(text):
        return list(found.with_email(email)[:limit])
    if not text.strip():
        newest = Engagement.objects.order_by("-pk").values("pk")[:NEWEST]
        managing = found.filter(managed__in=newest).annotate(last=Max("managed"))
        return list(managing.order_by("-last")[:limit])
    for word in words_of(text):
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return list(found.order_by("name", "pk")[:limit])


def intermediaries_like(text: str, limit: int = SUGGESTIONS) -> list[Intermediary]:
    """Return intermediaries whose name fits, by name."""
    found = Intermediary.objects.filter(name__icontains=text.strip()[:LONGEST_LOOKUP])
    return list(found.order_by("name")[:limit])


def suggestions_for(kind: str, text: str) -> list[str]:
    """Return what fits what is typed so far, as the field writes it.

    Raises:
        LookupError: there is no field of this kind.
    """
    if kind == "professional":
        return [freelancer_label(found) for found in freelancers_like(text)]
    if kind == "contact":
        return [contact_label(found) for found in contacts_like(text)]
    if kind == "intermediary":
        return [found.name for found in intermediaries_like(text)]
    if kind == "engagement":
        return [engagement_label(found) for found in engagements_like(text)]
    raise LookupError(kind)


def _email_in(text: str) -> str:
    """Return the address at the end of a suggestion, or the text itself when it is one."""
    text = text[:LONGEST_LOOKUP]
    if match := LABEL.search(text):
        return match.group(1)
    typed = text.strip()
    return typed if "@" in typed and "." in typed.rpartition("@")[2] else ""
