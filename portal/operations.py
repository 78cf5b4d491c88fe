"""What a professional changes in the portal, where one page touches more than one thing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.operations import update_profile
from core.actors import Actor
from core.errors import DomainError
from core.models import Contact
from core.uploads import CutUpload
from engagements.models import Engagement, Freelancer
from engagements.operations import FreelancerFacts, locked_freelancer, update_freelancer
from knowledge.models import Deliverable, DeliverableVersion, Topic
from knowledge.operations import (
    Content,
    add_file,
    remove_file,
    save_draft,
    set_topics,
    start_deliverable,
    update_deliverable,
)
from knowledge.operations.locking import lock_engagement


class PrivateAddressError(DomainError):
    """This address cannot be the private one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a handover is about.

    Attributes:
        title: what it is called.
        outcome: what somebody can do after it.
        kind: in which way it is handed in, one of those that its form allows.
        topics: public ids of the topics that it is about.
    """

    title: str
    outcome: str
    kind: str
    topics: Sequence[str] = ()


@transaction.atomic
def begin_handover(*, engagement_id: int, form_id: int, about: About, actor: Actor) -> Deliverable:
    """Begin a draft that is handed in the way that the professional chose.

    Pressing the button twice begins one draft: an empty one of the same name is taken up again.

    Raises:
        DomainError: as `start_deliverable` and `save_draft` say.
    """
    lock_engagement(engagement_id)
    twin = _empty_draft(engagement_id, form_id, about.title)
    if twin is not None:
        return describe_handover(deliverable_id=twin.pk, about=about, actor=actor)
    deliverable = start_deliverable(
        engagement_id=engagement_id,
        form_id=form_id,
        title=about.title,
        outcome=about.outcome,
        actor=actor,
    )
    _keep_kind(deliverable, about.kind, actor)
    _keep_topics(deliverable, about, actor)
    return deliverable


@transaction.atomic
def describe_handover(*, deliverable_id: int, about: About, actor: Actor) -> Deliverable:
    """Change what a draft is about; what was filled in for another way of handing in stays.

    Raises:
        DomainError: as `update_deliverable` and `save_draft` say.
    """
    deliverable = update_deliverable(
        deliverable_id=deliverable_id, title=about.title, outcome=about.outcome, actor=actor
    )
    _keep_kind(deliverable, about.kind, actor)
    _keep_topics(deliverable, about, actor)
    return deliverable


def keep_draft(
    *,
    deliverable_id: int,
    content: Content,
    uploads: Iterable["UploadedFile[bytes]"],
    actor: Actor,
) -> list[str]:
    """Keep what was filled in, then each file that can be taken.

    Not one transaction: a file that is refused takes nothing away from what was typed, nor from
    the files beside it.

    Returns:
        One sentence for each file that was refused, with its name.

    Raises:
        DomainError: what was filled in cannot be kept; no file was looked at then.
    """
    save_draft(deliverable_id=deliverable_id, content=content, actor=actor)
    refusals = []
    for upload in uploads:
        try:
            if isinstance(upload, CutUpload):
                raise upload.refusal()
            add_file(deliverable_id=deliverable_id, upload=upload, actor=actor)
        except ValidationError as error:
            refusals.append(_refusal(upload, " ".join(error.messages)))
        except DomainError as error:
            refusals.append(_refusal(upload, str(error)))
    return refusals


def keep_without_file(*, deliverable_id: int, content: Content, file_id: int, actor: Actor) -> None:
    """Keep what was filled in and take one file out of the draft.

    Raises:
        DomainError: as `save_draft` and `remove_file` say.
    """
    save_draft(deliverable_id=deliverable_id, content=content, actor=actor)
    remove_file(file_id=file_id, actor=actor)


@transaction.atomic
def save_own_profile(
    *,
    freelancer: Freelancer,
    facts: FreelancerFacts,
    language: str,
    mail_language: str,
    actor: Actor,
) -> Freelancer:
    """Change what a professional says about themselves, and the languages they read.

    The business address and the address of the login stay: those are changed elsewhere.

    Args:
        freelancer: who; their business address is kept.
        facts: what they filled in; its `email` and its `language` do not count.
        language: of the pages.
        mail_language: of the mail; empty is that of the pages.
        actor: the professional.

    Raises:
        PrivateAddressError: it belongs to the client, or to somebody else.
    """
    # As it is now, not as the page was made: the addresses may have been changed since.
    freelancer = locked_freelancer(freelancer.pk)
    private_email = facts.private_email.strip()
    if private_email:
        _refuse_address(freelancer, private_email)
    business = freelancer.business_contact
    own = replace(facts, email=business.email, language=business.language)
    freelancer = update_freelancer(freelancer_id=freelancer.pk, facts=own, actor=actor)
    if freelancer.user_id is not None:  # last: a private address may be new
        update_profile(
            user_id=freelancer.user_id,
            full_name=own.full_name,
            language=language,
            mail_language=mail_language,
        )
    return freelancer


def _empty_draft(engagement_id: int, form_id: int, title: str) -> Deliverable | None:
    return Deliverable.objects.filter(
        engagement_id=engagement_id,
        form_id=form_id,
        title=" ".join(title.split()),
        state=Deliverable.State.DRAFT,
        versions__text="",
        versions__link="",
        versions__sections={},
        versions__files=None,
        versions__session=None,
    ).first()


def _keep_topics(deliverable: Deliverable, about: About, actor: Actor) -> None:
    topics = Topic.objects.filter(public_id__in=about.topics)
    set_topics(
        deliverable_id=deliverable.pk,
        topic_ids=list(topics.values_list("pk", flat=True)),
        side="freelancer",
        actor=actor,
    )


def _keep_kind(deliverable: Deliverable, kind: str, actor: Actor) -> None:
    version = deliverable.versions.latest("number")
    if version.kind != kind:
        save_draft(deliverable_id=deliverable.pk, content=_as_kind(version, kind), actor=actor)


def _as_kind(version: DeliverableVersion, kind: str) -> Content:
    return Content(
        kind=kind,
        link=version.link,
        text=version.text,
        sections=version.sections,
        change_note=version.change_note,
    )


def _refusal(upload: "UploadedFile[bytes]", why: str) -> str:
    return _("%(name)s: %(why)s") % {"name": upload.name, "why": why}


def _refuse_address(freelancer: Freelancer, email: str) -> None:
    """Stop a private address that would end with the engagement, or reach somebody else.

    A contact stands for one person. Taking over a colleague's would send them mail that is not
    theirs, and make them count as the author of handovers that they are to review.
    """
    domain = email.rpartition("@")[2].lower()
    organisation = freelancer.organisation
    if domain in (allowed.lower() for allowed in organisation.allowed_domains):
        raise PrivateAddressError(
            _("This address ends with your engagement. Give one that stays yours.")
        )
    others = Contact.objects.with_email(email).exclude(pk__in=freelancer.contact_ids)
    contact = others.first()
    if contact is not None and _stands_for_another(contact, freelancer):
        raise PrivateAddressError(_("This address is in use. Give one that only you read."))


def _stands_for_another(contact: Contact, freelancer: Freelancer) -> bool:
    others = Freelancer.objects.with_email(contact.email).exclude(pk=freelancer.pk)
    return (
        not contact.is_external
        or contact.name != freelancer.full_name
        or others.exists()
        or Engagement.objects.filter(manager=contact).exists()
    )
