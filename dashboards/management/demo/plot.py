"""What happens: 40 engagements in every state, each with a past that fits it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

import engagements.operations
import knowledge.operations
import offboarding.operations
from core.actors import Actor
from core.calendars import local_moment
from core.models import Contact
from dashboards.management.demo.cast import (
    FOLDER,
    Cast,
    actor_for,
    freelancer_actor,
    manager_actor,
)
from engagements.models import Department, Engagement, Freelancer
from knowledge.models import KnowledgeAgreement, TransferForm, TransferPolicy, usual_target
from knowledge.queries import forms_for
from offboarding.models import ChecklistItem

DAY: Final = timedelta(days=1)
# (days until the end, days since the start, how many): who leaves when.
ENDS: Final = (
    (9, 260, 1),
    (2, 150, 1),
    (4, 80, 1),
    (12, 300, 2),
    (16, 120, 2),
    (19, 95, 3),
    (25, 400, 2),
    (29, 170, 2),
    (37, 210, 2),
    (48, 130, 2),
    (66, 90, 2),
    (85, 300, 2),
    (120, 60, 3),
    (200, 160, 3),
    (310, 45, 2),
    (-3, 180, 1),
    (-20, 220, 2),
    (-45, 200, 3),
    (150, -10, 2),
    (90, -21, 1),
    (240, -40, 1),
)
LATE_MANAGERS: Final = frozenset({"p.bos@veldam.example", "j.vanleeuwen@veldam.example"})
TEXTS: Final = {
    "goal": "De nachtelijke koppelingen stabiel maken en overdragen.",
    "result": "Koppelingen draaien zonder handwerk; twee collega’s kunnen ze herstellen.",
    "success_criteria": "Minder dan één storing per maand.",
    "conditions": "Toegang tot het datawarehouse, een vaste werkplek.",
}


TEXT: Final = "## Waar staat het\n\nIn de kennisbank, onder *Beheer*."


@dataclass(frozen=True, kw_only=True)
class Part:
    """One engagement of the story, in days from today."""

    freelancer: Freelancer
    department: Department
    manager: Contact
    title: str
    starts_on: date
    ends_on: date
    number: int


def at(cast: Cast, day: date, hour: int = 10) -> datetime:
    """Return an hour of a day where the organisation is."""
    return local_moment(day, time(hour), cast.organisation.time_zone)


def parts_of(cast: Cast, today: date) -> list[Part]:
    """Deal the engagements over professionals, departments and managers."""
    parts: list[Part] = []
    for until_end, since_start, times in ENDS:
        for _time in range(times):
            number = len(parts)
            department, manager = cast.managers[number % len(cast.managers)]
            parts.append(
                Part(
                    freelancer=cast.freelancers[number],
                    department=department,
                    manager=manager,
                    title=cast.script["titles"][number % len(cast.script["titles"])],
                    starts_on=today - timedelta(days=since_start),
                    ends_on=today + timedelta(days=until_end + (number % 3 if number > 3 else 0)),
                    number=number,
                )
            )
    return parts


def tell(cast: Cast, part: Part, today: date) -> Engagement:
    """Live one engagement from its planning until now, or until its farewell."""
    planned_on = min(part.starts_on - timedelta(days=20), today)
    with time_machine.travel(at(cast, planned_on), tick=True):
        engagement = _plan(cast, part)
    if part.starts_on <= today:
        _agree(cast, part, engagement, today)
        _hand_over(cast, part, engagement, today)
    _tick(cast, part, engagement, today)
    return engagement


def _plan(cast: Cast, part: Part) -> Engagement:
    intermediary = cast.intermediaries[0] if part.number % 5 == 0 else None
    engagement = engagements.operations.create_engagement(
        organisation=cast.organisation,
        facts=engagements.operations.EngagementFacts(
            freelancer_id=part.freelancer.pk,
            department_id=part.department.pk,
            manager_id=part.manager.pk,
            intermediary_id=intermediary.pk if intermediary else None,
            title=part.title,
            starts_on=part.starts_on,
            ends_on=part.ends_on,
            hourly_rate=Decimal(80 + part.number % 9 * 5),
            external_id=f"INH-{2000 + part.number}",
            goal=TEXTS["goal"] if part.number == 0 else "",
            result=TEXTS["result"] if part.number == 0 else "",
            success_criteria=TEXTS["success_criteria"] if part.number == 0 else "",
            conditions=TEXTS["conditions"] if part.number == 0 else "",
        ),
        actor=cast.hr,
    )
    if part.freelancer.user_id is None:
        engagements.operations.give_login(freelancer_id=part.freelancer.pk, actor=cast.hr)
        part.freelancer.refresh_from_db()
    return engagement


def _agree(cast: Cast, part: Part, engagement: Engagement, today: date) -> None:
    """Make the knowledge agreement in the first week; a few weigh another version now."""
    policy = TransferPolicy.objects.get(
        is_current=True, code="proven" if part.number % 4 == 1 else "simple"
    )
    target = 100 if part.number == 0 else usual_target(engagement)
    forms: dict[str, int] = cast.script["agreements"][target]
    facts = knowledge.operations.AgreementFacts(
        target=target, paid_hours=Decimal(16), forms=forms, policy_id=policy.pk
    )
    with time_machine.travel(at(cast, part.starts_on + 2 * DAY, 11), tick=True):
        agreement = _propose(part, engagement, facts)
    with time_machine.travel(at(cast, part.starts_on + 5 * DAY, 14), tick=True):
        knowledge.operations.accept_agreement(
            agreement_id=agreement.pk, side="freelancer", actor=freelancer_actor(part.freelancer)
        )
    if part.number % 9 == 8 and part.ends_on > today:
        with time_machine.travel(at(cast, today - 2 * DAY, 11), tick=True):
            _propose(
                part,
                engagement,
                replace(
                    facts,
                    forms={**forms, "questions": 2},
                    reason="Graag ook een vragenuur voor het team.",
                ),
            )


def _propose(
    part: Part, engagement: Engagement, facts: knowledge.operations.AgreementFacts
) -> KnowledgeAgreement:
    return knowledge.operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=facts,
        side="client",
        actor=manager_actor(part.manager),
    )


def _hand_over(cast: Cast, part: Part, engagement: Engagement, today: date) -> None:
    """Hand over on the way; Fatima in many forms, others as the dice fall."""
    last = min(today - 2 * DAY, part.ends_on - DAY)
    span = (last - part.starts_on).days
    codes = list(cast.script["handovers"])
    count = len(codes) if part.number == 0 else cast.dice.randint(0, 4)
    for place, code in enumerate(codes[:count], start=1):
        day = part.starts_on + timedelta(days=max(7, span * place // (count + 1)))
        if day > last:
            return
        titles = cast.script["handovers"][code]
        title = titles[(part.number + place) % len(titles)]
        _one_handover(
            cast,
            part,
            engagement,
            (code, title, cast.organisation.calendar.next_working_day_on_or_after(day)),
        )
    if part.number == 0:
        _handover_of_fatima(cast, part, engagement, today)
    else:
        _document(cast, part, engagement, today)


def _document(cast: Cast, part: Part, engagement: Engagement, today: date) -> None:
    """Hand in the handover document when the end comes near; one in six is late with it."""
    day = max(part.ends_on - 23 * DAY, part.starts_on + 10 * DAY)
    if day > today - 3 * DAY or (part.number % 6 == 4 and part.ends_on >= today):
        return
    manager = manager_actor(part.manager)
    with time_machine.travel(at(cast, day, 16), tick=True):
        deliverable_id = _hand_in(
            cast, part, engagement, ("handover-document", f"Overdracht {part.title.lower()}")
        )
    accepted_on = part.ends_on - 9 * DAY
    if not _is_late(part) and accepted_on < today:
        with time_machine.travel(at(cast, accepted_on, 11), tick=True):
            knowledge.operations.accept_deliverable(
                deliverable_id=deliverable_id, actor=manager, is_complete="yes", is_usable="yes"
            )


def _one_handover(
    cast: Cast, part: Part, engagement: Engagement, what: tuple[str, str, date]
) -> None:
    code, title, day = what
    with time_machine.travel(at(cast, day, 15), tick=True):
        deliverable_id = _hand_in(cast, part, engagement, (code, title))
    if part.number % 7 == 3 and code == "runbook":
        with time_machine.travel(at(cast, day + DAY, 9), tick=True):
            knowledge.operations.ask_changes(
                deliverable_id=deliverable_id,
                comment="De stappen na een storing ontbreken nog.",
                actor=manager_actor(part.manager),
            )
        return
    with time_machine.travel(at(cast, day + 2 * DAY, 9), tick=True):
        knowledge.operations.accept_deliverable(
            deliverable_id=deliverable_id,
            actor=manager_actor(part.manager),
            is_complete="yes",
            is_usable="yes",
            comment="Helder!" if part.number % 2 == 0 else "",
        )


def _hand_in(cast: Cast, part: Part, engagement: Engagement, what: tuple[str, str]) -> int:
    """Hand in one thing in the form that it has, with a real file where it is a file."""
    code, title = what
    author = freelancer_actor(part.freelancer)
    form = _form(engagement, code)
    deliverable = knowledge.operations.start_deliverable(
        engagement_id=engagement.pk,
        form_id=form.pk,
        title=title,
        outcome="Een collega kan dit daarna zelf.",
        actor=author,
    )
    kind = "session" if form.is_session else {"runbook": "file"}.get(code, "text")
    content = knowledge.operations.Content(
        kind=kind,
        text=TEXT if kind == "text" and not form.has_sections else "",
        sections=cast.script["sections"] if form.has_sections else {},
        session=_session(cast, part) if kind == "session" else None,
    )
    knowledge.operations.save_draft(deliverable_id=deliverable.pk, content=content, actor=author)
    if kind == "file":
        add_file(deliverable.pk, "werkinstructie-koppeling.pdf", author)
    knowledge.operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)
    return deliverable.pk


def _form(engagement: Engagement, code: str) -> TransferForm:
    return next(form for form in forms_for(engagement) if form.code == code)


def _session(cast: Cast, part: Part) -> knowledge.operations.SessionFacts:
    return knowledge.operations.SessionFacts(
        starts_at=timezone.now() - timedelta(hours=3),
        minutes=90,
        place="Stadhuis, kamer 2.14",
        attendees=("Samira Haddou", "Tom Wester"),
    )


def add_file(deliverable_id: int, name: str, author: Actor) -> None:
    """Upload one of the real documents of the story."""
    upload = SimpleUploadedFile(name, (FOLDER / name).read_bytes())
    knowledge.operations.add_file(deliverable_id=deliverable_id, upload=upload, actor=author)


def _handover_of_fatima(cast: Cast, part: Part, engagement: Engagement, today: date) -> None:
    """Her handover document came back once; the second version waits for review."""
    author = freelancer_actor(part.freelancer)
    form = _form(engagement, "handover-document")
    sections = cast.script["sections"]
    with time_machine.travel(at(cast, today - 13 * DAY, 16), tick=True):
        deliverable = knowledge.operations.start_deliverable(
            engagement_id=engagement.pk,
            form_id=form.pk,
            title="Handleiding koppelingen Zorgdata",
            outcome="Een collega kan elke koppeling zelf herstellen.",
            actor=author,
        )
        content = knowledge.operations.Content(kind="text", sections=sections)
        knowledge.operations.save_draft(
            deliverable_id=deliverable.pk, content=content, actor=author
        )
        add_file(deliverable.pk, "datamodel-wachtlijsten.pptx", author)
        knowledge.operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)
    with time_machine.travel(at(cast, today - 10 * DAY, 9), tick=True):
        knowledge.operations.ask_changes(
            deliverable_id=deliverable.pk,
            comment="Mooi overzicht, maar de foutafhandeling mist nog.",
            actor=manager_actor(part.manager),
            is_complete="partly",
            is_usable="partly",
        )
    with time_machine.travel(at(cast, today - 6 * DAY, 17), tick=True):
        content = knowledge.operations.Content(
            kind="text",
            sections=sections,
            change_note="Hoofdstuk over storingen toegevoegd.",
        )
        knowledge.operations.save_draft(
            deliverable_id=deliverable.pk, content=content, actor=author
        )
        add_file(deliverable.pk, "overdracht-datakoppelingen.docx", author)
        knowledge.operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)


def _is_late(part: Part) -> bool:
    return part.manager.email in LATE_MANAGERS and part.number < 12


def _tick(cast: Cast, part: Part, engagement: Engagement, today: date) -> None:
    """Tick what was due before today; two managers are late with what is theirs."""
    is_late = _is_late(part)
    items = (
        ChecklistItem.objects.open()
        .filter(engagement=engagement, due_on__lt=today, done_once="")  # these tick themselves
        .select_related("owner")
        .order_by("due_on", "position")
    )
    for item in items:
        recent = item.due_on >= today - 12 * DAY
        if is_late and recent and item.owner_id == part.manager.pk:
            continue
        if item.code == "OF01" and part.number % 3 == 1 and part.ends_on >= today:
            continue
        moment = at(cast, min(item.due_on, today - DAY), 9 + part.number % 8)
        with time_machine.travel(moment, tick=True):
            offboarding.operations.complete_item(
                item_id=item.pk,
                actor=actor_for(item.owner),
                note="Gedaan, zie het dossier." if item.needs_evidence else "",
            )


def wind_up(cast: Cast, part: Part, engagement: Engagement, today: date) -> None:
    """Close files of those who left some time ago, with a reason for what was missing."""
    if part.ends_on > today - 40 * DAY:
        return
    engagement.refresh_from_db()
    with time_machine.travel(at(cast, today - 3 * DAY, 16), tick=True):
        missing = engagements.operations.blockers_of(engagement)
        engagements.operations.close_engagement(
            engagement_id=engagement.pk,
            waivers={blocker.code: "Opgelost in de laatste week." for blocker in missing},
            actor=cast.hr,
        )
