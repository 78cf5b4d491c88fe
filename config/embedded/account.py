"""Who the servers run as, and programs that this account can reach.

PostgreSQL refuses to run as root. As root we therefore become `postgres`, or else `nobody`, and
keep the data where that account can come. No permission outside our own folder is ever changed:
where the account cannot reach the programs, it gets a copy.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedServerError


@dataclass(frozen=True)
class Account:
    """A system account that a server runs as instead of root."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def server_account() -> Account | None:
    """Return the account to become, or None when we may stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedServerError(
        "PostgreSQL does not run as root and this system has no user 'postgres' or 'nobody': "
        "run this as a plain user, or set DATABASE_URL to a running server."
    )


def private_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only the server's account (and root) can enter."""
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    if account:
        account.own(path)
    return path


def check_passage(folder: Path, account: Account | None) -> None:
    """Refuse a data folder that the server's account cannot reach."""
    if account is None:
        return
    for step in [folder, *folder.parents]:
        if not _may_pass(step, account):
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root and user '{account.name}' may not pass through "
                f"{step}: set KENNISBORG_DATA_DIR to a folder elsewhere."
            )


def _may_pass(folder: Path, account: Account) -> bool:
    facts = folder.stat()
    if facts.st_uid == account.uid:
        return bool(facts.st_mode & 0o100)
    if facts.st_gid == account.gid:
        return bool(facts.st_mode & 0o010)
    return bool(facts.st_mode & 0o001)
