"""The browser's own fields for times and several files."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile


class TimeOfDayInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(format="%H:%M", attrs=attrs)


class SeveralFilesInput(forms.FileInput):
    """A file field in which several files can be chosen at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Any number of files, as they came; whether each can be taken is decided one by one later.

    A file that is refused here would take the good ones beside it along.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", SeveralFilesInput())
        super().__init__(required=False, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploads: Sequence[UploadedFile[bytes]] = data if isinstance(data, list | tuple) else [data]
        return [upload for upload in uploads if upload]
