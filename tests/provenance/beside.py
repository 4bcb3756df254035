"""Manifests that are kept apart from what they sign, made as any other tool might make them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import c2pa  # type: ignore[import-untyped]  # the package ships no types

from provenance.engine import engine_settings

if TYPE_CHECKING:
    from provenance.identity import SigningIdentity
    from provenance.trust import TrustProfile

ANY = "application/octet-stream"


def sealed_beside(identity: SigningIdentity, profile: TrustProfile, data: bytes, media_type: str = ANY) -> bytes:
    """Return a manifest over data that is kept apart from it."""
    action = {
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    actions = {"label": "c2pa.actions.v2", "created": True, "data": {"actions": [action]}}
    document = {"claim_generator_info": [{"name": "other"}], "assertions": [actions]}
    chain = identity.chain_pem.decode()
    with (
        c2pa.Context.from_dict(engine_settings(profile)) as context,
        c2pa.Builder(document, context=context) as builder,
        c2pa.Signer.from_callback(identity.sign, c2pa.C2paSigningAlg.ES256, chain) as signer,
    ):
        builder.set_no_embed()
        return bytes(builder.sign(signer, media_type, io.BytesIO(data), io.BytesIO()))
