from datetime import date
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from core.calendars import WorkCalendar, is_known_country
from core.errors import DomainError
from core.fields import LineInput, refuse_address, refuse_quotes
from core.forms import LONGEST_EMAIL, helper, row
from core.models import Contact, Language, Organisation

HOLIDAY_LANGUAGES = {"nl": "nl", "en": "en_US"}
A_DAY = forms.DateField(input_formats=["%Y-%m-%d", "%d-%m-%Y"])
# As stored: 1 is Monday. Mail goes out on working days only.
WORKING_DAYS = [(number, capfirst(WEEKDAYS[number - 1])) for number in range(1, 6)]


def _date_of(text: str) -> date | None:
    try:
        day: date = A_DAY.clean(text.strip())
    except forms.ValidationError:
        return None
    return day


class OrganisationForm(forms.ModelForm[Organisation]):
    """The settings of an organisation; every one of them has an effect."""

    days_off = SimpleArrayField(
        forms.CharField(max_length=60),
        label=_("extra days off"),
        required=False,
        help_text=_("Dates such as 5-5-2027, with commas. No mail goes out on these days."),
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
            "receiver_decide_working_days",
            "external_receiver_percent",
            "library_check_months",
            "link_days",
            "link_days_after_end",
            "usefulness_window_days",
            "usefulness_least_answers",
            "import_undo_hours",
            "document_limit_mb",
            "video_limit_mb",
            "engagement_quota_mb",
        ]
        help_texts = {
            "receiver_decide_working_days": _(
                "Nobody said what they received: the manager then says whether its points count."
            ),
            "external_receiver_percent": _(
                "Somebody inside counts for 100. 0: knowledge with outsiders secures nothing."
            ),
            "library_check_months": _("The owner is asked; this holds from the next time on."),
        }
        widgets = {
            "send_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in ("days_off", "days_worked"):
            self.initial[field] = [self._as_written(entry) for entry in self.initial[field]]
        self.fields["desk_email"].validators.append(refuse_quotes)
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
                row("receiver_decide_working_days", "external_receiver_percent"),
                row("library_check_months", "import_undo_hours"),
                row("link_days", "link_days_after_end"),
                row("usefulness_window_days", "usefulness_least_answers"),
            ),
            Fieldset(_("Files"), row("document_limit_mb", "video_limit_mb"), "engagement_quota_mb"),
        )

    def _as_written(self, entry: str) -> str:
        """Return a day as its reader writes it: 5-5-2027, or a holiday by its name."""
        if day := _date_of(entry):
            return f"{day.day}-{day.month}-{day.year}"
        year, language = timezone.localdate().year, HOLIDAY_LANGUAGES[get_language() or "en"]
        calendar = WorkCalendar(country=self.instance.country)
        names = {holiday.key: holiday.name for holiday in calendar.holidays_in(year, language)}
        return names.get(entry, entry)

    def _clean_days(self, field: str) -> list[str]:
        """Accept dates, and holidays by their name in Dutch or English; keep the calendar's key."""
        country = self.cleaned_data.get("country", "")
        if not is_known_country(country):
            return list(self.cleaned_data[field])  # the country itself is refused, at its own field
        year = timezone.localdate().year
        holidays = [
            holiday
            for language in HOLIDAY_LANGUAGES.values()
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
                        "“%(text)s” is neither a date (5-5-2027) nor a holiday."
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


class MemberInviteForm(forms.Form):
    """Whom to give which role."""

    full_name = LineInput(label=_("name"), max_length=150, validators=[refuse_address])
    email = forms.EmailField(label=_("e-mail address"), max_length=LONGEST_EMAIL)
    role = forms.ChoiceField(
        label=_("role"),
        choices=[(value, capfirst(name)) for value, name in Membership.Role.choices],
    )

    def refuse(self, error: DomainError) -> None:
        """Show a refused invitation at the address."""
        self.add_error("email", str(error))


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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].validators.append(refuse_quotes)
        if self.instance.language_chosen:
            self.fields["language"].disabled = True
            self.fields["language"].help_text = _("This person chose the language.")

    def refuse(self, error: DomainError) -> None:
        """Show a refused change at the address."""
        self.add_error("email", str(error))


class ProfileForm(forms.ModelForm[User]):
    """A user's own name and languages."""

    class Meta:
        model = User
        fields = ["full_name", "language", "mail_language"]
        help_texts = {
            "language": _("The button at the top of every page changes this as well."),
        }

    def __init__(self, *args: Any, mail_now: str, **options: Any) -> None:
        super().__init__(*args, **options)
        own = [("", _("what your browser asks for")), *Language.choices]
        same = [("", _("the same as the pages")), *Language.choices]
        for name, choices in (("language", own), ("mail_language", same)):
            field: Any = self.fields[name]
            field.choices = choices
        if mail_now:
            self.fields["mail_language"].help_text = _("Mail to you is in %(language)s now.") % {
                "language": Language(mail_now).label
            }
