"""What the client promised in return, and how it stands; domain.md section 2, reciprocity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.wording import date_short, number
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import Deliverable, KeptPromise, KnowledgeAgreement
from knowledge.queries.dossiers import Dossier

State = Deliverable.State
Kind = KeptPromise.Kind


@dataclass(frozen=True, slots=True)
class Promise:
    """Something the client promised.

    Attributes:
        label: what, in words.
        state: how it stands.
        note: how far it is, or until when it is kept in time.
        kind: of a promise of which only people know; empty when the system knows.
    """

    label: str
    state: rules.PromiseState
    note: str = ""
    kind: str = ""


def promises_of(dossier: Dossier, agreement: KnowledgeAgreement | None) -> list[Promise]:
    """Return all that the client promised; what cannot happen in this engagement is left out.

    Args:
        dossier: of the engagement.
        agreement: the version in force, if any.
    """
    today = dossier.engagement.organisation.today()
    known = [
        _review_promise(dossier, today),
        _receiver_promise(dossier, today),
        _session_promise(dossier, today),
        _credit_promise(dossier),
    ]
    return [
        *(promise for promise in known if promise is not None),
        *(
            _said_promise(dossier, kind, label, due_on)
            for kind, label, due_on in _told(dossier.engagement, agreement)
        ),
    ]


def _review_promise(dossier: Dossier, today: date) -> Promise:
    organisation = dossier.engagement.organisation
    label = ngettext(
        "Review within %(days)d working day",
        "Review within %(days)d working days",
        organisation.review_working_days,
    ) % {"days": organisation.review_working_days}
    reviewed, in_time = 0, 0
    for version in dossier.versions:
        if version.submitted_at is None:
            continue
        due_on = rules.review_due_on(
            organisation.today(version.submitted_at),
            organisation.calendar,
            organisation.review_working_days,
        )
        if version.reviewed_at is None:
            if version.state == State.SUBMITTED and today > due_on:
                note = _("should have been done %(day)s") % {"day": date_short(due_on)}
                return Promise(label, "late", note)
            continue
        reviewed += 1
        in_time += organisation.today(version.reviewed_at) <= due_on
    if not reviewed:
        return Promise(label, "open", _("nothing reviewed yet"))
    note = _("%(in_time)d of %(reviewed)d in time") % {"in_time": in_time, "reviewed": reviewed}
    return Promise(label, "kept" if in_time == reviewed else "late", note)


def _receiver_promise(dossier: Dossier, today: date) -> Promise | None:
    organisation, topics = dossier.engagement.organisation, dossier.topics
    if not topics:
        return None
    due_on = min(
        (
            rules.receivers_due_on(
                organisation.today(agreed_at), dossier.engagement.ends_on, organisation.calendar
            )
            for agreed_at, is_received in topics
            if not is_received
        ),
        default=today,
    )
    named = sum(is_received for _agreed_at, is_received in topics)
    state = rules.promise_state(named, len(topics), due_on, today)
    note = _("%(named)d of %(topics)d topics") % {"named": named, "topics": len(topics)}
    return Promise(_("A receiver for every topic"), state, _until(note, due_on, state))


def _session_promise(dossier: Dossier, today: date) -> Promise | None:
    organisation = dossier.engagement.organisation
    held, attended, missed = 0, 0, []
    for version in dossier.versions:
        if version.session_at is None or organisation.today(version.session_at) >= today:
            continue
        held += 1
        if version.is_attended:
            attended += 1
        else:
            missed.append(organisation.today(version.session_at))
    if not held:
        return None
    due_on = rules.attended_due_on(min(missed), organisation.calendar) if missed else today
    state = rules.promise_state(attended, held, due_on, today)
    note = _("%(attended)d of %(held)d") % {"attended": attended, "held": held}
    return Promise(_("Colleagues come to the sessions"), state, note)


def _credit_promise(dossier: Dossier) -> Promise:
    """Nothing enters the library without the name of its maker; the database sees to that."""
    accepted = {one.deliverable_id for one in dossier.versions if one.state == State.ACCEPTED}
    if not accepted:
        return Promise(_("The maker's name with what was handed over"), "open")
    note = ngettext("%(count)d handover", "%(count)d handovers", len(accepted))
    return Promise(
        _("The maker's name with what was handed over"), "kept", note % {"count": len(accepted)}
    )


def _told(
    engagement: Engagement, agreement: KnowledgeAgreement | None
) -> Iterable[tuple[str, str, date]]:
    """Give the promises that people tell of: kind, words and last day."""
    if agreement is not None and agreement.paid_hours:
        hours = _("%(hours)s paid hours for handing over") % {"hours": number(agreement.paid_hours)}
        yield Kind.HOURS, hours, rules.hours_due_on(engagement.ends_on)
    halfway = rules.feedback_due_on(engagement.starts_on, engagement.ends_on)
    yield Kind.FEEDBACK, _("Feedback halfway"), halfway
    reference = rules.reference_due_on(engagement.ends_on)
    yield Kind.REFERENCE, _("A letter of reference is offered"), reference


def _said_promise(dossier: Dossier, kind: str, label: str, due_on: date) -> Promise:
    organisation, kept = dossier.engagement.organisation, dossier.kept.get(kind)
    today = organisation.today()
    state = rules.promise_state(int(kept is not None), 1, due_on, today)
    if kept is None:
        return Promise(label, state, _until("", due_on, state), kind)
    at, name = kept
    facts = {"name": name, "day": date_short(organisation.today(at))}
    return Promise(label, state, _("%(name)s, %(day)s") % facts, kind)


def _until(note: str, due_on: date, state: str) -> str:
    """Add until when a promise is kept in time, as long as it is not kept."""
    if state == "kept":
        return note
    until = _("by %(day)s") % {"day": date_short(due_on)}
    return f"{note}, {until}" if note else until
