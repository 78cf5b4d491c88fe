"""Rate limits that slow guessing down without ever locking a valid holder out."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def allow(name: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one try and return whether it is within the limit.

    Args:
        name: what is limited.
        who: address, grant or organisation that is counted.
        limit: tries allowed in the window.
        seconds: length of the window.

    With the cache away the answer is yes: pages of people with a valid link go on.
    """
    key = f"limit:{name}:{who}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= limit
    except ValueError:  # the key ran out between the two calls
        return True
    except RedisError:
        logger.warning("rate limit not counted", extra={"limit": name})
        return True
