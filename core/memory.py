"""What programs that run for days do about their memory."""

import gc
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from django.urls import get_resolver

P = ParamSpec("P")
R = TypeVar("R")
# Words of 8 bytes. A piece is 16 kB doubled until the frame fits, here 512 kB; what the frame
# leaves of it holds a thousand more.
ROOM: Final = 33_000


def with_room(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function so that all that it calls has its frames in one piece of memory.

    Python 3.11 takes a piece when a call does not fit in the last one, and gives it back when that
    call returns (python/cpython#142183; later versions keep one). Where a loop stands just before
    the end of a piece, each of its calls does so: the rows of a list took 60 % longer at one depth
    of the stack than at another, and nobody sees on a page how deep it stands. A frame that is
    large itself gets a larger piece, and leaves the rest to those that it calls.
    """

    def roomy(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=ROOM)
    return roomy


def keep_loaded() -> None:
    """Leave out of garbage collection what is loaded by now; call it once, when all is set up.

    No collection looks through it again while a page or a mail waits, and processes that are forked
    go on sharing its memory.
    """
    _patterns = get_resolver().url_patterns  # loads the pages, which mails link to
    gc.collect()
    gc.freeze()
    # A page makes some thousands of objects that go together when it is sent. Whoever looks through
    # the young ones at every 700th, as Python does, finds them all in use, ten times a page.
    gc.set_threshold(10_000)
