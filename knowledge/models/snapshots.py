from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models import Department, Engagement


class CoverageSnapshot(OrganisationOwned):
    """How much would have been lost on a day; kept only when it differs from the one before."""

    engagement = models.ForeignKey(
        Engagement, models.CASCADE, related_name="snapshots", db_index=False
    )
    # Where it was on that day; an engagement may move to another department later.
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    on = models.DateField(_("day"))
    # Sum of criticality, and the part of it that was not covered; to add engagements up.
    weight = models.PositiveSmallIntegerField()
    open_weight = models.DecimalField(max_digits=7, decimal_places=4)

    objects = scoped(models.QuerySet["CoverageSnapshot"])

    class Meta:
        verbose_name = _("coverage of a day")
        verbose_name_plural = _("coverage by day")
        constraints = [
            models.UniqueConstraint(fields=["engagement", "on"], name="coverage_snapshot_once"),
            models.CheckConstraint(
                condition=Q(open_weight__gte=0, open_weight__lte=models.F("weight")),
                name="coverage_snapshot_part_of_weight",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "on"], name="coverage_snapshot_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.engagement} {self.on}"
