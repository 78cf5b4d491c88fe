import hashlib
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Contact, OrganisationOwned
from core.scoping import scoped
from engagements.models.engagement import Engagement
from notifications.models import Message


def hash_of(secret: str) -> bytes:
    """Return what is stored of a secret: a 256-bit random value needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


class LinkGrantQuerySet(models.QuerySet["LinkGrant"]):
    def usable(self, at: datetime | None = None) -> "LinkGrantQuerySet":
        """Grants that open now: not withdrawn, not expired, and mailed to the address of today."""
        return self.filter(
            Q(contact__email_changed_at=None) | Q(created_at__gt=F("contact__email_changed_at")),
            contact__is_active=True,
            revoked_at=None,
            expires_at__gt=at or timezone.now(),
        )

    def not_withdrawn(self) -> "LinkGrantQuerySet":
        """Grants that nobody took away; one that only made room for newer ones is among them.

        Its holder may ask for a new one, so whoever takes away their links takes that one too.
        """
        return self.filter(Q(revoked_at=None) | Q(revoked_reason="surplus"))

    def for_token(self, token: str) -> "LinkGrantQuerySet":
        return self.filter(secret_hash=hash_of(token))


class LinkGrant(OrganisationOwned):
    """A scoped, revocable right of one contact to act on one engagement by mail."""

    class Scope(models.TextChoices):
        VIEW = "view", _("see")
        TICK = "tick", _("tick tasks")
        DECIDE = "decide", _("decide on the end")
        REVIEW = "review", _("review handovers")
        DELEGATE = "delegate", _("hand on")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="grants")
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="grants")
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name=_("may"))
    # SHA-256 of a 256-bit token that exists only in the mail.
    secret_hash = models.BinaryField(max_length=32, unique=True)
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="grants"
    )
    handed_on_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="handed_on"
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    revoked_reason = models.CharField(_("why withdrawn"), max_length=40, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    use_count = models.PositiveIntegerField(_("times used"), default=0)

    objects: ClassVar[LinkGrantQuerySet] = scoped(LinkGrantQuerySet)

    class Meta:
        verbose_name = _("action link")
        verbose_name_plural = _("action links")
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="link_grant_revoked_iff_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["contact", "engagement", "-created_at"],
                condition=Q(revoked_at=None),
                name="link_grant_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.engagement}"

    def may(self, scope: str) -> bool:
        return scope in self.scopes


class LinkSessionQuerySet(models.QuerySet["LinkSession"]):
    def in_use(self, at: datetime) -> "LinkSessionQuerySet":
        """Sessions that go on: neither ended, nor too old, nor left alone for too long."""
        return self.filter(
            ended_at=None,
            created_at__gt=at - timedelta(seconds=settings.LINK_SESSION_SECONDS),
            last_seen_at__gt=at - timedelta(seconds=settings.LINK_SESSION_IDLE_SECONDS),
        )


class LinkSession(OrganisationOwned):
    """A browser in which somebody pressed Start; the grant is read again on every request."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    grant = models.ForeignKey(LinkGrant, models.PROTECT, related_name="sessions")
    key_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(_("started at"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Truncated to /24 or /48, and the family of the browser: enough to recognise, no more.
    network = models.CharField(_("network"), max_length=50, blank=True)
    browser = models.CharField(_("browser"), max_length=40, blank=True)

    objects: ClassVar[LinkSessionQuerySet] = scoped(LinkSessionQuerySet)

    class Meta:
        verbose_name = _("link session")
        verbose_name_plural = _("link sessions")

    def __str__(self) -> str:
        return f"{self.grant} {self.created_at:%Y-%m-%d %H:%M}"
