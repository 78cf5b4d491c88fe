"""Backups: a folder with the database, the files and a manifest that says what must be in it."""

from config.backups.database import Database
from config.backups.errors import BackupError
from config.backups.making import make_backup
from config.backups.restoring import restore_backup

__all__ = ["BackupError", "Database", "make_backup", "restore_backup"]
