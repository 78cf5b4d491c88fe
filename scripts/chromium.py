"""Find a Chromium for the browser tests and screenshots; install one where there is none.

`find_chromium` and `FLAGS` are for conftest and scripts. As a command: as root on Debian the
distribution's own package, elsewhere the build that Playwright downloads.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PLAYWRIGHT_BUILDS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


def find_chromium() -> str | None:
    """Return the program that Playwright gets as `executable_path`, or None."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if MAC.exists():
        return str(MAC)
    for folder in playwright_folders():
        for pattern in PLAYWRIGHT_BUILDS:
            for build in sorted(folder.glob(pattern), reverse=True):
                return str(build)
    return None


def playwright_folders() -> list[Path]:
    folders = [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    if chosen := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        folders.insert(0, Path(chosen))
    return folders


def main() -> None:
    if find_chromium():
        return
    print("No Chromium found: installing one for the browser tests (once)", flush=True)
    if not (install_from_debian() or install_from_playwright()):
        sys.exit("Could not install a Chromium: install one and name it with CHROMIUM=/path/to/it.")


def install_from_debian() -> bool:
    facts = Path("/etc/os-release")
    is_debian = facts.exists() and "\nID=debian\n" in f"\n{facts.read_text()}"
    if os.geteuid() != 0 or not is_debian or not Path("/usr/bin/apt-get").exists():
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-qy", "--no-install-recommends", "chromium"]):
        subprocess.run(
            ["/usr/bin/apt-get", *step], env=environment, stdout=subprocess.DEVNULL, check=False
        )
    return find_chromium() is not None


def install_from_playwright() -> bool:
    with_libraries = ["--with-deps"] if os.geteuid() == 0 and sys.platform == "linux" else []
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"], check=False
    )
    return find_chromium() is not None


if __name__ == "__main__":
    main()
