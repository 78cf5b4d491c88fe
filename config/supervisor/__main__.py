"""Run Kennisborg on this machine: `python -m config.supervisor demo|up`."""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.embedded import EmbeddedServerError, TryoutServers
from config.embedded.children import Child
from config.embedded.folders import CHECKOUT, State, empty, owner_of
from config.embedded.ports import is_free
from config.supervisor.freshness import fingerprint, made_at
from config.supervisor.programs import Programs
from config.supervisor.surroundings import (
    INSTANCES,
    Mode,
    Run,
    brings_own,
    environment,
    read_run,
    take_over_dotenv,
)
from dashboards.rules import DEMO_FREELANCER, DEMO_HR, DEMO_MANAGER

ROUND = 0.3  # seconds between looks at the programs
DEMO_PEOPLE = {"HR": DEMO_HR, "manager": DEMO_MANAGER, "freelancer": DEMO_FREELANCER}


def say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


def main() -> None:
    mode: Mode = "up" if sys.argv[1:] == ["up"] else "demo"
    _stop_on_signals()
    parent = os.getppid()
    try:
        run = read_run(mode)
        take_over_dotenv(run)
        _refuse_second(run)
        if os.environ.get("RESET") not in (None, "", "0"):
            _reset(run)
        with _running(run) as (servers, programs):
            _watch(servers, programs, parent)
    except EmbeddedServerError as error:
        sys.exit(f"{error}")


def _stop_on_signals() -> None:
    """End tidily on the first signal; later ones must not disturb the tidying."""

    def stop(number: int, frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        sys.exit(0)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:  # nohup's choice stands
            signal.signal(each, stop)


def _refuse_second(run: Run) -> None:
    """Say so when this is running already, or when something else has the port."""
    for mode, instance in INSTANCES.items():
        owner = owner_of(run.folder.parent / instance)
        if owner and (mode == run.mode or owner.get("port") == run.port):
            raise EmbeddedServerError(
                f"`make {mode}` of this checkout already runs at {owner.get('url')} "
                f"(process {owner.get('pid')}): stop that one first."
            )
    if not is_free(run.port, run.host):
        raise EmbeddedServerError(
            f"Port {run.port} on {run.host} is in use by another program: "
            f"choose another, as in `{run.name} PORT={run.port + 1}`."
        )


def _reset(run: Run) -> None:
    """Throw the demo's data away; never anybody's own."""
    if run.mode != "demo":
        raise EmbeddedServerError("RESET=1 is for `make demo` only: your own data stays.")
    if brings_own("DATABASE_URL"):
        raise EmbeddedServerError("RESET=1 does not empty a database of yours (DATABASE_URL).")
    if run.folder.exists():
        say("removing the demo's old data")
        empty(run.folder)


@contextmanager
def _running(run: Run) -> Iterator[tuple[TryoutServers, Programs]]:
    """Start everything in order; stop it in reverse, whatever happens."""
    own = {"PostgreSQL": brings_own("DATABASE_URL"), "Valkey": brings_own("REDIS_URL")}
    servers = TryoutServers(
        run.folder,
        only=tuple(name for name, url in own.items() if not url),
        shelf=run.folder.parent / "programs",
        owner={"port": run.port, "url": run.url},
        say=say,
    )
    arguments = _ask(run, servers.state)
    with servers:
        surroundings = environment(
            run,
            servers.state,
            own["PostgreSQL"] or servers.postgres.url,
            own["Valkey"] or servers.valkey.url,
        )
        sink = run.mode == "demo" or not brings_own("EMAIL_URL")
        programs = Programs(run, surroundings, servers.guardian, with_sink=sink)
        try:
            if sink:  # preparing the demo sends mail already
                programs.start("mail")
                programs.wait_for_mail()
            _prepare(run, surroundings, arguments, servers)
            say("starting Kennisborg")
            programs.start("web")  # first and alone: somebody is waiting for it
            programs.wait_until_ready()
            programs.start()
            _welcome(run, sink=sink)
            yield servers, programs
        finally:
            say("stopping")
            programs.stop()


def _ask(run: Run, state: State) -> list[str]:
    """Return what the preparation has to make: demo data, or the user's organisation, once."""
    if run.mode == "demo":
        database = brings_own("DATABASE_URL") or "embedded"
        return ["--seed", hashlib.sha256(database.encode()).hexdigest()]
    if state.get("organisation"):
        return []
    name = os.environ.get("ORGANISATION") or _question("Name of your organisation: ")
    email = os.environ.get("HR_EMAIL") or _question("E-mail address of the first HR colleague: ")
    return ["--organisation", name, "--hr-email", email]


def _question(text: str) -> str:
    if not sys.stdin.isatty():
        raise EmbeddedServerError(
            "Nobody to ask here: give the answers along, as in "
            '`make up ORGANISATION="Gemeente Veldam" HR_EMAIL=hr@veldam.example`.'
        )
    while True:
        answer = input(text).strip()
        if answer:
            return answer


def _prepare(
    run: Run, surroundings: dict[str, str], arguments: list[str], servers: TryoutServers
) -> None:
    """Run the preparation where something changed; it speaks for itself on our output."""
    own = brings_own("DATABASE_URL")
    database = own or made_at(servers.postgres.data)
    fresh = fingerprint(run.mode, database, run.folder)
    if servers.state.get("prepared") == fresh and not servers.state.get("seeding"):
        return
    state = run.folder / "state.json"
    program = Child(
        [sys.executable, "-m", "config.supervisor.preparation", "--state", state, *arguments],
        log=run.folder / "log" / "preparation.log",
        guardian=servers.guardian,
        environment=surroundings,
        folder=CHECKOUT,
        speaks=True,
    )
    program.start()
    try:
        if program.wait():
            said = program.last_words(1)
            raise EmbeddedServerError(f"Preparing Kennisborg failed: {said} (see {program.log})")
    finally:
        program.stop()
    servers.state.reload()
    servers.state.put(prepared=fresh)


def _welcome(run: Run, *, sink: bool) -> None:
    lines = ["", f"Kennisborg is ready: {run.url}/", ""]
    if run.mode == "demo":
        lines += [
            f"  Look around at {run.url}/demo/ as",
            *(f"    {role:<12}{address}" for role, address in DEMO_PEOPLE.items()),
            f"  Every mail that was sent, with working links: {run.url}/demo/mail/",
        ]
    elif sink:
        lines += [f"  No mail leaves this machine yet (EMAIL_URL): read it in {run.mail_folder}"]
    lines += [f"  Data: {run.folder}", "  Stop with Ctrl-C.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _watch(servers: TryoutServers, programs: Programs, parent: int) -> None:
    """Keep everything running until a signal ends us, or `make` is gone."""
    is_ours = "MAKELEVEL" in os.environ
    while not (is_ours and os.getppid() != parent):
        try:
            servers.tend()
        except EmbeddedServerError as error:
            say(str(error))
        programs.tend(say)
        time.sleep(ROUND)
    say("make is gone")


if __name__ == "__main__":
    main()
