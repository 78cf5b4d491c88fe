class BackupError(Exception):
    """A backup cannot be made, or is not what its manifest says; the text tells an operator why."""
