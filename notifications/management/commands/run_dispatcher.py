import logging
import signal
import threading
import time
from collections import Counter
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from core.chores import chores
from core.memory import keep_loaded, with_room
from notifications import operations

logger = logging.getLogger(__name__)

PLAN_SECONDS: Final = 600
# A long queue must not look like a dead dispatcher, nor put off planning.
BURST_SECONDS: Final = 60
CHORE_GRACE_SECONDS: Final = 5
# After a fault of the database: soon at first, then every half minute.
BACK_OFF_SECONDS: Final = (0.5, 1, 2, 5, 10, 30)


class Command(BaseCommand):
    help = "Plan and send in a loop, without a broker; SIGTERM ends it after the message in hand."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = threading.Event()
        self.sent: Counter[operations.Delivery] = Counter()
        self.planned_at: float | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        keep_loaded()
        turn = with_room(self._turn)
        self.stdout.write("dispatcher started")
        beside = threading.Thread(target=self._do_chores, name="chores", daemon=True)
        beside.start()
        faults = 0
        while not self.stopping.is_set():
            try:
                faults, wait = 0, turn()
            except operations.DATABASE_AWAY as error:
                connection.close()
                wait = BACK_OFF_SECONDS[min(faults, len(BACK_OFF_SECONDS) - 1)]
                faults += 1
                logger.warning("database away", extra={"error": type(error).__name__})
            self.stopping.wait(wait)
        beside.join(timeout=CHORE_GRACE_SECONDS)  # what it has in hand, somebody does again
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.sent.items()))
        self.stdout.write(f"dispatcher stopped: {counts or 'nothing sent'}")

    def _do_chores(self) -> None:
        """Stand in for the worker, beside the mail; a fault of one chore stops no other."""
        while not self.stopping.is_set():
            for name, chore in chores().items():
                try:
                    chore(self.stopping.is_set)
                except operations.DATABASE_AWAY:
                    logger.warning("chore put off", extra={"chore": name})
                except Exception:
                    logger.exception("chore failed", extra={"chore": name})
                finally:
                    connection.close()
            self.stopping.wait(settings.DISPATCHER_POLL_SECONDS)

    def _turn(self) -> float:
        """Do what is due and return how long to wait before the next turn, in seconds."""
        started = time.monotonic()
        operations.show_life(name="dispatcher")
        if self.planned_at is None or started - self.planned_at >= PLAN_SECONDS:
            operations.plan_all()
            self.planned_at = started
        until = time.monotonic() + BURST_SECONDS
        self.sent += operations.deliver_burst(
            should_stop=self.stopping.is_set, is_enough=lambda _tally: time.monotonic() > until
        )
        return 0 if time.monotonic() > until else settings.DISPATCHER_POLL_SECONDS
