"""Where the programs of PostgreSQL lie on this machine; needs nothing but Python itself."""

import importlib.util
import re
import shutil
from pathlib import Path

SYSTEM_FOLDERS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # the PostgreSQL project's packages for Red Hat
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "usr/local/pgsql/bin",
)


def package_folder(name: str) -> Path | None:
    """Return where an installed package lies; finding does not run any of its code."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def system_folders(program: str, root: Path = Path("/")) -> list[Path]:
    """Return the folders with a program that the system's own packages brought, newest first."""
    found = {folder for pattern in SYSTEM_FOLDERS for folder in root.glob(pattern)}
    if on_path := shutil.which(program):
        found.add(Path(on_path).resolve().parent)
    return sorted(found, key=lambda folder: _numbers(str(folder)), reverse=True)


def _numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]
