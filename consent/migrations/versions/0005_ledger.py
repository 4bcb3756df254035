"""The record of changes becomes a Merkle log: leaves, nodes, the signing key and kept checkpoints.

Events that are there already get leaves in their order, with no commitment: what they wrote was not bound to them.
"""

from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

from consent.leaf import Leaf, ids_of, time_of
from consent.merkle import leaf_hash, node_hash, number_of
from consent.migrations.append_only import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, add the columns and make the leaves."""
    _tables()
    with op.batch_alter_table("event") as batch:
        batch.add_column(sa.Column("position", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("leaf", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("committed_under", sa.String(), nullable=True))
        batch.add_column(sa.Column("bound_rows", sa.JSON(), nullable=False, server_default="[]"))
    _drop_triggers("event")
    _leaves(op.get_bind())
    with op.batch_alter_table("event") as batch:
        batch.alter_column("position", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("leaf", existing_type=sa.LargeBinary(), nullable=False)
        batch.alter_column("bound_rows", existing_type=sa.JSON(), nullable=False, server_default=None)
        batch.create_unique_constraint(op.f("uq_event_position"), ["position"])
    # Copying the table to get its columns has cost it its triggers, which is how SQLite changes tables.
    if op.get_bind().dialect.name == "sqlite":
        append_only(op, "event")
    append_only(op, "ledger_node")
    append_only(op, "ledger_key")
    append_only(op, "checkpoint", position="sequence")


def _tables() -> None:
    op.create_table(
        "ledger_node",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_node")),
    )
    op.create_table(
        "ledger_key",
        sa.Column("verifier_key", sa.String(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("made", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("verifier_key", name=op.f("pk_ledger_key")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_checkpoint")),
    )


def _drop_triggers(table: str) -> None:
    # Where the table was copied to get its columns they have gone with the old one; elsewhere they are in the way.
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{change}")


def _leaves(connection: sa.Connection) -> None:
    event = sa.table(
        "event",
        sa.column("sequence", sa.Integer()),
        sa.column("recorded", _TIME),
        sa.column("kind", sa.String()),
        sa.column("subject", sa.String()),
        sa.column("detail", sa.JSON()),
        sa.column("position", sa.Integer()),
        sa.column("leaf", sa.LargeBinary()),
    )
    nodes: list[dict[str, Any]] = []
    frontier: list[tuple[int, bytes]] = []
    change = (
        event.update()
        .where(event.c.sequence == sa.bindparam("old"))
        .values(position=sa.bindparam("place"), leaf=sa.bindparam("content"))
    )
    changes = []
    for position, row in enumerate(connection.execute(event.select().order_by(event.c.sequence)).all()):
        leaf = _leaf(position, row)
        changes.append({"old": row.sequence, "place": position, "content": leaf})
        level, found = 0, leaf_hash(leaf)
        nodes.append({"number": number_of((0, position)), "hash": found})
        while frontier and frontier[-1][0] == level:
            found, level = node_hash(frontier.pop()[1], found), level + 1
            nodes.append({"number": number_of((level, position >> level)), "hash": found})
        frontier.append((level, found))
    if changes:
        connection.execute(change, changes)
        number, value = sa.column("number", sa.Integer()), sa.column("hash", sa.LargeBinary())
        connection.execute(sa.table("ledger_node", number, value).insert(), nodes)


def _leaf(position: int, row: Any) -> bytes:
    # SQLite gives times back without their zone.
    recorded = row.recorded if row.recorded.tzinfo else row.recorded.replace(tzinfo=UTC)
    return Leaf(position, row.kind, ids_of(row.subject, row.detail), time_of(recorded), None).encoded()
