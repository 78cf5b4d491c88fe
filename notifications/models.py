import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from core.wording import listed
from core.years import COUNTED_DAYS_KEPT, COUNTED_MOMENTS_KEPT
from notifications.rules import explain, readable


class ReminderRule(OrganisationOwned):
    """When an organisation wants somebody to be told about something, and who is told next."""

    class Unit(models.TextChoices):
        CALENDAR = "calendar", _("calendar days")
        WORKING = "working", _("working days")

    code = models.SlugField(_("rule"), max_length=40)
    is_active = models.BooleanField(_("in use"), default=True)
    # Days from the date it is about: -21 is three weeks before, 3 is three days after.
    offsets = ArrayField(models.SmallIntegerField(), verbose_name=_("days"), default=list)
    unit = models.CharField(_("counted in"), max_length=8, choices=Unit, default=Unit.CALENDAR)
    # Working days without action after which the next person hears of it; 0 is never.
    escalate_after = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("escalate after"),
        default=list,
        blank=True,
    )

    objects = scoped(models.QuerySet["ReminderRule"])

    class Meta:
        verbose_name = _("reminder rule")
        verbose_name_plural = _("reminder rules")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="reminder_rule_once"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def days_text(self) -> str:
        """When it tells, as people say it: "7 days before, 2 days before and on the day"."""
        return listed(self._day_text(offset) for offset in self.offsets)

    def _day_text(self, offset: int) -> str:
        if offset == 0:
            return gettext("on the day")
        if self.unit == self.Unit.WORKING:
            length = ngettext("%(days)d working day", "%(days)d working days", abs(offset))
        else:
            length = ngettext("%(days)d day", "%(days)d days", abs(offset))
        text = gettext("%(length)s before") if offset < 0 else gettext("%(length)s after")
        return text % {"length": length % {"days": abs(offset)}}


class MessageQuerySet(models.QuerySet["Message"]):
    def unsettled(self) -> "MessageQuerySet":
        return self.filter(state__in=Message.UNSETTLED)

    def dead(self) -> "MessageQuerySet":
        return self.filter(state=Message.State.DEAD)

    def waiting(self) -> "MessageQuerySet":
        """Messages that nobody is sending right now and that will still be sent."""
        return self.filter(state__in=Message.WAITING)

    def most_pressing_first(self) -> "MessageQuerySet":
        """What could not be delivered, what is tried again, then the newest."""
        return self.order_by("pressing", "-created_at", "-pk")


class Message(OrganisationOwned):
    """One outgoing e-mail to one contact: promised in a transaction, sent afterwards."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        LEASED = "leased", _("being sent")
        SENT = "sent", _("sent")
        RETRY = "retry", _("will be tried again")
        DEAD = "dead", _("could not be delivered")
        CANCELLED = "cancelled", _("no longer needed")
        SUPERSEDED = "superseded", _("replaced by a newer one")
        EXPIRED = "expired", _("too late to send")

    UNSETTLED = (State.PENDING, State.LEASED, State.RETRY)
    WAITING = (State.PENDING, State.RETRY)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.SlugField(_("kind"), max_length=40)
    dedupe_key = models.CharField(max_length=300)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="messages")
    # The engagement it is about; this package knows only that it has a UUID.
    dossier = models.UUIDField(null=True, blank=True)
    # Identifiers only: text is rendered when sending and never stored.
    params = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(_("promised at"), default=timezone.now, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    expires_at = models.DateTimeField(_("of no use after"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_code = models.CharField(_("answer of the mail server"), max_length=80, blank=True)
    # Why it was not or will not be sent, e.g. "bounced" or "end_moved"; see rules.answers.
    reason = models.SlugField(_("reason"), max_length=40, blank=True)
    # Stored, so that the list's first page needs no sort of every message ever sent.
    pressing = models.GeneratedField(
        expression=Case(
            When(state="dead", then=Value(0)),
            When(state="retry", then=Value(1)),
            default=Value(2),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects: ClassVar[MessageQuerySet] = scoped(MessageQuerySet)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "dedupe_key"], name="message_promised_once"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at=None)),
                name="message_sent_iff_timestamped",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="leased") & Q(lease_token=None, lease_until=None)),
                name="message_leased_iff_token",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["pending", "retry", "leased"]),
                name="message_queue",
            ),
            models.Index(fields=["organisation", "state", "-created_at"], name="message_by_state"),
            models.Index(
                fields=["organisation", "pressing", "-created_at", "-id"],
                name="message_by_pressure",
            ),
            models.Index(fields=["organisation", "dossier"], name="message_by_dossier"),
            models.Index(
                fields=["contact"],
                condition=Q(state__in=["pending", "retry", "leased"]),
                name="message_waiting_by_contact",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def answer(self) -> str:
        """Return what the mail server answered last, as people read it."""
        return readable(self.last_code)


class MessageAttempt(OrganisationOwned):
    """A step in sending a message; append-only, so that a crash leaves its trace."""

    class Step(models.TextChoices):
        STARTED = "started", _("started")
        HANDING_OVER = "handing_over", _("handing over to the mail server")
        SENT = "sent", _("accepted by the mail server")
        DEFERRED = "deferred", _("will be tried again")
        REFUSED = "refused", _("refused")
        OBSOLETE = "obsolete", _("no longer needed")

    message = models.ForeignKey(Message, models.PROTECT, related_name="steps", db_index=False)
    number = models.PositiveSmallIntegerField(_("attempt"))
    lease_token = models.UUIDField()
    step = models.CharField(_("step"), max_length=14, choices=Step)
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    code = models.CharField(_("answer of the mail server"), max_length=80, blank=True)

    objects = scoped(models.QuerySet["MessageAttempt"])

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [models.Index(fields=["message", "at"], name="attempt_by_message")]

    def __str__(self) -> str:
        return f"{self.number} {self.step}"

    @property
    def answer(self) -> str:
        """Return what the mail server answered, or why it was not asked, as people read it."""
        return str(explain(self.code)) or readable(self.code)


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def waiting(self, at: datetime) -> "ReminderQuerySet":
        return self.filter(state=Reminder.State.PLANNED, due_at__lte=at)

    def unsent(self) -> "ReminderQuerySet":
        return self.filter(state__in=[Reminder.State.PLANNED, Reminder.State.BUNDLED])

    def unsent_of(self, dossier: uuid.UUID) -> "ReminderQuerySet":
        return self.unsent().filter(dossier=dossier)


class Reminder(OrganisationOwned):
    """A decision that a contact must be told something; its key makes it happen once."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        BUNDLED = "bundled", _("in a message")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("no longer needed")
        SUPERSEDED = "superseded", _("replaced by a more urgent one")
        EXPIRED = "expired", _("too late to send")

    class Cadence(models.TextChoices):
        DAILY = "daily", _("in the daily mail")
        WEEKLY = "weekly", _("in the weekly mail")
        NOW = "now", _("at once")

    key = models.CharField(max_length=300)
    rule = models.SlugField(_("rule"), max_length=40)
    # Which step of the rule: "-21", "+3", or "hr+8" for an escalation.
    band = models.CharField(_("step"), max_length=20)
    about_on = models.DateField(_("about the date"))
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="reminders")
    dossier = models.UUIDField()
    # The item or handover that it is about, when it is not the engagement as a whole.
    item = models.UUIDField(null=True, blank=True)
    cadence = models.CharField(_("how"), max_length=6, choices=Cadence, default=Cadence.DAILY)
    due_at = models.DateTimeField(_("due at"))
    expires_at = models.DateTimeField(_("of no use after"))
    urgency = models.PositiveSmallIntegerField(_("urgency"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    created_at = models.DateTimeField(_("decided at"), default=timezone.now, editable=False)

    objects: ClassVar[ReminderQuerySet] = scoped(ReminderQuerySet)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="reminder_decided_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["bundled", "sent"]) | Q(message__isnull=False),
                name="reminder_told_has_message",
            ),
            models.CheckConstraint(
                condition=Q(
                    about_on__range=COUNTED_DAYS_KEPT,
                    due_at__range=COUNTED_MOMENTS_KEPT,
                    expires_at__range=COUNTED_MOMENTS_KEPT,
                ),
                name="reminder_days_in_our_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "due_at"],
                condition=Q(state="planned"),
                name="reminder_waiting",
            ),
            models.Index(fields=["organisation", "dossier"], name="reminder_by_dossier"),
            models.Index(
                fields=["organisation", "item"],
                condition=Q(item__isnull=False),
                name="reminder_by_item",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class RelayPause(models.Model):
    """The mail server refuses us as a whole: nobody tries until the pause is over.

    One row while it lasts, none when all is well; belongs to no organisation. It stands in the
    database because every sender must heed it, and a restart must not forget it.
    """

    name = models.SlugField(primary_key=True, max_length=40, default="smtp")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    refusals = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("pause of the mail server")
        verbose_name_plural = _("pauses of the mail server")

    def __str__(self) -> str:
        return f"{self.name} {self.code}"
