import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.files import random_name
from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models.engagement import Engagement


class ImportRun(OrganisationOwned):
    """One list of engagements from another system, from upload to undo."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("ready to confirm")
        APPLYING = "applying", _("being imported")
        APPLIED = "applied", _("imported")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("stopped by a fault")

    BUSY: ClassVar = (State.CHECKING, State.APPLYING, State.UNDOING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED)
    file = models.FileField(_("file"), upload_to=random_name, max_length=200)
    original_name = models.CharField(_("file name"), max_length=150)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    uploaded_by_label = models.CharField(_("uploaded by"), max_length=150)
    # The author of the step that runs now (fields of ``core.actors.Actor``): the worker acts for
    # whoever pressed the button, and that may be somebody else than who uploaded.
    asked_by = models.JSONField(default=dict, blank=True)
    # Language of the person who imports: the worker writes its messages in it.
    language = models.CharField(max_length=2, default="nl")
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)
    headers = ArrayField(models.CharField(max_length=200), default=list)
    # Column name of ours -> position in the file.
    mapping = models.JSONField(default=dict, blank=True)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    # Written from a connection of its own while the big transaction of the step goes on.
    progressed_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries of this step"), default=0)
    # Counts by outcome and of what will be created, near-duplicate warnings.
    summary = models.JSONField(default=dict, blank=True)
    # Kind -> keys of the departments, contacts and so on that came with it; undo removes them.
    brought_along = models.JSONField(default=dict, blank=True)
    problem = models.CharField(_("fault"), max_length=500, blank=True)
    applied_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = scoped(models.QuerySet["ImportRun"])

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="import_by_time"),
            models.Index(
                fields=["progressed_at"],
                condition=Q(state__in=["checking", "applying", "undoing"]),
                name="import_busy",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return row_address("engagements:import_detail", self.public_id)

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY


class ImportRow(OrganisationOwned):
    """One row of an imported list: what it would do, what is wrong with it, what it did."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        UNCHANGED = "unchanged", _("unchanged")
        ERROR = "error", _("error")

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    cells = models.JSONField(default=dict)
    # Our column name -> message in the importer's language.
    problems = models.JSONField(default=dict, blank=True)
    # Our column name -> [old, new].
    differences = models.JSONField(default=dict, blank=True)
    # What undo puts back; empty for a row that created its engagement.
    before = models.JSONField(default=dict, blank=True)
    engagement = models.ForeignKey(
        Engagement, models.SET_NULL, null=True, blank=True, related_name="import_rows"
    )

    objects = scoped(models.QuerySet["ImportRow"])

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(outcome="error", problems__gt={}) | ~Q(outcome="error"),
                name="import_row_error_has_problem",
            ),
        ]
        indexes = [models.Index(fields=["run", "outcome", "number"], name="import_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"
