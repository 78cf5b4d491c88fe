"""What HR fills in about tasks, and which of them a list shows."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise, cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.forms import FilterFold, check_year, date_input, filter_helper, one_of_two
from core.models import Organisation
from core.tables import Chip, Tab
from engagements.forms.lookups import known_contact_field, offer_departments
from engagements.models import Department
from engagements.queries import contact_label
from offboarding import queries
from offboarding.models import ChecklistItem, ChecklistItemQuerySet, OwnerRole

VIEWS: Final[Mapping[str, str | Promise]] = {
    "open": _("All open"),
    "late": _("Late"),
    "unowned": _("Without owner"),
}


class DoneForm(forms.Form):
    """That a task is done, with evidence where the step asks for it."""

    note = forms.CharField(
        label=_("note"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    upload = forms.FileField(label=_("file"), required=False, allow_empty_file=True)

    def __init__(self, *args: Any, item: ChecklistItem, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"note": item.note})
        super().__init__(*args, **kwargs)
        if item.asks_for_word:
            self.fields["note"].help_text = (
                _("This task asks for evidence: a note or a file, one of the two.")
                if item.needs_evidence
                else _("This is ticked by itself once %(fact)s. Was it done another way? Say how.")
                % {"fact": item.get_done_once_display()}
            )
            one_of_two(*self.fields.values())


class BacklogForm(forms.Form):
    """That the tasks from before a list were done."""

    note = forms.CharField(
        label=_("How do you know?"),
        max_length=1000,
        help_text=_("Stands beside each of these tasks."),
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("Say how you know that they were done.")},
    )


class NotYetForm(forms.Form):
    """When a task will be done."""

    expected_on = forms.DateField(
        label=_("When will it be done?"),
        widget=date_input(),
        validators=[check_year],
        error_messages={"required": _("Give the day.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["expected_on"].widget.attrs["min"] = today.isoformat()

    def clean_expected_on(self) -> date:
        day: date = self.cleaned_data["expected_on"]
        if day < self.today:
            raise forms.ValidationError(_("This day is past. Choose today or later."))
        return day


class ReasonForm(forms.Form):
    """Why a task does not apply, or is open again."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("Say why, in a few words.")},
    )


class SnoozeForm(forms.Form):
    """For how many working days a task is put off."""

    working_days = forms.IntegerField(widget=forms.HiddenInput)


class OwnerForm(forms.Form):
    """Who takes a task over; suggests who is likely to."""

    contact = known_contact_field()

    def __init__(self, *args: Any, item: ChecklistItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["contact"].widget
        widget.suggest = lambda: [contact_label(c) for c in queries.likely_owners(item)]


class ItemFilter(forms.Form):
    """Which open tasks the list shows; everything stands in the address."""

    owner = forms.CharField(
        label=_("Owner"),
        required=False,
        max_length=100,
        widget=forms.SearchInput({"placeholder": _("Name")}),
    )
    department: forms.ModelChoiceField[Department] = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("All departments"),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("All roles")), *((role.value, capfirst(role.label)) for role in OwnerRole)],
    )
    late = forms.BooleanField(required=False, widget=forms.HiddenInput)
    unowned = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, address: MultiValueDict[str, str], organisation: Organisation) -> None:
        super().__init__(address)
        offer_departments(self.fields["department"])
        self.helper = filter_helper("owner", FilterFold("department", "role"), "late", "unowned")
        self.today: date = organisation.today()
        self.is_valid()  # what is not valid filters nothing, and is shown as an error

    def matching(self) -> ChecklistItemQuerySet:
        """Return the open tasks that fit the fields, whatever the view."""
        items, chosen = queries.open_items(), self.cleaned_data
        if chosen.get("owner"):
            items = items.filter(owner__name__icontains=chosen["owner"])
        if chosen.get("department"):
            items = items.filter(engagement__department=chosen["department"])
        if chosen.get("role"):
            items = items.filter(owner_role=chosen["role"])
        return items

    def shown(self) -> ChecklistItemQuerySet:
        """Return the open tasks of the view that is chosen."""
        items = self.matching()
        if self.view == "late":
            return items.overdue(self.today)
        return items.unowned() if self.view == "unowned" else items

    @property
    def view(self) -> str:
        return next((name for name in ("late", "unowned") if self.cleaned_data.get(name)), "open")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many tasks each view has under the other filters."""
        is_filtered = any(self.cleaned_data.get(name) for name in ("owner", "department", "role"))
        return queries.counts_by_view(self.matching(), self.today, is_filtered=is_filtered)

    def tabs(self) -> list[Tab]:
        """Return the views, each with how many tasks it has under the other filters."""
        return [
            Tab(
                label,
                self.address_with(
                    late="on" if name == "late" else None,
                    unowned="on" if name == "unowned" else None,
                ),
                is_current=name == self.view,
                count=self.counts[name],
            )
            for name, label in VIEWS.items()
        ]

    def chips(self) -> list[Chip]:
        """Return the filters in force, each with the address of the list without it."""
        shown = {
            "owner": self.cleaned_data.get("owner"),
            "department": self.cleaned_data.get("department"),
            "role": dict(OwnerRole.choices).get(self.cleaned_data.get("role", "")),
        }
        return [
            Chip(str(value), self.address_with(**{name: None}))
            for name, value in shown.items()
            if value
        ]

    @property
    def cleared_url(self) -> str:
        """Return the address of this view without any filter."""
        return self.address_with(owner=None, department=None, role=None)

    def address_with(self, **changes: str | None) -> str:
        """Return the address of this list with parts changed, on its first page."""
        given = {name: self.data.get(name) for name in self.fields}
        query = {name: value for name, value in {**given, **changes}.items() if value}
        return "?" + urlencode(query)
