"""The database: what it holds at one moment, its archive, and putting an archive back."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

import psycopg
from django.apps import apps
from django.db import connections
from django.db.models import FileField

from config.backups.clients import Clients
from config.backups.errors import BackupError

# Not the limits of the pages: a large table takes as long as it takes. Nobody waits for a lock that
# a running product holds.
OPTIONS: Final = (
    "-c statement_timeout=0 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=0"
    " -c timezone=UTC"
)
OURS: Final = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
FUNCTIONS: Final = """
    SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
SEARCHES: Final = """
    SELECT c.oid::regconfig::text FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
    WHERE n.nspname = 'public' AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
TRIGGERS: Final = f"""
    SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND c.oid IN (SELECT c.oid {OURS}) ORDER BY 1
"""  # noqa: S608 - constants
# What Django writes itself when it migrates, and signs of life: nobody's data.
BOOKKEEPING: Final = frozenset(
    {"auth_permission", "core_heartbeat", "django_content_type", "django_migrations"}
)
# Only servers from 17 on know it; newer programs write it for every server.
TOO_NEW: Final = re.compile(rb"^SET transaction_timeout\b")
FIRST_ENTRY: Final = b"-- Name: "


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a database holds at one moment."""

    server: int
    migrations: Sequence[str]
    tables: Mapping[str, int]
    triggers: Sequence[str]
    named_files: frozenset[str]

    @property
    def is_empty(self) -> bool:
        return not any(rows for name, rows in self.tables.items() if name not in BOOKKEEPING)


@dataclass(frozen=True)
class Database:
    """A database and how to sign in to it, in the words of PostgreSQL's own library."""

    parameters: Mapping[str, str]

    @classmethod
    def of_django(cls) -> Self:
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        given: Mapping[str, Any] = connections["default"].get_connection_params()
        return cls({name: str(value) for name, value in given.items() if name in known and value})

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Open a connection of our own.

        Raises:
            BackupError: the server does not answer, or not to us.
        """
        try:
            return psycopg.connect(psycopg.conninfo.make_conninfo(**self._given))
        except psycopg.OperationalError as error:
            message = f"the database cannot be reached: {_in_one_line(str(error))}"
            raise BackupError(message) from error

    @property
    def environment(self) -> dict[str, str]:
        """Return what tells programs how to sign in; a password is no argument that others see."""
        names = {
            option.keyword.decode(): option.envvar.decode()
            for option in psycopg.pq.Conninfo.get_defaults()
            if option.envvar
        }
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            **{names[keyword]: value for keyword, value in self._given.items() if keyword in names},
        }

    @property
    def _given(self) -> dict[str, Any]:
        return {**self.parameters, "options": OPTIONS}

    @contextmanager
    def at_one_moment(self) -> Iterator[tuple[Contents, str]]:
        """Give what the database holds, and the name by which pg_dump sees the very same."""
        with self.connect() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            contents = contents_of(connection)
            (snapshot,) = _row(connection, "SELECT pg_export_snapshot()")
            yield contents, snapshot

    def refuse_others(self) -> None:
        """Stop when somebody else works with this database.

        Raises:
            BackupError: somebody does.
        """
        with self.connect() as connection:
            (others,) = _row(
                connection,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
            )
        if others:
            message = (
                f"{others} other connections to this database: stop everything that uses it first "
                "(web, worker, reader, beat, dispatcher)"
            )
            raise BackupError(message)

    def contents(self) -> Contents:
        with self.connect() as connection:
            return contents_of(connection)

    def dump(self, clients: Clients, snapshot: str, target: Path) -> None:
        """Write the archive of what a snapshot shows, and read all of it once.

        Raises:
            BackupError: a program failed.
        """
        _run(
            [
                *(clients / "pg_dump", "--format=custom", "--no-owner", "--no-privileges"),
                *(f"--snapshot={snapshot}", f"--file={target}"),
            ],
            self.environment,
        )
        _run([clients / "pg_restore", "--file=/dev/null", target], self.environment)

    def load(self, clients: Clients, archive: Path, expected: Contents) -> None:
        """Replace all that the database holds by an archive, or change nothing at all.

        Before it is settled, every table is counted and every trigger looked for.

        Raises:
            BackupError: a program failed, or the archive holds something else than expected.
        """
        with self.connect() as connection:
            before = b"BEGIN;\n" + _dropping(connection)
        with tempfile.TemporaryFile() as complaints, tempfile.NamedTemporaryFile("w") as entries:
            listing = _run([clients / "pg_restore", "--list", archive], self.environment)
            entries.writelines(
                f"{line}\n" for line in listing.splitlines() if " SCHEMA - " not in line
            )
            entries.flush()
            writing: list[str | Path] = [
                *(clients / "pg_restore", "--no-owner", "--no-privileges", "--no-comments"),
                *(f"--use-list={entries.name}", "--file=-", archive),
            ]
            reading: list[str | Path] = [clients / "psql", "--no-psqlrc", "--quiet"]
            environment = self.environment
            with (
                subprocess.Popen(
                    writing, env=environment, stdout=subprocess.PIPE, stderr=complaints
                ) as source,
                subprocess.Popen(
                    [*reading, "--set=ON_ERROR_STOP=1", "--file=-"],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                ) as target,
            ):
                _pump(source, target, before, _checking(expected))
            if source.returncode or target.returncode:
                complaints.seek(0)
                message = f"the database was not changed: {_last_words(complaints.read())}"
                raise BackupError(message)


def contents_of(connection: "psycopg.Connection[tuple[Any, ...]]") -> Contents:
    """Return what a database holds; count within one transaction."""
    names = [name for (name,) in connection.execute(f"SELECT c.relname {OURS} ORDER BY 1")]
    tables = {
        name: _row(connection, psycopg.sql.SQL("SELECT count(*) FROM {}").format(_public(name)))[0]
        for name in names
    }
    migrations: list[str] = []
    if "django_migrations" in tables:
        applied = connection.execute("SELECT app || '.' || name FROM public.django_migrations")
        migrations = sorted(name for (name,) in applied)
    return Contents(
        server=connection.info.server_version // 10000,
        migrations=migrations,
        tables=tables,
        triggers=[name for (name,) in connection.execute(TRIGGERS)],
        named_files=frozenset(_named_files(connection, tables)),
    )


def _named_files(
    connection: "psycopg.Connection[tuple[Any, ...]]", tables: Mapping[str, int]
) -> Iterator[str]:
    """Yield the path of every file that a row names."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not isinstance(field, FileField) or model._meta.db_table not in tables:
                continue
            column = psycopg.sql.Identifier(str(field.column))
            table = _public(model._meta.db_table)
            query = psycopg.sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} <> ''")
            for (name,) in connection.execute(query.format(column, table)):
                yield name


def _public(table: str) -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier("public", table)


def _row(connection: "psycopg.Connection[tuple[Any, ...]]", query: Any) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    return row or (None,)


def _dropping(connection: "psycopg.Connection[tuple[Any, ...]]") -> bytes:
    """Return SQL that drops our tables, functions and searches; row triggers have no say in it."""
    tables = [name for (name,) in connection.execute(f"SELECT c.relname {OURS}")]
    statements = [
        psycopg.sql.SQL("DROP TABLE {} CASCADE;\n").format(
            psycopg.sql.SQL(", ").join(map(_public, tables))
        )
    ]
    text = statements[0].as_string(connection) if tables else ""
    for (function,) in connection.execute(FUNCTIONS):
        text += f"DROP FUNCTION {function} CASCADE;\n"
    for (search,) in connection.execute(SEARCHES):
        text += f"DROP TEXT SEARCH CONFIGURATION {search} CASCADE;\n"
    return text.encode()


def _checking(expected: Contents) -> bytes:
    """Return SQL that settles the transaction only when everything is there."""
    rows = ", ".join(f"('{name}', {count})" for name, count in expected.tables.items())
    triggers = ", ".join(f"'{name}'" for name in expected.triggers)
    return f"""
DO $check$
DECLARE expected record; found bigint; missing text;
BEGIN
  FOR expected IN SELECT * FROM (VALUES {rows or "('', 0)"}) AS listed (name, count) LOOP
    CONTINUE WHEN expected.name = '';
    EXECUTE format('SELECT count(*) FROM public.%I', expected.name) INTO found;
    IF found <> expected.count THEN
      RAISE EXCEPTION 'table % has % rows, and the manifest says %',
        expected.name, found, expected.count;
    END IF;
  END LOOP;
  SELECT string_agg(listed, ', ') INTO missing
    FROM unnest(ARRAY[{triggers}]::text[]) AS listed WHERE listed NOT IN ({TRIGGERS});
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'the triggers % are missing', missing;
  END IF;
END $check$;
COMMIT;
""".encode()  # noqa: S608 - a manifest holds identifiers only


def _pump(
    source: "subprocess.Popen[bytes]",
    target: "subprocess.Popen[bytes]",
    before: bytes,
    after: bytes,
) -> None:
    """Hand the script on with what must come before and after it; without the end nothing holds."""
    if source.stdout is None or target.stdin is None:
        return
    try:
        target.stdin.write(before)
        _copy_preamble(source.stdout, target.stdin)
        while part := source.stdout.read(1 << 20):
            target.stdin.write(part)
        if source.wait() == 0:
            target.stdin.write(after)
        target.stdin.close()
    except BrokenPipeError:  # psql stopped at a fault
        source.kill()


def _copy_preamble(script: IO[bytes], target: IO[bytes]) -> None:
    for line in script:
        if not TOO_NEW.match(line):
            target.write(line)
        if line.startswith(FIRST_ENTRY):
            break


def _run(command: Sequence[str | Path], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        message = f"{Path(command[0]).name} failed: {_last_words(done.stderr)}"
        raise BackupError(message)
    return done.stdout.decode()


def _last_words(output: bytes) -> str:
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "error:" in line]
    return _in_one_line(" ".join(errors[:2] or lines[-2:]))


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
