"""Text inside files that strangers made, taken out by a process that can do nothing else.

Only the standard library is loaded here: the child begins in this package, and what it does not
load, it cannot be tricked into using. See docs/decisions/0012-the-library.md.
"""

from knowledge.extraction.sandbox import (
    CRASHED,
    DAMAGED,
    EMPTY,
    ENCRYPTED,
    KIND,
    MEMORY,
    READABLE,
    TIME,
    TOO_LARGE,
    Extraction,
    Limits,
    read_text,
)

__all__ = [
    "CRASHED",
    "DAMAGED",
    "EMPTY",
    "ENCRYPTED",
    "KIND",
    "MEMORY",
    "READABLE",
    "TIME",
    "TOO_LARGE",
    "Extraction",
    "Limits",
    "read_text",
]
