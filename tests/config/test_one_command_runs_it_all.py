"""`make up` and `make demo`: one command starts everything, keeps it up and stops all of it."""

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.children import Guardian
from config.embedded.folders import State
from config.embedded.ports import free_port
from tests.config.conftest import (
    CHECKOUT,
    children_of,
    descendants_of,
    environment_for,
    eventually,
    is_alive,
    kill,
    open_folder,
)

READY = 90.0  # seconds; the first run prepares the database
BACK = 10.0  # seconds within which pages are back after any server was killed
OWN_DATA = ("ORGANISATION=Gemeente Veldam", "HR_EMAIL=hr@veldam.example")
GUARDIAN = Guardian()  # for the case that this test run itself is killed


class Product:
    """One `make up` in a data folder of its own."""

    def __init__(self, place: Path, port: int, *words: str) -> None:
        self.port = port
        self.place = place
        self.log = place / f"said-{secrets.token_hex(4)}.txt"
        self.run(*words)

    def run(self, *words: str) -> None:
        with self.log.open("w") as log:
            self.make = subprocess.Popen(
                ["make", "up", f"PORT={self.port}", *words],
                cwd=CHECKOUT,
                env=environment_for(self.place),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        GUARDIAN.watch(self.make.pid, signal.SIGTERM)

    def start(self) -> None:
        """Run once more, on the data that is there."""
        self.run()
        self.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait(self) -> "Product":
        assert eventually(lambda: "is ready" in self.said or self.make.poll() is not None, READY), (
            self.said
        )
        assert "is ready" in self.said, self.said
        return self

    def status(self) -> int:
        """The answer of a page that needs the database."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def pid_of(self, words: str) -> int | None:
        """The pid of one of its programs, by what stands on its command line."""
        for child in psutil.Process(self.make.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                args = " ".join(child.cmdline())
                if re.search(words, args) and "launch.py" not in args:
                    return child.pid
        return None

    def stop(self) -> int:
        if self.make.poll() is None:
            os.killpg(self.make.pid, signal.SIGTERM)
        code = self.make.wait(timeout=40)
        GUARDIAN.release(self.make.pid)
        return code


@pytest.fixture(scope="module", autouse=True)
def _guarded() -> Iterator[None]:
    # What a shell starts in the background ignores Ctrl-C, and `make` would take that over.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
    GUARDIAN.close()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared(place: Path) -> Iterator[Product]:
    running = Product(place, free_port(), *OWN_DATA).wait()
    yield running
    running.stop()


@pytest.fixture
def product(shared: Product) -> Product:
    """The running product; started again when the test before has stopped or hurt it."""
    if shared.make.poll() is not None:
        shared.start()
    assert eventually(lambda: shared.status() == 200, BACK), shared.said
    assert eventually(lambda: shared.pid_of("celery"), BACK), shared.said
    return shared


def test_a_stranger_gets_a_working_sign_in_page(product):
    with urllib.request.urlopen(f"{product.url}/accounts/login/", timeout=10) as answer:
        assert answer.status == 200
        assert "<form" in answer.read().decode()


def test_it_says_where_it_is_and_where_the_data_is(product):
    assert f"Kennisborg is ready: {product.url}/" in product.said
    assert str(product.place / "own") in product.said


def test_secrets_are_made_once_and_closed_to_others(product):
    state = product.place / "own" / "state.json"

    assert state.stat().st_mode & 0o777 == 0o600
    assert len(State(state).get("secret_key")) >= 50


@pytest.mark.parametrize("program", ["/postgres -D", "valkey-server", "gunicorn", "celery"])
def test_pages_are_back_within_ten_seconds_after_a_kill(product, program):
    victim = product.pid_of(program)
    assert victim
    orphans = descendants_of(victim)

    kill(victim)

    assert eventually(lambda: product.pid_of(program) not in (None, victim), BACK), product.said
    # Those of gunicorn answer a little longer, and would be taken for the new ones.
    assert eventually(lambda: not any(is_alive(pid) for pid in orphans), BACK), product.said
    assert eventually(lambda: product.status() == 200, BACK), product.said


def test_a_second_start_says_that_it_runs_already(product):
    second = Product(product.place, product.port)

    assert second.make.wait(timeout=20) != 0
    assert f"`make up` of this checkout already runs at {product.url} " in second.said
    assert product.status() == 200


def test_a_port_of_another_program_is_named():
    with open_folder() as place, socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = Product(place, port, *OWN_DATA)

        assert refused.make.wait(timeout=20) != 0
        assert f"Port {port} on 127.0.0.1 is in use by another program" in refused.said
        assert f"make up PORT={port + 1}" in refused.said


def test_nobody_to_ask_is_said_in_one_line():
    with open_folder() as place:
        refused = Product(place, free_port())

        assert refused.make.wait(timeout=20) != 0
        assert "Nobody to ask here: give the answers along" in refused.said
        assert "Traceback" not in refused.said


def test_own_data_cannot_be_reset():
    with open_folder() as place:
        refused = Product(place, free_port(), "RESET=1")

        assert refused.make.wait(timeout=20) != 0
        assert "RESET=1 is for `make demo` only" in refused.said


@contextlib.contextmanager
def another_run(product: Product) -> Iterator[Product]:
    """A second instance, on a copy of the first one's prepared state: same code, other data."""
    with open_folder() as place:
        running = Product(place, free_port(), *OWN_DATA)
        try:
            yield running
        finally:
            running.stop()


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_it_is_still_setting_up_stops_everything(product, stop_signal):
    with another_run(product) as running:
        assert eventually(lambda: "preparing the database" in running.said, READY), running.said
        started = descendants_of(running.make.pid)
        assert len(started) > 3

        os.killpg(running.make.pid, stop_signal)

        running.make.wait(timeout=30)
        assert eventually(lambda: not any(is_alive(pid) for pid in started))
        assert product.status() == 200


def test_nothing_stays_behind_when_make_is_killed(product):
    started = descendants_of(product.make.pid)
    assert len(started) > 8

    kill(product.make.pid)

    assert eventually(lambda: not any(is_alive(pid) for pid in started), 30)


def test_nothing_stays_behind_when_make_and_all_that_watches_is_killed(product):
    (supervisor,) = children_of(product.make.pid)
    started = descendants_of(product.make.pid)

    kill(product.make.pid, supervisor)

    assert eventually(lambda: not any(is_alive(pid) for pid in started), 30)


def test_a_signal_stops_everything_and_a_later_run_asks_nothing_and_is_ready_soon(product):
    started = descendants_of(product.make.pid)

    product.stop()

    assert eventually(lambda: not any(is_alive(pid) for pid in started), 5)
    assert product.status() == 0
    product.start()
