import uuid
from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.fields import LineField, on_one_line
from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from engagements.models import Engagement, Freelancer
from knowledge.models.agreements import KnowledgeAgreement
from knowledge.models.deliverables import Deliverable

Side = KnowledgeAgreement.Side


class TopicQuerySet(models.QuerySet["Topic"]):
    def agreed(self) -> "TopicQuerySet":
        return self.filter(state=Topic.State.AGREED)

    def live(self) -> "TopicQuerySet":
        """Topics that somebody proposed or both agreed on."""
        return self.exclude(state=Topic.State.DROPPED)

    def waiting_for(self, side: str) -> "TopicQuerySet":
        """Topics on which this side has to answer: new ones, or another criticality."""
        return self.filter(
            Q(state=Topic.State.PROPOSED) & ~Q(proposed_by_side=side)
            | Q(state=Topic.State.AGREED, asked_criticality__isnull=False) & ~Q(asked_by_side=side)
        )


class Topic(OrganisationOwned):
    """Something to know for an engagement, with how much depends on it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        AGREED = "agreed", _("agreed")
        DROPPED = "dropped", _("dropped")

    class Nature(models.TextChoices):
        EXPLICIT = "explicit", _("can be written down")
        TACIT = "tacit", _("is learned by doing")

    class TimeToLearn(models.TextChoices):
        HOURS = "hours", _("some hours")
        DAYS = "days", _("some days")
        WEEKS = "weeks", _("some weeks")
        MONTHS = "months", _("some months")

    class Criticality(models.IntegerChoices):
        HANDY = 1, _("1 · handy to know")
        USEFUL = 2, _("2 · work goes slower without it")
        NEEDED = 3, _("3 · mistakes are made without it")
        CRITICAL = 4, _("4 · part of the work stops without it")
        VITAL = 5, _("5 · the work stops without it")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, related_name="topics", db_index=False
    )
    title = LineField(_("topic"), max_length=150)
    why = models.TextField(_("why does it matter?"), max_length=1000, blank=True)
    criticality = models.PositiveSmallIntegerField(
        _("how much depends on it?"), choices=Criticality, default=Criticality.NEEDED
    )
    written_where = models.CharField(_("where is it written?"), max_length=300, blank=True)
    known_by = models.CharField(_("who else knows it?"), max_length=300, blank=True)
    time_to_learn = models.CharField(
        _("how long does learning it take?"), max_length=6, choices=TimeToLearn, blank=True
    )
    nature = models.CharField(
        _("what kind of knowledge is it?"), max_length=8, choices=Nature, default=Nature.EXPLICIT
    )
    is_inbound = models.BooleanField(_("the professional brought this knowledge in"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PROPOSED)
    proposed_by_side = models.CharField(max_length=10, choices=Side)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    proposed_at = models.DateTimeField(_("proposed at"), default=timezone.now, editable=False)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    agreed_by = models.CharField(_("agreed by"), max_length=150, blank=True)
    # Another criticality that one side asked for; the one in force holds until the other agrees.
    asked_criticality = models.PositiveSmallIntegerField(null=True, blank=True, choices=Criticality)
    asked_by_side = models.CharField(max_length=10, choices=Side, blank=True)
    dropped_reason = models.CharField(_("why dropped"), max_length=500, blank=True)

    objects: ClassVar[TopicQuerySet] = scoped(TopicQuerySet)

    class Meta:
        verbose_name = _("knowledge topic")
        verbose_name_plural = _("knowledge topics")
        ordering = ["-criticality", "pk"]
        constraints = [
            on_one_line("topic_on_one_line", "title"),
            models.UniqueConstraint(
                "engagement",
                Lower("title"),
                condition=~Q(state="dropped"),
                name="topic_title_once",
                violation_error_message=_("This topic is on the list already."),
            ),
            models.CheckConstraint(
                condition=Q(criticality__range=(1, 5)), name="topic_criticality_in_range"
            ),
            models.CheckConstraint(
                condition=Q(asked_criticality=None, asked_by_side="")
                | Q(asked_criticality__isnull=False, asked_criticality__range=(1, 5))
                & ~Q(asked_by_side=""),
                name="topic_asked_by_a_side",
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(agreed_at__isnull=False),
                name="topic_agreed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(dropped_reason=""),
                name="topic_dropped_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "state"], name="topic_by_engagement"),
            models.Index(fields=["organisation", "-id"], name="topic_newest"),
            models.Index(
                fields=["organisation", "engagement", "id"],
                include=["criticality"],
                condition=Q(state="agreed"),
                name="topic_agreed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return row_address("knowledge:topic_detail", self.public_id)

    @property
    def asks(self) -> str:
        """What the other side agrees with, as one text to compare with what it saw."""
        weight = self.criticality if self.state == self.State.PROPOSED else self.asked_criticality
        return f"{weight} {self.title}"

    def waits_for(self, side: str) -> bool:
        """Say whether this side has to answer."""
        if self.state == self.State.PROPOSED:
            return self.proposed_by_side != side
        return self.asked_criticality is not None and self.asked_by_side != side


class TopicHandover(OrganisationOwned):
    """That a handover is about a topic."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="handovers", db_index=False)
    deliverable = models.ForeignKey(Deliverable, models.CASCADE, related_name="topic_links")

    objects = scoped(models.QuerySet["TopicHandover"])

    class Meta:
        verbose_name = _("topic of a handover")
        verbose_name_plural = _("topics of handovers")
        constraints = [
            models.UniqueConstraint(fields=["topic", "deliverable"], name="topic_handover_once"),
        ]

    def __str__(self) -> str:
        return f"{self.deliverable} · {self.topic}"


class ReceiverQuerySet(models.QuerySet["Receiver"]):
    def live(self) -> "ReceiverQuerySet":
        return self.filter(released_at=None)

    def waiting(self) -> "ReceiverQuerySet":
        """Receivers whose word is awaited, in engagements that still run."""
        return self.live().filter(
            asked_at__isnull=False,
            topic__state=Topic.State.AGREED,
            topic__engagement__cancelled_at=None,
            topic__engagement__closed_at=None,
        )

    def holding(self, day: date) -> "ReceiverQuerySet":
        """Receivers who said that something arrived and are still here, closed files included.

        A contact that was put to rest is not, nor a professional without an engagement that lasts
        until the day; as `queries.coverage` has it.
        """
        said = Confirmation.objects.in_force().exclude(answer=Confirmation.Answer.NOT_YET)
        people = Freelancer.objects.filter(
            Q(business_contact=OuterRef("contact")) | Q(private_contact=OuterRef("contact"))
        )
        engaged = Engagement.objects.filter(
            Q(freelancer__business_contact=OuterRef("contact"))
            | Q(freelancer__private_contact=OuterRef("contact")),
            cancelled_at=None,
            ends_on__gte=day,
        )
        return self.live().filter(
            Exists(said.filter(receiver=OuterRef("pk"))),
            ~Exists(people) | Exists(engaged),
            contact__is_active=True,
            topic__state=Topic.State.AGREED,
            topic__engagement__cancelled_at=None,
        )


class Receiver(OrganisationOwned):
    """Somebody who gets the knowledge of one topic, and says so in their own words."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="receivers")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="receiving")
    named_by_side = models.CharField(max_length=10, choices=Side)
    named_by = models.CharField(_("named by"), max_length=150)
    named_at = models.DateTimeField(_("named at"), default=timezone.now, editable=False)
    # Since when their word is awaited; empty when there is nothing to confirm yet, or any more.
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    released_at = models.DateTimeField(_("no longer a receiver since"), null=True, blank=True)
    released_reason = models.CharField(_("why no longer"), max_length=500, blank=True)

    objects: ClassVar[ReceiverQuerySet] = scoped(ReceiverQuerySet)

    class Meta:
        verbose_name = _("receiver")
        verbose_name_plural = _("receivers")
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "contact"],
                condition=Q(released_at=None),
                name="receiver_once_per_topic",
                violation_error_message=_("This person receives this topic already."),
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, released_reason="")
                | Q(released_at__isnull=False) & ~Q(released_reason=""),
                name="receiver_released_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(asked_at=None),
                name="receiver_released_is_not_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["contact"], condition=Q(released_at=None), name="receiver_live"),
            models.Index(
                fields=["organisation", "asked_at"],
                condition=Q(asked_at__isnull=False),
                name="receiver_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.topic}"


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def in_force(self) -> "ConfirmationQuerySet":
        return self.filter(withdrawn_at=None)

    def unseen(self) -> "ConfirmationQuerySet":
        """Words that prove something and that nobody at HR looked at."""
        return self.in_force().exclude(answer=Confirmation.Answer.NOT_YET).filter(looked_at=None)

    def questions(self) -> "ConfirmationQuerySet":
        """Words of receivers who are not there yet and wait for an answer."""
        return self.in_force().filter(answer=Confirmation.Answer.NOT_YET, replied_at=None)


class Confirmation(OrganisationOwned):
    """A receiver's own word about one topic: received, explained back, done alone, or not yet."""

    class Answer(models.TextChoices):
        RECEIVED = "received", _("received")
        EXPLAINED = "explained", _("explained back")
        PERFORMED = "performed", _("done alone")
        NOT_YET = "not_yet", _("not yet")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    receiver = models.ForeignKey(Receiver, models.PROTECT, related_name="confirmations")
    # By which handover the knowledge came; empty for knowledge that came without one.
    deliverable = models.ForeignKey(
        Deliverable, models.PROTECT, null=True, blank=True, related_name="confirmations"
    )
    answer = models.CharField(_("answer"), max_length=9, choices=Answer)
    words = models.TextField(_("in your own words"), max_length=1000)
    # As it was when they said it, for the share of insiders per period.
    is_external = models.BooleanField(_("from outside the organisation"))
    said_by = models.CharField(_("said by"), max_length=150)
    at = models.DateTimeField(_("said at"), default=timezone.now, editable=False)
    # What the professional says to a question.
    reply = models.TextField(_("answer to the question"), max_length=2000, blank=True)
    replied_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why taken back"), max_length=500, blank=True)
    # By HR, where it stood in the sample; it is as valid as before.
    looked_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    looked_by = models.CharField(_("looked at by"), max_length=150, blank=True)

    objects: ClassVar[ConfirmationQuerySet] = scoped(ConfirmationQuerySet)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="confirmation_has_words"),
            # The same thing twice about the same handover earns nothing new.
            models.UniqueConstraint(
                fields=["receiver", "deliverable", "answer"],
                condition=Q(withdrawn_at=None) & ~Q(answer="not_yet"),
                nulls_distinct=False,
                name="confirmation_said_once",
                violation_error_message=_("You confirmed this already."),
            ),
            models.CheckConstraint(
                condition=Q(replied_at=None, reply="")
                | Q(replied_at__isnull=False, answer="not_yet") & ~Q(reply=""),
                name="confirmation_reply_to_a_question",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="confirmation_withdrawn_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by="")
                | Q(looked_at__isnull=False) & ~Q(looked_by=""),
                name="confirmation_looked_at_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "at"], name="confirmation_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.answer}"
