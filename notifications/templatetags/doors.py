from collections.abc import Mapping
from uuid import UUID

from django import template

register = template.Library()


@register.filter
def of(urls: Mapping[UUID, str], dossier: UUID) -> str:
    """Return the address that leads to one engagement: ``{{ urls|of:group.dossier }}``."""
    return urls.get(dossier, "")
