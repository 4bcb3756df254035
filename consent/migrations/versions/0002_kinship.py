"""Performers marked as looking alike: twins, relatives, doubles. A comparison of faces cannot tell them apart."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "kinship",
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["performer"], ["performer.ref"], name=op.f("fk_kinship_performer_performer")),
        sa.ForeignKeyConstraint(["other"], ["performer.ref"], name=op.f("fk_kinship_other_performer")),
        sa.PrimaryKeyConstraint("performer", "other", name=op.f("pk_kinship")),
    )
