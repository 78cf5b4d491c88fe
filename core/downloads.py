"""How a file leaves: as a download that no browser shows, runs or keeps.

Every door checks for itself who may have the file; all answer with the same response.
"""

from typing import Protocol

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse


class StoredFile(Protocol):
    """A row that keeps one uploaded file in private storage."""

    @property
    def file(self) -> FieldFile: ...
    @property
    def original_name(self) -> str: ...
    @property
    def media_type(self) -> str: ...


def calendar_response(content: bytes) -> HttpResponse:
    """Answer with a file for a calendar, made on the spot."""
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kennisborg.ics"'
    return response


def file_response(stored: StoredFile) -> FileResponse:
    """Answer with a file whose reader was checked before.

    Source: trust.md section 2.4, point 7.
    """
    response = FileResponse(
        stored.file.open("rb"),
        as_attachment=True,  # Django writes the name as RFC 5987 wants it
        filename=stored.original_name,
        content_type=stored.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    # What is packed already is not packed again, and the browser learns how much is coming.
    response["Content-Encoding"] = "identity"
    return response
