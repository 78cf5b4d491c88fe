"""The child: shuts every door behind it, then opens the file and says what it reads.

Called as ``python -m knowledge.extraction <extension> <limits as JSON>``, the file on standard
input. It answers with one line of JSON and the text, on standard output.
"""

import encodings
import importlib
import json
import logging
import os
import pkgutil
import re
import resource
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from knowledge.extraction.collecting import Collector, EnoughError, NotReadableError
from knowledge.extraction.sandbox import DAMAGED, EMPTY, MEMORY, Limits

# Which module reads a kind of file, and what else that needs; only these are loaded.
READERS: Final = {
    "pdf": ("pdf", "pypdf"),
    "docx": ("office", ""),
    "pptx": ("office", ""),
    "xlsx": ("office", ""),
    "md": ("plain", ""),
    "txt": ("plain", ""),
}
HEAD_BYTES: Final = 10_000


def main() -> None:
    extension, limits = sys.argv[1], Limits(**json.loads(sys.argv[2]))
    reader = loaded(extension)
    meter = Meter()
    shut_doors(limits)
    collector = Collector(limits)
    reason = reason_of(reader, extension, collector)
    text = collector.text if not reason else ""
    if not reason and not text:
        reason = EMPTY
    head = {"reason": reason, "is_cut": collector.is_cut, "peak_kb": meter.peak_kb}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + text.encode())


def loaded(extension: str) -> ModuleType:
    """Return the reader of a kind of file, with all that it could want to load on the way."""
    logging.disable(logging.CRITICAL)
    name, library = READERS[extension]
    load_all(encodings)
    if library:
        load_all(importlib.import_module(library))
    return importlib.import_module(f"knowledge.extraction.{name}")


def load_all(package: ModuleType) -> None:
    """Load every module of a package; what is missing was optional, or is of another system."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(found.name)
        except ImportError:
            continue


def reason_of(reader: ModuleType, extension: str, collector: Collector) -> str:
    """Read the file; return why that failed, or nothing."""
    try:
        reader.read(sys.stdin.buffer, extension, collector)
    except EnoughError:
        return ""
    except NotReadableError as error:
        return error.reason
    except MemoryError:
        return MEMORY
    except Exception:
        return DAMAGED
    return ""


def shut_doors(limits: Limits) -> None:
    """Give up memory, time, files and the network; nothing here can be taken back."""
    os.nice(5)  # people who wait for a page come first
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds - 2, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.text_bytes + HEAD_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(limits.seconds)  # also when whoever started this is gone
    # The next descriptor would be the first that is not allowed: no file and no connection.
    following = os.dup(0)
    os.close(following)
    resource.setrlimit(resource.RLIMIT_NOFILE, (following, following))


class Meter:
    """Says how much memory this process used at most, by what the kernel says of it.

    `getrusage` would count what the parent used while this process was started.
    """

    def __init__(self) -> None:
        status = Path("/proc/self/status")
        self._status = status.open("rb", buffering=0) if status.exists() else None

    @property
    def peak_kb(self) -> int:
        if self._status is None:
            return 0
        self._status.seek(0)
        found = re.search(rb"VmHWM:\s+(\d+) kB", self._status.read(HEAD_BYTES))
        return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
