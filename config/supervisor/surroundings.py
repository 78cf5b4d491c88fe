"""What the programs of one run get to know, by environment variables only."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import environ
from django.core.exceptions import ImproperlyConfigured

from config.embedded import EmbeddedServerError, data_base
from config.embedded.folders import CHECKOUT, State
from config.embedded.ports import LOOPBACK, free_port, is_free
from config.secret_files import SecretFiles

Mode = Literal["demo", "up"]
INSTANCES: dict[Mode, str] = {"demo": "demo", "up": "own"}
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  recognised, not bound


@dataclass(frozen=True)
class Run:
    """One `make demo` or `make up`: where it listens and where its data is."""

    mode: Mode
    host: str
    port: int
    folder: Path

    @property
    def name(self) -> str:
        return f"make {self.mode}"

    @property
    def mail_folder(self) -> Path:
        return self.folder / "mail"

    @property
    def reach(self) -> str:
        """The address by which this machine reaches what listens on `host`."""
        return LOOPBACK if self.host in EVERYWHERE else self.host

    @property
    def url(self) -> str:
        host = f"[{self.reach}]" if ":" in self.reach else self.reach
        return f"http://{host}:{self.port}"

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_run(mode: Mode) -> Run:
    """Return the run that the environment asks for; `make` passes PORT and HOST on."""
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 2**16:
        raise EmbeddedServerError(f"PORT must be a number between 1 and 65535, not {port!r}.")
    host = os.environ.get("HOST") or LOOPBACK
    return Run(mode=mode, host=host, port=int(port), folder=data_base() / INSTANCES[mode])


def take_over_dotenv(run: Run) -> None:
    """Let `make up` use what stands in .env; the demo must not touch a real installation."""
    if run.mode == "up":
        environ.Env.read_env(CHECKOUT / ".env")


def brings_own(variable: str) -> str | None:
    """Return the address of a server that the user runs already, also where it stands in a file."""
    try:
        return SecretFiles().get(variable) or None
    except ImproperlyConfigured as error:
        raise EmbeddedServerError(str(error)) from error


def environment(run: Run, state: State, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the whole environment of the programs."""
    ours = _for_demo(run) if run.mode == "demo" else _for_own_data(run)
    ours |= {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    if run.mode == "demo" or not brings_own("SECRET_KEY"):
        ours["SECRET_KEY"] = state.secret("secret_key", size=48)
    if run.mode == "demo" or not brings_own("EMAIL_URL"):
        ours["EMAIL_URL"] = f"smtp://{LOOPBACK}:{mail_port(state)}"
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.removesuffix("_FILE") not in ours and not name.startswith(("MAKE", "MFLAGS"))
    }
    return inherited | ours


def _for_demo(run: Run) -> dict[str, str]:
    return {
        "DEMO_MODE": "1",
        "BASE_URL": run.url,
        "ALLOWED_HOSTS": ",".join(_hosts(run)),
        "TRUSTED_PROXY_COUNT": "0",
        "DEFAULT_FROM_EMAIL": "Kennisborg <kennisborg@veldam.example>",
        "DEMO_MAIL_DIR": str(run.mail_folder),
        "MEDIA_ROOT": str(run.folder / "media"),
        "STATIC_ROOT": str(run.folder / "static"),
        "DISPATCHER_POLL_SECONDS": "5",
        "SENTRY_DSN": "",
    }


def _for_own_data(run: Run) -> dict[str, str]:
    """Return our defaults where the user set nothing."""
    defaults = {
        "BASE_URL": run.url,
        "ALLOWED_HOSTS": ",".join(_hosts(run)),
        "MEDIA_ROOT": str(run.folder / "media"),
        "STATIC_ROOT": str(run.folder / "static"),
    }
    chosen = {name: os.environ.get(name) or value for name, value in defaults.items()}
    return {"DEMO_MODE": "0", **chosen}


def _hosts(run: Run) -> list[str]:
    names = ["localhost", LOOPBACK, "[::1]", run.reach]
    if run.host in EVERYWHERE:
        names += [socket.gethostname(), *socket.gethostbyname_ex(socket.gethostname())[2]]
    return sorted(set(names))


def mail_port(state: State) -> int:
    """Return the mail sink's port: the same on every run, as long as it is free."""
    port = state.get("mail_port")
    if not isinstance(port, int) or not is_free(port):
        state.put(mail_port=free_port())
    return int(state.get("mail_port"))
