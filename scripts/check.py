"""Run every check besides the tests: a line for each, and all of what failed at the end."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SKIPPED = 77  # the exit code by which a check says that it could not run here

# A production that would be allowed to start; nothing connects to these addresses.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "0",
    "DEMO_MODE": "0",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "BASE_URL": "https://kennisborg.example",
    "ALLOWED_HOSTS": "kennisborg.example",
    "TRUSTED_PROXY_COUNT": "1",
    "DATABASE_URL": "postgres://kennisborg:none@127.0.0.1:1/kennisborg",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://kennisborg:none@mail.kennisborg.example:587",
    "DEFAULT_FROM_EMAIL": "kennisborg@kennisborg.example",
}


@dataclass(frozen=True)
class Check:
    """One command and what it proves."""

    name: str
    command: list[str | Path]
    environment: dict[str, str] = field(default_factory=dict)


def checks() -> Iterator[Check]:
    yield Check("types", [BIN / "mypy"])
    yield Check("style", [BIN / "ruff", "check", "--quiet"])
    yield Check("format", [BIN / "ruff", "format", "--check", "--quiet"])
    yield Check("layers", [BIN / "lint-imports"])
    yield Check("sizes", [sys.executable, "scripts/check_sizes.py"])
    templates = ["--check", "--lint", "--quiet", "templates"]
    yield Check("templates", [BIN / "djlint", *templates])
    yield Check("idioms", [BIN / "django-upgrade", "--target-version=5.2", "--check", *python()])
    yield Check("translations", [sys.executable, "scripts/check_translations.py"])
    manage = [sys.executable, "-W", "ignore", "manage.py"]
    yield Check("migrations", [*manage, "makemigrations", "--check", "--dry-run"], PRODUCTION)
    yield Check(
        "production settings", [*manage, "check", "--deploy", "--fail-level=WARNING"], PRODUCTION
    )
    yield Check("costs of pages", [sys.executable, "-m", "bench"], {"QUICK": "1"})
    yield Check("known vulnerabilities", [sys.executable, "scripts/audit.py"])


def python() -> list[str]:
    """Return all Python files that are ours, new ones too."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    if shutil.which("git") and (CHECKOUT / ".git").exists():
        found = subprocess.run(listing, cwd=CHECKOUT, capture_output=True, text=True, check=True)
        return [name for name in found.stdout.split() if (CHECKOUT / name).exists()]
    ours = (path.relative_to(CHECKOUT) for path in CHECKOUT.rglob("*.py"))
    return [str(path) for path in ours if path.parts[0] not in (".venv", "node_modules", "var")]


def run(check: Check) -> tuple[int, float, str]:
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=CHECKOUT,
        env={**os.environ, **check.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, time.monotonic() - began, done.stdout.strip()


def main() -> None:
    failures: list[tuple[str, str]] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [(check, pool.submit(run, check)) for check in checks()]
        for check, result in running:
            code, seconds, said = result.result()
            word = {0: "ok", SKIPPED: "skipped"}.get(code, "FAILED")
            reason = f": {said.splitlines()[-1]}" if code == SKIPPED and said else ""
            print(f"{check.name:<24}{word} ({seconds:.1f} s){reason}", flush=True)
            if word == "FAILED":
                failures.append((check.name, said))
    for name, said in failures:
        print(f"\n--- {name} ---\n{said}")
    if failures:
        names = ", ".join(name for name, _ in failures)
        sys.exit(f"\nmake check: {len(failures)} failed ({names})")
    print("make check: all good")


if __name__ == "__main__":
    main()
