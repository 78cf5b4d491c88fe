from datetime import date
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from core.calendars import WorkCalendar, is_known_country
from core.forms import LONGEST_EMAIL, helper, row
from core.models import Contact, Language, Organisation

# As stored: 1 is Monday. Mail goes out on working days only.
WORKING_DAYS = [(number, capfirst(WEEKDAYS[number - 1])) for number in range(1, 6)]


def _date_of(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:  # well-formed, and no day of the calendar
        return None


class OrganisationForm(forms.ModelForm[Organisation]):
    """The settings of an organisation; every one of them has an effect."""

    days_off = SimpleArrayField(
        forms.CharField(max_length=60),
        label=_("extra days off"),
        required=False,
        help_text=_("Dates such as 2027-05-05, with commas. No mail goes out on these days."),
    )
    days_worked = SimpleArrayField(
        forms.CharField(max_length=60),
        label=_("holidays that you work"),
        required=False,
        help_text=_("Names such as Good Friday, or dates, with commas."),
    )
    allowed_domains = SimpleArrayField(
        forms.RegexField(r"^(?i:[a-z0-9-]+(\.[a-z0-9-]+)+)$", max_length=120),
        label=_("mail domains of your colleagues"),
        required=False,
        help_text=_("With commas. A link can be handed on to these domains only."),
    )

    weekly_digest_weekday = forms.TypedChoiceField(
        label=_("day of the weekly overview"), coerce=int, choices=WORKING_DAYS
    )

    class Meta:
        model = Organisation
        fields = [
            "name",
            "language",
            "desk_name",
            "desk_phone",
            "desk_email",
            "allowed_domains",
            "time_zone",
            "country",
            "days_off",
            "days_worked",
            "send_time",
            "quiet_from",
            "weekly_digest_weekday",
            "ending_days",
            "review_working_days",
            "tenure_gap_months",
            "link_days",
            "link_days_after_end",
            "import_undo_hours",
            "document_limit_mb",
            "video_limit_mb",
            "engagement_quota_mb",
        ]
        widgets = {
            "send_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
        self.helper.layout = Layout(
            Fieldset(
                _("Organisation"),
                row("name", "language"),
                row("desk_name", "desk_phone"),
                row("desk_email", "allowed_domains"),
            ),
            Fieldset(
                _("Mail and working days"),
                row("send_time", "quiet_from"),
                row("weekly_digest_weekday", "review_working_days"),
                row("time_zone", "country"),
                row("days_off", "days_worked"),
            ),
            Fieldset(
                _("Terms"),
                row("ending_days", "tenure_gap_months"),
                row("link_days", "link_days_after_end"),
                "import_undo_hours",
            ),
            Fieldset(_("Files"), row("document_limit_mb", "video_limit_mb"), "engagement_quota_mb"),
        )

    def _clean_days(self, field: str) -> list[str]:
        """Accept dates, and holidays by their name in Dutch or English; keep the calendar's key."""
        country = self.cleaned_data.get("country", "")
        if not is_known_country(country):
            return list(self.cleaned_data[field])  # the country itself is refused, at its own field
        year = timezone.localdate().year
        holidays = [
            holiday
            for language in ("nl", "en_US")
            for holiday in WorkCalendar(country=country).holidays_in(year, language)
        ]
        known = {holiday.name.casefold(): holiday.key for holiday in holidays}
        entries = []
        for text in self.cleaned_data[field]:
            day = _date_of(text)
            key = known.get(text.casefold())
            if day is None and key is None:
                raise forms.ValidationError(
                    _(
                        "“%(text)s” is neither a date (2027-05-05) nor a holiday."
                        " Holidays: %(names)s."
                    ),
                    params={"text": text, "names": ", ".join(sorted({h.name for h in holidays}))},
                )
            entries.append(day.isoformat() if day else str(key))
        return entries

    def clean_days_off(self) -> list[str]:
        return self._clean_days("days_off")

    def clean_days_worked(self) -> list[str]:
        return self._clean_days("days_worked")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        send_time, quiet_from = values.get("send_time"), values.get("quiet_from")
        if send_time and quiet_from and send_time >= quiet_from:
            self.add_error("quiet_from", _("This must be later than the time of the daily mail."))
        return values


class MemberInviteForm(forms.Form):
    """Whom to give which role."""

    full_name = forms.CharField(label=_("name"), max_length=150)
    email = forms.EmailField(label=_("e-mail address"), max_length=LONGEST_EMAIL)
    role = forms.ChoiceField(
        label=_("role"),
        choices=[(value, capfirst(name)) for value, name in Membership.Role.choices],
    )


class MemberForm(forms.ModelForm[Membership]):
    """What a member may do from now on."""

    class Meta:
        model = Membership
        fields = ["role", "is_active"]
        help_texts = {
            "is_active": _("Without access the person is signed out at once; history stays.")
        }
        labels = {"is_active": _("has access")}


class ContactForm(forms.ModelForm[Contact]):
    """Somebody to write to."""

    class Meta:
        model = Contact
        fields = ["name", "email", "language", "phone", "is_external", "is_active"]
        help_texts = {"is_active": _("Without this, no mail goes there and links stop working.")}


class ProfileForm(forms.ModelForm[User]):
    """A user's own name and language."""

    class Meta:
        model = User
        fields = ["full_name", "language"]


class LanguageForm(forms.Form):
    """The language switch of the header."""

    language = forms.ChoiceField(choices=Language.choices)
    next = forms.CharField(required=False)
