from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.forms import check_year, date_input, helper
from engagements.events import Blocker
from engagements.models import Engagement, EngagementChange
from engagements.operations.changes import STAYS
from engagements.rules import kinds_allowed

REASON_LENGTH: Final = 500
WAIVER_LENGTH: Final = 1000


def _reason(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=options.pop("max_length", REASON_LENGTH),
        widget=forms.Textarea(attrs={"rows": 2}),
        **options,
    )


class NewEndForm(forms.Form):
    """The first question: to which day."""

    new_ends_on = forms.DateField(
        label=_("New last day"), widget=date_input(), validators=[check_year]
    )

    def __init__(self, *args: Any, engagement: Engagement, **options: Any) -> None:
        super().__init__(*args, **options)
        self.engagement = engagement
        self.helper = helper()

    def clean_new_ends_on(self) -> Any:
        day = self.cleaned_data["new_ends_on"]
        if day < self.engagement.starts_on:
            raise forms.ValidationError(_("The last day cannot be before the first day."))
        if day == self.engagement.ends_on:
            raise forms.ValidationError(_("This is the last day already. Choose another day."))
        return day


class EndChangeForm(NewEndForm):
    """The second question, after the preview: what kind of change it is, and why."""

    kind = forms.ChoiceField(label=_("What kind of change is it?"), widget=forms.RadioSelect)
    reason = _reason(_("Why?"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["new_ends_on"].widget = forms.HiddenInput()
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.value, capfirst(kind.label))
            for kind in EngagementChange.Kind
            if kind not in STAYS
        ]

    @property
    def version_shown(self) -> int | None:
        """Return the version of the page that was filled in, None when it says none."""
        shown = self.data.get("version", "")
        return int(shown[:18]) if shown.isdecimal() else None  # as wide as a key

    def offer(self, new_ends_on: Any) -> None:
        """Offer only the kinds that fit the day."""
        engagement = self.engagement
        allowed = kinds_allowed(engagement.starts_on, engagement.ends_on, new_ends_on)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind, capfirst(EngagementChange.Kind(kind).label)) for kind in allowed
        ]


class StayForm(forms.Form):
    """That the date stays: it ends as planned, or somebody else takes over."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in STAYS])


class DecisionForm(forms.Form):
    """What HR answers to a request."""

    answer = forms.ChoiceField(
        label=_("What do you decide?"),
        choices=[("approve", _("Carry it out")), ("decline", _("Do not carry it out"))],
        widget=forms.RadioSelect,
    )
    reason = _reason(
        _("Your answer"),
        required=False,
        help_text=_("Whoever asked reads this. Needed when you do not carry it out."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = helper()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("answer") == "decline" and not values.get("reason"):
            self.add_error("reason", _("Say why, so that whoever asked knows what to do."))
        return values


class CloseForm(forms.Form):
    """A reason for each thing that is missing; all of them are needed."""

    def __init__(self, *args: Any, blockers: Sequence[Blocker], **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = helper()
        self.blockers = blockers
        for blocker in blockers:
            # Named after what is missing: a list that changed meanwhile mixes no reasons up.
            self.fields[f"waive-{blocker.code}"] = _reason(
                _("Why is this not needed?"), max_length=WAIVER_LENGTH
            )

    @property
    def waivers(self) -> dict[str, str]:
        return {
            blocker.code: self.cleaned_data[f"waive-{blocker.code}"] for blocker in self.blockers
        }

    @property
    def rows(self) -> list[tuple[Blocker, forms.BoundField]]:
        return [(blocker, self[f"waive-{blocker.code}"]) for blocker in self.blockers]


class CancelForm(forms.Form):
    """Why an engagement will not take place."""

    reason = _reason(_("Why is it cancelled?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = helper()
