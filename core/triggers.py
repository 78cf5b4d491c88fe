"""SQL for tables that only ever grow: a trigger for rows and one for TRUNCATE.

A row trigger alone is not enough: TRUNCATE fires no row triggers and would empty the table.
"""


def append_only(table: str) -> str:
    """Return SQL that makes the database refuse UPDATE, DELETE and TRUNCATE on a table."""
    return f"""
    CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{table} is append-only: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only();
    CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only();
    """


def drop_append_only(table: str) -> str:
    """Return SQL that undoes :func:`append_only`."""
    return f"DROP FUNCTION {table}_is_append_only() CASCADE;"
