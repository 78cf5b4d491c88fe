"""What the servers of one instance have in common."""

from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account
from config.embedded.children import Guardian
from config.embedded.folders import State


@dataclass(frozen=True)
class Instance:
    """One folder with data and who serves it: a demo, somebody's own data, a test run."""

    folder: Path
    shelf: Path  # for copies of programs that the account cannot reach where they are
    state: State
    guardian: Guardian
    account: Account | None
    disposable: bool  # the data may be lost at any moment, which makes everything faster

    @property
    def log_folder(self) -> Path:
        return self.folder / "log"
