import uuid
from collections import defaultdict
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationOwned
from core.scoping import scoped
from core.wording import number
from engagements.models import Engagement
from knowledge.models.deliverables import Deliverable
from knowledge.models.topics import Confirmation
from knowledge.rules import Bounds, Stage, Standing


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def standing(self, deliverable: Deliverable, form_code: str, stage: Stage) -> Standing:
        """Say what was booked before for the engagement of a deliverable, reversals taken off.

        Lock the engagement first: a booking beside this one would make the answer untrue.
        """
        sums = (
            self.filter(engagement_id=deliverable.engagement_id)
            .order_by()
            .values_list("deliverable", "form_code", "stage", "is_written")
            .annotate(Sum("amount"))
        )
        form = written = Decimal(0)
        others: dict[int, Decimal] = defaultdict(Decimal)
        for key, code, at_stage, is_written, amount in sums:
            if code == form_code and key != deliverable.pk:
                others[key] += amount
            if at_stage == stage:
                form += amount if code == form_code else 0
                written += amount if is_written else 0
        return Standing(form, written, others_with_points=sum(map(bool, others.values())))


class LedgerEntry(OrganisationOwned):
    """One booking of points; never changed, a mistake gets a reversing entry."""

    class Stage(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        RECEIVED = "received", _("received")
        APPLIED = "applied", _("applied")

    class Limit(models.TextChoices):
        NONE = "", _("cap not reached")
        FORM = "form", _("cap of this form reached")
        WRITTEN = "written", _("cap of written forms reached")
        ONCE = "once", _("counts once per engagement")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="ledger", db_index=False
    )
    deliverable = models.ForeignKey(Deliverable, models.PROTECT, related_name="ledger")
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    amount = models.DecimalField(_("points"), max_digits=7, decimal_places=2)
    # What the explanation needs, frozen: later policies never change an old booking.
    base_points = models.DecimalField(max_digits=6, decimal_places=2)
    share = models.DecimalField(max_digits=3, decimal_places=2)
    uncapped = models.DecimalField(max_digits=7, decimal_places=2)
    limited_by = models.CharField(max_length=8, choices=Limit, blank=True, default=Limit.NONE)
    target = models.PositiveSmallIntegerField()
    policy_code = models.SlugField(max_length=40)
    policy_version = models.PositiveSmallIntegerField()
    form_code = models.SlugField(max_length=40)
    is_written = models.BooleanField()
    is_once = models.BooleanField(default=False)
    # In points; empty is no cap.
    form_cap = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    written_cap = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    # The receiver's word that earned a later stage.
    confirmation = models.ForeignKey(
        Confirmation, models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    # The client supplied no receiver: the points come, the coverage does not.
    without_receiver = models.BooleanField(default=False)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    booked_by = models.CharField(_("booked by"), max_length=150)
    booked_at = models.DateTimeField(_("booked at"), default=timezone.now, editable=False)

    objects: ClassVar[LedgerEntryQuerySet] = scoped(LedgerEntryQuerySet)

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")
        ordering = ["booked_at", "pk"]
        constraints = [
            # A stage is booked at most once: a correction names the entry that it reverses.
            models.UniqueConstraint(
                fields=["deliverable", "stage"],
                condition=Q(reverses=None),
                name="ledger_stage_booked_once",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gte=0)
                | Q(reverses__isnull=False, amount__lte=0),
                name="ledger_sign_fits",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | ~Q(reason=""), name="ledger_reversal_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(amount=0) | ~Q(limited_by=""), name="ledger_zero_only_by_a_cap"
            ),
            models.CheckConstraint(
                condition=Q(confirmation=None, without_receiver=False, stage="accepted")
                | ~Q(stage="accepted")
                & (
                    Q(confirmation__isnull=False, without_receiver=False)
                    | Q(confirmation=None, without_receiver=True) & ~Q(reason="")
                ),
                name="ledger_later_stage_has_a_ground",
            ),
        ]
        indexes = [models.Index(fields=["engagement", "booked_at"], name="ledger_by_engagement")]

    def __str__(self) -> str:
        return f"{self.deliverable} {self.stage} {self.amount}"

    @property
    def may_be_reversed(self) -> bool:
        """Whether it can be taken back; fetch `reversed_by`."""
        return bool(self.amount) and self.reverses_id is None and not hasattr(self, "reversed_by")

    @property
    def bounds(self) -> Bounds:
        return Bounds(form=self.form_cap, written=self.written_cap, is_once=self.is_once)

    @property
    def explanation(self) -> str:
        """Return why this many points, in the language of the reader; fetch `deliverable__form`."""
        what = _("%(form)s “%(title)s”, %(stage)s, %(share)s%% of %(base)s points, %(limit)s") % {
            "form": self.deliverable.form.name,
            "title": self.deliverable.title,
            "stage": self.get_stage_display(),
            "share": number(self.share * 100),
            "base": number(self.base_points),
            "limit": self.Limit(self.limited_by).label,
        }
        if self.reverses_id is not None:
            return _("Taken back: %(what)s") % {"what": what}
        if self.without_receiver:
            words = {"what": what, "reason": self.reason}
            return _("%(what)s; nobody was there to receive it: %(reason)s") % words
        return what
