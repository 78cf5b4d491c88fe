import uuid
from datetime import date
from typing import Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement
from knowledge import rules
from knowledge.models.topics import Receiver
from notifications.models import ReminderRule

MOST_HOURS: Final = 999


class UsefulnessCheck(OrganisationOwned):
    """What a receiver says about one topic some time after the end: was it of use?"""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    receiver = models.ForeignKey(
        Receiver, models.PROTECT, related_name="usefulness", db_index=False
    )
    # Days after the end: which of the rounds it is.
    days_after = models.PositiveSmallIntegerField(_("days after the end"))
    was_used = models.BooleanField(_("was it used?"))
    was_enough = models.BooleanField(_("was it enough?"), null=True, blank=True)
    had_to_call = models.BooleanField(_("did they have to call all the same?"))
    hours_lost = models.DecimalField(
        _("hours that a gap cost"),
        max_digits=4,
        decimal_places=1,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)],
    )
    said_by = models.CharField(_("said by"), max_length=150)
    answered_at = models.DateTimeField(_("answered at"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)

    objects = scoped(models.QuerySet["UsefulnessCheck"])

    class Meta:
        verbose_name = _("usefulness check")
        verbose_name_plural = _("usefulness checks")
        constraints = [
            models.UniqueConstraint(
                fields=["receiver", "days_after"], name="usefulness_check_once"
            ),
            models.CheckConstraint(
                condition=Q(days_after__gte=1), name="usefulness_check_after_the_end"
            ),
            models.CheckConstraint(
                condition=Q(was_used=True, was_enough__isnull=False)
                | Q(was_used=False, was_enough__isnull=True),
                name="usefulness_check_enough_iff_used",
            ),
            models.CheckConstraint(
                condition=Q(hours_lost__gte=0, hours_lost__lte=MOST_HOURS),
                name="usefulness_check_hours_in_range",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "answered_at"], name="usefulness_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} +{self.days_after}"


def usefulness_rounds(
    engagement: Engagement, rule: ReminderRule | None = None
) -> list[rules.Round]:
    """Return when receivers are asked about an engagement; never when HR switched the rule off.

    Args:
        engagement: with its organisation.
        rule: as the organisation has it, where the caller looked it up already.
    """
    if rule is None:
        rule = ReminderRule.objects.filter(code=rules.USEFULNESS_RULE).first()
    if rule is not None and not rule.is_active:
        return []
    organisation = engagement.organisation
    return rules.rounds_of(
        engagement.ends_on,
        rules.USEFULNESS_DAYS if rule is None else rule.offsets,
        ReminderRule.Unit.CALENDAR if rule is None else rule.unit,
        organisation.calendar,
        organisation.usefulness_window_days,
    )


def usefulness_round(engagement: Engagement, day: date) -> rules.Round | None:
    """Return the round in which a day lies; None outside of them, without asking before the end."""
    if day <= engagement.ends_on:
        return None
    return rules.round_on(day, usefulness_rounds(engagement))
