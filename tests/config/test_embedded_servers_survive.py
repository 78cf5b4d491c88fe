"""What the try-out servers do when somebody kills them, or whoever started them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests.config.conftest import eventually, is_alive, kill


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM kept")]


def keep_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (42)")


def test_a_killed_postgresql_comes_back_at_the_same_address_with_its_data(start):
    servers = start()
    before = servers.report()
    keep_a_row(before["database_url"])

    kill(before["postgres"])
    after = servers.report()

    assert after["postgres"] != before["postgres"]
    assert after["database_url"] == before["database_url"]
    assert rows(after["database_url"]) == [42]


def test_a_killed_valkey_comes_back_at_the_same_address_with_its_data(start):
    servers = start()
    before = servers.report()
    with redis.Redis.from_url(before["redis_url"]) as broker:
        broker.set("kept", "yes")

    kill(before["valkey"])
    after = servers.report()

    assert after["valkey"] != before["valkey"]
    assert after["redis_url"] == before["redis_url"]
    with redis.Redis.from_url(after["redis_url"]) as broker:
        assert broker.get("kept") == b"yes"


def test_nothing_stays_behind_when_the_owner_is_killed(start):
    servers = start("one", "--disposable")
    servers.report()
    pids = servers.pids()
    assert all(is_alive(pid) for pid in pids)

    kill(servers.process.pid)

    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


def test_nothing_stays_behind_when_the_guardian_was_killed_first(start):
    servers = start("one", "--disposable")
    first = servers.report()["guardian"]
    kill(first)
    assert servers.report()["guardian"] != first
    pids = servers.pids()

    kill(servers.process.pid)

    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_nothing_stays_behind_when_owner_and_guardian_are_killed_together(start):
    servers = start("one", "--disposable")
    servers.report()
    pids = servers.pids()

    kill(servers.facts["guardian"], servers.process.pid)

    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


def test_the_guardian_alone_stops_a_program_that_outlived_its_owner(tmp_path):
    """What macOS relies on: there nothing else notices a killed owner."""
    orphan = subprocess.Popen(["sleep", "600"], start_new_session=True)
    guardian = Path(__file__).parents[2] / "config/embedded/guardian.py"

    subprocess.run(
        [sys.executable, "-I", "-S", guardian],
        input=f"watch {orphan.pid} 15\n",
        text=True,
        check=True,
    )

    assert orphan.wait(timeout=5) == -signal.SIGTERM


def test_the_guardian_leaves_alone_what_was_released():
    program = subprocess.Popen(["sleep", "600"], start_new_session=True)
    guardian = Path(__file__).parents[2] / "config/embedded/guardian.py"

    subprocess.run(
        [sys.executable, "-I", "-S", guardian],
        input=f"watch {program.pid} 15\nrelease {program.pid}\n",
        text=True,
        check=True,
    )

    assert program.poll() is None
    program.kill()
    program.wait()


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_it_started(start, stop_signal):
    servers = start("one", "--disposable")
    servers.report()
    pids = servers.pids()

    servers.process.send_signal(stop_signal)

    assert servers.process.wait(timeout=10) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_matter(start, place):
    servers = start()
    servers.report()
    keep_a_row(servers.facts["database_url"])
    kill(servers.process.pid, servers.facts["guardian"], servers.facts["postgres"])
    assert eventually(lambda: not is_alive(servers.facts["valkey"]))
    pid_file = place / "one" / "pg18" / "postmaster.pid"
    # The same account, for otherwise PostgreSQL itself knows that this cannot be its server.
    owner = pid_file.stat()
    stranger = subprocess.Popen(
        ["sleep", "600"],
        **({"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}),
    )
    try:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

        again = start()

        assert rows(again.report()["database_url"]) == [42]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_outlived_its_owner_is_replaced_not_joined(start, place):
    """As on macOS after everything around it was killed at once."""
    servers = start()
    servers.report()
    command = Path(f"/proc/{servers.facts['postgres']}/cmdline").read_bytes().split(b"\0")[:-1]
    servers.end()
    owner = (place / "one" / "pg18").stat()
    orphan = subprocess.Popen(
        command,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **({"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}),
    )
    try:
        assert eventually((place / "one" / "pg18" / "postmaster.pid").exists)

        again = start()
        facts = again.report()

        assert orphan.wait(timeout=5) == 0
        assert facts["postgres"] != orphan.pid
    finally:
        orphan.kill()
        orphan.wait()


def test_a_half_made_data_folder_is_made_again(start, place):
    (place / "one" / "pg18.unfinished" / "base").mkdir(parents=True)
    (place / "one").chmod(0o711)

    servers = start()

    keep_a_row(servers.report()["database_url"])
    assert not (place / "one" / "pg18.unfinished").exists()


def test_a_spoilt_broker_file_is_put_aside(start, place):
    servers = start()
    servers.report()
    servers.end()
    manifest = place / "one" / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense\n")

    again = start()

    with redis.Redis.from_url(again.report()["redis_url"]) as broker:
        assert broker.ping()
    assert (place / "one" / "valkey" / "appendonlydir.spoilt").exists()
