"""Lists of engagements from other systems: read, checked, imported whole, and undone whole."""

from engagements.operations.imports.columns import (
    COLUMNS,
    WHAT_IS_WRONG,
    Column,
    missing,
    recognise,
    sample_rows,
)
from engagements.operations.imports.parsing import WHOLE_ROW
from engagements.operations.imports.rows import (
    LARGEST_FILE,
    MOST_ROWS,
    UnreadableFileError,
)
from engagements.operations.imports.runs import (
    choose_columns,
    confirm_import,
    confirm_undo,
    discard_import,
    forget_old_imports,
    start_import,
    stop_import,
    undo_until,
    unfinished,
)
from engagements.operations.imports.steps import carry_out

__all__ = [
    "COLUMNS",
    "LARGEST_FILE",
    "MOST_ROWS",
    "WHAT_IS_WRONG",
    "WHOLE_ROW",
    "Column",
    "UnreadableFileError",
    "carry_out",
    "choose_columns",
    "confirm_import",
    "confirm_undo",
    "discard_import",
    "forget_old_imports",
    "missing",
    "recognise",
    "sample_rows",
    "start_import",
    "stop_import",
    "undo_until",
    "unfinished",
]
