"""How a file leaves: as a download that no browser shows, runs or keeps.

Every door checks for itself who may have the file; all answer with the same response.
"""

from django.http import FileResponse

from knowledge.models import DeliverableFile


def file_response(file: DeliverableFile) -> FileResponse:
    """Answer with a file whose reader was checked before.

    Source: trust.md section 2.4, point 7.
    """
    response = FileResponse(
        file.file.open("rb"),
        as_attachment=True,  # Django writes the name as RFC 5987 wants it
        filename=file.original_name,
        content_type=file.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    # What is packed already is not packed again, and the browser learns how much is coming.
    response["Content-Encoding"] = "identity"
    return response
