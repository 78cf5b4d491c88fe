"""A backup holds all of an installation; restoring brings all of it back, or changes nothing."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import override_settings
from psycopg import sql

from config.backups import BackupError, Database, files, make_backup, restore_backup
from config.backups.clients import find_clients
from config.backups.manifest import FORMAT, Manifest
from core.actors import Actor
from core.scoping import organisation_scope
from knowledge import operations
from tests.config.conftest import CHECKOUT
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import policy_of
from tests.factories.uploads import make_pdf
from tests.knowledge.conftest import attach, hand_in, start

pytestmark = pytest.mark.django_db  # or no test database is made

KNOWN = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
UPLOAD = make_pdf("Overdracht")


class Installation:
    """A database and a folder of files of their own."""

    def __init__(self, database: Database, media: Path) -> None:
        self.database = database
        self.media = media

    @property
    def rows(self) -> dict[str, str]:
        """A checksum of the rows of each table."""
        with self.database.connect() as session:
            return {table: checksum_of(session, table) for table in self.database.contents().tables}

    @property
    def files(self) -> dict[str, bytes]:
        return {name: (self.media / name).read_bytes() for name in files.names_below(self.media)}

    @property
    def everything(self) -> tuple[dict[str, str], dict[str, bytes]]:
        return self.rows, self.files

    def restore(self, folder: Path, **options: bool) -> Manifest:
        return restore_backup(
            folder, database=self.database, media=self.media, known=KNOWN, **options
        )

    def manage(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run a command of the product on this installation, as an operator would."""
        given = self.database.parameters
        address = "{user}:{password}@{host}:{port}/{dbname}".format(**given)
        return subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *map(str, arguments)],
            env={
                "PATH": os.environ["PATH"],
                "SECRET_KEY": "x" * 60,
                "DATABASE_URL": f"postgres://{address}",
                "MEDIA_ROOT": str(self.media),
            },
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )


def checksum_of(session: psycopg.Connection, table: str) -> str:
    query = sql.SQL("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")
    return session.execute(query.format(sql.Identifier("public", table))).fetchone()[0]


def live_a_little() -> None:
    """A handover with a file, accepted: a ledger, a history, messages."""
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        policy_of(organisation)
        engagement = EngagementFactory(organisation=organisation)
        author = Actor(label="Fatima", contact_id=engagement.freelancer.business_contact_id)
        attach(start(engagement, author, title="Concept"), author, content=UPLOAD)
        waiting = hand_in(engagement, author)
        manager = Actor(label="Peter Bos", kind="link", contact_id=engagement.manager_id)
        operations.accept_deliverable(deliverable_id=waiting.pk, actor=manager)


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker, tmp_path_factory
) -> Iterator[tuple[Path, tuple[dict[str, str], dict[str, bytes]]]]:
    """A backup, and what the installation held that it is of."""
    folder, media = tmp_path_factory.mktemp("backup") / "one", tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media):
        try:
            live_a_little()
            source = Installation(Database.of_django(), media)
            make_backup(folder, database=source.database, media=media, release="0.1.0")
            yield folder, source.everything
        finally:
            call_command("flush", interactive=False, verbosity=0)
            connection.close()


@pytest.fixture
def backup(made, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(made[0], tmp_path / "backup"))


def drop_database(session: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    """Drop a database, with the sessions of ours that are left in it.

    `WITH (FORCE)` would refuse where autovacuum is just at work in it, whose process is not ours to
    end; without it the server asks autovacuum to leave.
    """
    session.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        [name],
    )
    session.execute(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture
def target(made, tmp_path: Path) -> Iterator[Installation]:
    """An installation that holds nothing yet."""
    server = Database.of_django()
    name = f"restored_{os.getpid()}"
    with psycopg.connect(**{**server.parameters, "options": ""}, autocommit=True) as session:
        drop_database(session, name)
        session.execute(f"CREATE DATABASE {name}")
        (tmp_path / "media").mkdir()
        yield Installation(Database({**server.parameters, "dbname": name}), tmp_path / "media")
        drop_database(session, name)


def rewrite(folder: Path, **changes: object) -> None:
    """Change a manifest as somebody would who knows how its checksum is made."""
    replace(Manifest.read(folder), **changes).write(folder)


def test_all_of_it_comes_back(made, target):
    manifest = target.restore(made[0])

    assert target.everything == made[1]
    assert list(target.files.values()) == [UPLOAD]
    assert manifest.tables["knowledge_ledgerentry"] == 1
    assert manifest.row_count > 100
    assert manifest.counts.endswith("1 files (0.0 MB)")


def test_what_only_grows_still_only_grows(made, target):
    target.restore(made[0])

    for statement in (
        "UPDATE knowledge_ledgerentry SET amount = 99",
        "DELETE FROM core_auditevent",
        "TRUNCATE notifications_messageattempt CASCADE",
    ):
        with target.database.connect() as session, pytest.raises(psycopg.errors.RestrictViolation):
            session.execute(statement)


def test_new_rows_get_keys_of_their_own(made, target):
    target.restore(made[0])

    with target.database.connect() as session:
        (new,) = session.execute(
            "INSERT INTO core_heartbeat (name, at) VALUES ('x', now()) RETURNING name"
        ).fetchone()
        (last,) = session.execute("SELECT max(id) FROM core_auditevent").fetchone()
        (following,) = session.execute(
            "SELECT nextval(pg_get_serial_sequence('core_auditevent', 'id'))"
        ).fetchone()
    assert new == "x"
    assert following > last


def test_the_commands_say_counts_last_and_their_exit_code_tells(made, target, tmp_path):
    restored = target.manage("restore", made[0])
    assert (restored.returncode, restored.stderr) == (0, "")
    last = restored.stdout.splitlines()[-1]
    assert last.startswith("restored: ")
    assert last.endswith(" rows, 1 files (0.0 MB)")

    again = target.manage("restore", made[0])
    assert again.returncode == 1
    assert "the database is not empty" in again.stderr

    ledger = target.manage("check_ledger")
    assert (ledger.returncode, ledger.stdout.split()[:2]) == (0, ["1", "entries"])

    second = target.manage("backup", tmp_path / "second")
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout.splitlines()[-1] == last.replace("restored", "backed up")
    first, copy = Manifest.read(made[0]), Manifest.read(tmp_path / "second")
    assert (copy.tables, copy.files, copy.triggers) == (first.tables, first.files, first.triggers)


def spoil_archive(folder: Path) -> None:
    with (folder / "database.dump").open("r+b") as archive:
        archive.seek(2000)
        archive.write(b"spoilt")


def the_file(folder: Path) -> Path:
    (name,) = files.names_below(folder / "files")
    return folder / "files" / name


def edit(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_archive, "database.dump is damaged"),
        (lambda f: (f / "database.dump").unlink(), "database.dump: No such file"),
        (lambda f: the_file(f).write_bytes(b"other"), "is damaged"),
        (lambda f: the_file(f).unlink(), "No such file"),
        (lambda f: (f / "files" / "more").write_text("x"), "more is not in the manifest"),
        (lambda f: (f / "manifest.json").unlink(), "no complete backup"),
        (lambda f: (f / "manifest.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "manifest.json").write_text("[]"), "has format None"),
        (lambda f: edit(f, format=FORMAT + 1), f"format {FORMAT + 1}, and this version reads"),
        (lambda f: edit(f, tables={}), "does not match its own checksum"),
        (lambda f: edit(f, more=1), "is damaged"),
        (
            lambda f: rewrite(
                f, migrations=["core.0001_initial", "core.9999_later"], release="9.0"
            ),
            "made by a newer version (9.0; this one does not know core.9999_later)",
        ),
        (lambda f: rewrite(f, server=99), "of PostgreSQL 99 and this server is"),
        (lambda f: rewrite(f, tables={"x; DROP TABLE y": 1}), "does not match its own checksum"),
        (
            lambda f: rewrite(f, files={"../../etc/x": files.Piece("0" * 64, 1)}),
            "does not match its own checksum",
        ),
        (
            lambda f: rewrite(f, tables={**Manifest.read(f).tables, "core_contact": 77}),
            "table core_contact has 2 rows, and the manifest says 77",
        ),
        (
            lambda f: rewrite(f, tables={**Manifest.read(f).tables, "core_gone": 1}),
            "core_gone",
        ),
        (
            lambda f: rewrite(f, triggers=["core_auditevent.core_auditevent_guard"]),
            "core_auditevent.core_auditevent_guard are missing",
        ),
    ],
)
def test_what_does_not_match_is_refused_and_changes_nothing(spoil, says, backup, target):
    spoil(backup)

    with pytest.raises(BackupError) as refused:
        target.restore(backup)

    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert target.everything == ({}, {})


def with_something(target: Installation) -> None:
    with target.database.connect() as session:
        session.execute("CREATE TABLE older (name text)")
        session.execute("INSERT INTO older VALUES ('kept')")
        session.execute(
            "CREATE FUNCTION core_auditevent_is_append_only() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NULL; END'"
        )
        session.execute(
            "CREATE TRIGGER guard BEFORE DELETE ON older FOR EACH ROW"
            " EXECUTE FUNCTION core_auditevent_is_append_only()"
        )
    (target.media / "older").mkdir()
    (target.media / "older" / "file").write_bytes(b"kept")


def test_what_is_there_is_thrown_away_only_when_that_was_asked_for(made, target):
    with_something(target)
    before = target.everything

    with pytest.raises(BackupError, match="the database is not empty"):
        target.restore(made[0])
    assert target.everything == before

    target.restore(made[0], replace=True)
    assert target.everything == made[1]
    assert not (target.media / "older").exists()


def test_files_alone_are_not_thrown_away_either(made, target):
    (target.media / "older").write_bytes(b"kept")

    with pytest.raises(BackupError, match="media is not empty"):
        target.restore(made[0])

    assert target.files == {"older": b"kept"}


def test_a_restore_that_fails_halfway_leaves_what_was_there(backup, target):
    with_something(target)
    before = target.everything
    rewrite(backup, tables={**Manifest.read(backup).tables, "core_contact": 77})

    with pytest.raises(BackupError, match=r"the database was not changed: .*core_contact has 2"):
        target.restore(backup, replace=True)

    assert target.everything == before


def test_a_database_that_was_only_migrated_counts_as_empty(made, target):
    with target.database.connect() as session:
        session.execute("CREATE TABLE django_migrations (app text, name text)")
        session.execute("INSERT INTO django_migrations VALUES ('core', '0001_initial')")
        session.execute("CREATE TABLE core_contact (id int)")

    target.restore(made[0])

    assert target.everything == made[1]


def test_a_file_that_was_damaged_since_is_mended(made, target):
    target.restore(made[0])
    the_path = target.media / files.names_below(target.media)[0]
    the_path.write_bytes(b"damaged")

    target.restore(made[0], replace=True)

    assert target.everything == made[1]


def test_nothing_is_restored_while_somebody_works_with_the_database(made, target):
    with target.database.connect(), pytest.raises(BackupError, match="stop everything that uses"):
        target.restore(made[0])

    assert target.everything == ({}, {})


def test_an_older_backup_says_that_it_must_be_migrated(backup, target):
    manifest = Manifest.read(backup)
    rewrite(backup, migrations=[name for name in manifest.migrations if name.startswith("core")])

    restored = target.manage("restore", backup)

    assert restored.returncode == 0
    assert "migrations are newer: run manage.py migrate" in restored.stdout


def test_a_file_that_is_lost_is_named_and_the_rest_is_backed_up(made, target, tmp_path):
    target.restore(made[0])
    (name,) = files.names_below(target.media)
    (target.media / name).unlink()

    done = target.manage("backup", tmp_path / "second")

    assert done.returncode == 1
    assert f"missing in {target.media}: {name}" in done.stderr
    assert "1 files that the database names were not there" in done.stderr
    assert done.stdout.splitlines()[-1].endswith(" rows, 0 files (0.0 MB)")
    assert target.restore(tmp_path / "second", replace=True).row_count > 100


@pytest.mark.parametrize("reason", ["not empty", "no folder", "lies within the files"])
def test_a_backup_never_goes_where_something_is(reason, target, tmp_path):
    folder = tmp_path / "there"
    if reason == "not empty":
        folder.mkdir()
        (folder / "other").write_text("kept")
    elif reason == "no folder":
        folder.write_text("kept")
    else:
        folder = target.media / "backups"

    with pytest.raises(BackupError, match=reason):
        make_backup(folder, database=target.database, media=target.media, release="0.1.0")

    assert folder.read_text() == "kept" if folder.is_file() else True
    assert not (folder / "manifest.json").exists()


def test_a_backup_that_fails_leaves_nothing(target, tmp_path):
    nowhere = Database({**target.database.parameters, "port": "1"})
    for folder in (tmp_path / "new", tmp_path / "empty"):
        folder.mkdir() if folder.name == "empty" else None
        with pytest.raises(BackupError, match="the database cannot be reached"):
            make_backup(folder, database=nowhere, media=target.media, release="0.1.0")

    assert not (tmp_path / "new").exists()
    assert not list((tmp_path / "empty").iterdir())


def test_what_is_written_meanwhile_is_no_part_of_it(made, target, tmp_path):
    target.restore(made[0])

    with target.database.at_one_moment() as (before, snapshot):
        with target.database.connect() as other:
            other.execute("INSERT INTO core_heartbeat (name, at) VALUES ('later', now())")
        clients = find_clients(before.server)
        target.database.dump(clients, snapshot, tmp_path / "archive")

    target.database.load(clients, tmp_path / "archive", before)
    assert target.database.contents().tables == before.tables


def fake_programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("pg_dump", "pg_restore", "psql"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_programs_of_the_servers_version_are_taken_else_the_next_newer(tmp_path, monkeypatch):
    newer = fake_programs(tmp_path / "newer", "97.1")
    monkeypatch.setenv("KENNISBORG_PG_BIN", str(newer))

    assert find_clients(90).folder == newer
    assert find_clients(97).folder == newer
    assert find_clients(15).major < 97
    with pytest.raises(BackupError, match=r"98 or newer are needed .* postgresql-client-98"):
        find_clients(98)


def test_half_an_installation_of_programs_is_none(tmp_path, monkeypatch):
    folder = fake_programs(tmp_path / "half", "97.1")
    (folder / "psql").unlink()
    monkeypatch.setenv("KENNISBORG_PG_BIN", str(folder))

    with pytest.raises(BackupError):
        find_clients(97)


def test_a_password_is_never_an_argument_that_others_can_see(target):
    environment = target.database.environment

    assert environment["PGPASSWORD"] == target.database.parameters["password"]
    assert environment["PGDATABASE"] == target.database.parameters["dbname"]
    assert "statement_timeout=0" in environment["PGOPTIONS"]


def test_the_address_of_a_database_may_ask_for_encryption():
    code = "import config.settings as s; print(s.DATABASES['default']['OPTIONS'])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "x" * 60,
            "DATABASE_URL": "postgres://a:b@db.example/k?sslmode=verify-full",
        },
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "'sslmode': 'verify-full'" in done.stdout
    assert "statement_timeout" in done.stdout


def test_what_was_copied_is_what_was_read(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)

    piece = files.copy(tmp_path / "a", tmp_path / "deep" / "er" / "b")

    assert piece == files.piece_of(tmp_path / "a") == files.piece_of(tmp_path / "deep/er/b")
    assert piece.sha256 == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert (tmp_path / "deep/er/b").stat().st_mode & 0o777 == 0o600
    assert settings.FILE_UPLOAD_PERMISSIONS == 0o600
