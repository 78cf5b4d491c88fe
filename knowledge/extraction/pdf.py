"""PDF: the text of each page, until there is enough."""

from typing import IO

import pypdf
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PdfReadError

from knowledge.extraction.collecting import Collector, EnoughError, NotReadableError
from knowledge.extraction.sandbox import DAMAGED, ENCRYPTED


def read(file: IO[bytes], extension: str, collector: Collector) -> None:
    """Add the text of each page; a page that cannot be read does not spoil the others."""
    try:
        reader = pypdf.PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            raise NotReadableError(ENCRYPTED)
        count = 0
        for page in reader.pages:
            count += _add(page, collector)
        if not count:
            raise NotReadableError(DAMAGED)
    except (FileNotDecryptedError, DependencyError) as error:
        raise NotReadableError(ENCRYPTED) from error
    except PdfReadError as error:
        raise NotReadableError(DAMAGED) from error


def _add(page: pypdf.PageObject, collector: Collector) -> bool:
    """Add a page; return whether that went well."""
    collector.check_time()
    try:
        collector.add(page.extract_text() + "\n")
    except (EnoughError, MemoryError, DependencyError, FileNotDecryptedError):
        raise
    except LimitReachedError:
        return False
    except Exception:
        return False
    return True
