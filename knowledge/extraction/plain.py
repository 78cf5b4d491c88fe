"""Text and Markdown: words already, only the letters have to be recognised."""

from typing import IO

from knowledge.extraction.collecting import Collector

BY_MARK = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read(file: IO[bytes], extension: str, collector: Collector) -> None:
    """Add the text of a file; what is not Unicode is taken for Windows' Western letters."""
    raw = file.read(collector.limits.text_bytes * 4)
    encoding = BY_MARK.get(raw[:2])
    if encoding is None:
        encoding = "utf-8-sig" if is_utf8(raw) else "cp1252"
    collector.add(raw.decode(encoding, "replace"))
    collector.is_cut = len(raw) == collector.limits.text_bytes * 4


def is_utf8(raw: bytes) -> bool:
    """Say whether the bytes are UTF-8; the end may be cut off in the middle of a letter."""
    try:
        raw[: max(len(raw) - 4, 0)].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
