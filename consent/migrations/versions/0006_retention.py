"""When a performer was erased, and when the purpose of a biometric release was met."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("performer") as batch:
        batch.add_column(sa.Column("erased", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("release") as batch:
        batch.add_column(sa.Column("purpose_ended_on", sa.Date(), nullable=True))
