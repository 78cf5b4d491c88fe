"""Which tests prove what about which operation, read from the source of both.

A test reaches an operation when it names it, or names a helper or a fixture that does. What only
prepares a race is not in it: there, the arguments of the call that starts the race count alone.
"""

import ast
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "accounts",
    "notifications",
    "engagements",
    "knowledge",
    "offboarding",
    "portal",
    "dashboards",
)
RACES = frozenset({"at_once", "just_behind"})
RAISED = re.compile(r"^ {8}((?:[A-Z]\w*(?:\.[A-Z]\w*)?(?:, )?)+): ", re.MULTILINE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Operation:
    """A public function that writes."""

    package: str
    name: str
    errors: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.package}.{self.name}"


@dataclass
class Module:
    """A file of tests: its functions and tables by name, and what it takes from other files."""

    functions: dict[str, Function] = field(default_factory=dict)
    tables: dict[str, ast.expr] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    surroundings: str = ""


def operations() -> list[Operation]:
    """Return every public function that opens a transaction, itself or through a private one."""
    return [
        operation
        for package in PACKAGES
        for path in _sources(package)
        for operation in _operations_in(package, ast.parse(path.read_text()))
    ]


def _sources(package: str) -> Iterator[Path]:
    single = ROOT / package / "operations.py"
    yield from [single] if single.exists() else sorted((ROOT / package).glob("operations/**/*.py"))


def _operations_in(package: str, tree: ast.Module) -> Iterator[Operation]:
    functions = [node for node in tree.body if isinstance(node, Function)]
    writing = {function.name for function in functions if _is_whole(function)}
    for function in functions:
        hidden = {name for name in _words(function) & writing if name.startswith("_")}
        if not function.name.startswith("_") and (function.name in writing or hidden):
            yield Operation(package, function.name, tuple(_raised_by(function)))


def _is_whole(function: Function) -> bool:
    if "one_statement" in _words(function):  # a transaction of its own
        return True
    return any("atomic" in _words(decorator) for decorator in function.decorator_list)


def _is_fixture(helper: ast.AST) -> bool:
    decorators = helper.decorator_list if isinstance(helper, Function) else []
    return any("fixture" in _words(decorator) for decorator in decorators)


def _raised_by(function: Function) -> Iterator[str]:
    _said, _colon, raised = (ast.get_docstring(function, clean=False) or "").partition("Raises:\n")
    for names in RAISED.findall(raised.partition("\n\n")[0]):
        yield from names.split(", ")


@cache
def reached_by_tests() -> dict[str, frozenset[str]]:
    """Return, for each test, every word that it and its helpers say."""
    return {
        f"{path}::{name}": _expanded(path, function, _words(function))
        for path, module in modules().items()
        for name, function in module.functions.items()
        if name.startswith("test_")
    }


@cache
def reached_by_races() -> dict[str, frozenset[str]]:
    """Return, for each test that starts a race, every word that is in the race."""
    found = {}
    for path, module in modules().items():
        for name, function in module.functions.items():
            words = {
                word
                for call in ast.walk(function)
                if isinstance(call, ast.Call) and _words(call.func) & RACES
                for argument in [*call.args, *call.keywords]
                for word in _words(argument)
            }
            if name.startswith("test_") and words:
                found[f"{path}::{name}"] = _expanded(path, function, words, with_fixtures=False)
    return found


@cache
def words_by_file() -> dict[str, frozenset[str]]:
    """Return every word of each file of tests."""
    return {str(path.relative_to(ROOT)): _words(ast.parse(path.read_text())) for path in _files()}


def _expanded(
    path: str, function: Function, words: Set[str], *, with_fixtures: bool = True
) -> frozenset[str]:
    """Follow words that name functions inside this one, helpers and fixtures, to what those say."""
    inner = {node.name: node for node in ast.walk(function) if isinstance(node, Function)}
    seen: set[tuple[str, str]] = set()
    result, fresh = set(words), [(path, word) for word in words]
    while fresh:
        place = fresh.pop()
        helper = inner.get(place[1]) if place[0] == path else None
        where, helper = (path, helper) if helper else _helper(*place)
        if helper is None or helper is function or place in seen:
            continue
        if _is_fixture(helper) and not with_fixtures:
            continue
        seen.add(place)
        said = _words(helper)
        result |= said
        fresh += [(where, word) for word in said]
    return frozenset(result)


def _helper(path: str, word: str) -> tuple[str, ast.AST | None]:
    """Return where a helper, fixture or table of this name is found from a file, and itself."""
    visited: set[str] = set()
    while path in modules() and path not in visited:
        visited.add(path)
        module = modules()[path]
        if word in module.functions and not word.startswith("test_"):
            return path, module.functions[word]
        if word in module.tables:
            return path, module.tables[word]
        path = module.taken.get(word, module.surroundings)
    return path, None


@cache
def _words(node: ast.AST) -> frozenset[str]:
    """Return the names, attributes, parameters and single words of text in a piece of code."""
    found = set()
    for each in ast.walk(node):
        match each:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word):
                found.add(word)
            case ast.Constant(value=str(word)) if word.isidentifier():
                found.add(word)
            case _:
                pass
    return frozenset(found)


@cache
def modules() -> dict[str, Module]:
    """Return every file of tests by its path, such as ``tests/races.py``."""
    return {str(path.relative_to(ROOT)): _module(path) for path in _files()}


def _files() -> list[Path]:
    return sorted(ROOT.glob("tests/**/*.py"))


def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text())
    module = Module(surroundings=_surroundings(path))
    for node in tree.body:
        if isinstance(node, Function):
            module.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            module.functions |= {
                inner.name: inner for inner in node.body if isinstance(inner, Function)
            }
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.tables[node.targets[0].id] = node.value
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            source = f"{node.module.replace('.', '/')}.py"
            module.taken |= {name.asname or name.name: source for name in node.names}
    return module


def _surroundings(path: Path) -> str:
    """Return the nearest file of fixtures above a file."""
    folder = path.parent if path.name != "conftest.py" else path.parent.parent
    found = folder / "conftest.py"
    return str(found.relative_to(ROOT)) if found.exists() and found != path else ""
