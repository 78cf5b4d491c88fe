"""Run the try-out servers alone: `python -m config.embedded FOLDER [--disposable]`.

Prints one line of JSON with their addresses and pids when they are ready, and again whenever a
server was started anew. Ends on SIGTERM, SIGINT, or when its stdin closes.
"""

import argparse
import json
import select
import signal
import sys
from pathlib import Path

from config.embedded import EmbeddedServerError, TryoutServers


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.embedded")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--disposable", action="store_true")
    options = parser.parse_args()
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, _exit)
    servers = TryoutServers(options.folder.resolve(), disposable=options.disposable)
    try:
        with servers:
            _serve(servers)
    except EmbeddedServerError as error:
        sys.exit(str(error))


def _serve(servers: TryoutServers) -> None:
    said: dict[str, object] = {}
    while True:
        servers.tend()
        facts: dict[str, object] = {
            "database_url": servers.postgres.url,
            "redis_url": servers.valkey.url,
            "postgres": servers.postgres.pid,
            "valkey": servers.valkey.pid,
            "guardian": servers.guardian.pid,
        }
        if facts != said:
            sys.stdout.write(json.dumps(facts) + "\n")
            sys.stdout.flush()
            said = facts
        readable, _, _ = select.select([sys.stdin], [], [], 0.2)
        if readable and not sys.stdin.readline():
            return


def _exit(number: int, frame: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
