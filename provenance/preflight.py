"""A key tried before it is needed: a tiny picture signed in memory, so that no file is touched for nothing.

Standard: C2PA Technical Specification 2.x, chapter 13; PNG (ISO/IEC 15948) for the picture.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance import manifest, pki, signing_engine
from provenance.errors import IdentityUnusable
from provenance.history import History
from provenance.trust import profile_from_pem

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.identity import SigningIdentity


def preflight(identity: SigningIdentity, *, now: datetime) -> None:
    """Return if identity can sign claims at `now`, its organisation's key included; nothing is written anywhere.

    The signature is checked against the certificate, and the manifest by the engine. Time-stamp authorities are not
    asked. Raises IdentityUnusable with every reason, KeyUnavailable with the key's own, or SigningFailed.
    """
    problems = pki.lint(identity.chain_pem, now=now)
    if problems:
        raise IdentityUnusable(f"{identity.name} cannot sign claims: {'; '.join(problems)}")
    definition = manifest.definition(
        source_type="trainedAlgorithmicMedia",
        agent=None,
        edits=(),
        consent=None,
        extra=(),
        generator=manifest.Agent("clearance"),
        history=History(None, (), frozenset()),
        all_actions_included=False,
        now=now,
    )
    if identity.organisation is not None:
        own = identity.organisation.identity
        problems = pki.lint(own.chain_pem, now=now, purpose="organisation")
        if problems:
            raise IdentityUnusable(f"{own.name} cannot put its identity to a file: {'; '.join(problems)}")
    # Any authority will do: whom auditors trust is not asked here.
    nearest = identity.root_pem or identity.chain_pem[identity.chain_pem.rindex(b"-----BEGIN") :]
    signing_engine.seal(
        definition,
        io.BytesIO(_picture()),
        io.BytesIO(),
        media_type="image/png",
        identity=replace(identity, time_stamps=None),
        trust=profile_from_pem("preflight", nearest),
    )


def _picture() -> bytes:
    """Return a PNG of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")
