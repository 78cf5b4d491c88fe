"""One of several dispatchers side by side: ready, sends when told, says how many left."""

import argparse
import itertools
import sys

import django


def main() -> None:
    """Try at most so many messages over one connection."""
    parser = argparse.ArgumentParser(prog="python -m bench.sender")
    parser.add_argument("--mails", type=int, required=True)
    mails = parser.parse_args().mails
    django.setup()
    from notifications.operations import Delivery, database_now, deliver_burst

    database_now()  # connected
    _say("ready")
    sys.stdin.readline()
    turns = itertools.count()
    tally = deliver_burst(should_stop=lambda: next(turns) >= mails)
    _say(str(tally[Delivery.SENT]))
    sys.stdin.readline()  # stays, so that its memory can be looked at


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
