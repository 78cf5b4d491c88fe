import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import LineField, on_one_line, refuse_address
from core.models import Contact, Language, OrganisationOwned
from core.scoping import scoped


class UserManager(BaseUserManager["User"]):
    """Creates users; the address is stored in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: HR, an administrator, an auditor or a professional."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = LineField(_("name"), max_length=150, validators=[refuse_address])
    # Empty is what the browser asks for; of the mail, what the pages are in.
    language = models.CharField(
        _("language of the pages"), max_length=2, choices=Language, blank=True
    )
    mail_language = models.CharField(
        _("language of the mail"), max_length=2, choices=Language, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            on_one_line("user_on_one_line", "full_name"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> "MembershipQuerySet":
        return self.filter(is_active=True, user__is_active=True)

    def hr(self) -> "MembershipQuerySet":
        return self.active().filter(role__in=[Membership.Role.HR, Membership.Role.ADMIN])


class Membership(OrganisationOwned):
    """What a user may do in one organisation."""

    class Role(models.TextChoices):
        HR = "hr", _("HR")
        ADMIN = "admin", _("administrator")
        AUDITOR = "auditor", _("auditor (reads only)")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    # The address at which this user is written to; a contact of the same organisation.
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.HR)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[MembershipQuerySet] = scoped(MembershipQuerySet)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @property
    def may_change(self) -> bool:
        return self.role in (self.Role.HR, self.Role.ADMIN)

    @property
    def may_administer(self) -> bool:
        return self.role == self.Role.ADMIN
