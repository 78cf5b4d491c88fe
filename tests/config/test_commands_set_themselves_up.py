"""`make` and the scripts behind it set up what they need, or say in one line what is missing."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import polib
import pytest
from check_translations import faults
from chromium import find_chromium

from tests.config.conftest import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one package to install, which lies beside it: no network needed."""
    folder = tmp_path / "checkout"
    (folder / "requirements").mkdir(parents=True)
    (folder / "scripts").mkdir()
    for name in ("run", "environment.py"):
        shutil.copy2(CHECKOUT / "scripts" / name, folder / "scripts" / name)
    lock(folder, "1.0")
    return folder


def lock(folder: Path, version: str) -> None:
    """Write a wheel and the lock file that names it by its hash."""
    wheel = folder / "wheels" / f"tiny-{version}-py3-none-any.whl"
    wheel.parent.mkdir(exist_ok=True)
    info = f"tiny-{version}.dist-info"
    content = {
        "tiny.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record += f"{name},sha256={digest.decode().rstrip('=')},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "requirements" / "tryout.txt").write_text(
        f"--no-index\n--find-links {wheel.parent}\ntiny=={version} --hash=sha256:{sha256}\n"
    )
    (folder / "requirements" / "development.txt").write_text("# nothing yet\n")


def run(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", folder / "scripts" / "run", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_packages_are_installed_once_and_only_what_the_lock_means(checkout):
    # What `python -m venv` does, in a tenth of the time; each fresh clone proves that one.
    subprocess.run(
        [sys.executable, "-m", "virtualenv", "--quiet", "--no-download", checkout / ".venv"],
        check=True,
    )
    show = ("tryout", "-c", "import tiny; print('has', tiny.VERSION)")

    first = run(checkout, *show)
    assert first.returncode == 0, first.stderr
    assert first.stdout.endswith("Installing packages: done\nhas 1.0\n")

    assert run(checkout, *show).stdout == "has 1.0\n"

    lock(checkout, "1.1")
    locked = checkout / "requirements" / "tryout.txt"
    locked.write_text(locked.read_text()[:-9] + "00000000\n")
    refused = run(checkout, *show)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert "has" not in refused.stdout


def test_an_old_python_is_named_in_one_line(checkout, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "dirname").symlink_to(shutil.which("dirname"))
    (tools / "python3").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n'
    )
    (tools / "python3").chmod(0o755)

    done = run(checkout, "tryout", "-c", "", PATH=str(tools))

    assert done.returncode == 1
    assert done.stderr == (
        "Kennisborg needs Python 3.11 or newer (found: Python 3.9.2). "
        "Install it, or name it with PYTHON=/path/to/python3.\n"
    )


def test_help_lists_every_command():
    makefile = (CHECKOUT / "Makefile").read_text()
    declared = makefile.split(".PHONY:")[1].split("\n")[0].split()

    said = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert [line.split()[1] for line in said.splitlines()] == declared
    assert {"demo", "up", "test", "check", "help"} <= set(declared)


def test_the_chosen_browser_is_preferred(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/opt/chromium/chrome")
    assert find_chromium() == "/opt/chromium/chrome"


def test_a_browser_of_playwrights_own_is_found(monkeypatch, tmp_path):
    program = tmp_path / "chromium-1234" / "chrome-linux64" / "chrome"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert find_chromium() == str(program)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "handover"\nmsgstr ""', "not translated: 'handover'"),
        ('#, fuzzy\nmsgid "handover"\nmsgstr "overname"', "doubtful (fuzzy): 'handover'"),
        ('msgid "%(n)s of you"\nmsgstr "van u"', "placeholder missing in 'van u'"),
        ('msgid "for you"\nmsgstr "voor %(naam)s"', "unknown placeholder in 'voor %(naam)s'"),
        (
            'msgid "one day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s dag"\nmsgstr[1] ""',
            "not translated: 'one day'",
        ),
    ],
)
def test_a_faulty_translation_is_reported(entry, fault):
    (found,) = faults(polib.pofile(f'msgid ""\nmsgstr ""\n\n{entry}\n'))

    assert found.startswith(fault)


def test_a_complete_translation_has_no_faults():
    entries = (
        'msgid "one day"\nmsgid_plural "%(n)s days"\n'
        'msgstr[0] "één dag"\nmsgstr[1] "%(n)s dagen"\n\n'
        '#~ msgid "old"\n#~ msgstr ""\n'
    )
    assert list(faults(polib.pofile(f'msgid ""\nmsgstr ""\n\n{entries}'))) == []
