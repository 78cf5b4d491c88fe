from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.addresses import row_address
from core.tables import NumberColumn, Table
from core.templatetags.kb import status_tag
from core.wording import date_short
from engagements.models import Department, Freelancer


class FreelancerTable(Table):
    """Professionals by name."""

    caption = _("Professionals")
    row_header = "full_name"
    empty_icon = "users"

    full_name = tables.Column(
        verbose_name=_("Professional"),
        order_by=("sort_name", "pk"),
        linkify=lambda record: record.get_absolute_url(),
    )
    business_name = tables.Column(verbose_name=_("Business name"), order_by=("business_name", "pk"))
    current = tables.Column(verbose_name=_("Now at"), orderable=False, empty_values=())
    last_day = tables.Column(verbose_name=_("Last day"), order_by=("last_day", "pk"))
    portal = tables.Column(
        accessor="user_id", verbose_name=_("Portal"), orderable=False, empty_values=()
    )

    class Meta:
        empty_text = _("No professional fits. Clear the search to see all.")
        order_by = "full_name"

    def render_current(self, record: Any) -> SafeString | str:
        lines = [(one.title, one.department.name) for one in record.current]
        shown = format_html_join("", '<span class="d-block">{} · {}</span>', lines)
        return format_html("<span>{}</span>", shown) if lines else "—"

    def render_last_day(self, value: Any) -> str:
        return date_short(value)

    def render_portal(self, record: Freelancer) -> SafeString:
        return status_tag(str(_("yes") if record.user_id else _("no")), "plain")


def _department_address(record: Department, table: "DepartmentTable") -> str | None:
    if not table.may_change:
        return None
    return row_address("engagements:department_edit", record.public_id)


class DepartmentTable(Table):
    """Departments by name."""

    caption = _("Departments")
    row_header = "name"
    empty_icon = "building"

    name = tables.Column(
        verbose_name=_("Name"), order_by=("name", "pk"), linkify=_department_address
    )
    head = tables.Column(accessor="head__name", verbose_name=_("Head"), order_by=("head__name",))
    here = NumberColumn(verbose_name=_("Professionals now"), order_by=("here", "name"))
    is_active = tables.Column(verbose_name=_("In use"), orderable=False)

    class Meta:
        empty_text = _("There are no departments yet. Add one, or import a list of engagements.")
        order_by = "name"

    def __init__(self, *args: Any, may_change: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.may_change = may_change

    def render_is_active(self, value: object) -> SafeString:
        return status_tag(str(_("yes") if value else _("no")), "plain")
