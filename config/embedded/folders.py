"""Where an instance keeps its data, and who may use it now."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any, Self

from config.embedded.errors import EmbeddedServerError, InUseError

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT_BASE = Path("/var/lib/kennisborg")


def data_base() -> Path:
    """Return the folder that holds all instances of this checkout, made when absent.

    `KENNISBORG_DATA_DIR` decides; else root uses /var/lib (the server's account cannot reach a
    checkout in root's home) and everybody else `var/` beside the code.
    """
    chosen = os.environ.get("KENNISBORG_DATA_DIR")
    if chosen:
        base = Path(chosen).resolve()
    elif os.geteuid() == 0:
        base = ROOT_BASE / _checkout_name()
    else:
        base = CHECKOUT / "var"
    try:
        for folder in [base.parent, base] if base.is_relative_to(ROOT_BASE) else [base]:
            make_passage(folder)
        if base.parent == ROOT_BASE:
            (base / "checkout").write_text(str(CHECKOUT))
            forget_gone_checkouts(ROOT_BASE)
    except OSError as error:
        message = f"Cannot make the data folder {base} ({error.strerror}): set KENNISBORG_DATA_DIR."
        raise EmbeddedServerError(message) from error
    return base


def make_passage(folder: Path) -> Path:
    """Make a folder that others can pass through but not list; leave an existing one alone."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)
    return folder


def forget_gone_checkouts(base: Path) -> None:
    """Remove the test data of checkouts that were deleted; never anybody's own data."""
    for note in base.glob("*/checkout"):
        if not Path(note.read_text()).exists():
            for folder in [*note.parent.glob("test-*"), *note.parent.glob("programs")]:
                if not owner_of(folder):
                    shutil.rmtree(folder, ignore_errors=True)  # another run may be first


def _checkout_name() -> str:
    """Return this checkout's own name under /var/lib; it moves along, a copy gets a new one."""
    note = CHECKOUT / "var" / "checkout"
    note.parent.mkdir(exist_ok=True)
    name, _, path = note.read_text().partition(" ") if note.exists() else ("", "", "")
    copied = path != str(CHECKOUT) and Path(path or "/").joinpath("manage.py").exists()
    if not name or copied:
        name = secrets.token_hex(4)
    if path != str(CHECKOUT) or copied:
        note.write_text(f"{name} {CHECKOUT}")
    return name


class Lock:
    """The right to run servers on one folder; the system takes it back when its holder dies."""

    def __init__(self, folder: Path, owner: dict[str, object]) -> None:
        self._path = folder / "lock"
        self._owner = {"pid": os.getpid(), **owner}
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            owner = _read_json(file.read())
            file.close()
            message = f"Process {owner.get('pid', '?')} already runs on {self._path.parent}."
            raise InUseError(message, owner) from error
        file.truncate(0)
        file.write(json.dumps(self._owner))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def empty(folder: Path) -> None:
    """Throw away what an instance keeps in a folder; nobody may use it meanwhile.

    Raises:
        InUseError: somebody does.
    """
    with Lock(folder, {}):
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()


def owner_of(folder: Path) -> dict[str, Any]:
    """Return what the current holder of a folder's lock says about itself; empty when free."""
    note = folder / "lock"
    if not note.exists() or not note.read_text():
        return {}
    try:  # only the system knows whether the one who wrote this still lives
        with Lock(folder, {}):
            return {}
    except InUseError as error:
        return error.owner


class State:
    """Small facts that outlive a run, in a file only its owner can read: ports and passwords."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts = _read_json(path.read_text()) if path.exists() else {}

    def get(self, name: str) -> Any:
        return self._facts.get(name)

    def put(self, **facts: object) -> None:
        self._facts |= facts
        handle, unfinished = tempfile.mkstemp(dir=self._path.parent)  # made with mode 0600
        with os.fdopen(handle, "w") as file:
            json.dump(self._facts, file)
        Path(unfinished).replace(self._path)

    def secret(self, name: str, size: int = 32) -> str:
        """Return a secret that is made up once, of `size` random bytes."""
        if not self.get(name):
            self.put(**{name: secrets.token_urlsafe(size)})
        return str(self.get(name))

    def reload(self) -> None:
        """Take over what another process noted down."""
        self._facts = _read_json(self._path.read_text()) if self._path.exists() else {}


def _read_json(text: str) -> dict[str, Any]:
    with contextlib.suppress(json.JSONDecodeError):
        facts = json.loads(text)
        if isinstance(facts, dict):
            return facts
    return {}
