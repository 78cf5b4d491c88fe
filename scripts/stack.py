"""The whole product on this machine, for a browser: servers, pages, worker, dispatcher and mail.

The browser tests and the screenshots use it; it is what `make demo` runs, with data of its own.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from config.embedded import InUseError, TryoutServers, data_base  # noqa: E402
from config.embedded.children import wait_until  # noqa: E402
from config.embedded.folders import empty, make_passage  # noqa: E402
from config.embedded.ports import LOOPBACK, free_port  # noqa: E402
from config.supervisor.programs import Programs  # noqa: E402
from config.supervisor.surroundings import Run, environment  # noqa: E402

PATIENCE = 60.0  # seconds, on a machine that is busy with other tests
MAX_STACKS = 20  # at the same time, on one checkout


@dataclass
class Stack:
    """A running product.

    Attributes:
        url: where a browser finds it.
        mail_folder: every mail that was sent, as .eml files in order of arrival.
    """

    run: Run
    surroundings: dict[str, str]

    @property
    def url(self) -> str:
        return self.run.url

    @property
    def mail_folder(self) -> Path:
        return self.run.mail_folder

    @property
    def log_folder(self) -> Path:
        return self.run.folder / "log"

    def execute(self, *command: str) -> str:
        """Run Python in the product's surroundings and return what it says."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=CHECKOUT,
            env=self.surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def manage(self, *command: str) -> str:
        return self.execute("manage.py", *command)

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Return what was sent to an address, oldest first."""
        mails = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(self.mail_folder.glob("[!.]*.eml"))
        ]
        return [mail for mail in mails if mail["X-Envelope-To"] == address]

    def next_mail_to(self, address: str, *, after: int = 0) -> EmailMessage:
        """Wait for one more mail to an address than there were."""
        wait_until(lambda: len(self.mails_to(address)) > after, PATIENCE)
        mails = self.mails_to(address)
        if len(mails) <= after:
            raise RuntimeError(f"no mail to {address} within {PATIENCE:.0f} s")
        return mails[-1]


@contextmanager
def running_stack(
    *, with_demo: bool, say: Callable[[str], None] = lambda _: None
) -> Iterator[Stack]:
    """Start everything anew; what it leaves is thrown away by the next run.

    Args:
        with_demo: tell the story of the try-out organisation first; takes most of a minute.
        say: hears what is being done.
    """
    with _servers(say) as (run, servers):
        surroundings = environment(run, servers.state, servers.postgres.url, servers.valkey.url)
        stack = Stack(run, surroundings)
        programs = Programs(run, surroundings, servers.guardian, with_sink=True)
        try:
            programs.start("mail")  # telling the story sends mail already
            programs.wait_for_mail()
            say("preparing the database")
            story = ["--seed", "own"] if with_demo else []
            state = ["--state", str(run.folder / "state.json")]
            stack.execute("-m", "config.supervisor.preparation", *state, *story)
            servers.state.reload()
            programs.start()
            programs.wait_until_ready()
            yield stack
        finally:
            programs.stop()


@contextmanager
def _servers(say: Callable[[str], None]) -> Iterator[tuple[Run, TryoutServers]]:
    """Start servers on the first data folder that nobody uses."""
    base = data_base()
    for number in range(MAX_STACKS):
        folder = base / f"stack-{number}"
        run = Run(mode="demo", host=LOOPBACK, port=free_port(), folder=folder)
        with contextlib.suppress(InUseError):
            empty(make_passage(folder))
            servers = TryoutServers(folder, disposable=True, shelf=base / "programs", say=say)
            servers.start()
            break
    else:
        raise RuntimeError(f"{MAX_STACKS} stacks are running already")
    try:
        yield run, servers
    finally:
        servers.stop()
