import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.fields import LineField, on_one_line, refuse_address
from core.models import Contact, OrganisationOwned
from core.scoping import scoped


class Department(OrganisationOwned):
    """A part of the organisation where professionals work."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = LineField(_("name"), max_length=120)
    head = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("head"),
        help_text=_("Hears when a hiring manager does not react."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = scoped(models.QuerySet["Department"])

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("name"),
                name="department_name_once",
                violation_error_message=_("There is already a department with this name."),
            ),
            on_one_line("department_on_one_line", "name"),
        ]

    def __str__(self) -> str:
        return self.name


class Intermediary(OrganisationOwned):
    """A third party through which a professional is hired."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = LineField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"), blank=True)

    objects = scoped(models.QuerySet["Intermediary"])

    class Meta:
        verbose_name = _("intermediary")
        verbose_name_plural = _("intermediaries")
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="intermediary_name_once"),
            on_one_line("intermediary_on_one_line", "name"),
        ]

    def __str__(self) -> str:
        return self.name


class FreelancerQuerySet(models.QuerySet["Freelancer"]):
    def with_email(self, email: str) -> "FreelancerQuerySet":
        return self.filter(
            Q(business_contact__email__iexact=email) | Q(private_contact__email__iexact=email)
        )


class Freelancer(OrganisationOwned):
    """An independent professional: one person, many engagements."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    full_name = LineField(_("name"), max_length=150, validators=[refuse_address])
    called = LineField(
        _("how we may address you"),
        max_length=80,
        blank=True,
        validators=[refuse_address],
        help_text=_("Usually a first name."),
    )
    # Unaccented lower case, so that "Özgür" sorts among the o's without an ICU collation.
    sort_name = models.CharField(max_length=160, editable=False)
    business_name = LineField(_("business name"), max_length=150, blank=True)
    kvk_number = models.CharField(
        _("KvK number"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^\d{8}$", _("A KvK number has eight digits."))],
    )
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    business_contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="freelancers", verbose_name=_("business address")
    )
    private_contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="freelancers_privately",
        verbose_name=_("private address"),
    )
    phone = LineField(_("telephone"), max_length=40, blank=True)
    skills = models.TextField(_("skills"), blank=True, max_length=2000)
    ambition = models.TextField(_("ambition"), blank=True, max_length=2000)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="freelancers",
        verbose_name=_("login"),
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[FreelancerQuerySet] = scoped(FreelancerQuerySet)

    class Meta:
        verbose_name = _("professional")
        verbose_name_plural = _("professionals")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="freelancer_user_once"),
            on_one_line("freelancer_on_one_line", "full_name", "called", "business_name", "phone"),
            models.UniqueConstraint(
                fields=["organisation", "business_contact"], name="freelancer_address_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "sort_name"], name="freelancer_by_name"),
            GinIndex(OpClass(Upper("full_name"), name="gin_trgm_ops"), name="freelancer_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def first_name(self) -> str:
        return self.called or self.full_name.split(" ")[0]

    def get_absolute_url(self) -> str:
        return row_address("engagements:freelancer_detail", self.public_id)

    @property
    def contact_ids(self) -> list[int]:
        """Return whose addresses are the professional's: one contact, or two."""
        keys = (self.business_contact_id, self.private_contact_id)
        return [key for key in keys if key is not None]

    def is_contact(self, contact_id: int | None) -> bool:
        """Say whether one of the two addresses belongs to this contact."""
        return contact_id in self.contact_ids

    def address_after(self, *, has_ended: bool) -> Contact:
        """Return where to write: after the end only the private address, if there is one."""
        if has_ended and self.private_contact is not None:
            return self.private_contact
        return self.business_contact
