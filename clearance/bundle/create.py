"""A submission put together: the report with everything that whoever checks it needs, signed as one list.

Reads the report's folder and the home; media stays where it is and is bound by its hash.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from clearance import __version__
from clearance.bundle import archive
from clearance.bundle.consents import consent_members
from clearance.bundle.gathering import Gathered, calibration_members, pack_members, paper_members
from clearance.bundle.listing import CHAIN, RECORD, BoundMedia, Listing, member_of
from clearance.bundle.record import record_of
from clearance.bundle.signature import envelope_of
from clearance.errors import BundleInvalid, ConfigurationError, DestinationExists
from clearance.folders import replaced
from clearance.report.folder import PDF_NAME, write_document
from clearance.report.view import seen_by
from policies import dsse
from provenance import frames, sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from clearance.bundle.listing import Recipient
    from clearance.bundle.record import Record
    from clearance.settings import Settings
    from provenance.identity import SigningIdentity

_SHOWS_FACES: Final = (
    "Pictures of faces, and what else the record's own list names: an auditor has what was judged. What was signed "
    "beside the full report speaks of that report, and is left out with it."
)


def create(
    report: Path,
    out: Path,
    settings: Settings,
    identity: SigningIdentity,
    *,
    declaration: Path | None,
    waivers: Sequence[Path],
    packs: Sequence[Path],
    recipient: Recipient,
    now: datetime,
) -> Listing:
    """Return the list of the bundle that was written to out.

    report: a folder that `audit` wrote. declaration: the file that the audit was made with; the answers that it names
    lie beside it. waivers and packs: those that are not in the home. Side effect: receipts that are not issued yet are
    issued, and the ledger is given a checkpoint.
    Raises DestinationExists, BundleInvalid for a report that is none, ConfigurationError for what cannot be found.
    """
    if out.exists():
        raise DestinationExists(out)
    content = _read(report / RECORD)
    try:
        record = record_of(content)
    except BundleInvalid as error:
        raise BundleInvalid(f"{report / RECORD} is no report that can be handed in: {error}") from error
    gathered = Gathered()
    with TemporaryDirectory() as scratch:
        _add_report(report if recipient == "studio" else _auditors_view(report, Path(scratch) / "report"), gathered)
    if recipient == "auditor":
        gathered.left_out.append(_SHOWS_FACES)
    paper_members(record, settings, gathered, declaration=declaration, waivers=waivers)
    pack_members(record, settings, gathered, named=packs)
    calibration_members(record, settings, gathered)
    consent_members(record, settings, gathered, now=now)
    _add_sidecars(record, gathered)
    gathered.add(CHAIN, identity.chain_pem, "the certificates of whoever signed this list, up to their authority")
    listing = Listing(
        created=now,
        tool=f"clearance {__version__}",
        recipient=recipient,
        verdict=record.verdict,
        approved_packs=tuple(sorted(settings.approved)),
        media=tuple(BoundMedia(name=PurePath(a.path).name, sha256=a.sha256) for a in record.assets),
        members=tuple(member_of(name, *gathered.members[name]) for name in sorted(gathered.members)),
        left_out=tuple(gathered.left_out),
    )
    replaced(out, _whole(listing, gathered, identity))
    return listing


def _whole(listing: Listing, gathered: Gathered, identity: SigningIdentity) -> bytes:
    """Return the bundle's bytes. Raises ConfigurationError where no reader would take so many."""
    payload = listing.encoded()
    members = {name: content for name, (content, _) in gathered.members.items()}
    members |= {archive.LIST: payload, archive.ENVELOPE: envelope_of(payload, identity)}
    whole = archive.written(members)
    too_long = len(members[archive.ENVELOPE]) > dsse.LIMIT_BYTES
    if len(whole) > archive.LIMIT_BYTES or len(members) > archive.MEMBER_LIMIT or too_long:
        raise ConfigurationError(
            f"the bundle would be larger than {archive.LIMIT_BYTES >> 20} MB or {archive.MEMBER_LIMIT} members; "
            "leave out the crops (--recipient auditor), or audit fewer files at once"
        )
    return whole


def _auditors_view(report: Path, scratch: Path) -> Path:
    """Return the folder of the report as an auditor may see it: the report itself if it was written so, or scratch."""
    document = json.loads(_read(report / RECORD))
    if "view" in document:
        return report
    named = {a["crop"] for asset in document["assets"] for a in asset["appearances"]}
    crops = {f"crops/{path.name}": _read(path) for path in (report / "crops").glob("*.jpg")}
    if named - crops.keys():
        raise BundleInvalid(f"{report} is no report that can be handed in: pictures that its record names are missing")
    write_document(seen_by("auditor", document, crops), {}, scratch, pdf=(report / PDF_NAME).is_file())
    return scratch


def _add_report(folder: Path, gathered: Gathered) -> None:
    gathered.add(RECORD, _read(folder / RECORD), "the record of the audit, which all else renders or supports")
    for path in sorted(folder.iterdir()):
        if path.name != RECORD and path.is_file() and archive.is_name(path.name):
            gathered.add(path.name, _read(path), "the record to be read by people or other programs")
    for crop in sorted((folder / "crops").glob("*.jpg")):
        gathered.add(f"crops/{crop.name}", _read(crop), "the best picture of one appearance in the record")


def _add_sidecars(record: Record, gathered: Gathered) -> None:
    """Add each manifest that is kept beside its file; one inside its file travels with that."""
    for asset in record.assets:
        for path, kind in _beside(Path(asset.path)):
            if asset.sha256 is not None:
                gathered.add(f"manifests/{asset.sha256[:16]}.{kind}", _read(path), f"kept beside {asset.name}")


def _beside(media: Path) -> Iterator[tuple[Path, str]]:
    found = sidecar.find_sidecar(media)
    if found is not None:
        yield found, "c2pa"
    if frames.is_pattern(media) and sidecar.list_path(media).is_file():
        yield sidecar.list_path(media), "frames.json"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(archive.LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f'{path} cannot be read ({error.strerror}); name a folder that "clearance audit --out" wrote'
        ) from error
    if len(content) > archive.LIMIT_BYTES:
        raise ConfigurationError(f"{path} is larger than a bundle may be; leave it out")
    return content
