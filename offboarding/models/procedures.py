import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from core.wording import by_language
from engagements.models import Department


class OwnerRole(models.TextChoices):
    """Who an item belongs to; resolved to a contact when the checklist starts."""

    HR = "hr", _("HR")
    MANAGER = "manager", _("hiring manager")
    PROCUREMENT = "procurement", _("procurement")
    FREELANCER = "freelancer", _("professional")
    IT = "it", _("IT")
    FACILITIES = "facilities", _("facilities")
    SECURITY = "security", _("security")
    # Not "receiver": that is who gets one topic, named for it and asked for their word.
    RECEIVER = "receiver", _("colleague who takes over")
    CLIENT_MANAGER = "client_manager", _("client manager")


class Phase(models.TextChoices):
    ONBOARDING = "onboarding", _("welcome")
    OFFBOARDING = "offboarding", _("farewell")


class Anchor(models.TextChoices):
    START = "start", _("first day")
    END = "end", _("last day")


class DayKind(models.TextChoices):
    CALENDAR = "calendar", _("calendar days")
    WORKING = "working", _("working days")


class Subject(models.TextChoices):
    """What a step is about, where that changes how it is treated."""

    KNOWLEDGE = "knowledge", _("knowledge")
    ACCESS = "access", _("access")
    ASSET = "asset", _("assets")
    # The end itself: engagements remind of that decision by a rule of their own.
    DECISION = "decision", _("decision on the end")


class RunsWhen(models.TextChoices):
    ALWAYS = "always", _("always")
    NOT_SHORT = "not_short", _("not in a short engagement")
    SHORT = "short", _("in a short engagement only")


class Fact(models.TextChoices):
    """What happens elsewhere and settles a step by itself, as the end of "once …"."""

    AGREED = "agreed", _("both sides agreed on the handover")
    HANDED_IN = "handed_in", _("the handover document was handed in")
    ACCEPTED = "accepted", _("the handover document was accepted")


class RoleHolder(OrganisationOwned):
    """Who holds a role: for one department, or where none is named for all of them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(_("role"), max_length=16, choices=OwnerRole)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="role_holders",
        verbose_name=_("department"),
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="roles", verbose_name=_("contact")
    )

    objects = scoped(models.QuerySet["RoleHolder"])

    class Meta:
        verbose_name = _("role holder")
        verbose_name_plural = _("role holders")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "role", "department"],
                name="role_holder_once",
                nulls_distinct=False,
                violation_error_message=_("This role already has a holder here."),
            ),
            models.CheckConstraint(
                condition=~Q(role__in=["manager", "freelancer"]), name="role_holder_not_personal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.contact}"


class Procedure(OrganisationOwned):
    """The organisation-wide template, from welcome to farewell."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(_("procedure"), max_length=40)
    name_nl = models.CharField(_("name in Dutch"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    is_default = models.BooleanField(_("default"), default=False)

    objects = scoped(models.QuerySet["Procedure"])

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="procedure_once"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(is_default=True),
                name="procedure_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return by_language(self.name_nl, self.name_en)


class ProcedureVersion(OrganisationOwned):
    """One version of a procedure; immutable once a checklist has run from it."""

    procedure = models.ForeignKey(
        Procedure, models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveSmallIntegerField(_("version"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    # An engagement of fewer days than this is short and skips some steps.
    short_days = models.PositiveSmallIntegerField(_("days of a short engagement"), default=30)
    # With fewer days left than this, a move to an earlier end is immediate.
    immediate_days = models.PositiveSmallIntegerField(_("days of an immediate end"), default=2)
    # What was due before a list is made, or nearly so, may still take so many working days.
    catch_up_days = models.PositiveSmallIntegerField(_("working days to catch up"), default=5)

    objects = scoped(models.QuerySet["ProcedureVersion"])

    class Meta:
        verbose_name = _("version of a procedure")
        verbose_name_plural = _("versions of a procedure")
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedure_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} v{self.number}"


class StepFields(models.Model):
    """What a step of a procedure and its frozen copy in a checklist have in common."""

    code = models.CharField(_("step"), max_length=10)
    phase = models.CharField(_("phase"), max_length=12, choices=Phase)
    text_nl = models.CharField(_("task in Dutch"), max_length=200)
    text_en = models.CharField(_("task in English"), max_length=200)
    # Up to two roles do it together; the first one is asked.
    owner_role = models.CharField(_("owner"), max_length=16, choices=OwnerRole)
    second_role = models.CharField(_("together with"), max_length=16, choices=OwnerRole, blank=True)
    anchor = models.CharField(_("counted from"), max_length=6, choices=Anchor)
    offset_days = models.SmallIntegerField(_("days"))
    day_kind = models.CharField(
        _("counted in"), max_length=8, choices=DayKind, default=DayKind.CALENDAR
    )
    is_gate = models.BooleanField(_("needed for closing"), default=False)
    needs_evidence = models.BooleanField(_("asks for evidence"), default=False)
    may_snooze = models.BooleanField(_("can be put off"), default=True)
    subject = models.CharField(_("about"), max_length=10, choices=Subject, blank=True)
    # Nobody has to say that it is done: it follows what really happened.
    done_once = models.CharField(_("ticked once"), max_length=10, choices=Fact, blank=True)
    # What is left of the step when the end is immediate; it then falls to the hiring manager.
    rescue_nl = models.CharField(_("rescue task in Dutch"), max_length=200, blank=True)
    rescue_en = models.CharField(_("rescue task in English"), max_length=200, blank=True)
    controls = ArrayField(
        models.CharField(max_length=20), verbose_name=_("control"), default=list, blank=True
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        abstract = True

    @property
    def text(self) -> str:
        return by_language(self.text_nl, self.text_en)

    @property
    def rescue_text(self) -> str:
        return by_language(self.rescue_nl, self.rescue_en)

    @property
    def due_text(self) -> str:
        """When it is due, as people say it: "15 days before the first day"."""
        anchor, days = self.get_anchor_display(), abs(self.offset_days)
        if self.offset_days == 0:
            return gettext("on the %(anchor)s") % {"anchor": anchor}
        if self.day_kind == DayKind.WORKING:
            length = ngettext("%(days)d working day", "%(days)d working days", days)
        else:
            length = ngettext("%(days)d day", "%(days)d days", days)
        text = gettext("%(length)s after the %(anchor)s")
        if self.offset_days < 0:
            text = gettext("%(length)s before the %(anchor)s")
        return text % {"length": length % {"days": days}, "anchor": anchor}


class ProcedureStep(StepFields, OrganisationOwned):
    """One step of a version of a procedure."""

    version = models.ForeignKey(
        ProcedureVersion, models.PROTECT, related_name="steps", db_index=False
    )
    runs_when = models.CharField(
        _("runs"), max_length=10, choices=RunsWhen, default=RunsWhen.ALWAYS
    )

    objects = scoped(models.QuerySet["ProcedureStep"])

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="procedure_step_once"),
            models.CheckConstraint(
                condition=~Q(owner_role=F("second_role")), name="procedure_step_two_roles_differ"
            ),
            models.CheckConstraint(
                condition=Q(rescue_nl="", rescue_en="") | (~Q(rescue_nl="") & ~Q(rescue_en="")),
                name="procedure_step_rescue_in_both_languages",
            ),
            models.CheckConstraint(
                condition=Q(may_snooze=False)
                | (Q(is_gate=False) & ~Q(subject__in=["access", "asset"])),
                name="procedure_step_no_snooze_of_release",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"
