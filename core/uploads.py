"""How uploads come in: to disk, piece by piece, and no further than they may.

The size is bounded while a file is received, for every form of the product. What is too large is
thrown away at once and read to its end without being kept, so that the page can still say so and
the rest of the form is not lost.
"""

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core.files import MEBIBYTE, clean_file_name, extension_of

if TYPE_CHECKING:
    Upload = UploadedFile[bytes]
else:  # at run time the class takes no parameter unless the settings are loaded
    Upload = UploadedFile


# Behind an action link the organisation is not known yet while the body comes in.
LINK_LIMIT: Final = 50 * MEBIBYTE
VIDEO_EXTENSIONS: Final = frozenset({"mp4"})
TOO_LARGE: Final = "too_large"


class CutUpload(Upload):
    """A file that was too large: its name is known, nothing of it was kept.

    Asking for its size raises a ValidationError. A form field asks before it takes a file, so no
    form can take this one; the message stands beside the field like any other.
    """

    def __init__(self, name: str, limit: int) -> None:
        self.limit = limit
        super().__init__(name=name)

    def close(self) -> None:
        """Nothing was kept, so nothing is open; the request closes all its files."""

    @property
    def size(self) -> int:
        raise self.refusal()

    @size.setter
    def size(self, value: int | None) -> None:
        """Ignore what the parent class sets."""

    def refusal(self) -> ValidationError:
        return ValidationError(
            _(
                "This file is larger than the %(largest)s that are allowed, and was not kept. "
                "Make it smaller, split it, or give a link instead."
            ),
            code=TOO_LARGE,
            params={"largest": filesizeformat(self.limit)},
        )


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Writes every file to a temporary file, and stops writing at the limit."""

    total = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        document, video = self._limits()
        extension = extension_of(clean_file_name(self.file_name or ""))
        self.limit = video if extension in VIDEO_EXTENSIONS else document
        self.most = max(document, video)
        self.is_cut = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.is_cut:
            return
        self.total += len(raw_data)
        if start + len(raw_data) > self.limit or self.total > self.most:
            self.is_cut = True
            self.file.close()  # and thereby gone from the disk
            return
        super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Upload | None:
        if self.is_cut:
            return CutUpload(self.file_name or "", self.limit)
        return super().file_complete(file_size)

    def _limits(self) -> tuple[int, int]:
        """Return the most bytes of a document and of a video; several files share the larger."""
        organisation = getattr(self.request, "organisation", None)
        if organisation is not None:
            return (
                organisation.document_limit_mb * MEBIBYTE,
                organisation.video_limit_mb * MEBIBYTE,
            )
        if self.request is not None and settings.LINK_COOKIE_NAME in self.request.COOKIES:
            return LINK_LIMIT, LINK_LIMIT
        return 0, 0  # nobody who may hand in anything
