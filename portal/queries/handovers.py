"""Handovers as their professional sees them: what each waits for, in a line."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.wording import date_long, date_short, moment_short, number
from engagements.models import Engagement
from knowledge.models import Deliverable, DeliverableVersion, Review, TransferSession
from knowledge.operations import reviewer_of
from knowledge.queries import ShownVersion, deliverables_of, versions_among, versions_of

State = Deliverable.State
QUOTE_LENGTH = 140  # characters
LIST_GROUPS: Final = (
    (gettext_lazy("Your turn"), (State.CHANGES_ASKED, State.DRAFT)),
    (gettext_lazy("Waits for review"), (State.SUBMITTED,)),
    (gettext_lazy("Accepted"), (State.ACCEPTED,)),
    (gettext_lazy("Withdrawn"), (State.WITHDRAWN,)),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a list of things to do or to know.

    Attributes:
        title: what it is about.
        url: where it is done or read.
        meta: why and until when.
        action: the words on its button; empty when there is nothing to do.
        tag: its state in a word.
        kind: colour of the tag.
        points: points that it brought.
    """

    title: str
    url: str
    meta: str = ""
    action: str = ""
    tag: str = ""
    kind: str = "quiet"
    points: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StepGroup:
    """Lines that are alike, under one heading."""

    title: str
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover in a list, with its versions, newest first."""

    deliverable: Deliverable
    versions: tuple[DeliverableVersion, ...]

    @property
    def review(self) -> Review | None:
        """The last word of a reviewer."""
        reviews = (getattr(version, "review", None) for version in self.versions)
        return next((review for review in reviews if review), None)

    @property
    def session(self) -> TransferSession | None:
        """The last session that was held or planned."""
        sessions = (getattr(version, "session", None) for version in self.versions)
        return next((session for session in sessions if session), None)

    @property
    def is_planned(self) -> bool:
        """Say whether it is a session that is still to come."""
        return self.session is not None and self.session.starts_at > timezone.now()

    @property
    def step(self) -> Step:
        """Return the line that a list shows."""
        describe = {
            State.CHANGES_ASKED: _returned,
            State.DRAFT: _draft,
            State.SUBMITTED: _submitted,
            State.ACCEPTED: _accepted,
            State.WITHDRAWN: _withdrawn,
        }[State(self.deliverable.state)]
        return describe(self)


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a handover.

    Attributes:
        newest: the last version, handed in or not.
        older: those before it, the latest on top.
        verdict: the last word of a reviewer. While it asks for changes it stands on top of the
            page, and so not a second time with the newest version.
    """

    newest: ShownVersion
    older: list[ShownVersion]
    verdict: Review | None


def handovers_of(engagement: Engagement) -> list[Handover]:
    """Return the handovers of an engagement with the last word about each, in two queries."""
    deliverables = deliverables_of(engagement)
    versions: dict[int, list[DeliverableVersion]] = defaultdict(list)
    for version in versions_among(deliverables):
        versions[version.deliverable_id].append(version)
    return [Handover(one, tuple(versions[one.pk])) for one in deliverables]


def content_version(deliverable: Deliverable) -> ShownVersion:
    """Return the newest version with its files, handed in or not."""
    return versions_of(deliverable, with_draft=True)[0]


def history_of(deliverable: Deliverable) -> History:
    """Return every version of a handover with the last word on it."""
    newest, *older = versions_of(deliverable, with_draft=True)
    verdict = next((shown.review for shown in (newest, *older) if shown.review), None)
    if deliverable.state == State.CHANGES_ASKED:
        newest = replace(newest, review=None)
    return History(newest, older, verdict)


def verdict_on(deliverable: Deliverable) -> Review | None:
    """Return the last review that asked for changes, while it is the professional's turn."""
    if deliverable.state != State.CHANGES_ASKED:
        return None
    return Review.objects.filter(version__deliverable=deliverable).order_by("-at").first()


def is_planned(shown: ShownVersion) -> bool:
    """Say whether a version is a session that is still to come."""
    return shown.session is not None and shown.session.starts_at > timezone.now()


def what_happens_now(deliverable: Deliverable, shown: ShownVersion) -> list[str]:
    """Return what comes after handing in, or after planning a session, in sentences."""
    if is_planned(shown):
        return [
            _("Put the session in your calendar, and invite the people who come."),
            _("Come back here when it took place, and hand it in. The draft waits for you."),
        ]
    words = {
        "name": reviewer_of(deliverable).name,
        "day": date_long(deliverable.review_due_on) if deliverable.review_due_on else "",
    }
    return [
        _("%(name)s reviews it, %(day)s at the latest, and has a mail about it.") % words,
        _("You get a mail as soon as it is accepted, or when something is asked of you."),
        _("Once it is accepted, the points stand in your points book."),
    ]


def listed_handovers(engagement: Engagement) -> list[Handover]:
    """Return the handovers of an engagement as a list has them: what asks for you on top."""
    order = [state for _title, states in LIST_GROUPS for state in states]
    return sorted(handovers_of(engagement), key=lambda h: order.index(State(h.deliverable.state)))


def list_groups(handovers: Sequence[Handover]) -> list[StepGroup]:
    """Return handovers of a list by who has to act: you or somebody else."""
    groups = [
        StepGroup(str(title), [h.step for h in handovers if h.deliverable.state in states])
        for title, states in LIST_GROUPS
    ]
    return [group for group in groups if group.steps]


def _returned(handover: Handover) -> Step:
    return Step(
        title=handover.deliverable.title,
        url=_page(handover),
        meta=_quote(handover.review) or _("Changes asked"),
        action=_("Improve"),
        tag=_("Changes asked"),
        kind="now",
    )


def _draft(handover: Handover) -> Step:
    deliverable, session = handover.deliverable, handover.session
    edit = reverse("portal:deliverable_edit", args=[deliverable.public_id])
    if session is not None and handover.is_planned:
        return Step(
            title=deliverable.title,
            url=_page(handover),
            meta=_join(moment_short(session.starts_at), session.place),
            action=_("Look"),
            tag=_("Planned"),
            kind="info",
        )
    if session is not None:
        meta = _("Was %(moment)s. Say who was there, and hand it in.") % {
            "moment": moment_short(session.starts_at)
        }
        return Step(title=deliverable.title, url=_page(handover), meta=meta, action=_("Hand in"))
    meta = _join(
        _("Draft"),
        deliverable.form.name,
        _("up to %(points)s points") % {"points": number(deliverable.form.base_points)},
    )
    return Step(title=deliverable.title, url=edit, meta=meta, action=_("Go on"))


def _submitted(handover: Handover) -> Step:
    deliverable = handover.deliverable
    if deliverable.explained_to is not None:
        return Step(
            title=deliverable.title,
            url=_page(handover),
            meta=_("Explained to %(name)s, who is asked whether this is right")
            % {"name": deliverable.explained_to.contact.name},
            tag=_("Waits for the receiver"),
            kind="info",
        )
    due_on = deliverable.review_due_on
    words = {"name": reviewer_of(deliverable).name, "day": date_short(due_on) if due_on else ""}
    is_late = due_on is not None and due_on < timezone.localdate()
    return Step(
        title=deliverable.title,
        url=_page(handover),
        meta=(
            _("%(name)s should have reviewed this by %(day)s")
            if is_late
            else _("To be reviewed by %(name)s, %(day)s at the latest")
        )
        % words,
        tag=_("Review late") if is_late else _("Handed in"),
        kind="warn" if is_late else "info",
    )


def _accepted(handover: Handover) -> Step:
    deliverable = handover.deliverable
    points: Decimal | None = getattr(deliverable, "net_points", None)
    words = {
        "name": handover.review.reviewer_label if handover.review else "",
        "day": date_short(deliverable.decided_at) if deliverable.decided_at else "",
    }
    meta = _quote(handover.review) or _("Accepted by %(name)s, %(day)s") % words
    return Step(title=deliverable.title, url=_page(handover), meta=meta, points=points)


def _withdrawn(handover: Handover) -> Step:
    meta = _join(_("Withdrawn"), handover.deliverable.form.name)
    return Step(title=handover.deliverable.title, url=_page(handover), meta=meta)


def _page(handover: Handover) -> str:
    return reverse("portal:deliverable_detail", args=[handover.deliverable.public_id])


def _quote(review: Review | None) -> str:
    if review is None or not review.comment:
        return ""
    words = " ".join(Truncator(review.comment).chars(QUOTE_LENGTH).split())
    return _("“%(words)s” — %(name)s") % {"words": words, "name": review.reviewer_label}


def _join(*parts: str) -> str:
    return " · ".join(filter(None, parts))
