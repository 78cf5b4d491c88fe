from collections.abc import Mapping
from uuid import UUID

from django import template

from notifications.planning import Entrance, Landing

register = template.Library()


@register.filter
def of(entrances: Mapping[UUID, Entrance], dossier: UUID) -> Entrance | None:
    """Return the door to one engagement: ``{{ entrances|of:group.dossier }}``."""
    return entrances.get(dossier)


@register.filter
def to(entrance: Entrance | None, landing: Landing | None) -> str:
    """Return the address of one thing behind a door: ``{{ entrance|to:line.landing }}``."""
    return entrance.to(landing) if entrance else ""
