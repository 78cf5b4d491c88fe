"""Fail when a translation is missing, doubtful, outdated or has other placeholders."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib
from messages import LANGUAGES, collect

CHECKOUT = Path(__file__).resolve().parents[1]
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sd]|\{\w*\}")
NOT_OURS = {".venv", ".git", "node_modules", "var", "tests", "scripts", "docs", "static"}


def catalogue(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def faults(entries: "polib.POFile") -> Iterator[str]:
    """Yield what is wrong within one catalogue."""
    for entry in entries:
        if entry.obsolete:
            continue
        if entry.fuzzy:
            yield f"doubtful (fuzzy): {entry.msgid!r}"
        elif not entry.translated():
            yield f"not translated: {entry.msgid!r}"
        else:
            yield from placeholder_faults(entry)


def placeholder_faults(entry: "polib.POEntry") -> Iterator[str]:
    sources = set(PLACEHOLDER.findall(entry.msgid + (entry.msgid_plural or "")))
    for text in entry.msgstr_plural.values() or [entry.msgstr]:
        if set(PLACEHOLDER.findall(text)) - sources:
            yield f"unknown placeholder in {text!r} for {entry.msgid!r}"
        elif not entry.msgid_plural and set(PLACEHOLDER.findall(text)) != sources:
            yield f"placeholder missing in {text!r} for {entry.msgid!r}"


def keys(entries: "polib.POFile") -> set[tuple[str | None, str]]:
    return {(entry.msgctxt, entry.msgid) for entry in entries if not entry.obsolete}


def drift(language: str) -> Iterator[str]:
    """Yield the differences between the catalogue and what the code says today."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(
            CHECKOUT, copy, ignore=lambda _, names: [name for name in names if name in NOT_OURS]
        )
        done = collect(copy)
        if done.returncode:
            yield f"collecting the texts failed: {done.stderr.strip()}"
            return
        collected = keys(polib.pofile(str(catalogue(copy, language))))
    committed = keys(polib.pofile(str(catalogue(CHECKOUT, language))))
    for _, text in sorted(collected - committed, key=str):
        yield f"not in the catalogue (run `make messages`): {text!r}"
    for _, text in sorted(committed - collected, key=str):
        yield f"no longer in the code (run `make messages`): {text!r}"


def main() -> None:
    found: list[str] = []
    for language in LANGUAGES:
        path = catalogue(CHECKOUT, language)
        if not path.exists():
            sys.exit(f"{path.relative_to(CHECKOUT)} is missing: run `make messages`")
        found += [f"{language}: {fault}" for fault in faults(polib.pofile(str(path)))]
        if shutil.which("xgettext"):
            found += [f"{language}: {fault}" for fault in drift(language)]
    print("\n".join(found))
    sys.exit(f"{len(found)} faults" if found else 0)


if __name__ == "__main__":
    main()
