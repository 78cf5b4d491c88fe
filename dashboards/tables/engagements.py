from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.models import Organisation
from core.tables import NumberColumn, Table
from core.templatetags.kb import points_meter, status_tag
from core.wording import date_short, from_now
from dashboards.queries.engagements import Row, with_figures
from dashboards.tables.workbooks import Cell
from engagements.models import Engagement, State
from engagements.templatetags.engagements import engagement_state
from knowledge.templatetags.topics import risk_tag


def state_label(engagement: Engagement) -> str | Promise:
    """Return the state that the list annotated, in words."""
    return State(engagement.state_now).label  # type: ignore[attr-defined]


class EngagementTable(Table):
    """The engagement list; the next to leave stands on top."""

    caption = _("Engagements")
    row_header = "professional"
    empty_icon = "list-check"

    professional = tables.Column(
        accessor="freelancer__full_name",
        verbose_name=_("Professional"),
        order_by=("freelancer__sort_name", "pk"),
        linkify=lambda record: record.get_absolute_url(),
    )
    title = tables.Column(verbose_name=_("Engagement"), order_by=("title", "pk"))
    department = tables.Column(
        accessor="department__name",
        verbose_name=_("Department"),
        order_by=("department__name", "pk"),
    )
    ends_on = tables.Column(verbose_name=_("End"), order_by=("ends_on", "pk"))
    risk = tables.Column(
        accessor="pk", verbose_name=_("Leak risk"), orderable=False, empty_values=()
    )
    points = tables.Column(
        accessor="pk", verbose_name=_("Knowledge points"), orderable=False, empty_values=()
    )
    items = NumberColumn(
        accessor="pk", verbose_name=_("Open tasks"), orderable=False, empty_values=()
    )
    state = tables.Column(
        accessor="state_now", verbose_name=_("State"), orderable=False, empty_values=()
    )

    class Meta:
        empty_text = _("No engagement fits. Remove a filter to see more.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.figures: dict[int, Row] = {}

    def add_figures(self, organisation: Organisation) -> None:
        """Look up points, tasks and leaks of the rows on this page, in three queries."""
        records = [row.record for row in self.paginated_rows]
        self.figures = {row.engagement.pk: row for row in with_figures(organisation, records)}

    def render_department(self, record: Engagement) -> SafeString:
        return format_html(
            '<span>{}<span class="d-block note">{}</span></span>',
            record.department.name,
            record.manager.name,
        )

    def render_ends_on(self, record: Engagement) -> SafeString:
        return format_html(
            '<span><span class="text-nowrap">{}</span> <span class="note">· {}</span></span>',
            date_short(record.ends_on),
            from_now(record.ends_on),
        )

    def render_risk(self, record: Engagement) -> SafeString:
        row = self.figures.get(record.pk)
        return risk_tag(row.knowledge if row else None)

    def render_points(self, record: Engagement) -> str:
        row = self.figures.get(record.pk)
        if row is None or row.points is None:
            return "—"
        return points_meter(row.points.balance, Decimal(row.points.target))

    def render_items(self, record: Engagement) -> SafeString | str:
        row = self.figures.get(record.pk)
        counts = row.items if row else None
        if counts is None:
            return "0"
        if not counts.late:
            return str(counts.open)
        late = status_tag(_("%(count)d late") % {"count": counts.late}, "bad")
        return format_html("<span>{} {}</span>", late, counts.open)

    def render_state(self, record: Engagement) -> SafeString:
        return engagement_state(record)


EXPORT_HEADINGS = (
    _("Professional"),
    _("Engagement"),
    _("Department"),
    _("Hiring manager"),
    _("First day"),
    _("Last day"),
    _("Knowledge points"),
    _("Target"),
    _("Knowledge that walks out (%)"),
    _("Open tasks"),
    _("Late tasks"),
    _("State"),
    _("Id in another system"),
)


def export_row(row: Row) -> tuple[Cell, ...]:
    """Return the cells of one engagement in a sheet."""
    engagement, points, items = row.engagement, row.points, row.items
    return (
        engagement.freelancer.full_name,
        engagement.title,
        engagement.department.name,
        engagement.manager.name,
        engagement.starts_on,
        engagement.ends_on,
        points.balance if points else None,
        points.target if points else None,
        row.knowledge.leak if row.knowledge else None,
        items.open if items else 0,
        items.late if items else 0,
        str(state_label(engagement)),
        engagement.external_id,
    )
