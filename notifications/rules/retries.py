"""How long to wait before the next try."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

JITTER = 0.2  # of the delay, either way
PAUSE_MINUTES = (1, 2, 5, 10)  # the last one repeats


def retry_delay(attempt: int, seed: str, minutes: Sequence[int]) -> timedelta:
    """Return how long to wait after a failed attempt, up to 20 % more or less.

    Args:
        attempt: number of the attempt that failed, from 1.
        seed: what the jitter is drawn from; the same seed and attempt give the same delay, so
            that a thousand messages that failed together do not come back together.
        minutes: delay after each attempt; the last one repeats.

    Source: trust.md section 3.2, "Retry".
    """
    base = timedelta(minutes=minutes[min(attempt, len(minutes)) - 1])
    digest = hashlib.sha256(f"{seed}:{attempt}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 0xFFFFFFFF  # 0 to 1
    return base * (1 - JITTER + 2 * JITTER * share)


def pause_of(refusals: int) -> timedelta:
    """Return how long nobody tries a mail server that refuses us as a whole.

    Args:
        refusals: how often in a row it has refused, from 1.
    """
    return timedelta(minutes=PAUSE_MINUTES[min(refusals, len(PAUSE_MINUTES)) - 1])
