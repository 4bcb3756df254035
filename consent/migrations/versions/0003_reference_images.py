"""Reference pictures, kept sealed where the release allows it, so that another model can make templates anew."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("release") as batch:
        batch.add_column(sa.Column("keeps_images", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("template") as batch:
        batch.add_column(sa.Column("sealed_image", sa.LargeBinary(), nullable=True))
