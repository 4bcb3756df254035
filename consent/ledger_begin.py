"""How a registry from before there was a ledger begins one: everything that it holds is committed to, once.

Its older events have leaves without commitments. The first change after the upgrade therefore makes the signing key
and, for each performer, one event that binds every row there is.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, SQLModel, select

from consent import ledger_key
from consent.keystore import KeyStore
from consent.tables import (
    ForeignIdRow,
    GrantEventRow,
    GrantRow,
    GrantVersionRow,
    KinshipRow,
    PerformerRow,
    PerformerVersionRow,
    RegistryRow,
    ReleaseRow,
    RelianceRow,
    TemplateRow,
)

BEGUN: Final = "ledger-begun"


def begun(
    session: Session, keys: KeyStore, now: datetime
) -> Iterator[tuple[str, str, Mapping[str, str], list[SQLModel]]]:
    """Yield the kind, subject, detail and rows of each event that begins the ledger."""
    registry = session.exec(select(RegistryRow)).one()
    keys.ensure_ledger_keys(session.exec(select(PerformerRow.ref)))
    yield BEGUN, registry.id, {}, [registry, ledger_key.make(session, keys, registry.id, now)]
    rows: dict[str, list[SQLModel]] = {}
    for performer in session.exec(select(PerformerRow)):
        rows[performer.ref] = [performer]
    owner: dict[str, str] = {}
    for grant in session.exec(select(GrantRow)):
        owner[grant.id] = grant.performer
    for table in (ReleaseRow, TemplateRow, GrantRow, KinshipRow, PerformerVersionRow, ForeignIdRow, RelianceRow):
        _collect(session, table, rows)
    for step in session.exec(select(GrantEventRow)):
        rows[owner[step.grant]].append(step)
    for version in session.exec(select(GrantVersionRow)):
        rows[owner[version.grant]].append(version)
    for ref, owned in rows.items():
        yield BEGUN, ref, {"rows": str(len(owned))}, owned


def _collect(session: Session, table: Any, rows: Mapping[str, list[SQLModel]]) -> None:
    for row in session.exec(select(table)):
        rows[row.performer].append(row)
