"""Handovers in lists, and all that one of them holds, version by version."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from core.models import Contact, ContactQuerySet
from core.pages import counts_of
from engagements.models import Engagement
from knowledge import rules
from knowledge.models import (
    Deliverable,
    DeliverableFile,
    DeliverableQuerySet,
    DeliverableVersion,
    LedgerEntry,
    Review,
    TransferSession,
)

State = Deliverable.State
# What a row of the list reads of the tables that are joined.
ROW_FIELDS: Final = (
    "organisation_id",
    "public_id",
    "title",
    "state",
    "submitted_at",
    "review_due_on",
    "decided_at",
    "is_quick_log",
    "reviewer_id",
    "explained_to_id",
    "form__name_nl",
    "form__name_en",
    "engagement__freelancer__full_name",
    "engagement__department__name",
    "engagement__manager__name",
)


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version as a page shows it: everything fetched, nothing left to query."""

    version: DeliverableVersion
    files: tuple[DeliverableFile, ...]
    session: TransferSession | None
    review: Review | None

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Label and Markdown of each filled section, in order."""
        texts = self.version.sections
        return [
            (str(section.label), texts[section.code])
            for section in rules.HANDOVER_SECTIONS
            if texts.get(section.code)
        ]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was filled in yet."""
        shown = self.version
        return not (shown.link or shown.text or self.sections or self.files or self.session)


def deliverables_of(engagement: Engagement) -> list[Deliverable]:
    """Return the handovers of an engagement, who has to act first on top, with `net_points`.

    Args:
        engagement: which becomes theirs, with what was fetched of it; a statement that joins it
            again with its people takes longer to plan than to answer.
    """
    found = Deliverable.objects.filter(engagement=engagement)
    deliverables = list(_ranked(found.select_related("form", "reviewer", "explained_to__contact")))
    for deliverable in deliverables:
        deliverable.engagement = engagement
    return deliverables


def versions_among(deliverables: Iterable[Deliverable]) -> list[DeliverableVersion]:
    """Return every version of some handovers, newest first, with its review and session.

    What they say is left out: it may be long, and no list shows it.
    """
    by_key = {deliverable.pk: deliverable for deliverable in deliverables}
    versions = list(
        DeliverableVersion.objects.filter(deliverable__in=by_key)
        .select_related("review", "session")
        .defer("text", "sections")
        .order_by("-submitted_at", "-pk")
    )
    for version in versions:
        version.deliverable = by_key[version.deliverable_id]
    return versions


def handover_list(*, state: str = "", text: str = "") -> QuerySet[Deliverable]:
    """Return handovers for HR: what waits for review first, the oldest of those on top.

    Args:
        state: only this state; all when empty or unknown. Waiting for review means that
            somebody can still decide: handovers of closed files do not count.
        text: part of the title or of the professional's name.
    """
    found = _in_state(_with_text(text), state).select_related(
        "form", "engagement__manager", "engagement__freelancer", "engagement__department"
    )
    # Few have one of these: joined as well, planning took longer than all else on the page.
    rare = ("reviewer", "explained_to__contact")
    return _ranked(found).only(*ROW_FIELDS).prefetch_related(*rare)


def handover_counts(*, text: str = "") -> dict[str, int]:
    """Return how many handovers `handover_list` has of each state, and of all under "".

    Those with a text are read once for all states; all are counted as `counts_of` does.
    """
    if not text:
        every = Deliverable.objects.all()
        return counts_of({state: _in_state(every, state) for state in ("", *State.values)})
    counted = _with_text(text).values("state").order_by().annotate(count=Count("pk"))
    counts = {row["state"]: row["count"] for row in counted}
    counts[""] = sum(counts.values())
    if State.SUBMITTED in counts:
        counts[State.SUBMITTED] = _with_text(text).awaiting_review().count()
    return counts


def versions_of(deliverable: Deliverable, *, with_draft: bool = False) -> list[ShownVersion]:
    """Return the versions of a handover, newest first.

    Args:
        deliverable: whose versions.
        with_draft: also what was not handed in yet; only its professional sees that.
    """
    versions = deliverable.versions.select_related("session", "review").order_by("-number")
    if not with_draft:
        versions = versions.filter(submitted_at__isnull=False)
    files = list(
        DeliverableFile.objects.filter(version__deliverable=deliverable)
        .select_related("version", "dropped_in")
        .order_by("pk")
    )
    return [
        ShownVersion(
            version=version,
            files=tuple(_files_in(version, files)),
            session=getattr(version, "session", None),
            review=getattr(version, "review", None),
        )
        for version in versions
    ]


def review_candidates(deliverable: Deliverable) -> ContactQuerySet:
    """Return colleagues to whom a review can be handed on, by name."""
    engagement = deliverable.engagement
    current = deliverable.reviewer_id or engagement.manager_id
    return (
        Contact.objects.reachable()
        .filter(is_external=False)
        .exclude(pk__in=[*engagement.freelancer.contact_ids, current])
        .order_by("name", "pk")
    )


def _with_text(text: str) -> DeliverableQuerySet:
    # No index for words: an organisation has hundreds of handovers a year.
    found = Deliverable.objects.all()
    if not text:
        return found
    return found.filter(
        Q(title__icontains=text) | Q(engagement__freelancer__full_name__icontains=text)
    )


def _in_state(deliverables: DeliverableQuerySet, state: str) -> DeliverableQuerySet:
    if state == State.SUBMITTED:
        return deliverables.awaiting_review()
    return deliverables.filter(state=state) if state in State.values else deliverables


def _ranked(deliverables: QuerySet[Deliverable]) -> QuerySet[Deliverable]:
    # A subquery, so that counting and sorting a long list need no look at the ledger.
    entries = LedgerEntry.objects.filter(deliverable=OuterRef("pk")).order_by()
    net = entries.values("deliverable").annotate(net=Sum("amount"))
    return deliverables.annotate(net_points=Subquery(net.values("net"))).order_by(
        *Deliverable.BY_TURN
    )


def _files_in(
    version: DeliverableVersion, files: Iterable[DeliverableFile]
) -> Iterable[DeliverableFile]:
    """Yield the files as they stood in a version, as `of_version` does, without a query."""
    for file in files:
        is_still_in = file.dropped_in is None or file.dropped_in.number > version.number
        if file.version.number <= version.number and is_still_in:
            yield file
