"""The first schema: performers, releases, templates, grants, their events, and the record of changes.

The columns are written out here and not taken from `consent.tables`, which goes on changing.
There is no way back: a registry returns to an older version by restoring a backup.
"""

import sqlalchemy as sa
from alembic import op

from consent.migrations.append_only import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _people()
    _grants()
    op.create_table(
        "registry",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry")),
    )
    op.create_table(
        "event",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_event")),
    )
    append_only(op, "event", position="sequence")
    append_only(op, "grant_event", position="sequence")


def _people() -> None:
    op.create_table(
        "performer",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("stage_name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("registered", _TIME, nullable=False),
        sa.Column("minor", sa.Boolean(), nullable=True),
        sa.Column("deceased_on", sa.Date(), nullable=True),
        sa.Column("domicile", sa.String(), nullable=True),
        sa.Column("unions", sa.JSON(), nullable=False),
        sa.Column("represented_by", sa.String(), nullable=True),
        sa.Column("sealed_identity", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_performer")),
    )
    op.create_index(op.f("ix_performer_name_key"), "performer", ["name_key"])
    op.create_table(
        "release",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("jurisdiction", sa.String(), nullable=True),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("evidence_sha256", sa.String(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("recorded", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["performer"], ["performer.ref"], name=op.f("fk_release_performer_performer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_performer"), "release", ["performer"])
    op.create_table(
        "template",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("model_key", sa.String(), nullable=False),
        sa.Column("image_sha256", sa.String(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("sealed_vector", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["performer"], ["performer.ref"], name=op.f("fk_template_performer_performer")),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_template_release_release")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_template")),
    )
    op.create_index(op.f("ix_template_model_key"), "template", ["model_key"])
    op.create_index(op.f("ix_template_performer"), "template", ["performer"])


def _grants() -> None:
    op.create_table(
        "consent_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("performer", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["performer"], ["performer.ref"], name=op.f("fk_consent_grant_performer_performer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_grant")),
    )
    op.create_index(op.f("ix_consent_grant_performer"), "consent_grant", ["performer"])
    op.create_table(
        "grant_event",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("grant", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["grant"], ["consent_grant.id"], name=op.f("fk_grant_event_grant_consent_grant")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_grant_event")),
    )
    op.create_index(op.f("ix_grant_event_grant"), "grant_event", ["grant"])
