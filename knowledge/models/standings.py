from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.models import OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement
from knowledge.models.topics import Topic


class TopicStanding(OrganisationOwned):
    """What pages about a whole organisation read of a topic that counts.

    It counts once both sides agreed, until the file is closed or cancelled. Triggers write these
    rows whenever something changes that they are made of (migration 0020); the product never does.
    `manage.py check_standings` proves them. What depends on the day, on a contact or on a setting
    is not in them, so that none of these makes them wrong.
    """

    topic = models.OneToOneField(Topic, models.CASCADE, primary_key=True, related_name="standing")
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="+")
    title = models.CharField(max_length=150)
    folded = models.TextField()  # the title as titles are compared: in small letters
    criticality = models.PositiveSmallIntegerField()
    is_written = models.BooleanField()
    # The last day of checking of accepted handovers; empty where one of them has none.
    checked_until = models.DateField(null=True)
    # Contacts who hold it by their own word, and the value of the level of each, in percent.
    holders = ArrayField(models.BigIntegerField())
    levels = ArrayField(models.PositiveSmallIntegerField())

    objects = scoped(models.QuerySet["TopicStanding"])

    def __str__(self) -> str:
        return self.title
