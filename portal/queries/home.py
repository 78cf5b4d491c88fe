"""The home page of a professional: what they can do now, what waits, what it brought."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import PointStep
from core.pages import filled_of
from core.wording import date_long, date_short, in_days, number
from engagements.models import Engagement
from engagements.queries import successors_of
from knowledge.models import Confirmation, Deliverable, KnowledgeAgreement, Receiver, Topic
from knowledge.queries import (
    EngagementFigures,
    Points,
    Promise,
    asked_to_check,
    current_agreements_of,
    dossier_of,
    figures_of,
    is_check_near,
    progress_of,
    promises_of,
    questions_of,
    usefulness_waiting,
)
from offboarding.models import ChecklistItem
from offboarding.models.checklists import ChecklistItemQuerySet
from offboarding.queries import due_words
from portal.queries.handovers import Handover, Step, handovers_of

State = Deliverable.State
Side = KnowledgeAgreement.Side
NEVER = datetime.min.replace(tzinfo=UTC)
SOON = timedelta(days=14)  # a task that is due later can wait
MOST_STEPS = 5  # more at once is no help
MOST_DONE = 3  # accepted handovers on the home page


@dataclass(frozen=True, slots=True)
class Board:
    """All that the home page shows about one engagement.

    Attributes:
        engagement: which one.
        sentence: when it ends and how much is left to do.
        steps: what can be done now; the first one is the next step.
        news: what waits for a day or for somebody else, then what was accepted.
        later: what comes after that, and tasks that can wait.
        points: how far the points are.
        burnup: the balance over time.
        agreement: the version in force, if any.
        promises: what the client promised.
        figures: how much would be lost today.
        predecessor: from whom it is taken over, as long as there is a pack to open.
        successors: who takes over.
    """

    engagement: Engagement
    sentence: str
    steps: list[Step]
    news: list[Step]
    later: list[Step]
    points: Points
    burnup: list[PointStep]
    agreement: KnowledgeAgreement | None
    promises: list[Promise]
    figures: EngagementFigures
    predecessor: Engagement | None
    successors: list[Engagement]


def board_of(engagement: Engagement, own_items: ChecklistItemQuerySet) -> Board:
    """Return what a professional can do for one engagement, in order of urgency.

    Args:
        engagement: of the professional.
        own_items: tasks that the professional is asked for, of all their engagements.
    """
    today = engagement.organisation.today()
    handovers = handovers_of(engagement)
    dossier = dossier_of(engagement)
    agreement, proposal = current_agreements_of(engagement)
    points, burnup = progress_of(dossier, agreement)
    tasks = _tasks_of(engagement, own_items)
    soon = [task for task in tasks if _is_soon(task, today)]
    later = [task for task in tasks if not _is_soon(task, today)]
    urgent = [task for task in soon if _is_urgent(task, today)]
    found = _found_for(engagement)
    steps = [
        *(_task_step(task, today) for task in urgent),
        *_in_state(handovers, State.CHANGES_ASKED),
        *_question_steps(found.get("questions", ())),
        *(_task_step(task, today) for task in soon if task not in urgent),
        *_proposal_steps(engagement, proposal, Side.CLIENT),
        *_topic_steps(found.get("topics", ())),
        *_library_checks(engagement, handovers, today),
        *(_usefulness_steps(engagement, today) if "received" in found else ()),
        *_drafts(handovers, planned=False),
        *_suggestion(engagement, points, agreement, handovers),
    ]
    if not engagement.is_running:
        steps = []
    return Board(
        engagement=engagement,
        sentence=_sentence(engagement, today, len(steps) + len(later)),
        steps=steps[:MOST_STEPS],
        news=[
            *_drafts(handovers, planned=True),
            *_proposal_steps(engagement, proposal, Side.FREELANCER),
            *_in_state(handovers, State.SUBMITTED),
            *_newest_accepted(handovers),
        ],
        later=[*steps[MOST_STEPS:], *(_task_step(task, today) for task in later)],
        points=points,
        burnup=burnup,
        agreement=agreement,
        promises=promises_of(dossier, agreement),
        figures=figures_of(engagement),
        predecessor=engagement.succeeds if engagement.is_here(today) else None,
        successors=list(found.get("successors", ())),
    )


def _tasks_of(engagement: Engagement, own_items: ChecklistItemQuerySet) -> list[ChecklistItem]:
    """Return the open tasks, those from before the list on top, then the first due."""
    if not engagement.is_running:
        return []
    tasks = own_items.open().filter(engagement=engagement)
    return sorted(tasks, key=lambda task: (not task.is_backlog, task.due_on))


def _found_for(engagement: Engagement) -> dict[str, QuerySet[Any]]:
    """Return what others ask of the professional, what they received, and who takes over."""
    return filled_of(
        {
            "questions": questions_of(engagement),
            "topics": Topic.objects.waiting_for(Side.FREELANCER).filter(engagement=engagement),
            "received": Receiver.objects.live().filter(
                contact=engagement.freelancer.business_contact_id
            ),
            "successors": successors_of(engagement),
        }
    )


def _in_state(handovers: Iterable[Handover], state: str) -> list[Step]:
    return [handover.step for handover in handovers if handover.deliverable.state == state]


def _drafts(handovers: Iterable[Handover], *, planned: bool) -> list[Step]:
    return [
        handover.step
        for handover in handovers
        if handover.deliverable.state == State.DRAFT and handover.is_planned == planned
    ]


def _newest_accepted(handovers: Iterable[Handover]) -> list[Step]:
    accepted = [h for h in handovers if h.deliverable.state == State.ACCEPTED]
    accepted.sort(key=lambda handover: handover.deliverable.decided_at or NEVER, reverse=True)
    return [handover.step for handover in accepted[:MOST_DONE]]


def _is_soon(task: ChecklistItem, today: date) -> bool:
    """Say whether a task asks for attention now; what was due before it was listed does not."""
    return task.due_on <= today + SOON and not task.is_backlog


def _is_urgent(task: ChecklistItem, today: date) -> bool:
    """Say whether a task is late and no later day was promised."""
    return task.is_late(today) and (task.expected_on is None or task.expected_on < today)


def _task_step(task: ChecklistItem, today: date) -> Step:
    meta = _("Before %(day)s, %(when)s") % {
        "day": date_short(task.due_on),
        "when": in_days(task.due_on, today),
    }
    if task.expected_on is not None:
        meta = _("You expect this to be done %(day)s") % {"day": date_short(task.expected_on)}
    elif task.is_backlog:
        meta = capfirst(due_words(task) % {"day": date_short(task.due_on, today)})
    elif task.due_on < today:
        meta = _("Was due %(day)s") % {"day": date_short(task.due_on)}
    late = _is_urgent(task, today)
    return Step(
        title=task.text,
        url=reverse("portal:item_detail", args=[task.public_id]),
        meta=meta,
        action=_("Open"),
        tag=in_days(task.due_on, today) if late else "",
        kind="bad",
    )


def _proposal_steps(
    engagement: Engagement, proposal: KnowledgeAgreement | None, side: str
) -> list[Step]:
    if proposal is None or proposal.proposed_by_side != side:
        return []
    url = reverse("portal:agreement_detail", args=[engagement.public_id])
    words = {
        "name": proposal.proposed_by,
        "points": number(proposal.target),
        "hours": number(proposal.paid_hours),
    }
    if side == Side.CLIENT:
        meta = _("%(name)s proposes %(points)s points in %(hours)s paid hours") % words
        title = _("Knowledge agreement: read and answer")
        return [Step(title=title, url=url, meta=meta, action=_("Read"))]
    meta = _("You proposed %(points)s points in %(hours)s paid hours") % words
    return [
        Step(
            title=_("Knowledge agreement"),
            url=url,
            meta=meta,
            tag=_("Waits for the client"),
            kind="info",
        )
    ]


def _question_steps(questions: QuerySet[Confirmation] | tuple[()]) -> list[Step]:
    return [
        Step(
            title=_("Answer the question of %(name)s") % {"name": question.said_by},
            url=reverse("portal:question_answer", args=[question.public_id]),
            meta=f"{question.receiver.topic.title} · {date_short(question.at)}",
            action=_("Answer"),
        )
        for question in questions[:MOST_STEPS]
    ]


def _topic_steps(topics: QuerySet[Topic] | tuple[()]) -> list[Step]:
    return [
        Step(
            title=_("Topic “%(title)s”: do you agree?") % {"title": topic.title},
            url=reverse("portal:topic_detail", args=[topic.public_id]),
            meta=_("Asked by the client"),
            action=_("Look"),
        )
        for topic in topics[:MOST_STEPS]
    ]


def _library_checks(
    engagement: Engagement, handovers: Iterable[Handover], today: date
) -> list[Step]:
    """Return own handovers of which the professional should say whether they are still right."""
    if not any(is_check_near(handover.deliverable, today) for handover in handovers):
        return []
    own = engagement.freelancer.contact_ids
    return [
        Step(
            title=_("Is “%(title)s” still right?") % {"title": item.deliverable.title},
            url=reverse("knowledge:portal_library_check", args=[item.deliverable.public_id]),
            meta=_("It is in the library, where colleagues find it"),
            action=_("Open"),
        )
        for item in asked_to_check(own, today, engagement=engagement)
    ]


def _usefulness_steps(engagement: Engagement, today: date) -> list[Step]:
    """Return the questions whether what they received of another professional was of use."""
    own = [engagement.freelancer.business_contact_id]
    return [
        Step(
            title=_("Was what you received of use?"),
            url=reverse("knowledge:portal_usefulness", args=[ended.public_id]),
            meta=ended.freelancer.full_name,
            action=_("Answer"),
        )
        for ended, _asked in usefulness_waiting(own, today)
    ]


def _suggestion(
    engagement: Engagement,
    points: Points,
    agreement: KnowledgeAgreement | None,
    handovers: Sequence[Handover],
) -> list[Step]:
    """Return the step that begins something new, as long as points are to go."""
    if points.is_met:
        return []
    open_forms = _open_forms(agreement, handovers)
    words = {"forms": ", ".join(open_forms), "points": number(points.to_go)}
    if open_forms:
        meta = _("Still agreed: %(forms)s · %(points)s points to go") % words
    else:
        meta = _("Choose how: a document, a workshop, side by side… · %(points)s points to go")
        meta %= words
    return [
        Step(
            title=_("Hand over something new"),
            url=reverse("portal:deliverable_create", args=[engagement.public_id]),
            meta=meta,
            action=_("Begin"),
        )
    ]


def _open_forms(agreement: KnowledgeAgreement | None, handovers: Sequence[Handover]) -> list[str]:
    """Return agreed forms that were not begun as often as agreed."""
    if agreement is None:
        return []
    begun = [
        handover.deliverable.form.code
        for handover in handovers
        if handover.deliverable.state != State.WITHDRAWN
    ]
    left = [
        (agreed.form.name, agreed.times - begun.count(agreed.form.code))
        for agreed in agreement.agreed_forms.select_related("form").order_by("form__position")
    ]
    return [f"{name} ({times}x)" if times > 1 else name for name, times in left if times > 0]


def _sentence(engagement: Engagement, today: date, left: int) -> str:
    day = engagement.starts_on if engagement.starts_on > today else engagement.ends_on
    words = {"organisation": engagement.organisation.name, "day": date_long(day)}
    if engagement.cancelled_at is not None:
        return _("Your engagement at %(organisation)s was cancelled.") % words
    if engagement.ends_on < today:
        said = _("Your engagement at %(organisation)s ended %(day)s.") % words
    elif engagement.starts_on > today:
        said = _("Your engagement at %(organisation)s begins %(day)s.") % words
    else:
        said = _("Your engagement at %(organisation)s ends %(day)s.") % words
    if not engagement.is_running:
        return said
    return f"{said} {_steps_left(left)}"


def _steps_left(left: int) -> str:
    if not left:
        return _("There is nothing left to do.")
    return ngettext("Still %(count)s step.", "Still %(count)s steps.", left) % {
        "count": apnumber(left)
    }
