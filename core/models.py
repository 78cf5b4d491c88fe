import uuid
import zoneinfo
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.calendars import SendWindow, WorkCalendar, days_from_settings, is_known_country
from core.fields import LineField, on_one_line, refuse_address
from core.scoping import active_organisation, scoped


class Language(models.TextChoices):
    DUTCH = "nl", _("Dutch")
    ENGLISH = "en", _("English")


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone such as Europe/Amsterdam."))


def validate_country(code: str) -> None:
    if not is_known_country(code):
        raise ValidationError(_("Choose a country by its two letters, such as NL."))


def days(default: int, label: Any, **limits: int) -> "models.PositiveSmallIntegerField[int, int]":
    """Return a field for a number that an organisation may set, with its shipped default."""
    return models.PositiveSmallIntegerField(
        label,
        default=default,
        validators=[
            MinValueValidator(limits.get("at_least", 0)),
            MaxValueValidator(limits.get("at_most", 3650)),
        ],
    )


class Organisation(models.Model):
    """The client whose knowledge is kept; every other row belongs to exactly one."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = LineField(_("name"), max_length=150)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.DUTCH
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Amsterdam", validators=[validate_time_zone]
    )
    desk_name = LineField(
        _("name of the hiring desk"), max_length=80, blank=True, help_text=_("Shown in mail.")
    )
    desk_phone = LineField(_("telephone of the hiring desk"), max_length=40, blank=True)
    desk_email = models.EmailField(
        _("e-mail address of the hiring desk"),
        blank=True,
        help_text=_("Tasks without an owner and answers to mail go here."),
    )
    country = models.CharField(
        _("country of the holidays"),
        max_length=2,
        default="NL",
        validators=[validate_country],
    )
    # Each a date ("2026-12-24") or the key of a holiday, good for every year ("Good Friday").
    days_off = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("extra days off"),
        default=list,
        blank=True,
    )
    days_worked = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("holidays that you work"),
        default=list,
        blank=True,
    )
    send_time = models.TimeField(_("time of the daily mail"), default=time(8, 0))
    quiet_from = models.TimeField(_("no mail after"), default=time(18, 0))
    weekly_digest_weekday = models.PositiveSmallIntegerField(
        _("day of the weekly overview"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    ending_days = days(90, _("days before the end that an engagement counts as ending"))
    review_working_days = days(3, _("working days for a review"), at_least=1, at_most=30)
    receiver_decide_working_days = days(
        8,
        _("working days after which the manager decides without the receiver"),
        at_least=1,
        at_most=90,
    )
    external_receiver_percent = days(
        50, _("what a receiver from outside counts for (%)"), at_most=100
    )
    library_check_months = days(
        12, _("months after which a handover is checked: still right?"), at_least=1, at_most=60
    )
    usefulness_window_days = days(
        30,
        _("days in which a receiver says whether it was of use"),
        at_least=1,
        at_most=365,
    )
    usefulness_least_answers = days(
        5, _("answers from which their figures are shown"), at_least=1, at_most=100
    )
    tenure_gap_months = days(6, _("months between engagements that break the tenure"), at_most=60)
    link_days = days(30, _("days that an action link works"), at_least=1, at_most=90)
    link_days_after_end = days(
        14, _("days after the end that an action link works"), at_least=1, at_most=90
    )
    import_undo_hours = days(24, _("hours in which an import can be undone"), at_most=168)
    document_limit_mb = days(50, _("largest document (MB)"), at_least=1, at_most=500)
    video_limit_mb = days(500, _("largest video (MB)"), at_least=1, at_most=2048)
    engagement_quota_mb = days(5120, _("room for files of one engagement (MB)"), at_most=30000)
    allowed_domains = ArrayField(
        models.CharField(max_length=120),
        verbose_name=_("mail domains of your colleagues"),
        default=list,
        blank=True,
        help_text=_("A link can be handed on to these domains only."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            on_one_line("organisation_on_one_line", "name", "desk_name", "desk_phone"),
            models.CheckConstraint(
                condition=Q(send_time__lt=F("quiet_from")),
                name="organisation_sends_before_quiet",
                violation_error_message=_(
                    "The time of the daily mail must be before the quiet hours."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def calendar(self) -> WorkCalendar:
        return WorkCalendar(
            country=self.country,
            days_off=days_from_settings(self.days_off),
            days_worked=days_from_settings(self.days_worked),
            window=SendWindow(self.time_zone, self.send_time, self.quiet_from),
        )

    def today(self, at: datetime | None = None) -> date:
        """Return the calendar day in the organisation's time zone."""
        return timezone.localdate(at or timezone.now(), self.zone)


class OrganisationOfScope(ForwardManyToOneDescriptor):  # type: ignore[type-arg]  # not generic at run time
    """Answers with the organisation whose scope is open, when a row is of that one.

    Nearly every row that is read is, so no statement has to join the organisation to it.
    """

    def get_object(self, instance: models.Model) -> models.Model:
        active = active_organisation()
        if active is not None and active.pk == getattr(instance, self.field.attname):
            return active
        found: models.Model = super().get_object(instance)
        return found


class OrganisationKey(models.ForeignKey[Organisation, Organisation]):
    """The organisation of a row."""

    forward_related_accessor_class = OrganisationOfScope

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, positional, named = super().deconstruct()
        # For PostgreSQL it is nothing else, and no migration should depend on this class.
        return name, "django.db.models.ForeignKey", positional, named


class OrganisationOwned(models.Model):
    """A row that belongs to one organisation, and cannot be read without its scope."""

    organisation = OrganisationKey(Organisation, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class ContactQuerySet(models.QuerySet["Contact"]):
    def reachable(self) -> "ContactQuerySet":
        return self.filter(is_active=True, bounced_at=None).exclude(email="")

    def with_email(self, email: str) -> "ContactQuerySet":
        return self.filter(email__iexact=email.strip())


class Contact(OrganisationOwned):
    """Somebody we may write to: a manager, a receiver, an IT desk, or a freelancer's address.

    A contact acts by action link and has no login of its own.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = LineField(_("name"), max_length=150, validators=[refuse_address])
    email = models.EmailField(_("e-mail address"))
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.DUTCH
    )
    # Chosen by this person: HR's forms and imports leave it.
    language_chosen = models.BooleanField(default=False, editable=False)
    phone = LineField(_("telephone"), max_length=40, blank=True)
    is_external = models.BooleanField(
        _("from outside the organisation"),
        default=False,
        help_text=_("Knowledge is secured only when somebody inside has it."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    # Action links made before this moment went to the old address and no longer work.
    email_changed_at = models.DateTimeField(_("address changed at"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("mail came back at"), null=True, blank=True)
    bounce_code = models.CharField(_("why mail came back"), max_length=40, blank=True)

    objects: ClassVar[ContactQuerySet] = scoped(ContactQuerySet)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                name="contact_email_once",
                violation_error_message=_("There is already a contact with this address."),
            ),
            on_one_line("contact_on_one_line", "name", "phone"),
            models.CheckConstraint(
                condition=Q(bounced_at=None, bounce_code="")
                | (Q(bounced_at__isnull=False) & ~Q(bounce_code="")),
                name="contact_bounced_iff_code",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "name", "id"],
                condition=Q(is_external=False, is_active=True),
                name="contact_inside_by_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def forget_bounce(self) -> None:
        """Count the address as good again; the caller saves."""
        self.bounced_at, self.bounce_code = None, ""

    @property
    def is_reachable(self) -> bool:
        return self.is_active and self.bounced_at is None and bool(self.email)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def for_dossier(self, dossier: uuid.UUID) -> "AuditEventQuerySet":
        return self.filter(dossier=dossier)


class AuditEvent(OrganisationOwned):
    """One line of the history: who did what to which thing, written with the change itself."""

    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    actor_kind = models.CharField(_("by which door"), max_length=8)
    actor_label = models.CharField(_("by whom"), max_length=150)
    actor_user_id = models.BigIntegerField(null=True, blank=True)
    actor_contact_id = models.BigIntegerField(null=True, blank=True)
    actor_grant_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(_("action"), max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    # The engagement whose history this belongs to; core knows only that it has a UUID.
    dossier = models.UUIDField(null=True, blank=True)
    # Identifiers and old/new values; no free text about people, so that erasure can keep rows.
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)

    objects: ClassVar[AuditEventQuerySet] = scoped(AuditEventQuerySet)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        indexes = [
            models.Index(fields=["organisation", "dossier", "-at"], name="audit_by_dossier"),
            models.Index(fields=["organisation", "-at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return self.action


class Heartbeat(models.Model):
    """When a part of the installation last showed that it lives; belongs to no organisation."""

    name = models.SlugField(primary_key=True, max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
