"""Collect the texts to translate from code and templates into locale/*/LC_MESSAGES/django.po."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LANGUAGES = ["nl"]  # English is the language of the source
IGNORED = [".venv/*", "node_modules/*", "var/*", "tests/*", "scripts/*", "config/supervisor/*"]


def collect(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run makemessages on a tree; its own tool xgettext must be there."""
    for language in LANGUAGES:
        (folder / "locale" / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [
            *(sys.executable, "-m", "django", "makemessages", "--no-obsolete", "--no-wrap"),
            *("--add-location=file", "--extension=html,txt,py"),
            *(part for language in LANGUAGES for part in ("--locale", language)),
            *(part for pattern in IGNORED for part in ("--ignore", pattern)),
        ],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def join_places(catalogue: Path) -> None:
    """Write the files of a text on one line; gettext wraps them, whatever it is told.

    Else a text that is used in one more file changes lines that say nothing new.
    """
    text = catalogue.read_text()
    joined = re.sub(r"(?m)^#: .*(?:\n#: .*)+", lambda m: m[0].replace("\n#: ", " "), text)
    catalogue.write_text(joined)


def main() -> None:
    if not shutil.which("xgettext"):
        sys.exit("xgettext is missing: install gettext (on Debian: apt-get install gettext).")
    done = collect(CHECKOUT)
    if done.returncode:
        sys.exit(done.stderr)
    for language in LANGUAGES:
        join_places(CHECKOUT / "locale" / language / "LC_MESSAGES" / "django.po")
    print("Collected; translate what is empty or fuzzy, then run `make check`.")


if __name__ == "__main__":
    main()
