import io
from typing import Any, BinaryIO, Final, cast

from crispy_forms.layout import Column, Row
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import get_column_letter

from core.errors import DomainError
from core.forms import helper
from engagements.models import ImportRun
from engagements.operations.imports import COLUMNS, LARGEST_FILE

ACCEPTED: Final = ".csv,.txt,.tsv,.xlsx,text/csv"
SPREADSHEETS: Final = LARGEST_FILE // 2**20  # MB


class ListForm(forms.Form):
    """The list itself: a file, or rows copied from a spreadsheet."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("A CSV file or an Excel workbook (.xlsx), at most 20 MB and 20,000 rows."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )
    rows = forms.CharField(
        label=_("Or paste the rows here"),
        required=False,
        help_text=_("With the row of headers. For more than some thousand rows, use a file."),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = helper()
        self.helper.hide_optional = True  # one of the two is needed

    def clean_file(self) -> "UploadedFile[Any] | None":
        file = cast("UploadedFile[Any] | None", self.cleaned_data["file"])
        if file and (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(
                _("This file is too large: at most %(limit)d MB."), params={"limit": SPREADSHEETS}
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "file" in cleaned and not cleaned["file"] and not cleaned.get("rows"):
            self.add_error("file", _("Choose a file, or paste the rows below."))
        elif cleaned.get("file") and cleaned.get("rows"):
            self.add_error("rows", _("Choose a file or paste rows, not both."))
        return cleaned

    @property
    def content(self) -> BinaryIO:
        if self.cleaned_data["file"]:
            return cast("BinaryIO", self.cleaned_data["file"].file)
        return io.BytesIO(self.cleaned_data["rows"].encode())

    @property
    def name(self) -> str:
        file = self.cleaned_data["file"]
        return str(file.name if file else _("pasted rows"))

    def refuse(self, error: DomainError) -> None:
        """Show at the list itself why it cannot be read."""
        self.add_error("file" if self.cleaned_data.get("file") else "rows", str(error))


class ColumnsForm(forms.Form):
    """Which column of the list is which of ours."""

    def __init__(self, *args: Any, run: ImportRun, **options: Any) -> None:
        super().__init__(*args, **options)
        examples = run.summary.get("example", [])
        choices = [
            (str(at), _choice(at, header, examples[at] if at < len(examples) else ""))
            for at, header in enumerate(run.headers)
        ]
        for column in COLUMNS:
            self.fields[column.name] = forms.ChoiceField(
                label=str(column.label),
                help_text=str(column.help),
                required=column.is_required,
                choices=[("", _("Not in this list")), *choices],
                initial=str(run.mapping.get(column.name, "")),
            )
        self.helper = helper(
            Row(*(Column(column.name, css_class="col-md-6") for column in COLUMNS))
        )

    @property
    def mapping(self) -> dict[str, int]:
        return {name: int(at) for name, at in self.cleaned_data.items() if at}


class ConfirmForm(forms.Form):
    """Whether the rows with an error stay behind."""

    without_errors = forms.BooleanField(required=False)


def _choice(at: int, header: str, example: str) -> str:
    name = header or _("(no header)")
    return f"{get_column_letter(at + 1)} · {name}" + (f" · {example}" if example else "")
