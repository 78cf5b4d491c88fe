"""Bring the database, translations and static files of a run up to date; one process does it all.

Run by the supervisor as `python -m config.supervisor.preparation`, with the run's environment.
"""

import argparse
import hashlib
import io
import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.embedded.folders import State
from config.translations import compile_outdated

EACH = 10  # of so many things done, one is told where nobody watches


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--seed", default="", metavar="DATABASE")
    parser.add_argument("--organisation", default="")
    parser.add_argument("--hr-email", default="")
    options = parser.parse_args()
    state = State(options.state)
    if compile_outdated():
        say("translations compiled")
    django.setup()
    migrate()
    collect_static(state)
    if options.seed:
        seed(state, options.seed)
    if options.organisation:
        create_organisation(state, options.organisation, options.hr_email)


def say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


def migrate() -> None:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        say(f"preparing the database ({len(pending)} steps)")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static(state: State) -> None:
    """Collect and compress the static files when one of them changed."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    if state.get("static") == digest.hexdigest() and Path(settings.STATIC_ROOT).exists():
        return
    say("collecting style sheets, fonts and pictures")
    call_command(
        "collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=["scss"]
    )
    state.put(static=digest.hexdigest())


def seed(state: State, database: str) -> None:
    """Make the demo organisation, unless somebody already has data in this database."""
    if state.get("seeded") == database:
        return
    if state.get("seeding") != database and apps.get_model("core.Organisation").objects.exists():
        say("the database already holds an organisation: no demo data added")
        return
    state.put(seeding=database)
    say("making the demo organisation (once; about a minute)")
    progress = Counted()
    call_command("seed_demo", verbosity=2, stdout=progress)
    progress.finish()
    state.put(seeded=database, seeding=None)


class Counted(io.TextIOBase):
    """Shows how far a command is instead of all that it says."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        if sys.stdout.isatty():
            sys.stdout.write(f"\r  {self.lines} engagements so far")
            sys.stdout.flush()
        elif self.lines % EACH == 0:
            say(f"{self.lines} engagements so far")
        return len(text)

    def finish(self) -> None:
        if sys.stdout.isatty():
            sys.stdout.write("\n")


def create_organisation(state: State, name: str, hr_email: str) -> None:
    call_command("create_organisation", name=name, hr_email=hr_email)
    state.put(organisation=name)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        main()
    except CommandError as error:
        sys.exit(str(error))
