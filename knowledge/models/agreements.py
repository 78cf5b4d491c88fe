import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement
from knowledge import rules
from knowledge.models.policies import TransferForm, TransferPolicy


class KnowledgeAgreementQuerySet(models.QuerySet["KnowledgeAgreement"]):
    def in_force(self) -> "KnowledgeAgreementQuerySet":
        return self.filter(state=KnowledgeAgreement.State.ACCEPTED)

    def proposed(self) -> "KnowledgeAgreementQuerySet":
        return self.filter(state=KnowledgeAgreement.State.PROPOSED)


class KnowledgeAgreement(OrganisationOwned):
    """One version of what both sides agree to hand over; in force once both accepted."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for acceptance")
        ACCEPTED = "accepted", _("in force")
        SUPERSEDED = "superseded", _("replaced")
        DECLINED = "declined", _("declined")

    class Side(models.TextChoices):
        CLIENT = "client", _("client")
        FREELANCER = "freelancer", _("professional")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="agreements", db_index=False
    )
    policy = models.ForeignKey(TransferPolicy, models.PROTECT, related_name="agreements")
    version = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    target = models.PositiveSmallIntegerField(
        _("target (points)"),
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("100 points is about 20 paid hours."),
    )
    paid_hours = models.DecimalField(
        _("paid hours"),
        max_digits=5,
        decimal_places=1,
        validators=[MinValueValidator(0), MaxValueValidator(2000)],
    )
    note = models.TextField(_("note"), blank=True, max_length=2000)
    # Why this version differs from the one before; needed from version 2 on.
    reason = models.CharField(_("reason of the change"), max_length=500, blank=True)
    proposed_by_side = models.CharField(max_length=10, choices=Side)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    proposed_at = models.DateTimeField(_("proposed at"), default=timezone.now, editable=False)
    client_accepted_at = models.DateTimeField(_("client agreed at"), null=True, blank=True)
    client_accepted_by = models.CharField(_("client agreed by"), max_length=150, blank=True)
    freelancer_accepted_at = models.DateTimeField(
        _("professional agreed at"), null=True, blank=True
    )
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    declined_reason = models.CharField(_("why declined"), max_length=500, blank=True)

    objects: ClassVar[KnowledgeAgreementQuerySet] = scoped(KnowledgeAgreementQuerySet)

    class Meta:
        verbose_name = _("knowledge agreement")
        verbose_name_plural = _("knowledge agreements")
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "version"], name="agreement_version_once"
            ),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(state="accepted"),
                name="agreement_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(state="proposed"),
                name="agreement_one_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted")
                | Q(client_accepted_at__isnull=False, freelancer_accepted_at__isnull=False),
                name="agreement_accepted_by_both",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""), name="agreement_change_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engagement} v{self.version}"


class AgreedForm(OrganisationOwned):
    """How often a form of transfer was agreed; a plan, not a limit."""

    agreement = models.ForeignKey(
        KnowledgeAgreement, models.CASCADE, related_name="agreed_forms", db_index=False
    )
    form = models.ForeignKey(TransferForm, models.PROTECT, related_name="+")
    times = models.PositiveSmallIntegerField(
        _("times"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )

    objects = scoped(models.QuerySet["AgreedForm"])

    class Meta:
        verbose_name = _("agreed form")
        verbose_name_plural = _("agreed forms")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "form"], name="agreed_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.times} x {self.form}"


@dataclass(frozen=True, slots=True)
class Basis:
    """What bookings are weighed against: the agreement in force, or what is usual without one."""

    target: int  # points
    policy: TransferPolicy
    agreement: KnowledgeAgreement | None

    def form_for(self, form: TransferForm) -> TransferForm:
        """Return the same form in this policy; the form itself where the policy has no such."""
        if form.policy_id == self.policy.pk:
            return form
        return self.policy.forms.filter(code=form.code).first() or form


def usual_target(engagement: Engagement) -> int:
    """Return the points to expect of an engagement without an agreement."""
    return rules.usual_target(engagement.knowledge_target, engagement.starts_on, engagement.ends_on)


def policies_of(engagements: Collection[int]) -> dict[int, TransferPolicy]:
    """Return the policy that holds for each of these engagements now, as `basis_of` has it.

    Raises:
        TransferPolicy.DoesNotExist: the organisation has no policy at all.
    """
    if not engagements:
        return {}
    agreed = KnowledgeAgreement.objects.in_force().filter(engagement__in=engagements)
    usual = TransferPolicy.objects.get(is_default=True)
    policies = dict.fromkeys(engagements, usual)
    return policies | {one.engagement_id: one.policy for one in agreed.select_related("policy")}


def basis_of(engagement: Engagement) -> Basis:
    """Return the target and the policy that hold for an engagement now.

    Raises:
        TransferPolicy.DoesNotExist: the organisation has no policy at all.
    """
    agreement = (
        KnowledgeAgreement.objects.in_force()
        .filter(engagement=engagement)
        .select_related("policy")
        .first()
    )
    if agreement is not None:
        return Basis(agreement.target, agreement.policy, agreement)
    policy = TransferPolicy.objects.get(organisation=engagement.organisation_id, is_default=True)
    return Basis(usual_target(engagement), policy, None)
