"""One of several dispatchers side by side: ready, sends when told, says how many left."""

import argparse
import sys

import django


def main() -> None:
    """Send so many messages over one connection, and those that were taken with the last."""
    parser = argparse.ArgumentParser(prog="python -m bench.sender")
    parser.add_argument("--mails", type=int, required=True)
    parser.add_argument("--before", type=int, default=0, help="mails before it is ready")
    options = parser.parse_args()
    django.setup()
    from core.memory import keep_loaded, with_room
    from notifications.operations import Delivery, deliver_burst

    @with_room
    def send(count: int) -> int:
        return deliver_burst(is_enough=lambda tally: tally[Delivery.SENT] >= count)[Delivery.SENT]

    keep_loaded()
    send(options.before)
    _say("ready")
    sys.stdin.readline()
    _say(str(send(options.mails)))
    sys.stdin.readline()  # stays, so that its memory can be looked at


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
