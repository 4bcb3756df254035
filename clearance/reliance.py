"""What the judgement of one asset rested on: the grant of each declared replica, the release of each person matched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent.answer import Use
from consent.reliance import Reliance

if TYPE_CHECKING:
    from clearance.audit import AssetAudit, ReplicaAudit
    from clearance.declaration import Declaration
    from clearance.instruments import Instruments


def reliances_of(asset: AssetAudit, declaration: Declaration, instruments: Instruments) -> tuple[Reliance, ...]:
    """Return each consent that the asset's verdict rests on; performers unknown to the registry are left out."""
    of_replicas = tuple(found for found in map(of_replica, asset.replicas) if found is not None)
    matched = {i.candidates[0].performer for i in asset.identifications if i.decision == "match"}
    return of_replicas + tuple(_of_match(performer, declaration, instruments) for performer in sorted(matched))


def of_replica(replica: ReplicaAudit) -> Reliance | None:
    """Return what the judgement of a declared replica rests on."""
    if replica.consent is None:
        return None
    best = replica.consent.best
    return Reliance(
        performer=replica.declared.performer,
        use=replica.consent.use,
        outcome=replica.consent.outcome,
        grant=best.grant.id if best else None,
        grant_version=best.grant.version if best else None,
    )


def _of_match(performer: str, declaration: Declaration, instruments: Instruments) -> Reliance:
    in_force = [r for r in instruments.registry.releases(performer) if r.in_force(instruments.today)]
    return Reliance(
        performer=performer,
        # The face was compared today, and the release is asked for that day.
        use=Use(date=instruments.today, project=declaration.production.project),
        outcome="covered" if in_force else "not_covered",
        release=in_force[-1].id if in_force else None,
    )
