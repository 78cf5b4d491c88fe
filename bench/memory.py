"""How much memory the programs take."""

import time

import psutil

from bench.machine import BIN, Machine
from bench.report import Figure, Report

MEGA = 1_000_000
BEAT = 0.2  # seconds between two looks
REST_SECONDS, LOAD_SECONDS = 10.0, 60.0
WORKER = ("-A", "config", "worker", "--concurrency", "2", "--loglevel", "WARNING")


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


def add_worker_memory(report: Report, machine: Machine) -> None:
    """Note what a worker takes at rest, and while it plans and sends."""
    from notifications.tasks import deliver_messages, plan_reminders

    worker = machine.program("worker", BIN / "celery", *WORKER)
    try:
        rest = _highest(worker.pid or 0, REST_SECONDS)
        plan_reminders.delay()
        deliver_messages.delay()
        load = _highest(worker.pid or 0, LOAD_SECONDS)
    finally:
        worker.stop()
    note = f"{rest:.0f} MB at rest"
    report.add("Memory", Figure("worker, planning and sending (MB)", load, note=note))


def _highest(pid: int, seconds: float) -> float:
    """Return the most that the largest process of a program took within a time, in MB."""
    until, highest = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        highest = max(highest, *resident(pid).values())
        time.sleep(BEAT)
    return highest
