"""The tables of the registry. They never leave this package: `consent.rows` turns them into values.

A grant keeps its content as one JSON document (see `consent.grant_record`) beside the columns that
queries need. `version` counts the changes of a row and enters the state digest.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import JSON, DateTime, Dialect, Index, MetaData, false
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

# Alembic needs names to drop constraints by; SQLite gives none of its own.
NAMES: Final = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite would otherwise hand back what went in without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - given by TypeDecorator
        """Return the time in UTC. Raises ValueError for a time without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be recorded")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - given by TypeDecorator
        """Return the stored time, aware."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class _Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Gives this room's tables a metadata of their own."""


METADATA: Final = _Base.metadata


class RegistryRow(_Base, table=True):
    __tablename__ = "registry"

    id: str = Field(primary_key=True)
    created: datetime = Field(sa_type=UtcDateTime)


class PerformerRow(_Base, table=True):
    __tablename__ = "performer"

    ref: str = Field(primary_key=True)
    stage_name: str
    # The form in which names are compared: not unique, two people may share a name.
    name_key: str = Field(index=True)
    registered: datetime = Field(sa_type=UtcDateTime)
    minor: bool | None = None
    deceased_on: date | None = None
    domicile: str | None = None
    unions: list[str] = Field(sa_type=JSON)
    represented_by: str | None = None
    sealed_identity: bytes
    version: int = 1
    birth_years: str | None = None
    minor_until: date | None = None
    guardian_authority: str | None = None
    domicile_at_death: str | None = None
    estate_role: str | None = None
    estate_authority: str | None = None
    estate_survivorship: str | None = None
    erased: datetime | None = Field(default=None, sa_type=UtcDateTime)


class KinshipRow(_Base, table=True):
    __tablename__ = "kinship"

    # The two references in order, so that a pair has one row.
    performer: str = Field(foreign_key="performer.ref", primary_key=True)
    other: str = Field(foreign_key="performer.ref", primary_key=True)
    kind: str
    recorded: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class ReleaseRow(_Base, table=True):
    __tablename__ = "release"

    id: str = Field(primary_key=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    signed_on: date
    expires_on: date | None = None
    jurisdiction: str | None = None
    purposes: list[str] = Field(sa_type=JSON)
    evidence_sha256: str | None = None
    withdrawn_on: date | None = None
    keeps_images: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    recorded: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
    purpose_ended_on: date | None = None


class TemplateRow(_Base, table=True):
    __tablename__ = "template"

    reference: str = Field(primary_key=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    release: str = Field(foreign_key="release.id")
    model_key: str = Field(index=True)
    image_sha256: str
    quality: str
    sealed_vector: bytes
    sealed_image: bytes | None = None
    enrolled_on: date
    recorded: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class GrantRow(_Base, table=True):
    __tablename__ = "consent_grant"

    id: str = Field(primary_key=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    signed_on: date
    record: dict[str, Any] = Field(sa_type=JSON)
    recorded: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class GrantEventRow(_Base, table=True):
    __tablename__ = "grant_event"

    sequence: int | None = Field(default=None, primary_key=True)
    grant: str = Field(foreign_key="consent_grant.id", index=True)
    kind: str
    on: date
    recorded: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = None
    # The grant that took its place.
    by: str | None = None


class EventRow(_Base, table=True):
    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_kind", "subject", "kind"),)

    sequence: int | None = Field(default=None, primary_key=True)
    recorded: datetime = Field(sa_type=UtcDateTime)
    kind: str
    subject: str
    detail: dict[str, str] = Field(sa_type=JSON)
    # Its place in the ledger, from 0 without gaps; the leaf is what is hashed there (see `consent.leaf`).
    position: int = Field(unique=True)
    leaf: bytes
    # The name of the key that the commitments are made with; None for events from before there was a ledger.
    committed_under: str | None = None
    # What the event wrote or removed: table, primary key, and the commitment to the row, None where it is gone.
    bound_rows: list[list[str | None]] = Field(sa_type=JSON)


class GrantVersionRow(_Base, table=True):
    """The terms of a grant from its second version on; those of the first stand in its own row."""

    __tablename__ = "grant_version"

    sequence: int | None = Field(default=None, primary_key=True)
    grant: str = Field(foreign_key="consent_grant.id", index=True)
    number: int
    effective_on: date
    record: dict[str, Any] = Field(sa_type=JSON)
    recorded: datetime = Field(sa_type=UtcDateTime)


class PerformerVersionRow(_Base, table=True):
    """What was known about a performer at a moment: facts that consent rests on, and nothing that names anybody."""

    __tablename__ = "performer_version"

    sequence: int | None = Field(default=None, primary_key=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    record: dict[str, Any] = Field(sa_type=JSON)
    recorded: datetime = Field(sa_type=UtcDateTime)


class ForeignIdRow(_Base, table=True):
    """What others call a performer; a row goes when the performer is erased."""

    __tablename__ = "foreign_id"

    scheme: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    recorded: datetime = Field(sa_type=UtcDateTime)


class RelianceRow(_Base, table=True):
    """That the judgement of an asset rested on a grant or a release, with what was asked and answered."""

    __tablename__ = "reliance"

    sequence: int | None = Field(default=None, primary_key=True)
    kind: str
    asset_sha256: str = Field(index=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    grant: str | None = Field(default=None, foreign_key="consent_grant.id", index=True)
    grant_version: int | None = None
    release: str | None = Field(default=None, foreign_key="release.id", index=True)
    use: dict[str, Any] = Field(sa_type=JSON)
    outcome: str
    verdict: str
    recorded: datetime = Field(sa_type=UtcDateTime)


class LedgerNodeRow(_Base, table=True):
    """The hash of a perfect subtree, under the number that `merkle.number_of` gives it."""

    __tablename__ = "ledger_node"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: bytes


class LedgerKeyRow(_Base, table=True):
    """The key that signs checkpoints; the private half is sealed under the registry's own key."""

    __tablename__ = "ledger_key"

    verifier_key: str = Field(primary_key=True)
    sealed_private: bytes
    made: datetime = Field(sa_type=UtcDateTime)


class CheckpointRow(_Base, table=True):
    __tablename__ = "checkpoint"

    sequence: int | None = Field(default=None, primary_key=True)
    size: int
    note: str
    made: datetime = Field(sa_type=UtcDateTime)


class IssuerKeyRow(_Base, table=True):
    __tablename__ = "issuer_key"

    purpose: str = Field(primary_key=True)
    public: bytes
    sealed_private: bytes
    recorded: datetime = Field(sa_type=UtcDateTime)


class ReceiptRow(_Base, table=True):
    __tablename__ = "receipt"

    # One id for all versions of the receipt of one record.
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    record: str = Field(index=True)
    performer: str = Field(foreign_key="performer.ref", index=True)
    kind: str
    # SHA-256 over what the receipt says, by which an unchanged record is not given a new version.
    content: str
    text: str
    recorded: datetime = Field(sa_type=UtcDateTime)


class IntentRow(_Base, table=True):
    """What is about to happen outside this database, or happened before its keys were at hand; see `consent.intent`."""

    __tablename__ = "intent"

    sequence: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    detail: dict[str, str] = Field(sa_type=JSON)
    recorded: datetime = Field(sa_type=UtcDateTime)
