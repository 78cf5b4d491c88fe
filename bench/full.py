"""The whole benchmark: a small database and a large one, each page beside the floor."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.delivering import add_delivering
from bench.exporting import add_exports
from bench.importing import add_import
from bench.machine import Machine, fill, say
from bench.memory import add_memory, add_worker_memory
from bench.pages import pages
from bench.planning import add_planning
from bench.report import Figure, Report
from bench.searching import add_searching
from bench.tags import add_tags
from bench.timing import Timed, add_pages, add_throughput, time_pages
from bench.visitors import Visit, place_of, visit
from bench.vitals import add_vitals

LARGEST = 1
# What people ask for all day, for requests a second.
BUSY = (
    "dashboards:home",
    "dashboards:engagement_list",
    "dashboards:engagement_detail",
    "portal:home",
    "offboarding:link_tasks",
)
# What adds up, searches or counts a whole organisation.
HEAVY = (
    "dashboards:knowledge_map",
    "dashboards:message_list",
    "knowledge:library?q=koppeling",
    "offboarding:item_list",
)
IMPORTED = 10_000
ORDINARY = 1_400  # engagements of an organisation that is in each database
OF_LARGEST = "Growth, from the small database to the large one: the largest organisation"
OF_ORDINARY = f"Growth: an organisation of {ORDINARY} engagements, with more around it"


@dataclass(frozen=True)
class Small:
    """What pages took in the small database, in floors."""

    largest: list[Timed]
    ordinary: list[Timed]


def run_full(machine: Machine, small: tuple[int, int], large: tuple[int, int]) -> None:
    """Measure everything and write it down; PARTS names some of it, which is only shown.

    Args:
        machine: with its servers running.
        small: how many engagements the small database has, and of how many organisations.
        large: the same of the large one.
    """
    size, organisations = large
    report, began = Report(size), time.monotonic()
    parts = os.environ.get("PARTS")
    wanted = parts.split(",") if parts else None
    machine.start_sink()
    before = _small(machine, *small) if measures_growth(wanted) else Small([], [])
    seconds = fill(machine, size, organisations)
    report.facts["seeding"] = {
        "seconds": seconds,
        "engagements": size,
        "organisations": organisations,
    }
    machine.start_web()
    there = visit(LARGEST)
    steps = _steps(machine, report, there, before)
    for name, step in steps.items():
        if wanted is None or name in wanted:
            say(f"measuring {name}")
            step()
            report.facts["minutes"] = round((time.monotonic() - began) / 60, 1)
            if wanted is None:
                report.write()
    for line in report.lines():
        say(line)
    say(f"took {report.facts['minutes']} minutes")


def measures_growth(wanted: list[str] | None) -> bool:
    """Say whether a small database comes first: pages are compared with it."""
    if os.environ.get("REUSE"):
        return False
    return wanted is None or {"growth", "pages"} <= set(wanted)


def _small(machine: Machine, size: int, organisations: int) -> Small:
    fill(machine, size, organisations)
    machine.start_web()
    there = visit(LARGEST)
    small = Small(time_pages(machine.port, there, pages(there)), _among_others(machine))
    machine.stop_web()
    return small


def _among_others(machine: Machine) -> list[Timed]:
    """Time some pages of an organisation that is as large in every database."""
    there = visit(place_of(ORDINARY))
    asked = [page for page in pages(there) if page.name in (*BUSY, *HEAVY)]
    return time_pages(machine.port, there, asked)


def _steps(
    machine: Machine, report: Report, there: Visit, before: Small
) -> dict[str, Callable[[], None]]:
    def measure_pages() -> None:
        timed = time_pages(machine.port, there, pages(there))
        add_pages(report, timed)
        _add_growth(report, OF_LARGEST, before.largest, timed)
        if before.ordinary:
            _add_growth(report, OF_ORDINARY, before.ordinary, _among_others(machine))

    def measure_throughput() -> None:
        asked = [page for page in pages(there) if page.name in BUSY]
        add_throughput(report, machine.port, there, asked)
        add_memory(report, machine, "after load")

    web = machine.web.pid if machine.web else None
    return {
        "memory": lambda: add_memory(report, machine, "at rest"),
        "pages": measure_pages,
        "tags": lambda: add_tags(report, there, pages(there)),
        "library": lambda: add_searching(report, there),
        "exports": lambda: add_exports(report, machine.port, there, web or 0),
        "vitals": lambda: add_vitals(report, machine.port, there),
        "throughput": measure_throughput,
        "planning": lambda: add_planning(report),
        "delivering": lambda: add_delivering(report, machine.smtp_port, machine.kept_mail),
        "worker": lambda: add_worker_memory(report, machine),
        "import": lambda: add_import(report, machine, there, IMPORTED),
    }


def _add_growth(report: Report, part: str, before: Iterable[Timed], after: Iterable[Timed]) -> None:
    """Compare pages in floors, so that a machine that became busier does not count."""
    small = {one.name: one.ratio for one in before}
    for one in after:
        if one.name in small:
            note = f"{small[one.name]:.1f} floors before, {one.ratio:.1f} now"
            grown = Figure(one.name, one.ratio / small[one.name], 1.5, 1.15, note=note)
            report.add(part, grown)
