"""Lists of engagements from other systems: read, checked, imported whole, and undone whole."""

from engagements.operations.imports.columns import (
    COLUMNS,
    Column,
    recognise,
    sample_rows,
)
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
from engagements.operations.imports.showing import (
    added_by,
    bad_rows,
    bad_rows_csv,
    csv_lines,
    differences,
    ignored_headers,
    imported_before,
    new_rows,
    recent_imports,
)
from engagements.operations.imports.steps import carry_out

__all__ = [
    "COLUMNS",
    "LARGEST_FILE",
    "MOST_ROWS",
    "Column",
    "UnreadableFileError",
    "added_by",
    "bad_rows",
    "bad_rows_csv",
    "carry_out",
    "choose_columns",
    "confirm_import",
    "confirm_undo",
    "csv_lines",
    "differences",
    "discard_import",
    "forget_old_imports",
    "ignored_headers",
    "imported_before",
    "new_rows",
    "recent_imports",
    "recognise",
    "sample_rows",
    "start_import",
    "stop_import",
    "undo_until",
    "unfinished",
]
