import gc
import io
import tracemalloc
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.utils import translation

from core.files import MEBIBYTE
from core.uploads import CutUpload
from tests.factories.core import OrganisationFactory

BOUNDARY = "kennisborg"


class Body(io.RawIOBase):
    """A form with a file that is made while it is read, so that the test itself holds nothing."""

    def __init__(self, size, folder=None, name="overdracht.pdf", fields=b""):
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        ).encode()
        after = (
            f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
            f"Handleiding\r\n--{BOUNDARY}--\r\n"
        ).encode()
        self.parts = [[len(head), head], [size, None], [len(after), after]]
        self.length = sum(length for length, _ in self.parts)
        self.folder, self.largest_on_disk, self.largest_in_memory = folder, 0, 0

    def read(self, size=-1):
        self._measure()
        for part in self.parts:
            length, content = part
            if length:
                count = min(length, size)
                part[0] -= count
                if content is None:
                    return b"%" * count
                start = len(content) - length
                return content[start : start + count]
        return b""

    def _measure(self):
        if self.folder is not None:
            on_disk = sum(path.stat().st_size for path in Path(self.folder).iterdir())
            self.largest_on_disk = max(self.largest_on_disk, on_disk)
        if tracemalloc.is_tracing():
            in_memory, _peak = tracemalloc.get_traced_memory()
            self.largest_in_memory = max(self.largest_in_memory, in_memory)


def posted(body, organisation=None, cookies=""):
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/portal/",
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(body.length),
            "HTTP_COOKIE": cookies,
            "wsgi.input": body,
        }
    )
    if organisation is not None:
        request.organisation = organisation
    return request


@pytest.fixture
def organisation():
    return OrganisationFactory.build(document_limit_mb=50, video_limit_mb=60)


@pytest.fixture
def folder(tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def test_a_file_within_the_limit_is_written_to_disk(organisation, folder):
    body = Body(3 * MEBIBYTE, folder)

    file = posted(body, organisation).FILES["file"]

    assert file.size == 3 * MEBIBYTE
    assert Path(file.temporary_file_path()).parent == folder
    assert file.read(3) == b"%%%"
    file.close()


def test_a_file_beyond_the_limit_fills_neither_disk_nor_memory(organisation, folder):
    body = Body(80 * MEBIBYTE, folder)
    request = posted(body, organisation)
    tracemalloc.start()

    try:
        file = request.FILES["file"]
        assert isinstance(file, CutUpload)
    finally:
        tracemalloc.stop()

    assert 49 * MEBIBYTE < body.largest_on_disk <= 50 * MEBIBYTE
    assert body.largest_in_memory < 2 * MEBIBYTE
    assert list(folder.iterdir()) == []
    # The rest of the form came along, so the page can say what happened and keep the words.
    assert request.POST["title"] == "Handleiding"


def test_two_gigabytes_pass_by_without_a_trace(folder):
    organisation = OrganisationFactory.build(document_limit_mb=1, video_limit_mb=1)
    body = Body(2048 * MEBIBYTE, folder)

    assert isinstance(posted(body, organisation).FILES["file"], CutUpload)

    assert body.largest_on_disk <= MEBIBYTE
    assert list(folder.iterdir()) == []


def test_a_video_may_be_larger_than_a_document(organisation, folder):
    video = posted(Body(55 * MEBIBYTE, folder, name="demo.MP4"), organisation).FILES["file"]
    assert video.size == 55 * MEBIBYTE
    video.close()

    too_large = posted(Body(61 * MEBIBYTE, folder, name="demo.mp4"), organisation)
    assert isinstance(too_large.FILES["file"], CutUpload)


def test_several_files_share_the_largest_limit(folder):
    organisation = OrganisationFactory.build(document_limit_mb=2, video_limit_mb=3)
    several = [Body(2 * MEBIBYTE, folder, name=f"deel-{n}.pdf") for n in range(2)]
    first, second = several
    # One form with two files: the first one's end is left out.
    joined = Body(0, folder)
    joined.parts = [*first.parts[:2], [2, b"\r\n"], *second.parts]
    joined.length = sum(length for length, _ in joined.parts)

    files = posted(joined, organisation).FILES.getlist("file")

    assert [isinstance(file, CutUpload) for file in files] == [False, True]
    files[0].close()


def test_behind_a_link_there_is_a_limit_of_its_own(folder):
    cookie = f"{settings.LINK_COOKIE_NAME}=x"
    small = posted(Body(MEBIBYTE, folder), cookies=cookie).FILES["file"]
    assert small.size == MEBIBYTE
    small.close()

    large = posted(Body(51 * MEBIBYTE, folder), cookies=cookie).FILES["file"]
    assert isinstance(large, CutUpload)


def test_a_visitor_leaves_nothing_on_disk(folder):
    body = Body(5 * MEBIBYTE, folder)

    assert isinstance(posted(body).FILES["file"], CutUpload)

    assert body.largest_on_disk == 0


def test_no_form_takes_a_file_that_was_cut(organisation, folder):
    class UploadForm(forms.Form):
        file = forms.FileField()

    with translation.override("en"):
        form = UploadForm({}, {"file": CutUpload("Overdracht.pdf", 50 * MEBIBYTE)})

        (text,) = form.errors["file"]
    assert text == (
        "This file is larger than the 50.0\xa0MB that are allowed, and was not kept. "
        "Make it smaller, split it, or give a link instead."
    )
    assert form.has_error("file", "too_large")


def test_the_size_of_what_was_not_kept_cannot_be_asked():
    with pytest.raises(ValidationError):
        _ = CutUpload("Overdracht.pdf", MEBIBYTE).size


# Django leaves the file at hand to the garbage collector, which then warns.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_broken_connection_leaves_nothing_behind(organisation, folder):
    class BrokenBody(Body):
        def read(self, size=-1):
            if self.parts[1][0] < MEBIBYTE:
                raise ConnectionResetError
            return super().read(size)

    body = BrokenBody(3 * MEBIBYTE, folder)
    request = posted(body, organisation)

    with pytest.raises(UnreadablePostError):
        _ = request.FILES
    del request
    gc.collect()

    assert body.largest_on_disk > 0
    assert list(folder.iterdir()) == []
