"""`make bench`: QUICK=1 counts only, REUSE=1 keeps the database as it is.

SIZE=… engagements are those of 20 organisations, or of ORGANISATIONS=….
"""

import os
import sys

import django

from bench.machine import fill, running_machine, say
from config.supervisor.preparation import collect_static

QUICK_SIZE, QUICK_ORGANISATIONS, QUICK_PLACE = 4_000, 10, 3
SIZE, SMALL_SIZE, ORGANISATIONS = 100_000, 10_000, 20


def main() -> None:
    is_quick = bool(os.environ.get("QUICK"))
    with running_machine("bench-quick" if is_quick else "bench") as machine:
        django.setup()
        collect_static(machine.servers.state)
        if is_quick:
            from bench.quick import run_quick

            seconds = fill(machine, QUICK_SIZE, QUICK_ORGANISATIONS)
            say(f"seeded in {seconds:.0f} s")
            sys.exit(run_quick(QUICK_PLACE, keep=bool(os.environ.get("KEEP"))))
        from bench.full import run_full

        size = int(os.environ.get("SIZE") or SIZE)
        organisations = int(os.environ.get("ORGANISATIONS") or ORGANISATIONS)
        run_full(machine, (SMALL_SIZE, ORGANISATIONS), (size, organisations))


if __name__ == "__main__":
    main()
