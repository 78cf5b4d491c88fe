import uuid
from datetime import date, timedelta
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.fields import LineField, on_one_line
from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from core.years import DAYS_KEPT, MOMENTS_KEPT
from engagements.models.people import Department, Freelancer, Intermediary


class State(models.TextChoices):
    """Where an engagement is; the first four follow from dates and are never stored."""

    PLANNED = "planned", _("planned")
    ACTIVE = "active", _("active")
    ENDING = "ending", _("ending")
    ENDED = "ended", _("ended")
    CLOSED = "closed", _("closed")
    ENDED_EARLY = "ended_early", _("ended early")
    CANCELLED = "cancelled", _("cancelled")


class InclusiveDateRange(Func):
    """The days of an engagement as a PostgreSQL range, both ends inside."""

    function = "DATERANGE"
    output_field = DateRangeField()


class EngagementQuerySet(models.QuerySet["Engagement"]):
    def running(self) -> "EngagementQuerySet":
        """Engagements on which nobody has decided yet that they are over."""
        return self.filter(cancelled_at=None, closed_at=None)

    def ending_between(self, first: date, last: date) -> "EngagementQuerySet":
        return self.running().filter(ends_on__range=(first, last))

    def with_state(self, today: date, ending_days: int) -> "EngagementQuerySet":
        """Annotate ``state_now``; says the same as ``rules.state_of``."""
        return self.annotate(
            state_now=Case(
                When(cancelled_at__isnull=False, then=Value(State.CANCELLED)),
                When(closed_at__isnull=False, then=Value(State.CLOSED)),
                When(
                    ended_early_at__isnull=False, ends_on__lt=today, then=Value(State.ENDED_EARLY)
                ),
                When(ends_on__lt=today, then=Value(State.ENDED)),
                When(starts_on__gt=today, then=Value(State.PLANNED)),
                When(ends_on__lte=today + timedelta(days=ending_days), then=Value(State.ENDING)),
                default=Value(State.ACTIVE),
                output_field=models.CharField(),
            )
        )


class Engagement(OrganisationOwned):
    """A dated assignment of a professional at a department, under a hiring manager."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = LineField(_("id in another system"), max_length=80, blank=True)
    freelancer = models.ForeignKey(
        Freelancer, models.PROTECT, related_name="engagements", verbose_name=_("professional")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="engagements", verbose_name=_("department")
    )
    manager = models.ForeignKey(
        Contact, models.PROTECT, related_name="managed", verbose_name=_("hiring manager")
    )
    intermediary = models.ForeignKey(
        Intermediary,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="engagements",
        verbose_name=_("intermediary"),
    )
    title = LineField(_("title"), max_length=150)
    goal = models.TextField(_("goal"), blank=True, max_length=4000)
    result = models.TextField(_("result"), blank=True, max_length=4000)
    success_criteria = models.TextField(_("success criteria"), blank=True, max_length=4000)
    conditions = models.TextField(_("conditions"), blank=True, max_length=4000)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    access_ends_at = models.DateTimeField(_("access ends at"), null=True, blank=True)
    hourly_rate = models.DecimalField(
        _("hourly rate (€)"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(9999)],
    )
    purchase_reference = LineField(_("purchase reference"), max_length=80, blank=True)
    knowledge_target = models.PositiveSmallIntegerField(
        _("knowledge target (points)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1000)],
        help_text=_("Left empty, the target follows from the length."),
    )
    may_overlap = models.BooleanField(
        _("may overlap another engagement of this professional here"), default=False
    )
    # From whom the work is taken over. Somebody may be followed by several; nobody follows two.
    succeeds = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("takes over from"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=500, blank=True)
    ended_early_at = models.DateTimeField(_("ended early at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # Counts changes, so that two people who edit the same page do not overwrite each other.
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[EngagementQuerySet] = scoped(EngagementQuerySet)

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        constraints = [
            on_one_line("engagement_on_one_line", "title", "external_id", "purchase_reference"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="engagement_ends_after_start",
                violation_error_message=_("The last day cannot be before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__range=DAYS_KEPT, ends_on__range=DAYS_KEPT),
                name="engagement_days_in_our_time",
            ),
            models.CheckConstraint(
                condition=Q(access_ends_at=None) | Q(access_ends_at__range=MOMENTS_KEPT),
                name="engagement_access_in_our_time",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | Q(closed_at=None),
                name="engagement_cancelled_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(succeeds=None) | ~Q(succeeds=F("id")),
                name="engagement_does_not_succeed_itself",
                violation_error_message=_("An engagement cannot take over from itself."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "external_id"],
                condition=~Q(external_id=""),
                name="engagement_external_id_once",
                violation_error_message=_("There is already an engagement with this id."),
            ),
            ExclusionConstraint(
                name="engagement_no_overlap",
                expressions=[
                    ("freelancer", RangeOperators.EQUAL),
                    ("department", RangeOperators.EQUAL),
                    (
                        InclusiveDateRange(
                            "starts_on",
                            "ends_on",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(may_overlap=False, cancelled_at=None),
                violation_error_message=_(
                    "This professional already has an engagement at this department in that period."
                ),
            ),
        ]
        indexes = [
            # With all that sums over a period ask for, so that they read the index alone.
            models.Index(
                fields=["organisation", "ends_on", "id"],
                include=["department", "starts_on", "cancelled_at"],
                name="engagement_by_last_day",
            ),
            models.Index(
                fields=["organisation", "ends_on", "id"],
                include=["department", "starts_on"],
                condition=Q(cancelled_at=None, closed_at=None),
                name="engagement_running_by_end",
            ),
            models.Index(
                fields=["organisation", "ends_on"],
                condition=Q(closed_at__isnull=False),
                name="engagement_closed_by_end",
            ),
            models.Index(
                fields=["organisation", "ends_on"],
                condition=Q(cancelled_at__isnull=False),
                name="engagement_cancelled_by_end",
            ),
            models.Index(fields=["organisation", "department"], name="engagement_by_department"),
            models.Index(fields=["organisation", "-id"], name="engagement_newest"),
            # What lists look for: parts of a title, and ids as they begin.
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="engagement_title_trgm"),
            models.Index(
                "organisation",
                OpClass(Upper("external_id"), name="text_pattern_ops"),
                name="engagement_id_by_beginning",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.freelancer} · {self.title}"

    def get_absolute_url(self) -> str:
        return row_address("dashboards:engagement_detail", self.public_id)

    def address_of(self, contact: Contact, today: date) -> Contact:
        """Return where somebody is written to; professionals have another address after the end."""
        return self.professional_on(today) if self.freelancer.is_contact(contact.pk) else contact

    def professional_on(self, today: date) -> Contact:
        """Return where the professional is written to on a day."""
        return self.freelancer.address_after(has_ended=self.ends_on < today)

    @property
    def is_running(self) -> bool:
        return self.cancelled_at is None and self.closed_at is None

    def is_here(self, today: date) -> bool:
        """Say whether the professional still works here; the last day is one of those days."""
        return self.is_running and self.ends_on >= today


class EngagementChangeQuerySet(models.QuerySet["EngagementChange"]):
    def requested(self) -> "EngagementChangeQuerySet":
        return self.filter(state=EngagementChange.State.REQUESTED)

    def swaps(self) -> "EngagementChangeQuerySet":
        """Decisions that somebody else takes over, asked for or confirmed, the newest first."""
        swaps = self.filter(kind=EngagementChange.Kind.SWAP)
        return swaps.exclude(state=EngagementChange.State.DECLINED).order_by("-pk")


class EngagementChange(OrganisationOwned):
    """A change of the end: asked for by a manager, or made by HR; each with its kind."""

    class Kind(models.TextChoices):
        EXTENSION = "extension", _("extension")
        SHORTENING = "shortening", _("shortening")
        EARLY_END = "early_end", _("early end")
        CORRECTION = "correction", _("correction of a mistake")
        SWAP = "swap", _("ends, somebody else takes over")
        END_AS_PLANNED = "end_as_planned", _("ends as planned")

    class State(models.TextChoices):
        REQUESTED = "requested", _("waits for HR")
        APPLIED = "applied", _("carried out")
        DECLINED = "declined", _("declined")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="changes")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State)
    old_ends_on = models.DateField(_("last day before"))
    new_ends_on = models.DateField(_("new last day"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # Who takes over according to whoever asked; empty while it is not known.
    successor = models.ForeignKey(
        Freelancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("successor"),
    )
    requested_at = models.DateTimeField(_("asked at"), default=timezone.now, editable=False)
    requested_by = models.CharField(_("asked by"), max_length=150)
    # Who hears what HR decided; empty when nobody asked for it.
    requester = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    decision_note = models.CharField(_("answer of HR"), max_length=500, blank=True)

    objects: ClassVar[EngagementChangeQuerySet] = scoped(EngagementChangeQuerySet)

    class Meta:
        verbose_name = _("change of the end")
        verbose_name_plural = _("changes of the end")
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(state="requested"),
                name="engagement_change_one_request",
            ),
            models.CheckConstraint(
                condition=Q(new_ends_on=None) | Q(new_ends_on__range=DAYS_KEPT),
                name="engagement_change_in_our_time",
            ),
            models.CheckConstraint(
                condition=Q(state="requested", decided_at=None)
                | (~Q(state="requested") & Q(decided_at__isnull=False)),
                name="engagement_change_decided_iff_timestamped",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["swap", "end_as_planned"]) | Q(new_ends_on__isnull=False),
                name="engagement_change_has_new_end",
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(kind="swap"),
                name="engagement_change_successor_of_a_swap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.new_ends_on or ''}".strip()

    def get_absolute_url(self) -> str:
        return row_address("engagements:change_decide", self.public_id)

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.REQUESTED

    @property
    def is_declined(self) -> bool:
        return self.state == self.State.DECLINED


class Waiver(OrganisationOwned):
    """A reasoned, approved exception to one condition for closing an engagement."""

    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="waivers", db_index=False
    )
    # Which blocker it lifts, as named by whoever raised it (``events.Blocker.code``).
    blocker = models.CharField(_("what is waived"), max_length=80)
    label = models.CharField(_("what is waived"), max_length=300)
    reason = models.CharField(_("reason"), max_length=1000)
    approved_by = models.CharField(_("approved by"), max_length=150)
    approved_at = models.DateTimeField(_("approved at"), default=timezone.now, editable=False)

    objects = scoped(models.QuerySet["Waiver"])

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints = [
            models.UniqueConstraint(fields=["engagement", "blocker"], name="waiver_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason"),
        ]

    def __str__(self) -> str:
        return self.label
