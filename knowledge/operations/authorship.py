"""Who wrote a handover: nobody reviews their own, under whatever address they come in."""

from typing import Literal

from django.utils.translation import gettext as _

from accounts.models import Membership, User
from core.actors import Actor
from core.errors import DomainError, NotPermittedError
from core.models import Contact
from engagements.models import Engagement

Side = Literal["client", "freelancer"]


class EngagementOverError(DomainError):
    """The file was closed or the engagement cancelled, so nothing about it changes any more."""


def is_author(engagement: Engagement, actor: Actor) -> bool:
    """Say whether an actor is the professional of an engagement.

    The same person may come in as a user, by a link to a contact, or under a second address; so
    keys and addresses are compared, private and business.

    Source: domain.md section 1, invariant 5: nobody reviews or confirms their own deliverable.
    """
    freelancer = engagement.freelancer
    if actor.user_id is not None and actor.user_id == freelancer.user_id:
        return True
    return bool(_addresses_of_actor(actor) & _addresses_of_author(engagement))


def is_author_contact(engagement: Engagement, contact: Contact) -> bool:
    """Say whether a contact is an address of the professional of an engagement."""
    return contact.email.casefold() in _addresses_of_author(engagement)


def refuse_others(engagement: Engagement, actor: Actor) -> None:
    """Stop everybody but the author.

    Raises:
        NotPermittedError: the actor is not the professional of this engagement.
    """
    if not is_author(engagement, actor):
        raise NotPermittedError(_("Only the professional of this engagement can do this."))


def refuse_author(engagement: Engagement, actor: Actor) -> None:
    """Stop the author from deciding about their own work.

    Raises:
        NotPermittedError: the actor is the professional of this engagement.
    """
    if is_author(engagement, actor):
        raise NotPermittedError(_("You cannot decide about your own work; a colleague does."))


def refuse_other_side(engagement: Engagement, side: Side, actor: Actor) -> None:
    """Stop whoever does not belong to the side for which they speak.

    Raises:
        NotPermittedError: the professional would speak for the client, or somebody else for them.
    """
    if side == "freelancer":
        refuse_others(engagement, actor)
    else:
        refuse_author(engagement, actor)


def refuse_over(engagement: Engagement) -> None:
    """Stop changes once the file is closed or the engagement cancelled.

    Raises:
        EngagementOverError: it is.
    """
    if not engagement.is_running:
        raise EngagementOverError(_("The file of this engagement is closed."))


def _addresses_of_author(engagement: Engagement) -> set[str]:
    freelancer = engagement.freelancer
    addresses = [freelancer.business_contact.email]
    if freelancer.private_contact is not None:
        addresses.append(freelancer.private_contact.email)
    if freelancer.user is not None:
        addresses.append(freelancer.user.email)
    return {address.casefold() for address in addresses if address}


def _addresses_of_actor(actor: Actor) -> set[str]:
    addresses: list[str] = []
    if actor.contact_id is not None:
        addresses += Contact.objects.filter(pk=actor.contact_id).values_list("email", flat=True)
    if actor.user_id is not None:
        addresses += User.objects.filter(pk=actor.user_id).values_list("email", flat=True)
        addresses += Membership.objects.filter(user_id=actor.user_id).values_list(
            "contact__email", flat=True
        )
    return {address.casefold() for address in addresses if address}
