"""What c2pa finds in a file: settings are built here from typed values, answers leave here as such.

The engine accepts settings it does not know in silence, so none is built elsewhere. The network stays off.
Standard: C2PA Technical Specification 2.x, as c2pa-python 0.38.0 (c2pa-rs 0.91.0) implements it.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import c2pa  # type: ignore[import-untyped]  # the package ships no types

from provenance.errors import ManifestError, NoManifest, RemoteManifestOnly, UnreadableManifest
from provenance.json_shapes import Json, mapping, sequence, text
from provenance.trust import CLAIM_USAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from provenance.trust import TrustProfile

_MOST_MANIFEST_MEBIBYTES = 32
_KINDS = {"claim": "manifest", "tsa": "tsa", "cawg": "cawg"}


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What the engine found in one file: its verdicts, every manifest (crJSON) and the raw manifest store."""

    state: str
    """Trusted | Valid | Invalid."""
    trust_list: str | None
    active: str
    manifests: tuple[Mapping[str, Json], ...]
    deltas: tuple[Mapping[str, Json], ...]
    """What was found now about ingredients and differs from what their use recorded."""
    store: bytes


def engine_settings(trust: TrustProfile | None) -> dict[str, object]:
    """Return the engine's settings, by which it asks nobody anything."""
    anchors = trust.anchors if trust else ()
    return {
        "trust": {
            # Without this, certificates made for nothing but claim signing are refused.
            "trust_config": "\n".join(dict.fromkeys((*CLAIM_USAGES, *(trust.ekus if trust else ())))) + "\n",
            "anchors": [
                {"trust_anchors": anchor.pem, "trust_kind": _KINDS[anchor.kind], "trust_uri": anchor.uri}
                for anchor in anchors
            ],
        },
        "verify": {
            "verify_after_sign": True,
            "verify_trust": trust is not None,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "core": {
            "allowed_network_hosts": [],
            "max_decompressed_manifest_size_in_mb": _MOST_MANIFEST_MEBIBYTES,
        },
        # Thumbnails cost most of the time, and would put a face into a public manifest. Ingredients are the
        # signer's own statement like the rest.
        "builder": {"thumbnail": {"enabled": False}, "created_assertion_labels": ["c2pa.ingredient"]},
    }


def read_store(
    path: Path,
    trust: TrustProfile | None,
    *,
    media_type: str,
    sidecar: bytes | None = None,
    fragments: Sequence[Path] = (),
) -> tuple[StoreReport, ...]:
    """Return what the engine finds in a file: one report, or with fragments one for each of them in their order.

    sidecar: a manifest store to hold against the file, in place of one in it.
    Raises NoManifest, RemoteManifestOnly or UnreadableManifest, and OSError; nothing else, whatever the bytes are.
    """
    settings = engine_settings(trust)
    try:
        with (
            path.open("rb") as stream,
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(media_type, stream, sidecar, context=context) as reader,
        ):
            if not fragments:
                return (_report(reader),)
            reports = []
            for fragment in fragments:
                stream.seek(0)
                with fragment.open("rb") as part:
                    reader.with_fragment(media_type, stream, part)
                    reports.append(_report(reader))
            return tuple(reports)
    except c2pa.C2paError as error:
        raise _manifest_error(error) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnreadableManifest("the manifest is damaged or too deeply nested to read") from error


def _report(reader: c2pa.Reader) -> StoreReport:
    summary: Json = json.loads(reader.json())
    full: Json = json.loads(reader.crjson())
    active = text(mapping(summary).get("active_manifest")) or ""
    store = io.BytesIO()
    # For the address of a manifest the engine hands over the store as the file has it.
    reader.resource_to_stream(f"self#jumbf=/c2pa/{active}", store)
    results = mapping(mapping(summary).get("validation_results"))
    return StoreReport(
        state=text(mapping(summary).get("validation_state")) or "Invalid",
        trust_list=text(results.get("trustListUri")),
        active=active,
        manifests=tuple(mapping(manifest) for manifest in sequence(mapping(full).get("manifests"))),
        deltas=tuple(mapping(delta) for delta in sequence(results.get("ingredientDeltas"))),
        store=store.getvalue(),
    )


def _manifest_error(error: c2pa.C2paError) -> ManifestError:
    message = str(error)
    if isinstance(error, c2pa.C2paError.ManifestNotFound):
        return NoManifest("the file carries no manifest")
    if isinstance(error, c2pa.C2paError.RemoteManifest) or message.startswith("Remote:"):
        return RemoteManifestOnly("the file names a manifest elsewhere, and nothing is fetched")
    return UnreadableManifest(f"the manifest or the file around it is damaged: {message[:200]}")
