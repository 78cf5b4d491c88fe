"""What templates say with one word: icons, days, tags, charts. See docs/interface.md."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django import forms, template
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from core import addresses, charts, wording
from core.pages import MOST_COUNTED

register = template.Library()

register.filter("initials", wording.initials)
register.filter("points", wording.number)
register.filter("listed", wording.listed)
register.filter("device_name", wording.device_name)


@register.filter
def counted(count: int) -> str:
    """Say how many a list has: "10000+" where nobody counted further."""
    return f"{wording.number(MOST_COUNTED)}+" if count > MOST_COUNTED else wording.number(count)


@register.filter
def date_long(moment: date | datetime | None) -> str:
    return wording.date_long(moment) if moment else ""


@register.filter
def date_short(moment: date | datetime | None) -> str:
    return wording.date_short(moment) if moment else ""


@register.filter
def moment_short(moment: datetime | None) -> str:
    return wording.moment_short(moment) if moment else ""


@register.filter
def in_days(moment: date | datetime | None) -> str:
    return wording.in_days(moment) if moment else ""


@register.filter
def from_now(moment: date | datetime | None) -> str:
    return wording.from_now(moment) if moment else ""


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString | str:
    """Write the attributes of an element; a template does it ten times slower."""
    return flatatt(dict(attrs)) if attrs else ""


@register.filter
def options(groups: Iterable[tuple[str | None, Iterable[Mapping[str, Any]], int]]) -> SafeString:
    """Draw what a list offers: a filter has a hundred of them, each a group of its own."""
    lines: list[str] = []
    for name, choices, _index in groups:
        drawn = [
            format_html(
                '<option value="{}"{}>{}</option>',
                choice["value"],
                attributes(choice["attrs"]),
                choice["label"],
            )
            for choice in choices
        ]
        start = [format_html('<optgroup label="{}">', name)] if name else []
        lines += [*start, *drawn, *(["</optgroup>"] if name else [])]
    return mark_safe("\n".join(lines))  # noqa: S308 - each line escaped what it holds


@register.simple_tag
def row_address(url_name: str, public_id: object) -> str:
    """Return the address of a page about one row, faster than `url` does.

    Raises:
        TypeError: what is given is no id, as a misspelt variable of a template.
    """
    if not isinstance(public_id, UUID):
        message = f"{url_name} needs the id of a row, not {public_id!r}"
        raise TypeError(message)
    return addresses.row_address(url_name, public_id)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon from the sprite; without a label it is decoration."""
    href = f"{_sprite()}#{name}"
    if not label:
        return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
    )


@cache
def _sprite() -> str:
    """Return where the icons are; the name of a static file stays while a process runs."""
    return static("icons.svg")


@register.simple_tag(takes_context=True)
def page_address(context: template.Context, field: str, page: int) -> str:
    """Return the address of another page of the list, with its filters and order kept."""
    query = context["request"].GET.copy()
    query[field] = str(page)
    return f"?{query.urlencode()}"


@register.simple_tag
def status_tag(label: str, kind: str = "quiet") -> SafeString:
    """Show a state: bad, warn, now, info, ok or quiet in colour, plain as words only."""
    if kind == "plain":
        return format_html('<span class="text-soft">{}</span>', label)
    return format_html('<span class="tag tag-{}">{}</span>', kind, label)


@register.inclusion_tag("_components/relay_line.html")
def relay_line(stations: Sequence[charts.Station]) -> dict[str, Any]:
    return {"stations": stations}


@register.inclusion_tag("_components/chart_ends_per_week.html")
def ends_per_week(weeks: Sequence[charts.WeekCount], chart_id: str = "ends") -> dict[str, Any]:
    chart = charts.bar_chart(weeks)
    return {"chart": chart, "chart_id": chart_id, "conclusion": _ends_conclusion(chart)}


@register.inclusion_tag("_components/chart_points_burnup.html")
def points_burnup(
    steps: Sequence[charts.PointStep],
    target: Decimal,
    starts_on: date,
    ends_on: date,
    chart_id: str = "points",
) -> dict[str, Any]:
    chart = charts.burn_up(
        steps, target=target, starts_on=starts_on, ends_on=ends_on, today=timezone.localdate()
    )
    return {
        "chart": chart,
        "chart_id": chart_id,
        "steps": steps,
        "target": target,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "conclusion": _share_of(chart.balance, target),
    }


@register.inclusion_tag("_components/points_bar.html")
def points_bar(
    target: Decimal,
    accepted: Decimal,
    received: Decimal = Decimal(0),
    applied: Decimal = Decimal(0),
) -> dict[str, Any]:
    return {
        "segments": charts.segments([accepted, received, applied], target=target),
        "accepted": accepted,
        "received": received,
        "applied": applied,
        "conclusion": _share_of(accepted + received + applied, target),
    }


@register.simple_tag
def points_meter(balance: Decimal, target: Decimal) -> SafeString:
    """Show a balance in a table cell: a thin bar and the two numbers."""
    (bar,) = charts.segments([balance], target=target)
    return format_html(
        '<span class="meter-inline">'
        '<svg class="meter" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect x="{}" width="{}" height="12" /></svg> {} / {}</span>',
        bar.x,
        bar.width,
        wording.number(balance),
        wording.number(target),
    )


@register.inclusion_tag("_components/error_summary.html")
def error_summary(
    *sources: "forms.BaseForm | forms.BaseFormSet[Any] | None",
) -> dict[str, Any]:
    """List every error of forms and formsets as a link to its field; a page may have no form.

    Each form is summed up once: on top of the page where that asks for it, else above its fields.
    """
    errors: list[dict[str, str]] = []
    for source in sources:
        if source is None or getattr(source, "is_summed_up", False):
            continue
        source.is_summed_up = True  # type: ignore[union-attr]
        if isinstance(source, forms.BaseFormSet):
            errors += [{"target": "", "text": str(text)} for text in source.non_form_errors()]
            for form in source.forms:
                errors += _form_errors(form)
        elif isinstance(source, forms.BaseForm):
            errors += _form_errors(source)
    return {"errors": errors}


def _form_errors(form: forms.BaseForm) -> list[dict[str, str]]:
    if not form.is_bound:
        return []
    errors = [{"target": "", "text": str(text)} for text in form.non_field_errors()]
    for field in form:
        if not field.errors:  # and spare the choices of lists that nothing is wrong with
            continue
        target, label = _target_of(field), "" if field.is_hidden else f"{capfirst(field.label)}: "
        errors += [{"target": target, "text": f"{label}{text}"} for text in field.errors]
    return errors


def _target_of(field: forms.BoundField) -> str:
    if field.is_hidden:
        return ""
    first: str | None = field.subwidgets[0].id_for_label if field.subwidgets else ""
    return field.id_for_label or first or field.auto_id


def _ends_conclusion(chart: charts.BarChart) -> str:
    if chart.peak is None:
        return gettext("No engagement ends in these weeks.")
    return ngettext(
        "Busiest is week %(week)d: %(count)d engagement ends.",
        "Busiest is week %(week)d: %(count)d engagements end.",
        chart.peak.count,
    ) % {"week": chart.peak.number, "count": chart.peak.count}


def _share_of(balance: Decimal, target: Decimal) -> str:
    return gettext("%(balance)s of %(target)s points.") % {
        "balance": wording.number(balance),
        "target": wording.number(target),
    }
