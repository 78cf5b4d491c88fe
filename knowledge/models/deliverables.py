import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.fields import LineField, on_one_line
from core.files import random_name
from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from core.years import MOMENTS_KEPT
from engagements.models import Engagement
from knowledge.models.policies import TransferForm

if TYPE_CHECKING:
    from knowledge.models.topics import Receiver


class DeliverableQuerySet(models.QuerySet["Deliverable"]):
    def awaiting_review(self) -> "DeliverableQuerySet":
        """Deliverables that wait for a reviewer; a short explanation waits for who heard it."""
        return self.filter(
            state=Deliverable.State.SUBMITTED,
            is_quick_log=False,
            engagement__cancelled_at=None,
            engagement__closed_at=None,
        )

    def confirmable_by(self, receiver: "Receiver") -> "DeliverableQuerySet":
        """What a receiver can confirm: accepted handovers, and what was explained to them."""
        return self.filter(
            Q(state=Deliverable.State.ACCEPTED, is_quick_log=False)
            | Q(
                state__in=[Deliverable.State.SUBMITTED, Deliverable.State.ACCEPTED],
                explained_to=receiver,
            ),
            topic_links__topic=receiver.topic_id,
        ).order_by("decided_at", "pk")


# Who has to act first: the reviewer, the professional, nobody.
TURNS: Final = ("submitted", "changes_asked", "draft", "accepted", "withdrawn")
TURN: Final = Case(
    *(When(state=state, then=Value(place)) for place, state in enumerate(TURNS)),
    output_field=IntegerField(),
)


class Deliverable(OrganisationOwned):
    """Something that a professional hands over for one engagement, in the form they chose."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("handed in")
        ACCEPTED = "accepted", _("accepted")
        CHANGES_ASKED = "changes_asked", _("changes asked")
        WITHDRAWN = "withdrawn", _("withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="deliverables", db_index=False
    )
    form = models.ForeignKey(TransferForm, models.PROTECT, related_name="deliverables")
    title = LineField(_("title"), max_length=150)
    outcome = models.TextField(_("what can somebody do after this?"), max_length=1000, blank=True)
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(_("begun at"), default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    review_due_on = models.DateField(_("review before"), null=True, blank=True)
    # Who reviews instead of the hiring manager, once handed on.
    reviewer = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="reviews_asked"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    # When somebody should say whether it is still right; past that day it counts as stale.
    check_on = models.DateField(_("check before"), null=True, blank=True)
    # A short explanation that only the one who heard it can confirm; no reviewer is asked.
    is_quick_log = models.BooleanField(_("short explanation"), default=False)
    explained_to = models.ForeignKey(
        "knowledge.Receiver",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="explanations",
        verbose_name=_("explained to"),
    )

    objects: ClassVar[DeliverableQuerySet] = scoped(DeliverableQuerySet)

    # As lists have them: of what waits for a review the oldest, then the newest of the others.
    BY_TURN: ClassVar = (TURN, "submitted_at", F("created_at").desc(), "pk")

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            on_one_line("deliverable_on_one_line", "title"),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "changes_asked"], decided_at__isnull=False)
                | (~Q(state__in=["accepted", "changes_asked"]) & Q(decided_at=None)),
                name="deliverable_decided_iff_timestamped",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="deliverable_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(is_quick_log=True, explained_to__isnull=False)
                | Q(is_quick_log=False, explained_to=None),
                name="deliverable_quick_log_names_who_heard_it",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "review_due_on"],
                condition=Q(state="submitted"),
                name="deliverable_to_review",
            ),
            models.Index(fields=["engagement", "state"], name="deliverable_by_engagement"),
            models.Index(
                "organisation",
                TURN,
                "submitted_at",
                F("created_at").desc(),
                "id",
                name="deliverable_by_turn",
            ),
            models.Index(fields=["organisation", "state"], name="deliverable_by_state"),
            models.Index(
                fields=["organisation", "check_on"],
                condition=Q(check_on__isnull=False),
                name="deliverable_to_check",
            ),
        ]

    def is_confirmable_by(self, receiver: "Receiver") -> bool:
        """Say of a handover about their topic what `confirmable_by` asks the database."""
        if self.is_quick_log:
            states = (Deliverable.State.SUBMITTED, Deliverable.State.ACCEPTED)
            return self.explained_to_id == receiver.pk and self.state in states
        return self.state == Deliverable.State.ACCEPTED

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return row_address("knowledge:deliverable_detail", self.public_id)


class DeliverableVersion(OrganisationOwned):
    """One handing-in of a deliverable; a new one for each round, the old ones stay."""

    class Kind(models.TextChoices):
        FILE = "file", _("file")
        LINK = "link", _("link")
        TEXT = "text", _("text")
        SESSION = "session", _("session")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    deliverable = models.ForeignKey(
        Deliverable, models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    link = models.URLField(_("link"), blank=True, max_length=500)
    # Markdown, or with the eight sections a mapping of section code to Markdown.
    text = models.TextField(_("text"), blank=True, max_length=100_000)
    sections = models.JSONField(default=dict, blank=True)
    change_note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    # Once handed in, a version is history and is not edited any more.
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)

    objects = scoped(models.QuerySet["DeliverableVersion"])

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["deliverable", "number"], name="deliverable_version_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind="link", link="", submitted_at__isnull=False),
                name="deliverable_version_link_filled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deliverable} v{self.number}"


class DeliverableFileQuerySet(models.QuerySet["DeliverableFile"]):
    def of_version(self, version: DeliverableVersion) -> "DeliverableFileQuerySet":
        """Return the files as they stood in one version, also those from versions before it."""
        return self.filter(
            Q(dropped_in=None) | Q(dropped_in__number__gt=version.number),
            version__deliverable_id=version.deliverable_id,
            version__number__lte=version.number,
        )


class DeliverableFile(OrganisationOwned):
    """A file of a version, in private storage under a random name."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="files")
    version = models.ForeignKey(DeliverableVersion, models.PROTECT, related_name="files")
    file = models.FileField(_("file"), upload_to=random_name, max_length=200)
    original_name = models.CharField(_("file name"), max_length=150)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(_("type"), max_length=100)
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)
    # A file belongs to the version it came with and to all later ones, until one leaves it out.
    dropped_in = models.ForeignKey(
        DeliverableVersion, models.PROTECT, null=True, blank=True, related_name="dropped_files"
    )
    # Its handover was withdrawn, so the same file may be handed in elsewhere.
    is_withdrawn = models.BooleanField(default=False)

    objects: ClassVar[DeliverableFileQuerySet] = scoped(DeliverableFileQuerySet)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "sha256"],
                condition=Q(is_withdrawn=False),
                name="file_once_per_engagement",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name


class TransferSession(OrganisationOwned):
    """A meeting in which knowledge is handed over: a workshop, shadowing, a talk."""

    version = models.OneToOneField(DeliverableVersion, models.PROTECT, related_name="session")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    starts_at = models.DateTimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(_("length (minutes)"), default=60)
    place = LineField(_("where"), max_length=150, blank=True)
    attendees = ArrayField(
        models.CharField(max_length=150), verbose_name=_("attendees"), default=list, blank=True
    )
    # Raised on every change: calendars ignore an update whose number is not higher (RFC 5546).
    sequence = models.PositiveSmallIntegerField(default=0)

    objects = scoped(models.QuerySet["TransferSession"])

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            on_one_line("session_on_one_line", "place"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=1440), name="session_length_sane"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__range=MOMENTS_KEPT), name="session_in_our_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.starts_at:%Y-%m-%d}"


class Review(OrganisationOwned):
    """A reviewer's word on one version: accepted, or changes asked with a comment."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        CHANGES_ASKED = "changes_asked", _("changes asked")

    class Grade(models.TextChoices):
        NO = "no", _("no")
        PARTLY = "partly", _("partly")
        YES = "yes", _("yes")

        @classmethod
        def options(cls) -> list[tuple[str, str]]:
            """Return what a form offers, the best first."""
            return [(grade.value, str(capfirst(grade.label))) for grade in reversed(cls)]

    version = models.OneToOneField(DeliverableVersion, models.PROTECT, related_name="review")
    verdict = models.CharField(_("verdict"), max_length=14, choices=Verdict)
    is_complete = models.CharField(_("complete"), max_length=6, choices=Grade, blank=True)
    is_usable = models.CharField(_("usable"), max_length=6, choices=Grade, blank=True)
    comment = models.TextField(_("comment"), blank=True, max_length=4000)
    reviewer_label = models.CharField(_("reviewed by"), max_length=150)
    reviewer_contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("reviewed at"), default=timezone.now, editable=False)

    objects = scoped(models.QuerySet["Review"])

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="accepted") | ~Q(comment=""),
                name="review_changes_have_comment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.verdict}"
