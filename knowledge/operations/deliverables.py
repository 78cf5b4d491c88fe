"""What a professional hands over: drafts, versions, handing in and withdrawing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.years import refuse_year
from engagements.models import Engagement
from knowledge import rules
from knowledge.events import tell_handover
from knowledge.models import (
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    TransferForm,
    TransferSession,
    basis_of,
)
from knowledge.operations.authorship import refuse_others, refuse_over
from knowledge.operations.letters import ask_review
from knowledge.operations.locking import lock_deliverable, lock_engagement
from knowledge.operations.readiness import refuse_unready

State = Deliverable.State
Kind = DeliverableVersion.Kind

MOST_ATTENDEES = 100
MOST_A_DAY = 50  # begun in an engagement


class DeliverableError(DomainError):
    """What was filled in cannot be kept like this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionFacts:
    """When a session was or will be.

    Attributes:
        starts_at: aware moment.
        minutes: length, 5 to 1440.
        place: where, may be empty.
        attendees: names of who took part besides the professional.
    """

    starts_at: datetime
    minutes: int = 60
    place: str = ""
    attendees: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a version holds; a draft may be incomplete, handing in checks that it is not.

    Attributes:
        kind: ``file``, ``link``, ``text`` or ``session``.
        link: web address, http or https.
        text: Markdown.
        sections: Markdown by section code, for a form with the eight sections.
        session: when and with whom, for a meeting.
        change_note: what changed since the version before.
    """

    kind: str
    link: str = ""
    text: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    session: SessionFacts | None = None
    change_note: str = ""


def has_enough_today(engagement: Engagement, *, is_quick_log: bool) -> bool:
    """Say whether so many were begun in a day that no person does so; the engagement is locked."""
    begun = Deliverable.objects.filter(
        engagement=engagement,
        is_quick_log=is_quick_log,
        created_at__gt=timezone.now() - timedelta(days=1),
    )
    return begun.count() >= MOST_A_DAY


@transaction.atomic
def start_deliverable(
    *, engagement_id: int, form_id: int, title: str, outcome: str, actor: Actor
) -> Deliverable:
    """Begin a handover as a draft with an empty first version.

    Args:
        engagement_id: for which engagement.
        form_id: a form of the policy that holds for it (``queries.forms_for``).
        title: what it is called, 1 to 150 characters.
        outcome: what somebody can do after this, may be empty.
        actor: the professional.

    Raises:
        Engagement.DoesNotExist: there is no such engagement.
        EngagementOverError: its file is closed, or it was cancelled.
        NotPermittedError: the actor is not its professional.
        DeliverableError: the form does not belong to the policy in force, the title is empty, or
            very many were begun today.
    """
    engagement = lock_engagement(engagement_id)
    refuse_over(engagement)
    refuse_others(engagement, actor)
    if has_enough_today(engagement, is_quick_log=False):
        raise DeliverableError(_("You began very many handovers today. Go on tomorrow."))
    form = TransferForm.objects.filter(pk=form_id, policy=basis_of(engagement).policy).first()
    if form is None:
        raise DeliverableError(_("Choose one of the forms of handing over."))

    deliverable = Deliverable.objects.create(
        organisation=engagement.organisation,
        engagement=engagement,
        form=form,
        title=_checked_title(title),
        outcome=outcome.strip()[:1000],
    )
    DeliverableVersion.objects.create(
        organisation=engagement.organisation,
        deliverable=deliverable,
        number=1,
        kind=_first_kind(form),
    )
    record("started", deliverable, actor)
    return deliverable


@transaction.atomic
def update_deliverable(
    *, deliverable_id: int, title: str, outcome: str, actor: Actor
) -> Deliverable:
    """Change what a handover is called and what it is for, while it is the professional's turn.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is not its professional.
        InvalidTransitionError: it waits for review, or was decided on.
        DeliverableError: the title is empty.
    """
    deliverable = lock_for_author(deliverable_id, actor)
    deliverable.title = _checked_title(title)
    deliverable.outcome = outcome.strip()[:1000]
    deliverable.save(update_fields=["title", "outcome"])
    return deliverable


@transaction.atomic
def save_draft(*, deliverable_id: int, content: Content, actor: Actor) -> DeliverableVersion:
    """Keep what the professional has so far; after changes were asked this begins a new version.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is not its professional.
        InvalidTransitionError: it waits for review, or was decided on.
        DeliverableError: the kind does not go with the form, or a value cannot be kept.
    """
    deliverable = lock_for_author(deliverable_id, actor)
    _check_content(deliverable.form, content)
    version = draft_version(deliverable)
    version.kind = content.kind
    version.link = content.link.strip()
    version.text = content.text
    version.sections = _known_sections(content.sections)
    version.change_note = content.change_note.strip()[:500]
    version.save()
    if content.session is not None:
        _keep_session(version, content.session)
    return version


@transaction.atomic
def submit_deliverable(*, deliverable_id: int, actor: Actor) -> Deliverable:
    """Hand in the draft: it is history from now on, and a reviewer is asked to look.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is not its professional.
        InvalidTransitionError: it waits for review already, or was decided on.
        IncompleteError: something is missing; the message says what.
    """
    deliverable = lock_for_author(deliverable_id, actor)
    version = deliverable.versions.filter(submitted_at=None).first()
    if version is None:
        raise InvalidTransitionError(_("Change something first; this version was handed in."))
    refuse_unready(deliverable, version)

    now = timezone.now()
    version.submitted_at = now
    version.save(update_fields=["submitted_at"])
    deliverable.state = State.SUBMITTED
    deliverable.submitted_at = now
    deliverable.decided_at = None
    organisation = deliverable.engagement.organisation
    deliverable.review_due_on = rules.review_due_on(
        organisation.today(now), organisation.calendar, organisation.review_working_days
    )
    deliverable.save(update_fields=["state", "submitted_at", "decided_at", "review_due_on"])
    tell_handover(deliverable, actor)
    record("submitted", deliverable, actor, version=version.number)
    ask_review(deliverable, version.number)
    return deliverable


@transaction.atomic
def withdraw_deliverable(*, deliverable_id: int, actor: Actor) -> Deliverable:
    """Take a handover back before it is accepted; its files may then be handed in elsewhere.

    Raises:
        Deliverable.DoesNotExist: there is no such deliverable.
        EngagementOverError: the file is closed, or the engagement cancelled.
        NotPermittedError: the actor is not its professional.
        InvalidTransitionError: it was accepted or withdrawn before.
    """
    deliverable = lock_deliverable(deliverable_id)
    refuse_over(deliverable.engagement)
    refuse_others(deliverable.engagement, actor)
    if not rules.may_move(deliverable.state, State.WITHDRAWN):
        raise InvalidTransitionError(_("This handover was decided on and stays as it is."))

    deliverable.state = State.WITHDRAWN
    deliverable.decided_at = None
    deliverable.save(update_fields=["state", "decided_at"])
    DeliverableFile.objects.filter(version__deliverable=deliverable).update(is_withdrawn=True)
    tell_handover(deliverable, actor)
    record("withdrawn", deliverable, actor)
    return deliverable


def lock_for_author(deliverable_id: int, actor: Actor) -> Deliverable:
    """Return a locked deliverable that its professional can change now.

    Raises:
        Deliverable.DoesNotExist, EngagementOverError, NotPermittedError: as the operations say.
        InvalidTransitionError: it is not the professional's turn.
    """
    deliverable = lock_deliverable(deliverable_id)
    refuse_over(deliverable.engagement)
    refuse_others(deliverable.engagement, actor)
    if deliverable.state == State.SUBMITTED:
        raise InvalidTransitionError(
            _("This handover waits for review. You can change it once it comes back to you.")
        )
    if not rules.may_move(deliverable.state, State.SUBMITTED):
        raise InvalidTransitionError(_("This handover was decided on and stays as it is."))
    return deliverable


def draft_version(deliverable: Deliverable) -> DeliverableVersion:
    """Return the version that can be edited; a new one after the last was handed in."""
    latest = deliverable.versions.latest("number")
    if latest.submitted_at is None:
        return latest
    draft = DeliverableVersion.objects.create(
        organisation=deliverable.organisation,
        deliverable=deliverable,
        number=latest.number + 1,
        kind=latest.kind,
        link=latest.link,
        text=latest.text,
        sections=latest.sections,
    )
    session = TransferSession.objects.filter(version=latest).first()
    if session is not None:
        _keep_session(
            draft,
            SessionFacts(
                starts_at=session.starts_at,
                minutes=session.minutes,
                place=session.place,
                attendees=tuple(session.attendees),
            ),
        )
    return draft


def record(past: str, deliverable: Deliverable, actor: Actor, **data: int | str) -> None:
    """Write in the history what happened to a deliverable."""
    audit.record(
        f"knowledge.deliverable.{past}",
        subject=deliverable,
        actor=actor,
        dossier=deliverable.engagement.public_id,
        data={"deliverable": str(deliverable.public_id), "title": deliverable.title, **data},
    )


def _first_kind(form: TransferForm) -> str:
    if form.is_session:
        return Kind.SESSION
    return Kind.TEXT if form.has_sections else Kind.FILE


def _checked_title(title: str) -> str:
    cleaned = " ".join(title.split())[:150]
    if not cleaned:
        raise DeliverableError(_("Give the handover a title."))
    return cleaned


def _check_content(form: TransferForm, content: Content) -> None:
    if content.kind not in kinds_of(form):
        raise DeliverableError(_("This form is handed in another way."))
    if content.kind == Kind.SESSION and content.session is None:
        raise DeliverableError(_("Say when the session was."))
    if len(content.text) > 100_000 or sum(map(len, content.sections.values())) > 100_000:  # noqa: PLR2004
        raise DeliverableError(_("This text is too long. Hand it in as a file instead."))
    if content.link.strip():
        _check_link(content.link.strip())


def _check_link(link: str) -> None:
    try:
        URLValidator(schemes=["https", "http"])(link)
    except ValidationError as error:
        raise DeliverableError(_("Give a whole web address that begins with https://.")) from error


def kinds_of(form: TransferForm) -> tuple[str, ...]:
    """Return in which ways a form can be handed in; files can go with each of them."""
    if form.is_session:
        return (Kind.SESSION,)
    if form.has_sections:
        return (Kind.TEXT,)
    return (Kind.FILE, Kind.LINK, Kind.TEXT)


def _known_sections(sections: Mapping[str, str]) -> dict[str, str]:
    known = {section.code for section in rules.HANDOVER_SECTIONS}
    return {code: text for code, text in sections.items() if code in known and text.strip()}


def _keep_session(version: DeliverableVersion, facts: SessionFacts) -> None:
    attendees = [" ".join(name.split())[:150] for name in facts.attendees]
    if not 5 <= facts.minutes <= 1440:  # noqa: PLR2004
        raise DeliverableError(_("A session lasts between 5 minutes and a day."))
    refuse_year(facts.starts_at)
    session = TransferSession.objects.filter(version=version).first()
    if session is None:
        session = TransferSession(organisation=version.organisation, version=version)
    else:
        session.sequence += 1
    session.starts_at = facts.starts_at
    session.minutes = facts.minutes
    session.place = " ".join(facts.place.split())[:150]
    session.attendees = list(dict.fromkeys(filter(None, attendees)))[:MOST_ATTENDEES]
    session.save()
