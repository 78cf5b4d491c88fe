"""Time of pages over HTTP, each beside the floor in the same moment, so that noise hits both."""

import http.client
import statistics
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from bench import floor
from bench.counting import ASKED, QUERIES, ROWS
from bench.machine import say
from bench.pages import Page
from bench.report import Figure, Report
from bench.visitors import Visit
from config.embedded.ports import LOOPBACK

WARM, ROUNDS, FEWEST = 2, 20, 6
PATIENCE = 8.0  # seconds for one page; a slow one is asked less often
# First the bar, then the ambition, as multiples of the floor.
LIMITS = {"list": (4.0, 2.5), "detail": (6.0, 3.5)}
SPREAD = 1.6  # p95 against the page's own p50
MOST_QUERIES, FEW_QUERIES = 15, 10
USERS, SECONDS = 16, 8.0


class Browser:
    """One connection that stays open, as a browser's does."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=120)
        self._headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "Accept-Language": "nl"}

    def ask(self, path: str, **more: str) -> tuple[float, http.client.HTTPResponse, bytes]:
        """Return how many seconds an answer took, and the answer."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers | more)
        answer = self._connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} answers {answer.status}")
        return took, answer, body

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass(frozen=True)
class Timed:
    """What one page took, in seconds, with the floor at the same time."""

    name: str
    kind: str
    times: list[float]
    floors: list[float]
    queries: int
    rows: int
    bytes: int

    @property
    def ratio(self) -> float:
        """The page's median in floors."""
        return statistics.median(self.times) / statistics.median(self.floors)

    @property
    def spread(self) -> float:
        """The 95th percentile against the median."""
        return percentile(self.times, 0.95) / statistics.median(self.times)


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which a share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def time_pages(port: int, visit: Visit, pages: Iterable[Page]) -> list[Timed]:
    """Time each page in turn with the floor."""
    return [_timed(port, visit, page) for page in pages]


def _timed(port: int, visit: Visit, page: Page) -> Timed:
    browser = Browser(port, visit.cookies[page.who])
    ground = Browser(port, visit.cookies["hr"])
    for _round in range(WARM):
        ground.ask(floor.ADDRESS)
        browser.ask(page.path)
    _took, answer, body = browser.ask(page.path, **{ASKED: "1"})
    times: list[float] = []
    floors: list[float] = []
    while len(times) < ROUNDS and (len(times) < FEWEST or sum(times) < PATIENCE):
        floors.append(ground.ask(floor.ADDRESS)[0])
        times.append(browser.ask(page.path)[0])
    browser.close()
    ground.close()
    counted = int(answer.headers[QUERIES]), int(answer.headers[ROWS])
    timed = Timed(page.name, page.kind, times, floors, *counted, len(body))
    say(f"{page.name:<42}{timed.ratio:6.1f} x floor, {counted[0]} queries")
    return timed


def add_pages(report: Report, timed: Iterable[Timed]) -> None:
    """Put the times of pages into the report."""
    for one in timed:
        bar, ambition = LIMITS[one.kind]
        note = f"{one.queries} queries, {one.rows} rows, {one.bytes} bytes"
        report.add(
            "Pages: median, in floors",
            Figure(one.name, one.ratio, bar, ambition, note=f"{note}, p95/p50 {one.spread:.2f}"),
        )
        report.add("Queries of a page", Figure(one.name, one.queries, MOST_QUERIES, FEW_QUERIES))


def add_throughput(report: Report, port: int, visit: Visit, pages: Iterable[Page]) -> None:
    """Let sixteen people ask as fast as they are answered, for the floor and for pages of work."""
    rounds = [(page.path, visit.cookies[page.who]) for page in pages]
    ground = _per_second(port, [(floor.ADDRESS, visit.cookies["hr"])])
    for path, cookie in rounds:
        rate = _per_second(port, [(path, cookie)])
        note = f"{rate:.0f} of {ground:.0f} a second, {USERS} at once"
        share = Figure(path.split("?")[0][:44], rate / ground, 0.4, 0.6, is_least=True, note=note)
        report.add("Requests a second, of the floor's", share)


def _per_second(port: int, asked: list[tuple[str, str]]) -> float:
    counts = [0] * USERS
    until = time.monotonic() + SECONDS

    def go_on(place: int) -> None:
        browsers = [(Browser(port, cookie), path) for path, cookie in asked]
        while time.monotonic() < until:
            for browser, path in browsers:
                browser.ask(path)
                counts[place] += 1

    people = [threading.Thread(target=go_on, args=[place]) for place in range(USERS)]
    began = time.monotonic()
    for person in people:
        person.start()
    for person in people:
        person.join()
    return sum(counts) / (time.monotonic() - began)
