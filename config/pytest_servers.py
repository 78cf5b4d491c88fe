"""A pytest plugin that brings the database, the broker and the translations of a test run.

Loaded by `-p config.pytest_servers` (pyproject.toml) before Django's settings, which demand a
`DATABASE_URL`. `TEST_DATABASE_URL` and `TEST_REDIS_URL` name servers to use instead of our own; the
`DATABASE_URL` of a real installation is never touched by a test.
"""

import os
from collections.abc import Generator, Iterator

import pytest

from config.embedded import InUseError, TryoutServers, data_base
from config.translations import compile_outdated

MAX_RUNS = 20  # at the same time, on one checkout


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers before any other plugin reads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:  # the environment came from the run's first process
        _take_own_broker_database(int(worker.removeprefix("gw")))
    elif not early_config.known_args_namespace.help:
        compile_outdated()
        _start(early_config)
    return (yield)


def _start(config: pytest.Config) -> None:
    given = {"PostgreSQL": "TEST_DATABASE_URL", "Valkey": "TEST_REDIS_URL"}
    wanted = tuple(name for name, variable in given.items() if not os.environ.get(variable))
    servers = _first_free(wanted) if wanted else None
    if servers:
        config.add_cleanup(servers.stop)
    for variable, server in (
        ("DATABASE_URL", servers and servers.postgres),
        ("REDIS_URL", servers and servers.valkey),
    ):
        os.environ[variable] = os.environ.get(f"TEST_{variable}") or (server.url if server else "")


def _first_free(wanted: tuple[str, ...]) -> TryoutServers:
    """Start servers on the first data folder that no other test run is using."""
    for servers in _candidates(wanted):
        try:
            servers.start()
        except InUseError:
            continue
        return servers
    raise pytest.UsageError(f"{MAX_RUNS} test runs are going on already")


def _candidates(wanted: tuple[str, ...]) -> Iterator[TryoutServers]:
    base = data_base()
    for number in range(MAX_RUNS):
        yield TryoutServers(
            base / f"test-{number}", only=wanted, disposable=True, shelf=base / "programs"
        )


def _take_own_broker_database(number: int) -> None:
    """Give each worker a database of the broker's, as pytest-django does with PostgreSQL's."""
    address, separator, _ = os.environ["REDIS_URL"].partition("?db=")
    if separator:
        os.environ["REDIS_URL"] = f"{address}?db={number + 1}"
