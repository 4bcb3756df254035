"""An organisation's identity (CAWG): put to a file at signing, and read back with a list that knows it and without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import organisation as organisations
from provenance import pki, verify
from provenance.cose_signature import key_signs
from provenance.errors import IdentityUnusable, KeyUnavailable, SigningFailed
from provenance.identity import SigningIdentity, certificates_pem
from provenance.issuing import issued, new_authorities
from provenance.organisation import Organisation
from provenance.preflight import preflight
from provenance.sign import sign
from provenance.time_stamping import TimeStamping
from provenance.trust import profile_from_pem

from .authorities import make_authority
from .conftest import root_of

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.consent_assertion import LikenessConsent
    from provenance.trust import TrustProfile

    from .authorities import Authority, TimeStamper
    from .conftest import Studio


@pytest.fixture(scope="module")
def union() -> Authority:
    return make_authority("Union Root")


@pytest.fixture(scope="module")
def organisation(union: Authority) -> Organisation:
    return Organisation(union.identity(ExtendedKeyUsageOID.EMAIL_PROTECTION, name="Performers' Union"))


def signed(
    studio: Studio,
    organisation: Organisation,
    suffix: str = "jpg",
    consent: LikenessConsent | None = None,
    **more: object,
) -> Path:
    path = studio.folder / f"named.{suffix}"
    sign(
        studio.source(suffix),
        path,
        identity=replace(studio.identity, organisation=organisation, **more),  # type: ignore[arg-type]  # fields by name
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
        consent=consent,
    )
    return path


def knowing(studio: Studio, union: Authority) -> TrustProfile:
    return profile_from_pem("studio", root_of(studio.identity), cawg_pem=union.pem)


@pytest.mark.parametrize("suffix", ["jpg", "png", "mp4"])
def test_an_organisation_is_verified_by_a_list_that_knows_it_and_by_no_other(
    studio: Studio, organisation: Organisation, union: Authority, consent: LikenessConsent, suffix: str
) -> None:
    path = signed(studio, organisation, suffix, consent)
    known, unknown = verify.read(path, knowing(studio, union)), verify.read(path, studio.profile)
    assert (known.identity.value, unknown.identity.value) == ("verified", "unverified")
    for reading in (known, unknown):
        # Who signed is another question, and its answer the same.
        assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
        assert reading.consent is not None
        assert reading.consent.created


def test_a_strangers_list_of_organisations_verifies_nobody(studio: Studio, organisation: Organisation) -> None:
    path = signed(studio, organisation)
    assert verify.read(path, knowing(studio, make_authority("Another Root"))).identity.value == "unverified"


def test_a_file_altered_afterwards_keeps_no_identity_that_counts(
    studio: Studio, organisation: Organisation, union: Authority
) -> None:
    path = signed(studio, organisation)
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    assert verify.read(path, knowing(studio, union)).integrity.value == "invalid"


def test_an_organisation_and_a_time_stamp_go_together(
    studio: Studio, organisation: Organisation, union: Authority, time_stamper: TimeStamper
) -> None:
    path = signed(studio, organisation, time_stamps=TimeStamping((time_stamper.url,)))
    trust = profile_from_pem("all", root_of(studio.identity), tsa_pem=time_stamper.authority.pem, cawg_pem=union.pem)
    reading = verify.read(path, trust)
    assert (reading.identity.value, reading.time.value) == ("verified", "trusted")


def test_many_signatures_in_a_row_leave_the_engine_well(studio: Studio, organisation: Organisation) -> None:
    # The bindings know nothing of the two signers that this one took over: a fault would show as a crash.
    named = replace(studio.identity, organisation=organisation)
    for _ in range(40):
        preflight(named, now=studio.now)


def test_the_organisations_key_that_fails_says_so_and_nothing_is_signed(
    studio: Studio, organisation: Organisation
) -> None:
    def locked(_: bytes) -> bytes:
        raise KeyUnavailable("the union's token is locked")

    broken = replace(organisation, identity=replace(organisation.identity, sign=locked))
    with pytest.raises(KeyUnavailable, match="union's token is locked"):
        signed(studio, broken)
    assert not (studio.folder / "named.jpg").exists()


def test_another_version_of_the_engine_is_refused_before_its_memory_is_touched(
    studio: Studio, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisations, "_TRIED_VERSION", "0.37.0")
    with pytest.raises(SigningFailed, match=r"was tried with c2pa-python 0\.37\.0 alone"):
        signed(studio, organisation)


@pytest.mark.parametrize("roles", [(), ("cawg.king",)])
def test_a_role_that_cawg_does_not_know_is_refused(identity: SigningIdentity, roles: tuple[str, ...]) -> None:
    with pytest.raises(IdentityUnusable, match=r"cawg\.producer"):
        Organisation(identity, roles)


def test_a_list_for_organisations_makes_no_claim_signer_trusted(studio: Studio, union: Authority) -> None:
    # The engine would call it trusted: its lists are not told apart by what they are for.
    by_union = union.identity(pki.CLAIM_SIGNING, name="Union as signer")
    path = studio.folder / "by-union.jpg"
    sign(
        studio.source(),
        path,
        identity=by_union,
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )
    assert verify.read(path, knowing(studio, union)).trust.value == "untrusted"


def test_an_organisations_certificate_that_is_none_is_told_in_words(
    studio: Studio, union: Authority, organisation: Organisation
) -> None:
    assert pki.lint(organisation.identity.chain_pem, now=studio.now, purpose="organisation") == ()
    for usages, options, reason in (
        ((ExtendedKeyUsageOID.TIME_STAMPING,), {}, "kept apart"),
        ((pki.CLAIM_SIGNING,), {}, "e-mail protection or document signing"),
        ((), {}, "e-mail protection or document signing"),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), {"end": timedelta(hours=-1)}, "expired"),
    ):
        odd = Organisation(union.identity(*usages, **options))
        with pytest.raises(IdentityUnusable, match=reason):
            preflight(replace(studio.identity, organisation=odd), now=studio.now)


def test_an_authority_of_the_studio_issues_to_its_organisation(studio: Studio) -> None:
    ca, key = new_authorities("Harbour", now=studio.now), ec.generate_private_key(ec.SECP256R1())
    leaf = issued(key.public_key(), "Harbour", ca.issuing, ca.issuing_key, purpose="organisation", now=studio.now)
    own = SigningIdentity("Harbour", "es256", certificates_pem(leaf, ca.issuing), None, key_signs(key, "es256"))
    path = signed(studio, Organisation(own))
    trust = profile_from_pem("all", root_of(studio.identity), cawg_pem=certificates_pem(ca.root))
    assert verify.read(path, trust).identity.value == "verified"
