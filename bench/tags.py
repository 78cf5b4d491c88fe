"""Which tag of a template takes most of its page: one that takes half of it is worth a look."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.template.base import Node
from django.template.defaulttags import ForNode, IfNode, WithNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.test import Client

from bench.pages import Page
from bench.report import Figure, Report
from bench.visitors import Visit

# They hold other tags; what they take is counted there.
HOLDING: Final = (BlockNode, ExtendsNode, ForNode, IfNode, IncludeNode, WithNode)
MOST: Final = 0.5  # of a page, in one tag
ROUNDS: Final = 3
PART: Final = "Largest tag of a page, as part of the page's time"


def add_tags(report: Report, visit: Visit, pages: Iterable[Page]) -> None:
    """Draw each page a few times and note the tag that took most of it."""
    for page in pages:
        client = Client(headers={"host": "127.0.0.1", "cookie": visit.cookies[page.who]})
        client.get(page.path)
        with _timed_tags() as taken:
            began = time.perf_counter()
            for _round in range(ROUNDS):
                client.get(page.path)
            whole = time.perf_counter() - began
        (tag, most), *_others = taken.most_common(1) or [("none", 0.0)]
        report.add(PART, Figure(page.name, most / whole, MOST, note=tag[:60]))


@contextmanager
def _timed_tags() -> Iterator[Any]:
    """Measure each tag and variable; one within another counts for the outer one."""
    taken: Any = Counter()  # of seconds
    drawn: Any = Node.render_annotated
    depth = 0

    def timed(node: Any, context: Any) -> Any:
        nonlocal depth
        if depth or isinstance(node, HOLDING) or node.token is None:
            return drawn(node, context)
        depth += 1
        began = time.perf_counter()
        try:
            return drawn(node, context)
        finally:
            taken.update({node.token.contents: time.perf_counter() - began})
            depth -= 1

    Node.render_annotated = timed  # type: ignore[assignment, method-assign]
    try:
        yield taken
    finally:
        Node.render_annotated = drawn  # type: ignore[method-assign]
