"""The export of a long list: how soon it begins, and how much memory it takes."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.memory import resident
from bench.report import Figure, Report
from bench.visitors import Visit
from config.embedded.ports import LOOPBACK

ADDRESS = "/engagements/export.{}?state=all"
BEAT = 0.05  # seconds between two looks at memory
PART = "Export of the largest organisation"


def add_exports(report: Report, port: int, visit: Visit, web: int) -> None:
    """Fetch the list as CSV and as a workbook.

    Args:
        report: gets the figures.
        port: of the pages.
        visit: whose cookies.
        web: process id of the pages' first process.
    """
    for kind in ("csv", "xlsx"):
        peak: list[float] = [0.0]
        rest = max(resident(web).values())
        with _watched(web, peak):
            first, took, size = _fetch(port, visit, kind)
        note = f"{took:.1f} s for {size / 1e6:.1f} MB"
        report.add(
            PART,
            Figure(f"{kind}: first byte (s)", first, 0.5, 0.25, note=note),
            Figure(f"{kind}: memory above rest (MB)", max(0.0, peak[0] - rest), 40, 20),
        )


def _fetch(port: int, visit: Visit, kind: str) -> tuple[float, float, int]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=600)
    began = time.perf_counter()
    connection.request("GET", ADDRESS.format(kind), headers={"Cookie": visit.cookies["hr"]})
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise RuntimeError(f"the export as {kind} answers {answer.status}")
    answer.read(1)
    first = time.perf_counter() - began
    size = 1
    while part := answer.read(1 << 16):
        size += len(part)
    connection.close()
    return first, time.perf_counter() - began, size


@contextmanager
def _watched(web: int, peak: list[float]) -> Iterator[None]:
    """Keep the highest memory of any process of the pages."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(BEAT):
            peak[0] = max(peak[0], *resident(web).values())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
