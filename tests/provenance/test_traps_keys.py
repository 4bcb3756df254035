"""Traps of the engine about keys, certificates and time, each shown on itself, and that ours is not caught."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import c2pa  # type: ignore[import-untyped]  # the package ships no types
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import pki, verify
from provenance.cose_signature import PrivateKey, key_signs
from provenance.engine import engine_settings
from provenance.errors import IdentityUnusable, KeyUnavailable
from provenance.identity import SigningIdentity, certificates_pem
from provenance.issuing import issued, new_authorities
from provenance.preflight import preflight
from provenance.sign import sign
from provenance.time_stamping import TimeStamping
from provenance.trust import TrustProfile, profile_from_pem

from .authorities import make_authority
from .conftest import created

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.reading import ProvenanceReading

    from .authorities import Authority, TimeStamper
    from .conftest import Studio


def raw_sign(
    studio: Studio,
    sign: Callable[[bytes], bytes],
    chain: bytes,
    *,
    algorithm: str = "ES256",
    tsa: str | None = None,
    more: list[dict[str, Any]] | None = None,
    **settings: Any,
) -> bytes:
    """The engine alone, with the settings it is used with and these in their place."""
    document = {"claim_generator_info": [{"name": "odd"}], "assertions": [created(), *(more or [])]}
    signer = c2pa.Signer.from_callback(sign, c2pa.C2paSigningAlg[algorithm], chain.decode(), tsa)
    out = io.BytesIO()
    with c2pa.Context.from_dict(engine_settings(studio.profile) | settings) as context:
        c2pa.Builder(document, context=context).sign(signer, "image/jpeg", io.BytesIO(studio.media["jpg"]), out)
    return out.getvalue()


def raw_read(data: bytes, settings: dict[str, Any]) -> dict[str, Any]:
    with c2pa.Context.from_dict(settings) as context, c2pa.Reader("image/jpeg", io.BytesIO(data), context=context) as r:
        found: dict[str, Any] = json.loads(r.json())
    return found


def read(folder: Path, data: bytes, trust: TrustProfile) -> ProvenanceReading:
    path = folder / "read.jpg"
    path.write_bytes(data)
    return verify.read(path, trust)


@pytest.mark.parametrize("kind", ["es256", "es384", "es512", "ps256", "ed25519"])
def test_every_algorithm_of_c2pa_signs_and_is_trusted(studio: Studio, kind: str) -> None:
    keys: dict[str, Callable[[], PrivateKey]] = {
        "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "es512": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ps256": lambda: rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    key, ca = keys[kind](), new_authorities("Harbour", now=studio.now)
    leaf = issued(key.public_key(), "Desk", ca.issuing, ca.issuing_key, purpose="claim-signing", now=studio.now)
    root = certificates_pem(ca.root)
    identity = SigningIdentity("desk", kind, certificates_pem(leaf, ca.issuing), root, key_signs(key, kind))
    preflight(identity, now=studio.now)
    data = raw_sign(studio, identity.sign, identity.chain_pem, algorithm=kind.upper())
    assert read(studio.folder, data, profile_from_pem("harbour", root)).trust.value == "trusted"


def test_without_its_usage_in_the_settings_the_engine_refuses_a_certificate_made_for_claims_alone(
    studio: Studio,
) -> None:
    good = raw_sign(studio, studio.identity.sign, studio.identity.chain_pem)
    bare = engine_settings(studio.profile)["trust"]
    assert isinstance(bare, dict)
    without = {key: value for key, value in bare.items() if key != "trust_config"}
    with pytest.raises(c2pa.C2paError, match="missing required EKU"):
        raw_sign(studio, studio.identity.sign, studio.identity.chain_pem, trust=without)
    found = raw_read(good, {"trust": without})
    assert found["validation_state"] == "Invalid"
    assert "signingCredential.invalid" in json.dumps(found["validation_results"])
    assert read(studio.folder, good, studio.profile).trust.value == "trusted"


@pytest.mark.parametrize("kind", ["tsa", "cawg"])
def test_the_engine_trusts_a_claim_signer_by_any_list_and_we_by_lists_for_claims(
    studio: Studio, authority: Authority, kind: str
) -> None:
    other = authority.identity(pki.CLAIM_SIGNING)
    data = raw_sign(studio, other.sign, other.chain_pem)
    lists: dict[str, Any] = {f"{kind}_pem": authority.pem}
    trust = profile_from_pem("studio", studio.identity.root_pem or b"", **lists)
    assert raw_read(data, engine_settings(trust))["validation_state"] == "Trusted"
    assert read(studio.folder, data, trust).trust.value == "untrusted"


def test_a_list_of_allowed_signers_at_the_top_of_the_settings_is_ignored(studio: Studio) -> None:
    data = raw_sign(studio, studio.identity.sign, studio.identity.chain_pem)
    settings = engine_settings(None)
    leaf = studio.identity.chain_pem.decode()
    settings["trust"] = {**settings["trust"], "allowed_list": leaf}  # type: ignore[dict-item]  # it is a dictionary
    settings["verify"] = {"verify_trust": True}
    assert raw_read(data, settings)["validation_state"] == "Valid"


def test_a_setting_that_is_misspelt_is_taken_in_silence() -> None:
    with c2pa.Context.from_dict({"verify": {"verify_trustt": True}}) as context:
        assert context.is_valid


def test_a_missing_intermediate_leaves_the_signer_untrusted_so_lint_asks_for_it(studio: Studio) -> None:
    leaf = pki.parsed_chain(studio.identity.chain_pem)[0].public_bytes(Encoding.PEM)
    data = raw_sign(studio, studio.identity.sign, leaf)
    assert read(studio.folder, data, studio.profile).trust.value == "untrusted"
    with pytest.raises(IdentityUnusable, match="append the intermediate"):
        preflight(replace(studio.identity, chain_pem=leaf), now=studio.now)


def test_an_expired_signer_is_trusted_if_a_trusted_authority_stamped_the_time_and_only_then(
    studio: Studio, time_stamper: TimeStamper, authority: Authority
) -> None:
    brief = authority.identity(pki.CLAIM_SIGNING, end=timedelta(seconds=2.5))
    began = datetime.now(tz=studio.now.tzinfo)
    stamped = raw_sign(studio, brief.sign, brief.chain_pem, tsa=time_stamper.url)
    plain = raw_sign(studio, brief.sign, brief.chain_pem)
    trust = profile_from_pem("odd", authority.pem, tsa_pem=time_stamper.authority.pem)
    time.sleep(max(0.0, 4.0 - (datetime.now(tz=studio.now.tzinfo) - began).total_seconds()))
    good = read(studio.folder, stamped, trust)
    assert (good.trust.value, good.time.value) == ("trusted", "trusted")
    assert read(studio.folder, plain, trust).trust.value == "untrusted"
    assert read(studio.folder, stamped, profile_from_pem("odd", authority.pem)).trust.value == "untrusted"


def test_the_engine_takes_both_forms_of_ecdsa_and_ours_writes_the_one_of_cose(studio: Studio) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    ca = new_authorities("Harbour", now=studio.now)
    leaf = issued(key.public_key(), "Desk", ca.issuing, ca.issuing_key, purpose="claim-signing", now=studio.now)
    chain = certificates_pem(leaf, ca.issuing)
    raw_sign(studio, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), chain)
    raw_sign(studio, key_signs(key, "es256"), chain)
    assert len(key_signs(key, "es256")(b"claim")) == 64


def test_the_engine_calls_the_keys_own_error_a_bad_signature_and_we_repeat_the_error(
    studio: Studio, capfd: pytest.CaptureFixture[str]
) -> None:
    def locked(_: bytes) -> bytes:
        raise KeyUnavailable("the token is locked")

    with pytest.raises(c2pa.C2paError) as caught:
        raw_sign(studio, locked, studio.identity.chain_pem)
    assert "locked" not in str(caught.value)
    # Its bindings print the reason, whatever it contains, on the standard error stream or into the log.
    capfd.readouterr()
    with pytest.raises(KeyUnavailable, match="the token is locked"):
        preflight(replace(studio.identity, sign=locked), now=studio.now)
    assert capfd.readouterr() == ("", "")


def test_what_is_signed_outgrows_the_4096_bytes_that_aws_kms_takes_undigested(studio: Studio) -> None:
    lengths: list[int] = []

    def counting(data: bytes) -> bytes:
        lengths.append(len(data))
        return studio.identity.sign(data)

    many = [{"label": f"org.example.note-{n}", "created": True, "data": {"n": n}} for n in range(40)]
    raw_sign(studio, counting, studio.identity.chain_pem, more=many)
    assert lengths[0] > 4096


def test_the_engines_list_of_hosts_does_not_hold_for_time_stamps(studio: Studio, time_stamper: TimeStamper) -> None:
    core: Any = engine_settings(studio.profile)["core"]
    assert core["allowed_network_hosts"] == []
    data = raw_sign(studio, studio.identity.sign, studio.identity.chain_pem, tsa=time_stamper.url)
    trust = profile_from_pem("all", studio.identity.root_pem or b"", tsa_pem=time_stamper.authority.pem)
    assert read(studio.folder, data, trust).time.value == "trusted"


def test_a_time_stamper_that_is_down_stops_the_engine_and_here_the_policy_decides(studio: Studio) -> None:
    down = "http://127.0.0.1:9/"
    with pytest.raises(c2pa.C2paError):
        raw_sign(studio, studio.identity.sign, studio.identity.chain_pem, tsa=down)
    receipt = sign(
        studio.source(),
        studio.folder / "signed.jpg",
        identity=replace(studio.identity, time_stamps=TimeStamping((down,), when_unreachable="allow")),
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )
    assert receipt.time.value == "none"


def test_the_engine_shows_the_time_of_an_authority_that_nobody_trusts_and_we_do_not(
    studio: Studio, time_stamper: TimeStamper
) -> None:
    data = raw_sign(studio, studio.identity.sign, studio.identity.chain_pem, tsa=time_stamper.url)
    found = raw_read(data, engine_settings(studio.profile))
    assert found["manifests"][found["active_manifest"]]["signature_info"]["time"]
    reading = read(studio.folder, data, studio.profile)
    assert reading.time.value == "untrusted"
    assert reading.time_at is None


def test_an_untrusted_organisation_lowers_the_engines_word_for_the_whole_file_and_not_ours(studio: Studio) -> None:
    from provenance.organisation import Organisation

    union = make_authority("Union").identity(ExtendedKeyUsageOID.EMAIL_PROTECTION)
    sign(
        studio.source(),
        studio.folder / "named.jpg",
        identity=replace(studio.identity, organisation=Organisation(union)),
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )
    data = (studio.folder / "named.jpg").read_bytes()
    assert raw_read(data, engine_settings(studio.profile))["validation_state"] == "Valid"
    reading = read(studio.folder, data, studio.profile)
    assert (reading.trust.value, reading.identity.value) == ("trusted", "unverified")
