import uuid
from datetime import date
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.files import random_name
from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from core.years import COUNTED_DAYS_KEPT, DAYS_KEPT
from engagements.models import Engagement
from offboarding.models.procedures import Phase, ProcedureVersion, StepFields, Subject

# After this task nobody gets in any more.
ACCESS: Final = Q(phase=Phase.OFFBOARDING, subject=Subject.ACCESS, is_gate=True, offset_days__lte=0)


class Checklist(OrganisationOwned):
    """The frozen copy of one phase of a procedure that runs for one engagement."""

    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="checklists", db_index=False
    )
    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="checklists")
    phase = models.CharField(_("phase"), max_length=12, choices=Phase)
    started_at = models.DateTimeField(_("started at"), default=timezone.now, editable=False)

    objects = scoped(models.QuerySet["Checklist"])

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        constraints = [
            models.UniqueConstraint(fields=["engagement", "phase"], name="checklist_once"),
        ]

    def __str__(self) -> str:
        return f"{self.engagement} {self.phase}"


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    def open(self) -> "ChecklistItemQuerySet":
        return self.filter(state=ChecklistItem.State.OPEN)

    def overdue(self, today: date) -> "ChecklistItemQuerySet":
        return self.open().filter(due_on__lt=today, is_backlog=False)

    def backlog(self) -> "ChecklistItemQuerySet":
        """Open tasks that were due before their list was made."""
        return self.open().filter(is_backlog=True)

    def unowned(self) -> "ChecklistItemQuerySet":
        return self.open().filter(owner=None)

    def running(self) -> "ChecklistItemQuerySet":
        """Tasks of engagements that are neither closed nor cancelled."""
        return self.filter(
            # Of the same one, so that an index has these engagements and no others.
            engagement__organisation=F("organisation"),
            engagement__cancelled_at=None,
            engagement__closed_at=None,
        )

    def taking_access_back(self) -> "ChecklistItemQuerySet":
        """The task of an engagement after which nobody can get in any more."""
        return self.filter(ACCESS)


class ChecklistItem(StepFields, OrganisationOwned):
    """One task of a running checklist: a copy that later editions of the procedure leave alone."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        WAIVED = "waived", _("not applicable")
        CANCELLED = "cancelled", _("cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="items", db_index=False)
    # Also here, because every list of items is a list of engagements.
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="items", db_index=False)
    # Empty: nobody holds the role; HR is asked instead and sees the item in a list.
    owner = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("owner"),
    )
    # Chosen by a person: a new manager or role holder does not take it over by itself.
    is_assigned = models.BooleanField(_("owner was chosen"), default=False)
    due_on = models.DateField(_("due on"))
    # When the due date was set. A task that was due before is told once, not step by step.
    dated_on = models.DateField(_("dated on"), default=timezone.localdate)
    # Due before the list of an engagement that already ran was made: open, but nobody is late.
    is_backlog = models.BooleanField(_("was due before the list was made"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    # The answer "not yet": when it will be done according to its owner.
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=150, blank=True)
    # Ticked by what happened, not by somebody's word: opened again when it is taken back.
    is_noted = models.BooleanField(_("ticked by itself"), default=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    snoozed_until = models.DateField(_("put off until"), null=True, blank=True)
    snooze_count = models.PositiveSmallIntegerField(_("times put off"), default=0)
    last_seen_at = models.DateTimeField(_("last looked at"), null=True, blank=True)
    last_seen_by = models.CharField(_("last looked at by"), max_length=150, blank=True)

    objects: ClassVar[ChecklistItemQuerySet] = scoped(ChecklistItemQuerySet)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "position"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "code"], name="item_once"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None)
                | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="item_settled_iff_timestamped",
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | ~Q(reason=""), name="item_waived_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(is_noted=False) | Q(state="done"), name="item_noted_is_done"
            ),
            models.CheckConstraint(
                condition=Q(snooze_count__lte=2), name="item_put_off_twice_at_most"
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until=None)
                | Q(snooze_count__gte=1, may_snooze=True, snoozed_until__lte=F("due_on")),
                name="item_put_off_until_due_at_most",
            ),
            models.CheckConstraint(
                condition=Q(due_on__range=COUNTED_DAYS_KEPT, dated_on__range=COUNTED_DAYS_KEPT)
                & (Q(expected_on=None) | Q(expected_on__range=DAYS_KEPT)),
                name="item_days_in_our_time",
            ),
            models.CheckConstraint(
                condition=Q(is_assigned=False) | Q(owner__isnull=False),
                name="item_assigned_has_owner",
            ),
        ]
        indexes = [
            # With all that lists and sums of late tasks ask for, so that they read the index alone.
            models.Index(
                fields=["organisation", "due_on", "id"],
                include=["engagement", "owner", "is_backlog", "is_gate"],
                condition=Q(state="open"),
                name="item_open_by_day",
            ),
            models.Index(
                fields=["owner", "due_on"], condition=Q(state="open"), name="item_open_by_owner"
            ),
            models.Index(
                fields=["organisation", "engagement"],
                condition=Q(state="open", owner=None),
                name="item_open_unowned",
            ),
            models.Index(fields=["engagement", "state"], name="item_by_engagement"),
            models.Index(
                fields=["organisation", "dated_on"],
                condition=Q(state="open", due_on__lt=F("dated_on")),
                name="item_due_before_its_list",
            ),
            models.Index(
                fields=["organisation", "engagement"],
                condition=ACCESS & Q(state="open"),
                name="item_access_open",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return row_address("offboarding:item_detail", self.public_id)

    def is_late(self, today: date) -> bool:
        return self.state == self.State.OPEN and self.due_on < today and not self.is_backlog

    @property
    def blocker(self) -> str:
        """Name under which it blocks closing, and by which a waiver refers to it."""
        return f"item:{self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def asks_for_word(self) -> bool:
        """Whether ticking it takes more than a tick: evidence, or how else it was done."""
        return self.needs_evidence or bool(self.done_once)

    @property
    def is_rescue(self) -> bool:
        return bool(self.rescue_en) and self.text_en == self.rescue_en


class EvidenceFile(OrganisationOwned):
    """A file that proves that an item was done."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="evidence", db_index=False)
    file = models.FileField(_("file"), upload_to=random_name, max_length=200)
    original_name = models.CharField(_("file name"), max_length=150)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(_("type"), max_length=100)
    uploaded_by = models.CharField(_("uploaded by"), max_length=150)
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)

    objects = scoped(models.QuerySet["EvidenceFile"])

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "sha256"],
                name="evidence_once",
                violation_error_message=_("This file is there already."),
            ),
        ]

    def __str__(self) -> str:
        return self.original_name
