"""Run by Alembic for each command: joins the handed-over connection with this room's tables."""

from alembic import context

from consent.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot alter most of a table in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
