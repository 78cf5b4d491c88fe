"""How much memory the programs take."""

import psutil

from bench.machine import Machine
from bench.report import Figure, Report

MEGA = 1_000_000


def resident(pid: int) -> dict[int, float]:
    """Return the memory of a program and its children in MB, by process id."""
    try:
        first = psutil.Process(pid)
        every = [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return {pid: 0.0}
    found = {}
    for process in every:
        try:
            found[process.pid] = process.memory_info().rss / MEGA
        except psutil.NoSuchProcess:
            continue
    return found or {pid: 0.0}


def add_memory(report: Report, machine: Machine, when: str) -> None:
    """Note what the pages take; shared pages count in each process."""
    if machine.web is None or machine.web.pid is None:
        return
    found = resident(machine.web.pid)
    note = f"{len(found)} processes, {sum(found.values()):.0f} MB together, shared pages included"
    report.add(
        "Memory", Figure(f"web, {when}: largest process (MB)", max(found.values()), note=note)
    )
