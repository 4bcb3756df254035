"""Versions of grants and of what is known about performers, identifiers of others, and what audits rested on.

Together with the events of a grant they answer what was agreed on a day, as known at a moment. All but
the identifiers are append-only, and so are the terms a grant was first recorded with.
"""

import sqlalchemy as sa
from alembic import op

from consent.migrations.append_only import append_only, fixed_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_PERFORMER = ("birth_years", "guardian_authority", "domicile_at_death", "estate_role", "estate_authority")


def upgrade() -> None:
    """Add the columns and create the tables."""
    # Each column by itself: making a table anew, as batches do on SQLite, would lose its triggers.
    for name in (*_PERFORMER, "estate_survivorship"):
        op.add_column("performer", sa.Column(name, sa.String(), nullable=True))
    op.add_column("performer", sa.Column("minor_until", sa.Date(), nullable=True))
    for name in ("reason", "by"):
        op.add_column("grant_event", sa.Column(name, sa.String(), nullable=True))
    _versions()
    _identifiers()
    _reliance()
    for table in ("grant_version", "performer_version", "reliance"):
        append_only(op, table, position="sequence")
    fixed_columns(op, "consent_grant", ("id", "performer", "signed_on", "record", "recorded"))


def _versions() -> None:
    op.create_table(
        "grant_version",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("grant", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["grant"], ["consent_grant.id"], name=op.f("fk_grant_version_grant_consent_grant")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_grant_version")),
    )
    op.create_index(op.f("ix_grant_version_grant"), "grant_version", ["grant"])
    op.create_table(
        "performer_version",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["performer"], ["performer.ref"], name=op.f("fk_performer_version_performer_performer")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_performer_version")),
    )
    op.create_index(op.f("ix_performer_version_performer"), "performer_version", ["performer"])


def _identifiers() -> None:
    op.create_table(
        "foreign_id",
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["performer"], ["performer.ref"], name=op.f("fk_foreign_id_performer_performer")),
        sa.PrimaryKeyConstraint("scheme", "value", name=op.f("pk_foreign_id")),
    )
    op.create_index(op.f("ix_foreign_id_performer"), "foreign_id", ["performer"])


def _reliance() -> None:
    op.create_table(
        "reliance",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asset_sha256", sa.String(), nullable=False),
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("grant", sa.String(), nullable=True),
        sa.Column("grant_version", sa.Integer(), nullable=True),
        sa.Column("release", sa.String(), nullable=True),
        sa.Column("use", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["performer"], ["performer.ref"], name=op.f("fk_reliance_performer_performer")),
        sa.ForeignKeyConstraint(["grant"], ["consent_grant.id"], name=op.f("fk_reliance_grant_consent_grant")),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_reliance_release_release")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_reliance")),
    )
    for column in ("asset_sha256", "performer", "grant", "release"):
        op.create_index(op.f(f"ix_reliance_{column}"), "reliance", [column])
