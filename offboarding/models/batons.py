from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement
from knowledge.models import Deliverable, Topic
from offboarding.models.checklists import ChecklistItem


class BatonItemQuerySet(models.QuerySet["BatonItem"]):
    def open(self) -> "BatonItemQuerySet":
        return self.filter(item__state=ChecklistItem.State.OPEN)


class BatonItem(OrganisationOwned):
    """What a task of a successor is about: something that the predecessor left behind.

    The words of the task are frozen, as those of every task; this leads to how things are now.
    """

    class Kind(models.TextChoices):
        PACK = "pack", _("handover pack")
        HANDOVER = "handover", _("handover")
        CONTACT = "contact", _("warm contact")
        TOPIC = "topic", _("knowledge topic")

    item = models.OneToOneField(ChecklistItem, models.CASCADE, related_name="baton")
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="baton_items")
    predecessor = models.ForeignKey(Engagement, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    deliverable = models.ForeignKey(
        Deliverable, models.PROTECT, null=True, blank=True, related_name="+"
    )
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[BatonItemQuerySet] = scoped(BatonItemQuerySet)

    class Meta:
        verbose_name = _("task of a handover pack")
        verbose_name_plural = _("tasks of handover packs")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="pack", deliverable=None, topic=None)
                | Q(kind__in=["handover", "contact"], deliverable__isnull=False, topic=None)
                | Q(kind="topic", deliverable=None, topic__isnull=False),
                name="baton_item_names_its_thing",
            ),
            models.UniqueConstraint(
                fields=["engagement", "predecessor"],
                condition=Q(kind="pack"),
                name="baton_pack_once",
            ),
            models.UniqueConstraint(
                fields=["engagement", "deliverable"],
                condition=Q(deliverable__isnull=False),
                name="baton_handover_once",
            ),
            models.UniqueConstraint(
                fields=["engagement", "topic"],
                condition=Q(topic__isnull=False),
                name="baton_topic_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item}"
