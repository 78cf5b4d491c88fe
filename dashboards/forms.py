from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import django_filters
from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import Q, QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import LONGEST_EMAIL, FilterFold, check_year, date_input, filter_helper
from core.models import Organisation
from core.periods import Period, quarters, years
from core.tables import Chip, Tab
from core.wording import date_short
from core.words import LONGEST_SEARCH
from dashboards.queries.engagements import (
    conditions,
    counts_by_view,
    search,
    with_access_open,
    with_late_items,
)
from engagements.forms.lookups import offer_departments
from engagements.models import Department, EngagementQuerySet
from notifications.models import ReminderRule

VIEWS: Final[dict[str, Promise]] = {
    "running": _("Running"),
    "planned": _("Planned"),
    "active": _("Active"),
    "ending": _("Ending soon"),
    "ended": _("Ended, to close"),
    "closed": _("Closed"),
    "cancelled": _("Cancelled"),
    "all": _("All"),
}
CHIPS: Final[dict[str, str | Promise]] = {
    "q": "“%s”",
    "department": "%s",
    "manager": _("manager: %s"),
    "ends_from": _("ends from %s"),
    "ends_to": _("ends up to %s"),
    "late": _("with late tasks"),
    "access": _("access still open"),
}
TABS: Final = ("running", "ending", "ended", "closed", "cancelled", "all")
DEFAULT_VIEW: Final = "running"
PAGE_SIZES: Final = (25, 50, 100)
YEARS_BACK: Final = 4
QUARTERS_BACK: Final = 8


class EngagementFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """Which engagements the list shows; everything stands in the address."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="by_words",
        max_length=LONGEST_SEARCH,
        widget=forms.SearchInput(attrs={"placeholder": _("Name, title or id")}),
    )
    department = django_filters.ModelChoiceFilter(
        label=_("Department"),
        queryset=lambda _request: Department.objects.order_by("name"),
        to_field_name="public_id",
        empty_label=_("All departments"),
    )
    manager = django_filters.CharFilter(
        label=_("Hiring manager"), method="by_manager", max_length=LONGEST_SEARCH
    )
    ends_from = django_filters.DateFilter(
        label=_("Ends from"), field_name="ends_on", lookup_expr="gte", widget=date_input()
    )
    ends_to = django_filters.DateFilter(
        label=_("Ends up to"), field_name="ends_on", lookup_expr="lte", widget=date_input()
    )
    late = django_filters.BooleanFilter(
        label=_("Late tasks"), method="by_late", widget=forms.CheckboxInput
    )
    access = django_filters.ChoiceFilter(
        label=_("Access"),
        choices=[("open", _("access still open"))],
        method="by_access",
        widget=forms.HiddenInput,
    )
    state = django_filters.ChoiceFilter(
        label=pgettext_lazy("label", "Show"),
        choices=list(VIEWS.items()),
        method="by_view",
        widget=forms.HiddenInput,
    )

    def __init__(
        self,
        address: MultiValueDict[str, str],
        queryset: EngagementQuerySet,
        organisation: Organisation,
    ) -> None:
        super().__init__(address, queryset=queryset)
        self.address = address
        self.organisation = organisation
        self.form.helper = filter_helper(
            "q",
            FilterFold("department", "manager", "ends_from", "ends_to", "late"),
            "access",
            "state",
        )
        offer_departments(self.form.fields["department"])

    @property
    def values(self) -> Mapping[str, Any]:
        """What of the address is valid; the rest is shown as an error and filters nothing."""
        self.form.is_valid()
        values: Mapping[str, Any] = self.form.cleaned_data
        return values

    @property
    def view(self) -> str:
        return self.values.get("state") or DEFAULT_VIEW

    @property
    def default_order(self) -> str:
        return "ends_on" if self.view in ("running", "planned", "active", "ending") else "-ends_on"

    def filter_queryset(self, queryset: EngagementQuerySet) -> EngagementQuerySet:
        for name, value in self.values.items():
            if name != "state":
                queryset = self.filters[name].filter(queryset, value)
        self.matching = queryset
        return queryset.filter(conditions(self.organisation)[self.view])

    def by_words(self, queryset: EngagementQuerySet, name: str, value: str) -> EngagementQuerySet:
        return search(queryset, value)

    def by_manager(self, queryset: EngagementQuerySet, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(
            Q(manager__name__icontains=value) | Q(manager__email__icontains=value)
        )

    def by_late(self, queryset: EngagementQuerySet, name: str, value: object) -> EngagementQuerySet:
        return with_late_items(queryset, self.organisation.today()) if value else queryset

    def by_access(self, queryset: EngagementQuerySet, name: str, value: str) -> EngagementQuerySet:
        return with_access_open(queryset, self.organisation.today())

    def by_view(self, queryset: EngagementQuerySet, name: str, value: str) -> EngagementQuerySet:
        return queryset

    @property
    def cleared_url(self) -> str:
        """Return the address of this view without any filter."""
        return self.address_with(**dict.fromkeys(CHIPS))

    def chips(self) -> list[Chip]:
        """Return the filters in force, in the order of the form."""
        chips = []
        for name, text in CHIPS.items():
            value = self.values.get(name)
            if value:
                shown = date_short(value) if name.startswith("ends_") else value
                label = str(text) % shown if "%s" in str(text) else str(text)
                chips.append(Chip(label, self.address_with(**{name: None})))
        return chips

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many engagements each view has under the other filters."""
        is_filtered = any(value for name, value in self.values.items() if name != "state")
        return counts_by_view(
            self.matching, self.organisation, self._shown, is_filtered=is_filtered
        )

    @property
    def _shown(self) -> Sequence[str]:
        """Which views stand above the list: the usual ones, and the one that was asked for."""
        return TABS if self.view in TABS else (self.view, *TABS)

    def tabs(self) -> list[Tab]:
        """Return the views of the list with how many rows each has under the other filters."""
        return [
            Tab(
                VIEWS[name],
                self.address_with(state=None if name == DEFAULT_VIEW else name),
                is_current=name == self.view,
                count=self.counts[name],
            )
            for name in self._shown
        ]

    def page_sizes(self, current: int) -> list[Tab]:
        return [
            Tab(str(size), self.address_with(per_page=str(size)), is_current=size == current)
            for size in PAGE_SIZES
        ]

    def address_with(self, **changes: str | None) -> str:
        """Return the address of this list with some of its parts changed, on its first page."""
        given = {name: self.address.get(name) for name in self.address}
        query = {**given, "page": None, **changes}
        return "?" + urlencode({name: value for name, value in query.items() if value})


class OtherAddressForm(forms.Form):
    """To which address a message goes instead."""

    email = forms.EmailField(
        max_length=LONGEST_EMAIL,
        error_messages={
            "required": _("This is not an e-mail address."),
            "invalid": _("This is not an e-mail address."),
        },
    )


class MapForm(forms.Form):
    """Of which day, department and topic the knowledge map is; everything in the address."""

    on = forms.DateField(
        label=_("Day"), required=False, widget=date_input(), validators=[check_year]
    )
    department: "forms.ModelChoiceField[Department]" = forms.ModelChoiceField(
        label=_("Department"),
        required=False,
        queryset=Department.objects.none(),
        to_field_name="public_id",
        empty_label=_("All departments"),
    )
    q = forms.CharField(label=_("Topic"), required=False, max_length=100)

    def __init__(self, address: MultiValueDict[str, str], today: date) -> None:
        """Read the address.

        Args:
            address: the query of the request.
            today: where the organisation is; the map knows nothing of days before it.
        """
        super().__init__(address)
        self._today = today
        offer_departments(self.fields["department"])
        self.helper = filter_helper()

    def clean_on(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        if on is not None and on < self._today:
            raise forms.ValidationError(_("Choose today or a later day."))
        return on

    @property
    def values(self) -> dict[str, Any]:
        """Return what of the address is valid; the rest filters nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in ("on", "department", "q")}


class PeriodForm(forms.Form):
    """Of which quarter, year or row of days a report is; everything in the address."""

    period = forms.ChoiceField(label=_("Period"), required=False)
    first = forms.DateField(
        label=_("or from"), required=False, widget=date_input(), validators=[check_year]
    )
    last = forms.DateField(
        label=_("up to and including"), required=False, widget=date_input(), validators=[check_year]
    )

    def __init__(self, address: MultiValueDict[str, str], today: date) -> None:
        super().__init__(address)
        self.years = dict(years(today, YEARS_BACK))
        self.quarters = dict(quarters(today, QUARTERS_BACK))
        field = self.fields["period"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            *((key, key) for key in self.years),
            *((key, _quarter(period)) for key, period in self.quarters.items()),
        ]
        self.helper = filter_helper()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        return values

    @property
    def chosen(self) -> Period:
        """Return the days in the address, else its quarter or year, else this year."""
        self.is_valid()
        this_year = next(iter(self.years.values()))
        first: date | None = None if self.errors else self.cleaned_data["first"]
        last: date | None = None if self.errors else self.cleaned_data["last"]
        if first is None and last is None:
            key = self.cleaned_data.get("period")
            return (self.years | self.quarters).get(key or "", this_year)
        return Period(
            first or min(this_year.first, last or this_year.first),
            last or max(this_year.last, first or this_year.last),
        )


def _quarter(period: Period) -> str:
    return _("%(year)d, quarter %(number)d") % {
        "year": period.first.year,
        "number": (period.first.month + 2) // 3,
    }


class ReminderRuleForm(forms.Form):
    """On which days an organisation wants a reminder, and who hears of it next."""

    is_active = forms.BooleanField(label=_("in use"), required=False)
    offsets = SimpleArrayField(
        forms.IntegerField(min_value=-365, max_value=365),
        label=_("days"),
        help_text=_(
            "With commas. -21 is three weeks before the date, 0 the day itself, 3 after it."
        ),
    )
    escalate_after = SimpleArrayField(
        forms.IntegerField(min_value=1, max_value=90),
        label=_("escalate after"),
        required=False,
        help_text=_("Working days without an answer, one for each next person, with commas."),
    )

    @staticmethod
    def values_of(rule: ReminderRule) -> dict[str, Any]:
        return {
            "is_active": rule.is_active,
            "offsets": rule.offsets,
            "escalate_after": rule.escalate_after,
        }
