from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.models import Contact, Organisation, OrganisationKey, OrganisationOwned
from core.scoping import scoped
from engagements.models import Department, Engagement
from knowledge.models.topics import Confirmation, Topic


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


class TopicGain(OrganisationOwned):
    """What a word added to what its speaker had of a topic before, for sums over a period.

    Words that added nothing have none: those that were taken back, questions, what was said before
    by the same person, and all about topics that are not agreed on or of engagements that never
    were. Triggers write these rows as they write standings (migration 0023), and
    `manage.py check_standings` proves them too.
    """

    word = models.OneToOneField(Confirmation, models.CASCADE, primary_key=True, related_name="gain")
    # Read by organisation and moment only, so that no index is kept for each of these.
    organisation = OrganisationKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(Department, models.CASCADE, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    is_external = models.BooleanField()
    at = models.DateTimeField()
    weight = models.PositiveSmallIntegerField()  # criticality times what was added, in percent

    objects = scoped(models.QuerySet["TopicGain"])

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "at"],
                include=["department", "topic", "contact", "is_external", "weight"],
                name="topic_gain_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word_id} {self.weight}"
