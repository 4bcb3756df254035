"""A signed report: openssl alone checks the envelope, PDF readers check the PDF, and one altered byte is found."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from clearance import clock
from clearance.report.pades import signed_pdf
from clearance.report.pdf import Seal, report_pdf
from clearance.report.signatory import Signatory, signatory_of
from clearance.report.signed_record import PAYLOAD_TYPE, signed_record, statement_of
from policies.dsse import parse
from provenance.cose_signature import PrivateKey, key_signs
from provenance.errors import IdentityUnusable
from provenance.identity import SigningIdentity, certificates_pem, create_development_identity, subject_of
from provenance.issuing import issued, new_authorities

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clearance.conftest import Studio, Typed

RECORD = Path(__file__).with_name("record.json")
README = Path(__file__).parents[3] / "README.md"


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module", params=["es256", "ed25519"])
def identity(request: pytest.FixtureRequest) -> SigningIdentity:
    now = clock.now()
    above = new_authorities("Example VFX Ltd", now=now)
    key: PrivateKey = ed25519.Ed25519PrivateKey.generate()
    if request.param == "es256":
        key = ec.generate_private_key(ec.SECP256R1())
    leaf = issued(key.public_key(), "Reports", above.issuing, above.issuing_key, purpose="claim-signing", now=now)
    chain = certificates_pem(leaf, above.issuing)
    return SigningIdentity(
        subject_of(chain), request.param, chain, certificates_pem(above.root), key_signs(key, request.param)
    )


@pytest.fixture(scope="module")
def signatory(identity: SigningIdentity) -> Signatory:
    return signatory_of(identity, now=clock.now())


@pytest.fixture(scope="module")
def signed(record: dict[str, Any], signatory: Signatory) -> bytes:
    pdf = report_pdf(record, {}, seal=Seal("ab" * 32, signatory.name))
    return signed_pdf(pdf, signatory, reason="Rendering of the record")


def as_the_readme_says(folder: Path) -> int:
    """Run the commands of the README in a folder and return how they ended."""
    found = re.search(r"<!-- openssl -->\n```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return subprocess.run(["sh", "-c", found[1]], cwd=folder, capture_output=True, check=False).returncode


def written(folder: Path, record: dict[str, Any], identity: SigningIdentity) -> Path:
    """Write a small signed report and the root that an auditor has."""
    assert identity.root_pem is not None
    signatory = signatory_of(identity, now=clock.now())
    content = {"report.json": json.dumps(record).encode(), "report.chain.pem": signatory.chain_pem}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    folder.mkdir()
    for name, data in content.items():
        (folder / name).write_bytes(data)
    (folder / "report.dsse.json").write_text(signed_record(record, digests, signatory), encoding="utf-8")
    (folder / "root.pem").write_bytes(identity.root_pem)
    return folder


def test_openssl_alone_verifies_a_report_that_the_command_signed(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    done = clearance(
        *("--home", studio.home, "audit", studio.papers / "keeper.jpg"),
        *("-d", studio.declaration(tmp_path), "--out", out, "--sign"),
    )
    assert done.code in (0, 1, 3), done
    shutil.copy(studio.home / "identity" / "root.pem", out / "root.pem")
    assert as_the_readme_says(out) == 0
    statement = json.loads((out / "statement.json").read_text(encoding="utf-8"))
    named = {one["name"] for one in statement["subject"]}
    assert {"report.json", "report.html", "report.pdf", "report.chain.pem"} <= named
    assert any(name.startswith("crops/") for name in named)
    assert statement["subject"][0]["digest"]["sha256"] == statement["predicate"]["assets"][0]["sha256"]
    assert statement["predicate"] == json.loads((out / "report.json").read_text(encoding="utf-8"))
    (out / "report.html").write_bytes((out / "report.html").read_bytes() + b" ")
    assert as_the_readme_says(out) == 4


@pytest.mark.parametrize("part", ["payload", "sig"])
def test_openssl_finds_an_altered_envelope(
    record: dict[str, Any], identity: SigningIdentity, tmp_path: Path, part: str
) -> None:
    folder = written(tmp_path / "report", record, identity)
    assert as_the_readme_says(folder) == 0
    envelope = folder / "report.dsse.json"
    text = envelope.read_text(encoding="utf-8")
    place = text.index(f'"{part}": "') + len(f'"{part}": "') + 40
    other = "A" if text[place] != "A" else "B"
    envelope.write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")
    assert as_the_readme_says(folder) == 4


def test_openssl_refuses_a_signer_of_another_root(
    record: dict[str, Any], identity: SigningIdentity, tmp_path: Path
) -> None:
    folder = written(tmp_path / "report", record, identity)
    other = create_development_identity(tmp_path / "other", now=clock.now())
    assert other.root_pem is not None
    (folder / "root.pem").write_bytes(other.root_pem)
    assert as_the_readme_says(folder) == 4


def test_our_own_reader_of_envelopes_agrees(record: dict[str, Any], signatory: Signatory) -> None:
    envelope = parse(signed_record(record, {}, signatory).encode())
    key = x509.load_pem_x509_certificate(signatory.chain_pem).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    assert envelope.payload_type == PAYLOAD_TYPE
    assert envelope.signed_by(key)
    assert json.loads(envelope.payload)["predicateType"] == "urn:clearance:audit:v1"


def test_the_digest_of_numbered_files_is_not_called_that_of_a_file(record: dict[str, Any]) -> None:
    frames = {**record["assets"][0], "media": {**record["assets"][0]["media"], "kind": "sequence"}}
    unread = {**record["assets"][0], "sha256": None, "media": None}
    statement = statement_of({**record, "assets": [frames, unread]}, {})
    assert [list(one["digest"]) for one in statement["subject"]] == [["clearanceSequenceSha256"]]


@pytest.mark.skipif(shutil.which("pdfsig") is None and "CI" not in os.environ, reason="poppler is not installed")
@pytest.mark.parametrize("identity", ["es256"], indirect=True)  # poppler reads no Ed25519
def test_poppler_finds_the_whole_pdf_signed_and_valid(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(signed)
    said = subprocess.run(["pdfsig", str(tmp_path / "report.pdf")], capture_output=True, check=False).stdout.decode()
    assert "Total document signed" in said
    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said


def status_of(pdf: bytes, root_pem: bytes) -> Any:
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    (embedded,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    context = ValidationContext(trust_roots=list(load_certs_from_pemder_data(root_pem)))
    usage = KeyUsageConstraints(key_usage={"digital_signature"})
    return asyncio.run(async_validate_pdf_signature(embedded, context, key_usage_settings=usage))


def test_pyhanko_finds_the_pdf_intact_trusted_and_unchanged_since(signed: bytes, identity: SigningIdentity) -> None:
    assert identity.root_pem is not None
    status = status_of(signed, identity.root_pem)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    altered = bytearray(signed)
    altered[len(altered) // 3] ^= 1
    assert not status_of(bytes(altered), identity.root_pem).intact


def test_the_signed_pdf_still_claims_to_be_archival(signed: bytes) -> None:
    assert signed.count(b"<pdfaid:part>2<") >= 1
    assert signed.rstrip().endswith(b"%%EOF")


def test_a_key_that_goes_with_no_single_hash_is_refused_by_name(identity: SigningIdentity) -> None:
    with pytest.raises(IdentityUnusable, match="es384"):
        signatory_of(replace(identity, algorithm="es384"), now=clock.now())


def test_an_identity_that_has_expired_signs_no_report(identity: SigningIdentity) -> None:
    with pytest.raises(IdentityUnusable, match="cannot sign"):
        signatory_of(identity, now=clock.parse("2040-01-01"))


def test_letters_without_a_font_cost_the_pdf_and_nothing_else(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    out, declaration = tmp_path / "report", studio.declaration(tmp_path, **{"Example VFX Ltd": "夜の港"})
    done = clearance(
        *("--home", studio.home, "audit", studio.papers / "keeper.jpg", "-d", declaration, "--out", out, "--sign")
    )
    assert "report.pdf was not written" in done.err
    assert "夜" in done.err
    assert not (out / "report.pdf").exists()
    shutil.copy(studio.home / "identity" / "root.pem", out / "root.pem")
    assert as_the_readme_says(out) == 0
    plain = clearance(
        *("--home", studio.home, "audit", studio.papers / "keeper.jpg", "-d", declaration),
        *("--out", tmp_path / "plain", "--no-pdf"),
    )
    assert "report.pdf" not in plain.err
    assert sorted(p.name for p in (tmp_path / "plain").iterdir()) == [
        *("crops", "findings.csv", "junit.xml", "report.html", "report.json", "report.sarif"),
    ]
