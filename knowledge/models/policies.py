import uuid
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.models import OrganisationOwned
from core.scoping import scoped
from core.wording import by_language
from knowledge.rules import FormTerms, PolicyTerms

SHARE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]


class Bilingual:
    """Text that people wrote in Dutch and English; the other language is the fall-back."""

    name_nl: str
    name_en: str

    @property
    def name(self) -> str:
        return by_language(self.name_nl, self.name_en)


class TransferPolicy(Bilingual, OrganisationOwned):
    """One version of how an organisation awards points; bookings keep the version they used.

    Only whether it is the newest and the default ever changes: the database refuses the rest.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.SlugField(_("policy"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name_nl = models.CharField(_("name in Dutch"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    accepted_share = models.DecimalField(
        _("share on acceptance"), max_digits=3, decimal_places=2, validators=SHARE
    )
    received_share = models.DecimalField(
        _("share when received"), max_digits=3, decimal_places=2, validators=SHARE
    )
    applied_share = models.DecimalField(
        _("share when applied"), max_digits=3, decimal_places=2, validators=SHARE
    )
    # Written and recorded forms together, as a share of the target; empty is no cap.
    written_cap_share = models.DecimalField(
        _("cap of written forms"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=SHARE,
    )
    minimum_forms = models.PositiveSmallIntegerField(_("different forms at least"), default=1)
    # The one that new agreements use.
    is_default = models.BooleanField(_("default"), default=False)
    is_current = models.BooleanField(_("newest version"), default=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    # Empty for what the product ships.
    saved_by = models.CharField(_("saved by"), max_length=150, blank=True)
    note = models.CharField(_("what changes, and why"), max_length=300, blank=True)

    objects = scoped(models.QuerySet["TransferPolicy"])

    class Meta:
        verbose_name = _("points policy")
        verbose_name_plural = _("points policies")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code", "version"], name="transfer_policy_version_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "code"],
                condition=Q(is_current=True),
                name="transfer_policy_one_current",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(is_default=True),
                name="transfer_policy_one_default",
            ),
            models.CheckConstraint(
                condition=Q(accepted_share=Decimal(1) - F("received_share") - F("applied_share")),
                name="transfer_policy_shares_make_one",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_current=True),
                name="transfer_policy_default_is_newest",
            ),
            models.CheckConstraint(
                condition=Q(minimum_forms__gte=1), name="transfer_policy_asks_a_form"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return row_address("knowledge:policy_detail", self.public_id)

    @property
    def stages(self) -> list[tuple[str, Decimal]]:
        """Name and share, in hundredths, of each stage that brings points."""
        shares = [
            (_("accepted"), self.accepted_share),
            (_("received"), self.received_share),
            (_("applied"), self.applied_share),
        ]
        return [(str(name), share * 100) for name, share in shares if share]

    @property
    def written_cap_percent(self) -> Decimal | None:
        return None if self.written_cap_share is None else self.written_cap_share * 100

    @property
    def written_cap_stages(self) -> list[tuple[str, Decimal]]:
        """Which part of the common cap each stage can fill, in hundredths of the target."""
        cap = self.written_cap_share or Decimal(0)
        return [(name, share * cap) for name, share in self.stages]

    @property
    def terms(self) -> PolicyTerms:
        return PolicyTerms(
            shares={
                "accepted": self.accepted_share,
                "received": self.received_share,
                "applied": self.applied_share,
            },
            written_share=self.written_cap_share,
            least_forms=self.minimum_forms,
        )


class TransferForm(Bilingual, OrganisationOwned):
    """A catalogue entry: a way to hand over, with its points, cap and evidence."""

    class Mode(models.TextChoices):
        SOCIALISE = "socialise", _("socialise")
        EXTERNALISE = "externalise", _("externalise")
        COMBINE = "combine", _("combine")
        INTERNALISE = "internalise", _("internalise")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    policy = models.ForeignKey(TransferPolicy, models.PROTECT, related_name="forms", db_index=False)
    code = models.SlugField(_("form"), max_length=40)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    name_nl = models.CharField(_("name in Dutch"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    evidence_nl = models.CharField(_("evidence in Dutch"), max_length=200, blank=True)
    evidence_en = models.CharField(_("evidence in English"), max_length=200, blank=True)
    mode = models.CharField(_("mode (SECI)"), max_length=12, choices=Mode)
    base_points = models.DecimalField(
        _("base points"), max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    # Share of the target that this form can earn; empty together with once_only.
    cap_share = models.DecimalField(
        _("cap"), max_digits=3, decimal_places=2, null=True, blank=True, validators=SHARE
    )
    once_only = models.BooleanField(_("once per engagement"), default=False)
    is_written = models.BooleanField(_("written or recorded"), default=False)
    is_session = models.BooleanField(_("a meeting with a date and people"), default=False)
    has_sections = models.BooleanField(_("has the eight sections"), default=False)
    # Colleagues who took part, named; 0 for what is no meeting.
    minimum_attendees = models.PositiveSmallIntegerField(_("attendees at least"), default=0)

    objects = scoped(models.QuerySet["TransferForm"])

    class Meta:
        verbose_name = _("form of transfer")
        verbose_name_plural = _("forms of transfer")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "code"], name="transfer_form_once"),
            models.CheckConstraint(
                condition=Q(once_only=True) | Q(cap_share__isnull=False),
                name="transfer_form_capped_or_once",
            ),
            models.CheckConstraint(
                condition=Q(is_written=False) | Q(is_session=False),
                name="transfer_form_written_or_met",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def evidence(self) -> str:
        return by_language(self.evidence_nl, self.evidence_en)

    @property
    def cap_percent(self) -> Decimal | None:
        return None if self.cap_share is None else self.cap_share * 100

    @property
    def terms(self) -> FormTerms:
        return FormTerms(
            base=self.base_points,
            cap_share=self.cap_share,
            is_once=self.once_only,
            is_written=self.is_written,
        )
