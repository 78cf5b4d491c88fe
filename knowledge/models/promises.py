from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement
from knowledge.models.agreements import KnowledgeAgreement


class KeptPromise(OrganisationOwned):
    """Somebody's word that the client kept a promise of which the system cannot know."""

    class Kind(models.TextChoices):
        HOURS = "hours", _("paid hours for handing over")
        FEEDBACK = "feedback", _("feedback halfway")
        REFERENCE = "reference", _("letter of reference")

    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="kept_promises", db_index=False
    )
    kind = models.CharField(_("promise"), max_length=9, choices=Kind)
    kept_at = models.DateTimeField(_("kept at"), default=timezone.now, editable=False)
    said_by = models.CharField(_("said by"), max_length=150)
    said_by_side = models.CharField(max_length=10, choices=KnowledgeAgreement.Side)

    objects = scoped(models.QuerySet["KeptPromise"])

    class Meta:
        verbose_name = _("kept promise")
        verbose_name_plural = _("kept promises")
        constraints = [
            models.UniqueConstraint(fields=["engagement", "kind"], name="promise_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.engagement}"
