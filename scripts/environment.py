"""Make `.venv` what the lock files say, then become the command.

Called as: environment.py SET COMMAND…

SET is one of production, tryout and development; each holds the ones before it. COMMAND is what
the environment's Python gets: a script, or `-m module`. Installing happens only when a lock
changed.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
SETS = ["production", "tryout", "development"]


def main() -> None:
    wanted, *command = sys.argv[1:]
    if not is_installed(wanted):
        with only_one():
            if not is_installed(wanted):
                make_venv()
                install(wanted)
    os.execv(PYTHON, [str(PYTHON), *command])  # noqa: S606  replaces this very program


def lock_file(name: str) -> Path:
    return CHECKOUT / "requirements" / f"{name}.txt"


def digest(name: str) -> str:
    return hashlib.sha256(lock_file(name).read_bytes()).hexdigest()


def is_installed(wanted: str) -> bool:
    """Return whether `wanted`, or a set that holds it, was installed from today's lock."""
    if not STAMP.exists() or not works(PYTHON):
        return False
    installed = json.loads(STAMP.read_text())
    return any(installed.get(name) == digest(name) for name in SETS[SETS.index(wanted) :])


def works(python: Path) -> bool:
    """Return whether an environment's Python still runs; a system upgrade may break it."""
    if Path(sys.executable) == python:
        return True
    answer = subprocess.run([python, "-c", ""], capture_output=True, check=False)
    return answer.returncode == 0


@contextmanager
def only_one() -> Iterator[None]:
    """Wait until no other command is installing into this checkout."""
    folder = CHECKOUT / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Waiting for another command that is setting up .venv", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    if PYTHON.exists() and works(PYTHON) and has_pip():
        return
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    if Path(sys.executable) == PYTHON:
        sys.exit("The environment in .venv has lost its pip: delete .venv and try again.")
    shutil.rmtree(VENV, ignore_errors=True)
    if create(answer := []) or (install_venv_package() and create(answer)):
        return
    minor = sys.version_info.minor
    sys.exit(
        f"{answer[-1]}\nPython cannot make virtual environments here: install them "
        f"(on Debian and Ubuntu: apt-get install python3.{minor}-venv) and try again."
    )


def has_pip() -> bool:
    answer = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False)
    return answer.returncode == 0


def create(said: list[str]) -> bool:
    made = subprocess.run(
        [sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False
    )
    said.append(made.stdout.strip())
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
    return made.returncode == 0


def install_venv_package() -> bool:
    """Install Debian's split-off part of Python, where we may."""
    if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
        return False
    package = f"python3.{sys.version_info.minor}-venv"
    print(f"Installing {package} (Debian keeps it apart from Python)", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-qy", "--no-install-recommends", package]):
        done = subprocess.run(
            ["/usr/bin/apt-get", *step],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    return done.returncode == 0


def install(wanted: str) -> None:
    """Install a lock file: exactly these files, by hash, and ready-made ones only."""
    lock = lock_file(wanted)
    total = sum("==" in line for line in lock.read_text().splitlines())
    STAMP.unlink(missing_ok=True)
    pip = subprocess.Popen(
        [
            *(PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
            *("--progress-bar", "off", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("-r", lock),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = show_progress(pip, total)
    if pip.wait():
        sys.exit("".join(said[-15:]) + f"Installing {lock.name} failed; see above.")
    STAMP.write_text(json.dumps({wanted: digest(wanted)}))


def show_progress(pip: "subprocess.Popen[str]", total: int) -> list[str]:
    said: list[str] = []
    seen = 0
    for line in pip.stdout or ():
        said.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            progress(f"Installing packages: {min(seen, total)} of {total}", step=seen % 25 == 1)
        elif line.startswith("Installing collected"):
            progress("Installing packages: unpacking", step=True)
    progress("Installing packages: done", step=True, last=True)
    return said


def progress(text: str, *, step: bool, last: bool = False) -> None:
    """Rewrite one line on a terminal; elsewhere print only now and then."""
    if sys.stdout.isatty():
        print(f"\r{text:<50}", end="\n" if last else "", flush=True)
    elif step:
        print(text, flush=True)


if __name__ == "__main__":
    main()
