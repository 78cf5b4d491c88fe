"""Fail when a function, a module or a template of the product is too long to be read at once."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from check import CHECKOUT, python

LONGEST_FUNCTION = 50  # lines
LONGEST_MODULE = 400  # lines
LONGEST_TEMPLATE = 80  # lines


def faults() -> Iterator[str]:
    for name in python():
        path = Path(name)
        if path.parts[0] != "tests" and "migrations" not in path.parts:
            yield from faults_in_module(name, (CHECKOUT / path).read_text())
    for path in sorted((CHECKOUT / "templates").rglob("*.html")):
        length = len(path.read_text().splitlines())
        if length > LONGEST_TEMPLATE:
            yield f"{path.relative_to(CHECKOUT)}: {length} lines, at most {LONGEST_TEMPLATE}"


def faults_in_module(name: str, source: str) -> Iterator[str]:
    length = len(source.splitlines())
    if length > LONGEST_MODULE:
        yield f"{name}: {length} lines, at most {LONGEST_MODULE}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{name}: {node.name} has {length} lines, at most {LONGEST_FUNCTION}"


def main() -> None:
    found = list(faults())
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
