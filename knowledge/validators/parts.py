"""The few XML parts of an Office document that decide what it is, read as they stream by."""

import posixpath
import re
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from core.files import MEBIBYTE
from knowledge.validators.signatures import damaged

LARGEST_PART: Final = 8 * MEBIBYTE  # inflated; a sheet with 50,000 hyperlinks needs 6
ACTIVE_TYPES: Final = ("macroenabled", "vbaproject")
# A link to click on, or a picture or film from the web. Word opens the rest without being asked,
# and a picture on a file share hands the reader's password hash to whoever owns the share.
CLICKED: Final = "/hyperlink"
TEMPLATE: Final = "/attachedtemplate"
SHOWN: Final = ("/image", "/video", "/audio", "/media")
# Word notes where on the author's own disk the template was; elsewhere that leads nowhere.
ON_OWN_DISK: Final = re.compile(r"(file:///)?[a-z]:[\\/]", re.IGNORECASE)
# What marks a file of any kind that was dropped into a document ("Package" in OLE).
PACKAGED: Final = "Ole10Native".encode("utf-16-le")
# Entities grow a page of text into gigabytes, or read files, in the program that opens it.
DOCTYPES: Final = tuple("<!DOCTYPE".encode(how) for how in ("ascii", "utf-16-le", "utf-16-be"))
XML_PARTS: Final = (".xml", ".rels")


class Listener(Protocol):
    """Hears of each element of an XML part, without its namespace."""

    def __call__(self, tag: str, attributes: Mapping[str, str]) -> None: ...


class PackageFacts:
    """What an Office document says about itself in `[Content_Types].xml` and its `.rels` parts."""

    def __init__(self, extension: str) -> None:
        self.extension = extension  # that the name of the upload promises
        self.main_part = ""  # lower case, as all names of parts here
        self.is_active = False  # macros are announced
        self.has_outside_template = False
        self.has_outside_object = False
        self._by_extension: dict[str, str] = {}
        self._by_part: dict[str, str] = {}

    def part_for(self, name: str) -> "XmlPart | None":
        """Return what must read a part while it is inflated; None for most parts."""
        if name == "[content_types].xml":
            return XmlPart(self._hear_type, self.extension)
        if name == "_rels/.rels":
            return XmlPart(self._hear_root, self.extension)
        return XmlPart(self._hear_relationship, self.extension) if name.endswith(".rels") else None

    def content_type_of(self, part: str) -> str:
        """Return the content type of a part; empty when none is given."""
        fallback = self._by_extension.get(part.rpartition(".")[2], "")
        return self._by_part.get(part, fallback)

    def _hear_type(self, tag: str, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if any(active in kind.lower() for active in ACTIVE_TYPES):
            self.is_active = True
        if tag == "Override":
            self._by_part[attributes.get("PartName", "").lower().lstrip("/")] = kind
        elif tag == "Default":
            self._by_extension[attributes.get("Extension", "").lower()] = kind

    def _hear_root(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._hear_relationship(tag, attributes)
        if attributes.get("Type", "").endswith("/officeDocument"):
            path = unquote(attributes.get("Target", "")).lower().lstrip("/")
            self.main_part = posixpath.normpath(path)

    def _hear_relationship(self, tag: str, attributes: Mapping[str, str]) -> None:
        if attributes.get("TargetMode", "").lower() != "external":
            return
        kind, target = attributes.get("Type", "").lower(), attributes.get("Target", "")
        if kind.endswith(TEMPLATE):
            self.has_outside_template |= ON_OWN_DISK.match(target) is None
        elif not kind.endswith(CLICKED):
            # Only what stands before the first slash: a host in it costs the square of its accents.
            is_web = urlsplit(target.partition("/")[0]).scheme.lower() in {"http", "https"}
            self.has_outside_object |= not (kind.endswith(SHOWN) and is_web)


# LookupError: the part names an encoding that does not exist.
UNREADABLE = (ParseError, DefusedXmlException, ValueError, LookupError)


class XmlPart:
    """Feeds one part to a listener, refusing what no Office program writes."""

    def __init__(self, listener: Listener, extension: str) -> None:
        self._extension = extension
        self._left = LARGEST_PART
        self._parser = XMLParser(target=_Target(listener), forbid_dtd=True)

    def feed(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise damaged(self._extension)
        try:
            self._parser.feed(piece)
        except UNREADABLE as error:
            raise damaged(self._extension) from error

    def close(self) -> None:
        try:
            self._parser.close()
        except UNREADABLE as error:
            raise damaged(self._extension) from error


class Spy:
    """Looks for marks in a member, also across the edges of its pieces."""

    def __init__(self, *marks: bytes) -> None:
        self._marks = marks
        self._tail = b""

    def sees_mark(self, piece: bytes) -> bool:
        window = self._tail + piece
        self._tail = window[-max(map(len, self._marks)) :]
        return any(mark in window for mark in self._marks)


class _Target:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._listener(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        """Nothing to do: the parser demands the method."""

    def close(self) -> None:
        """Nothing to hand back."""
