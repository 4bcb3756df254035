"""Tables that only grow, kept so by the database itself; on PostgreSQL numbered without gaps as well.

Migrations call this; what it writes is part of the schema of every registry, so it may gain but never change.
"""

from collections.abc import Sequence
from typing import Any

# A rolled-back insert uses up a value of a sequence, and a gap looks like a removed entry. Writers queue for
# the registry's lock, so the highest row is the last; SQLite numbers so by itself.
_NEXT_POSITION = """
CREATE FUNCTION {table}_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."{position}" IS NULL THEN
        SELECT coalesce(max("{position}"), 0) + 1 INTO NEW."{position}" FROM "{table}";
    END IF;
    RETURN NEW;
END $$
"""
_REFUSE = """
CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{table} is append-only';
END $$
"""
_REFUSE_COLUMNS = """
CREATE FUNCTION {table}_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{table} is append-only in what was first recorded';
END $$
"""


def append_only(op: Any, table: str, *, position: str | None = None) -> None:
    """Refuse every change and removal of the table's rows.

    position: the column that numbers the rows, an integer that is the primary key.
    """
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(_REFUSE.format(table=table))
    op.execute(
        f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
    if position is not None:
        op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{position}" DROP DEFAULT')
        op.execute(f'DROP SEQUENCE IF EXISTS "{table}_{position}_seq"')
        op.execute(_NEXT_POSITION.format(table=table, position=position))
        op.execute(
            f'CREATE TRIGGER {table}_position BEFORE INSERT ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {table}_position()"
        )


def fixed_columns(op: Any, table: str, columns: Sequence[str]) -> None:
    """Refuse every change of these columns of the table, whose other columns may change."""
    listed = ", ".join(f'"{column}"' for column in columns)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {listed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only in what was first recorded'); END"
        )
        return
    op.execute(_REFUSE_COLUMNS.format(table=table))
    op.execute(
        f'CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {listed} ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_fixed()"
    )
