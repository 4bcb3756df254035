"""A signature inside a PDF: PAdES, baseline B-B. The one file that imports pyHanko, which takes a second to load.

The signature is the last revision: nothing is added after it, so that "the whole document is signed" stays true.
Standards: ETSI EN 319 142-1 (PAdES), ISO 32000-2, 12.8; the widget lies outside the page, as PDF/A-2 and PDF/UA-1 ask.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from clearance.report.signatory import Signatory

FIELD: Final = "Report"
# The hash within the signature: Ed25519 goes with SHA-512 (RFC 8419, 3.1).
_DIGESTS: Final = {"es256": "sha256", "ed25519": "sha512"}
# A DER signature of P-256 is at most this long, an Ed25519 signature 64 bytes.
_MOST_SIGNATURE_BYTES: Final = 72


def signed_pdf(pdf: bytes, signatory: Signatory, *, reason: str) -> bytes:
    """Return the PDF with the signatory's signature, which covers every byte of it.

    reason: why it is signed, which readers show. Raises KeyUnavailable if the key cannot be used now.
    """
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Held(Signer):
        """Signs by the signatory, wherever its key lies."""

        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002 -- the port chose it with the key
            return bytes(_MOST_SIGNATURE_BYTES) if dry_run else signatory.sign(data)

    chain = list(load_certs_from_pemder_data(signatory.chain_pem))
    signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm=_DIGESTS[signatory.algorithm],
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            embed_validation_info=False,
        ),
        Held(signing_cert=chain[0], cert_registry=SimpleCertificateStore.from_certs(chain)),  # type: ignore[no-untyped-call]
        new_field_spec=SigFieldSpec(
            FIELD,
            readable_field_name="Signature of the report",
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        ),
    )
    signed = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
    return bytes(signed.getvalue())
