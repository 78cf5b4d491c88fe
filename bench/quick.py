"""The part of the benchmark that may fail: it counts, and looks at no clock."""

from bench.counted import costs, faults, write_down
from bench.machine import say
from bench.pages import pages
from bench.visitors import visit


def run_quick(place: int, *, keep: bool) -> int:
    """Count what every page costs, and compare it with what is written down.

    Args:
        place: of the organisation, by size. Not the largest one: for half of all rows a plan
            without index is the right one.
        keep: write the costs down instead.

    Returns:
        The exit code: 1 when a page costs more.
    """
    there = visit(place)
    found = costs(there, pages(there))
    say(f"{'page':<42}{'queries':>8}{'rows':>8}{'bytes':>8}  whole tables")
    for name, cost in found.items():
        scans = " ".join(cost.scans)
        say(f"{name:<42}{cost.queries:>8}{cost.rows:>8}{cost.bytes:>8}  {scans}".rstrip())
    if keep:
        write_down(found)
    wrong = list(faults(found))
    for fault in wrong:
        say(f"FAULT {fault}")
    say(f"{len(found)} pages, {len(wrong)} faults")
    return 1 if wrong else 0
