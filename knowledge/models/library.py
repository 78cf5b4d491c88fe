from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import LineField, on_one_line
from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement
from knowledge.models.deliverables import Deliverable, DeliverableFile, DeliverableVersion
from knowledge.models.policies import TransferForm

MOST_TRIES: Final = 2
LONGEST_WORD: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryReader:
    """Who looks in the library; it decides what there is for them.

    Attributes:
        today: where the organisation is.
        is_member: a member of the organisation, who sees all.
        freelancer_id: a professional, who sees their own handovers, those of departments where
            they work now or are going to, and those of whom they take over from there.
        department_id: a colleague behind an action link, who sees those of this department.
        predecessor_id: the engagement that the one of the link takes over from, whose handovers
            a colleague sees as well.
    """

    today: date
    is_member: bool = False
    freelancer_id: int | None = None
    department_id: int | None = None
    predecessor_id: int | None = None


def _engagements_open_to(reader: LibraryReader) -> list[int]:
    """Return keys of the engagements whose handovers somebody from outside may see."""
    parts = []
    if reader.department_id is not None:
        parts.append(Engagement.objects.filter(department=reader.department_id))
    if reader.predecessor_id is not None:
        parts.append(Engagement.objects.filter(pk=reader.predecessor_id))
    if reader.freelancer_id is not None:
        own = Engagement.objects.filter(freelancer=reader.freelancer_id)
        present = own.running().filter(ends_on__gte=reader.today)
        parts += [
            own,
            Engagement.objects.filter(department__in=present.values("department")),
            Engagement.objects.filter(pk__in=present.values("succeeds")),
        ]
    # Each by its own index.
    keys = [part.order_by().values_list("pk") for part in parts]
    return [key for (key,) in keys[0].union(*keys[1:])] if keys else []


class LibraryItemQuerySet(models.QuerySet["LibraryItem"]):
    def shelved(self) -> "LibraryItemQuerySet":
        """Items that are in the library now, for whoever may see them.

        Nothing leads out of accepted, so that the handover itself need not be asked.
        """
        return self.filter(retired_at=None)

    def visible_to(self, reader: LibraryReader) -> "LibraryItemQuerySet":
        """Items that this reader may find, count, open and download; there are no others.

        For somebody from outside their engagements are fetched first, some hundreds: joined, all
        items would be weighed one by one.
        """
        if reader.is_member:
            return self.shelved()
        return self.shelved().filter(engagement__in=_engagements_open_to(reader))

    def without_words(self) -> "LibraryItemQuerySet":
        """Items without what is searched, which may be long."""
        return self.defer("search", "body", "names")

    def to_check(self, before: date) -> "LibraryItemQuerySet":
        """Items of which somebody should say before this day whether they are still right."""
        return self.shelved().filter(
            deliverable__check_on__lte=before,
            # Of the same one, so that an index finds the handovers and not all are looked at.
            deliverable__organisation=F("organisation"),
            change_wanted="",
        )


class LibraryItem(OrganisationOwned):
    """An accepted handover as it can be found: what it says, whose it is, what may be done."""

    class Licence(models.TextChoices):
        INTERNAL = "internal", _("for use inside the organisation")
        RIGHTS_KEPT = (
            "rights_kept",
            _("the professional keeps the rights, the organisation uses it"),
        )
        CC_BY = "cc_by", _("open to everybody with the name of the maker (CC BY)")

    class TextState(models.TextChoices):
        WAITING = "waiting", _("being read")
        SEARCHABLE = "searchable", _("searchable")
        UNREADABLE = "unreadable", _("not readable")

    deliverable = models.OneToOneField(
        Deliverable, models.CASCADE, related_name="library_item", verbose_name=_("handover")
    )
    version = models.ForeignKey(DeliverableVersion, models.PROTECT, related_name="+")
    # As the handover has them, for ever: who may see it and what it is filtered by is decided
    # among a hundred thousand items without looking at their handovers.
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="+")
    form = models.ForeignKey(TransferForm, models.PROTECT, related_name="+")
    credit = LineField(_("name of the maker"), max_length=150)
    licence = models.CharField(
        _("licence"), max_length=12, choices=Licence, default=Licence.INTERNAL
    )
    # Who answers for it when somebody was chosen; else it follows from the engagement.
    owner = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    accepted_at = models.DateTimeField(_("accepted at"))
    checked_at = models.DateTimeField(_("found right at"), null=True, blank=True)
    checked_by = models.CharField(_("found right by"), max_length=150, blank=True)
    change_wanted = models.TextField(_("what has to change"), max_length=1000, blank=True)
    change_wanted_at = models.DateTimeField(_("change asked at"), null=True, blank=True)
    change_wanted_by = models.CharField(_("change asked by"), max_length=150, blank=True)
    retired_at = models.DateTimeField(_("out of the library since"), null=True, blank=True)
    retired_by = models.CharField(_("taken out by"), max_length=150, blank=True)
    retired_reason = models.CharField(_("why taken out"), max_length=500, blank=True)
    text_state = models.CharField(
        _("text"), max_length=10, choices=TextState, default=TextState.SEARCHABLE
    )
    # What is searched: titles and names, and all words of the accepted version.
    names = models.TextField(blank=True)
    body = models.TextField(blank=True)
    search = models.GeneratedField(
        expression=SearchVector("names", weight="A", config="kb_simple")
        + SearchVector("names", weight="A", config="kb_nl")
        + SearchVector("names", weight="A", config="kb_en")
        + SearchVector("body", weight="B", config="kb_nl")
        + SearchVector("body", weight="C", config="kb_en"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects: ClassVar[LibraryItemQuerySet] = scoped(LibraryItemQuerySet)

    class Meta:
        verbose_name = _("library item")
        verbose_name_plural = _("library items")
        constraints = [
            on_one_line("library_item_on_one_line", "credit"),
            models.CheckConstraint(condition=~Q(credit=""), name="library_item_has_a_maker"),
            models.CheckConstraint(
                condition=Q(checked_at=None, checked_by="")
                | Q(checked_at__isnull=False) & ~Q(checked_by=""),
                name="library_item_checked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(change_wanted_at=None, change_wanted="")
                | Q(change_wanted_at__isnull=False) & ~Q(change_wanted=""),
                name="library_item_change_is_said",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_reason="")
                | Q(retired_at__isnull=False) & ~Q(retired_reason=""),
                name="library_item_retired_has_reason",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="library_item_search"),
            models.Index(
                fields=["organisation", "-accepted_at", "-id"], name="library_item_by_time"
            ),
            models.Index(
                fields=["organisation", "form"],
                condition=Q(retired_at=None),
                name="library_item_by_form",
            ),
            models.Index(
                fields=["organisation"],
                condition=~Q(change_wanted=""),
                name="library_item_to_change",
            ),
        ]

    def __str__(self) -> str:
        return str(self.deliverable)

    @property
    def is_shelved(self) -> bool:
        """Whether it is in the library now."""
        return self.retired_at is None

    def is_stale(self, today: date) -> bool:
        """Say whether somebody should have looked at it before today."""
        check_on = self.deliverable.check_on
        return check_on is not None and check_on < today


class FileText(OrganisationOwned):
    """The words inside a file of an accepted version, or why there are none."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being read")
        SEARCHABLE = "searchable", _("searchable")
        UNREADABLE = "unreadable", _("not readable")

    class Reason(models.TextChoices):
        KIND = "kind", _("no words in such a file")
        EMPTY = "empty", _("no words found, perhaps a scan")
        ENCRYPTED = "encrypted", _("behind a password")
        DAMAGED = "damaged", _("damaged")
        TOO_LARGE = "too_large", _("too large inside")
        MEMORY = "memory", _("took too much memory")
        TIME = "time", _("took too long")
        CRASHED = "crashed", _("could not be opened")
        GONE = "gone", _("not in the storage")

    file = models.OneToOneField(DeliverableFile, models.CASCADE, related_name="text")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Until when somebody reads it, and from when it may be tried (again).
    due_at = models.DateTimeField(default=timezone.now)
    text = models.TextField(blank=True)
    is_cut = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    peak_kb = models.PositiveIntegerField(default=0)

    objects = scoped(models.QuerySet["FileText"])

    class Meta:
        verbose_name = _("text of a file")
        verbose_name_plural = _("texts of files")
        constraints = [
            models.CheckConstraint(
                condition=Q(attempts__lte=MOST_TRIES), name="file_text_tried_twice_at_most"
            ),
            models.CheckConstraint(
                condition=Q(state="unreadable") & ~Q(reason="")
                | ~Q(state="unreadable") & Q(reason=""),
                name="file_text_unreadable_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="searchable", read_at__isnull=False)
                | ~Q(state="searchable") & Q(text=""),
                name="file_text_only_when_read",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="file_text_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.state}"


class LibraryWord(OrganisationOwned):
    """A word that stands somewhere in the library, to say "did you mean"."""

    word = models.CharField(max_length=LONGEST_WORD)

    objects = scoped(models.QuerySet["LibraryWord"])

    class Meta:
        verbose_name = _("word of the library")
        verbose_name_plural = _("words of the library")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "word"], name="library_word_once"),
        ]
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="library_word_trgm"),
        ]

    def __str__(self) -> str:
        return self.word
