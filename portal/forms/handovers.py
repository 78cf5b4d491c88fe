"""What a professional fills in to hand something over, page by page."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crispy_forms.layout import Div, Field
from django import forms
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrPromise

from core.fields import LineInput, WebAddressInput
from core.forms import check_year, date_input, helper
from knowledge import rules
from knowledge.models import DeliverableVersion, Topic, TransferForm
from knowledge.operations import Content, SessionFacts
from knowledge.operations.deliverables import MOST_ATTENDEES, kinds_of
from knowledge.queries import ShownVersion
from knowledge.validators import ALLOWED_EXTENSIONS
from portal.forms.fields import SeveralFilesField, TimeOfDayInput
from portal.operations import About

Kind = DeliverableVersion.Kind
LONGEST_TEXT = 100_000  # characters

WAYS: dict[str, StrPromise] = {
    Kind.FILE: _("As a file: a document, slides, a video"),
    Kind.LINK: _("As a link: it stands somewhere already"),
    Kind.TEXT: _("As text: write it here"),
}


def _optional(label: StrPromise) -> StrPromise:
    return format_lazy("{} {}", label, _("(optional)"))


class AboutForm(forms.Form):
    """What it is about, and in which way it is handed in."""

    title = LineInput(
        label=pgettext_lazy("handover", "title"),
        max_length=150,
        help_text=_("Name it as a colleague would look for it: “Restart the nightly link”."),
    )
    outcome = forms.CharField(
        label=_("What can somebody do after this?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One sentence: “Samira can restart the link at night without calling me.”"),
    )
    topics = forms.MultipleChoiceField(
        label=_("Which topics is it about?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who receives these topics is asked what they can do now."),
    )
    kind = forms.ChoiceField(label=_("How do you hand it over?"), widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, transfer_form: TransferForm, topics: Iterable[Topic], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        titles = [(str(topic.public_id), topic.title) for topic in topics]
        if titles:
            self.fields["topics"].choices = titles  # type: ignore[attr-defined]
        else:
            del self.fields["topics"]
        kinds = kinds_of(transfer_form)
        if len(kinds) == 1:
            del self.fields["kind"]
            self.only_kind: str = kinds[0]
        else:
            self.fields["kind"].choices = [(kind, WAYS[kind]) for kind in kinds]  # type: ignore[attr-defined]
            self.fields["kind"].initial = kinds[0]
        shown = ["title", "outcome", *(["topics"] if titles else [])]
        self.helper = helper(
            *shown, *([] if len(kinds) == 1 else [Div("kind", css_class="choices")])
        )

    @property
    def about(self) -> About:
        """What was filled in, as the operation wants it."""
        return About(**self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "kind" not in self.fields:
            values["kind"] = self.only_kind
        return values


# Which fields go with which way of handing in; files go with each.
FIELDS: dict[str, tuple[str, ...]] = {
    Kind.FILE: (),
    Kind.LINK: ("link",),
    Kind.TEXT: ("text",),
    Kind.SESSION: ("day", "time", "minutes", "place", "attendees", "text"),
}


class ContentForm(forms.Form):
    """The content of a draft. Which fields there are follows from the way of handing in.

    A draft may be kept half done, so nothing but the moment of a session is demanded here; what is
    still missing stands on the page that checks. Hence the word "optional" is part of the labels
    of what is never needed.
    """

    change_note = forms.CharField(
        label=_optional(_("What did you change?")),
        max_length=500,
        required=False,
        help_text=_("The reviewer reads this first."),
    )
    link = WebAddressInput(
        label=_("web address"),
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": _("Give a whole web address that begins with https://.")},
        help_text=_("Your colleagues must be able to open it after you have left."),
    )
    day = forms.DateField(
        label=_("day"),
        widget=date_input(),
        validators=[check_year],
        error_messages={"required": _("Give the day of the session.")},
    )
    time = forms.TimeField(
        label=_("begins at"),
        widget=TimeOfDayInput(),
        error_messages={"required": _("Give the time at which it begins.")},
    )
    minutes = forms.IntegerField(
        label=_("length in minutes"), min_value=5, max_value=1440, initial=60
    )
    place = LineInput(
        label=_optional(_("where")),
        max_length=150,
        required=False,
        help_text=_("A room, or “online”."),
    )
    attendees = forms.CharField(
        label=_("Who is there besides you?"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One name per line."),
    )
    text = forms.CharField(
        label=_("text"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 14}),
        help_text=_("Headings begin with #, list items with a dash, **bold** with two stars."),
    )
    uploads = SeveralFilesField(label=_("add files"))

    def __init__(self, *args: Any, shown: ShownVersion, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(shown))
        super().__init__(*args, **kwargs)
        self.shown = shown
        self.transfer_form: TransferForm = shown.version.deliverable.form
        self._keep_fields()
        self._word_fields()
        self.helper = helper(*self._layout())
        self.helper.hide_optional = True

    @property
    def kind(self) -> str:
        """The way of handing in that was chosen before."""
        return self.shown.version.kind

    @property
    def has_preview(self) -> bool:
        """Whether there is text whose looks can be seen first."""
        return self.kind == Kind.TEXT

    @property
    def content(self) -> Content:
        """What was filled in, as the operation wants it."""
        values = self.cleaned_data
        version = self.shown.version
        return Content(
            kind=self.kind,
            link=values.get("link", version.link),
            text=values.get("text", version.text),
            sections={code: values[f"section_{code}"] for code in self._section_codes()},
            session=values.get("session"),
            change_note=values.get("change_note", ""),
        )

    def clean_attendees(self) -> tuple[str, ...]:
        names = [" ".join(line.split()) for line in self.cleaned_data["attendees"].splitlines()]
        names = list(dict.fromkeys(filter(None, names)))
        if len(names) > MOST_ATTENDEES:
            raise forms.ValidationError(
                _("Name at most %(most)d people."), params={"most": MOST_ATTENDEES}
            )
        if any(len(name) > 150 for name in names):  # noqa: PLR2004
            raise forms.ValidationError(_("A name has at most 150 characters; one per line."))
        return tuple(names)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if {"day", "time", "minutes", "attendees"} <= values.keys():
            values["session"] = self._session(values)
        return values

    def refuse_files(self, refusals: Iterable[str]) -> None:
        """Say beside the field which files were not taken."""
        for refusal in refusals:
            self.add_error("uploads", refusal)

    def _session(self, values: dict[str, Any]) -> SessionFacts | None:
        try:
            starts_at = from_current_timezone(datetime.combine(values["day"], values["time"]))
        except forms.ValidationError as error:
            self.add_error("time", error)
            return None
        return SessionFacts(
            starts_at=starts_at,
            minutes=values["minutes"],
            place=values.get("place", ""),
            attendees=values["attendees"],
        )

    def _section_codes(self) -> list[str]:
        if not self.transfer_form.has_sections:
            return []
        return [section.code for section in rules.HANDOVER_SECTIONS]

    def _keep_fields(self) -> None:
        """Leave out what does not go with this way of handing in; add the eight sections."""
        wanted = {"uploads", *FIELDS[self.kind]}
        if self.transfer_form.has_sections:
            wanted.discard("text")
            for section in rules.HANDOVER_SECTIONS:
                self.fields[f"section_{section.code}"] = forms.CharField(
                    label=section.label,
                    help_text=section.question,
                    required=False,
                    widget=forms.Textarea({"rows": 4}),
                )
        if self.shown.version.number > 1 or self.shown.version.submitted_at is not None:
            wanted.add("change_note")
        for name in set(self.fields) - wanted - {f"section_{c}" for c in self._section_codes()}:
            del self.fields[name]

    def _word_fields(self) -> None:
        kinds = ", ".join(sorted(ALLOWED_EXTENSIONS))
        help_text = _("Several at once is fine: %(kinds)s.") % {"kinds": kinds}
        self.fields["uploads"].help_text = help_text
        if self.kind == Kind.SESSION:
            self.fields["text"].label = _optional(_("notes"))
            self.fields["text"].widget.attrs["rows"] = 5
            self.fields["text"].help_text = _("What was done, what came up, what is left to ask.")

    def _layout(self) -> list[object]:
        """Return the fields in order; what belongs together stands side by side."""
        rows: list[object] = []
        for name in self.fields:
            if name == "day":
                parts = ("day", "time", "minutes")
                rows.append(Div(*(Div(p, css_class="col-md-4") for p in parts), css_class="row"))
            elif name not in ("time", "minutes", "uploads"):
                rows.append(Field(name))
        return rows


def _initial(shown: ShownVersion) -> dict[str, Any]:
    version, session = shown.version, shown.session
    initial: dict[str, Any] = {"link": version.link, "text": version.text}
    if version.submitted_at is None:
        initial["change_note"] = version.change_note
    initial |= {f"section_{code}": text for code, text in version.sections.items()}
    if session is not None:
        local = timezone.localtime(session.starts_at)
        initial |= {
            "day": local.date(),
            "time": local.time(),
            "minutes": session.minutes,
            "place": session.place,
            "attendees": "\n".join(session.attendees),
        }
    return initial
