"""Changes of organisations, members and contacts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import events
from accounts.models import Membership, User
from core import audit
from core.actors import SYSTEM, Actor
from core.errors import DomainError, NotPermittedError
from core.models import Contact, Organisation
from core.scoping import across_organisations, organisation_scope
from notifications import outbox


@dataclass(frozen=True, kw_only=True)
class ContactFacts:
    """What is kept of somebody we write to."""

    name: str
    email: str
    language: str = "nl"
    phone: str = ""
    is_external: bool = False
    is_active: bool = True


@transaction.atomic
def create_organisation(
    *, name: str, hr_email: str, hr_name: str, slug: str = "", language: str = "nl"
) -> Organisation:
    """Found an organisation with its first administrator.

    Args:
        name: as people read it.
        hr_email: address of the first administrator; signs in by mailed code.
        hr_name: full name of the first administrator.
        slug: short name for commands; made from the name when empty.
        language: ``nl`` or ``en``.

    Raises:
        DomainError: an organisation with this short name exists already.
    """
    organisation, made = Organisation.objects.get_or_create(
        slug=slug or slugify(name)[:60] or "organisation",
        defaults={
            "name": name,
            "language": language,
            "desk_email": hr_email.strip().lower(),
            "allowed_domains": [hr_email.rpartition("@")[2].lower()],
        },
    )
    if not made:
        raise DomainError(_("There is already an organisation with this short name."))
    with organisation_scope(organisation):
        audit.record("accounts.organisation.created", subject=organisation, actor=SYSTEM)
        invite_member(
            organisation=organisation,
            email=hr_email,
            full_name=hr_name,
            role=Membership.Role.ADMIN,
            actor=SYSTEM,
        )
    return organisation


@transaction.atomic
def update_organisation(
    *, organisation: Organisation, values: dict[str, Any], actor: Actor
) -> Organisation:
    """Change an organisation's settings and note which ones, old and new."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = {
        field: [str(getattr(locked, field)), str(value)]
        for field, value in values.items()
        if getattr(locked, field) != value
    }
    if changed:
        for field, value in values.items():
            setattr(locked, field, value)
        locked.save(update_fields=list(changed))
        audit.record(
            "accounts.organisation.changed",
            subject=locked,
            actor=actor,
            data={"fields": ", ".join(sorted(changed)), "changes": changed},
        )
    return locked


def user_for(*, email: str, full_name: str, language: str = "") -> User:
    """Return the user with this address, made without a password when there is none.

    Call it inside the caller's transaction.
    """
    email = email.strip().lower()
    user, _made = User.objects.get_or_create(
        email__iexact=email,
        defaults={
            "email": email,
            "full_name": full_name,
            "language": language,
            "password": make_password(None),
        },
    )
    return user


@transaction.atomic
def invite_member(
    *, organisation: Organisation, email: str, full_name: str, role: str, actor: Actor
) -> Membership:
    """Give somebody a role; they get a mail and sign in with a mailed code.

    Raises:
        DomainError: this person is a member already.
    """
    user = user_for(email=email, full_name=full_name)
    contact, _made = Contact.objects.get_or_create(
        organisation=organisation,
        email__iexact=user.email,
        defaults={
            "email": user.email,
            "name": full_name,
            "language": user.language or organisation.language,
        },
    )
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                organisation=organisation, user=user, contact=contact, role=role
            )
    except IntegrityError as error:
        raise DomainError(
            _("This person is a member already. You can change the role in the list.")
        ) from error
    audit.record("accounts.member.invited", subject=membership, actor=actor, data={"role": role})
    outbox.enqueue(
        "member_welcome",
        contact=contact,
        dedupe_key=f"member_welcome:{membership.public_id}",
        params={"membership": membership.pk},
    )
    return membership


@transaction.atomic
def change_member(*, membership_id: int, role: str, is_active: bool, actor: Actor) -> Membership:
    """Change what a member may do; their running sessions end at once.

    Raises:
        DomainError: it would leave the organisation without an administrator.
        NotPermittedError: the actor would change their own access, or is no administrator any more.
    """
    members = list(Membership.objects.select_for_update().order_by("pk"))
    membership = next((m for m in members if m.pk == membership_id), None)
    if membership is None:
        raise Membership.DoesNotExist
    if membership.role == role and membership.is_active == is_active:
        return membership
    _refuse_former_admin(members, actor)
    loses_admin = membership.role == Membership.Role.ADMIN and (
        role != Membership.Role.ADMIN or not is_active
    )
    others = any(
        m.is_active and m.role == Membership.Role.ADMIN for m in members if m.pk != membership.pk
    )
    if loses_admin and not others:
        raise DomainError(_("There must be an administrator. Give somebody else that role first."))
    if membership.user_id == actor.user_id:
        raise NotPermittedError(_("Ask another administrator to change your own role."))
    old = {"role": membership.role, "is_active": membership.is_active}
    membership.role, membership.is_active = role, is_active
    membership.save(update_fields=["role", "is_active"])
    end_sessions(user_id=membership.user_id)
    audit.record(
        "accounts.member.changed",
        subject=membership,
        actor=actor,
        data={"old": old, "role": role, "is_active": is_active},
    )
    return membership


def _refuse_former_admin(members: Iterable[Membership], actor: Actor) -> None:
    """Stop somebody who lost the right while their request waited for another one."""
    keys = {member.user_id for member in members if member.is_active and member.may_administer}
    if actor.user_id is not None and actor.user_id not in keys:
        raise NotPermittedError(_("You are no longer an administrator."))


@transaction.atomic
def save_contact(
    *, organisation: Organisation, facts: ContactFacts, actor: Actor, contact_id: int | None = None
) -> Contact:
    """Add a contact or change one; a new address forgets that the old one bounced.

    Action links that went to the old address stop working.

    Raises:
        DomainError: another contact has this address.
    """
    if contact_id is None:
        contact = Contact(organisation=organisation)
    else:
        contact = Contact.objects.select_for_update().get(pk=contact_id)
    old_email = contact.email
    for field, value in vars(facts).items():
        if field == "language" and contact.language_chosen:
            continue  # this person said in which language they want mail
        setattr(contact, field, value.strip() if isinstance(value, str) else value)
    has_moved = contact_id is not None and contact.email.lower() != old_email.lower()
    if has_moved:
        contact.email_changed_at = timezone.now()
        contact.forget_bounce()
    try:
        with transaction.atomic():
            contact.save()
    except IntegrityError as error:
        raise DomainError(_("There is already a contact with this address.")) from error
    audit.record(
        "accounts.contact.changed" if contact_id else "accounts.contact.created",
        subject=contact,
        actor=actor,
        data={"address_changed": has_moved, "is_active": contact.is_active},
    )
    return contact


@transaction.atomic
def update_profile(*, user_id: int, full_name: str, language: str, mail_language: str = "") -> User:
    """Change a user's own name and languages; the contacts at which they are written to follow.

    Args:
        user_id: whose profile.
        full_name: as people read it.
        language: of pages; empty is what the browser asks for.
        mail_language: of mail; empty is that of the pages, and leaves it as it is without one.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    user.full_name, user.language, user.mail_language = full_name, language, mail_language
    user.save(update_fields=["full_name", "language", "mail_language"])
    for organisation in _organisations_of(user):
        with organisation_scope(organisation):
            Contact.objects.filter(memberships__user=user).update(name=full_name)
    write_in(user)
    return user


@transaction.atomic
def set_language(*, user_id: int, language: str) -> None:
    """Remember the language that a user chose in the header.

    Mail follows, unless the profile names another language for it.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    user.language = language
    user.save(update_fields=["language"])
    write_in(user)


@transaction.atomic
def write_in(user: User) -> None:
    """Write to a user in the language that they chose, at every address in every organisation."""
    language = user.mail_language or user.language
    if not language:
        return
    actor = Actor(label=str(user), user_id=user.pk)
    for contact in _addresses_of(user):
        with organisation_scope(contact.organisation):
            choose_language(contact_id=contact.pk, language=language, actor=actor)


@transaction.atomic
def choose_language(*, contact_id: int, language: str, actor: Actor) -> None:
    """Write to a contact in the language that this person chose; nobody else changes it then."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.language_chosen and contact.language == language:
        return
    contact.language, contact.language_chosen = language, True
    contact.save(update_fields=["language", "language_chosen"])
    audit.record(
        "accounts.contact.language_chosen",
        subject=contact,
        actor=actor,
        data={"language": language},
    )


def _addresses_of(user: User) -> list[Contact]:
    """Return the contacts of a user in every organisation, in the order of their keys."""
    with across_organisations():
        own = list(Contact.objects.filter(memberships__user=user).select_related("organisation"))
        found = {contact.pk: contact for contact in [*own, *events.further_addresses_of(user)]}
    return [found[key] for key in sorted(found)]


def _organisations_of(user: User) -> list[Organisation]:
    with across_organisations():
        memberships = Membership.objects.filter(user=user).select_related("organisation")
        return [membership.organisation for membership in memberships.order_by("organisation")]


@transaction.atomic
def login_moved(*, user_id: int, session_key: str) -> None:
    """End the other sessions of a user who signs in with another address from now on.

    Runs in the transaction that changes the address. The history of each organisation tells it.

    Args:
        user_id: whose login.
        session_key: the session in which it was changed; it goes on.
    """
    user = User.objects.get(pk=user_id)
    end_sessions(user_id=user_id, but=session_key)
    for organisation in _organisations_of(user):
        with organisation_scope(organisation):
            membership = Membership.objects.get(user=user)
            actor = Actor(label=str(user), user_id=user_id, contact_id=membership.contact_id)
            audit.record("accounts.member.login_moved", subject=membership, actor=actor)


def end_sessions(*, user_id: int, but: str = "") -> None:
    """Sign a user out everywhere, except in one session if it is named."""
    for session in UserSession.objects.filter(user_id=user_id).exclude(session_key=but):
        session.end()
