"""What programs that run for days do about their memory."""

import gc

from django.urls import get_resolver


def keep_loaded() -> None:
    """Leave out of garbage collection what is loaded by now; call it once, when all is set up.

    No collection looks through it again while a page or a mail waits, and processes that are forked
    go on sharing its memory.
    """
    _patterns = get_resolver().url_patterns  # loads the pages, which mails link to
    gc.collect()
    gc.freeze()
