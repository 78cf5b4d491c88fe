"""Environment variables whose value stands in a file: ``SECRET_KEY_FILE`` for ``SECRET_KEY``."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class SecretFiles(FileAwareMapping):  # type: ignore[misc]
    """Reads such files without the line end that editors and ``echo`` put there."""

    def __getitem__(self, key: str) -> str:
        path = self.env.get(f"{key}_FILE")
        if not path:
            value: str = self.env[key]
            return value
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            message = f"{key}_FILE: {error}"
            raise ImproperlyConfigured(message) from error


class Environment(environ.FileAwareEnv):  # type: ignore[misc]
    """Every variable, also as a file."""

    ENVIRON = SecretFiles()
