"""A second, independent implementation: where it agrees, where it cannot be asked, how a difference is told."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import crosscheck, formats, sidecar, trust, verify
from provenance.errors import CrossCheckMissing
from provenance.judging import without_manifest
from provenance.reading import Answer
from provenance.sign import sign
from provenance.trust import profile_from_pem

from . import films
from .lists import entry, profile_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .authorities import Authority
    from .conftest import Forge, Studio

SAID = "encypher-c2pa says integrity valid and the signer {} too"
BESIDE_ONLY = {"BMP", "JPEG 2000", "MXF (MPEG-2)", "Matroska", "WebM", "AIFF", "OpenEXR", "DPX"}
"""What the second implementation does not know: all of them formats that carry no manifest inside."""


def signed(studio: Studio, name: str) -> Path:
    source = studio.folder / "source"
    source.write_bytes(films.made(name))
    embedded = sidecar.is_embeddable(formats.detected(films.made(name)[:4096]))
    copy = studio.folder / "signed"
    sign(
        source,
        copy if embedded else None,
        identity=studio.identity,
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )
    return copy if embedded else source


@pytest.mark.parametrize("name", [name for name in films.FORMATS if name not in BESIDE_ONLY])
def test_a_second_implementation_agrees_on_every_format_it_knows(studio: Studio, name: str) -> None:
    path = signed(studio, name)
    found = crosscheck.ask(path, verify.read(path, studio.profile), studio.profile)
    assert (found.outcome, found.sentence) == (
        "agrees",
        "encypher-c2pa says integrity valid and the signer trusted too",
    )


def test_every_format_that_carries_its_manifest_inside_is_among_those() -> None:
    for name in BESIDE_ONLY:
        assert not sidecar.is_embeddable(formats.detected(films.made(name)[:4096])), name


@pytest.mark.parametrize("name", ["DPX", "Matroska"])
def test_a_format_that_it_does_not_know_is_not_assessed(studio: Studio, name: str) -> None:
    path = signed(studio, name)
    found = crosscheck.ask(path, verify.read(path, studio.profile), studio.profile)
    assert found.outcome == "not_assessed"
    assert "unsupported" in found.sentence


@pytest.mark.parametrize("name", ["JPEG", "MP4 (H.264)", "WAV"])
def test_both_find_altered_content(studio: Studio, name: str) -> None:
    path = signed(studio, name)
    content = bytearray(path.read_bytes())
    # Within the pictures or the sound, which end each of these files or nearly so.
    place = len(content) - 40 if name != "MP4 (H.264)" else content.rfind(b"mdat") + 40
    content[place] ^= 1
    path.write_bytes(content)
    reading = verify.read(path, studio.profile)
    found = crosscheck.ask(path, reading, studio.profile)
    assert (reading.integrity.value, found.outcome) == ("invalid", "agrees")


def test_both_distrust_a_stranger(studio: Studio, authority: Authority) -> None:
    path = signed(studio, "JPEG")
    other = profile_from_pem("other", authority.pem)
    found = crosscheck.ask(path, verify.read(path, other), other)
    assert (found.outcome, found.sentence) == (
        "agrees",
        "encypher-c2pa says integrity valid and the signer untrusted too",
    )


@pytest.mark.parametrize("kind", ["tsa", "cawg"])
def test_both_trust_no_claim_signer_by_a_list_for_something_else(
    studio: Studio, authority: Authority, kind: str
) -> None:
    path = signed(studio, "PNG")
    lists: dict[str, Any] = {f"{kind}_pem": studio.identity.root_pem}
    profile = profile_from_pem("x", authority.pem, **lists)
    reading = verify.read(path, profile)
    assert reading.trust.value == "untrusted"
    assert crosscheck.ask(path, reading, profile).outcome == "agrees"


def test_both_see_that_there_is_no_manifest(studio: Studio) -> None:
    path = studio.source("png")
    assert crosscheck.ask(path, verify.read(path, None), None).outcome == "agrees"


def test_nothing_of_it_reaches_the_settings_of_the_user(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    home = studio.folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ENCYPHER_C2PA_TELEMETRY", "on")
    monkeypatch.setenv("ENCYPHER_C2PA_ONLINE", "on")
    path = signed(studio, "JPEG")
    assert crosscheck.ask(path, verify.read(path, studio.profile), studio.profile).outcome == "agrees"
    assert list(home.iterdir()) == []


def test_it_is_stopped_when_it_takes_too_long(studio: Studio) -> None:
    path = signed(studio, "JPEG")
    found = crosscheck.ask(path, verify.read(path, studio.profile), studio.profile, seconds=0.001)
    assert (found.outcome, "stopped after" in found.sentence) == ("not_assessed", True)


def test_a_file_beyond_its_limit_is_not_given_to_it(studio: Studio) -> None:
    path = studio.source("jpg")
    os.truncate(path, crosscheck.MOST_BYTES + 1)
    found = crosscheck.ask(path, verify.read(path, None), None)
    assert (found.outcome, "larger than 128 MiB" in found.sentence) == ("not_assessed", True)


def test_a_sequence_of_frames_is_not_given_to_it(studio: Studio) -> None:
    found = crosscheck.ask(studio.folder / "shot.%04d.dpx", without_manifest("no list"), None)
    assert found.outcome == "not_assessed"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(CrossCheckMissing, match=r"clearance\[cross-check\]"):
        crosscheck.require()


# --- how the two are compared


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        ("valid", "valid", "agrees"),
        ("invalid", "invalid", "agrees"),
        ("unreadable", "invalid", "agrees"),
        ("invalid", "valid", "differs"),
        ("valid", "invalid", "differs"),
        ("valid", "absent", "differs"),
        ("unreadable", "absent", "differs"),
        ("valid", "perhaps", "not_assessed"),
    ],
)
def test_a_difference_about_integrity_is_told_in_words(
    signed_bytes: Callable[[str], bytes], studio: Studio, ours: str, theirs: str, outcome: str
) -> None:
    path = studio.folder / "file.jpg"
    path.write_bytes(signed_bytes("jpg"))
    reading = replace(verify.read(path, studio.profile), integrity=Answer(ours, "as we say"))
    answered: Any = {"integrity": theirs, "trust": "valid_for_supplied_material", "codes": ""}
    found = crosscheck.compared(reading, answered, trusted_by_us=True)
    assert found.outcome == outcome
    assert outcome != "differs" or (theirs in found.sentence and ours in found.sentence)


def test_a_difference_about_trust_is_told_in_words(
    forge: Forge, actions_of: Any, authority: Authority, tmp_path: Path
) -> None:
    # A usage of the studio's own, which its own list allows: nobody else knows it.
    usage = x509.ObjectIdentifier("1.3.6.1.4.1.55555.7")
    stated = entry("own", authority.pem, ekus=(usage.dotted_string,))
    own = trust.load(profile_folder(tmp_path, (stated, authority.pem)))
    path = tmp_path / "own.jpg"
    path.write_bytes(forge([actions_of[0]()], by=authority.identity(usage), trust=own))
    reading = verify.read(path, own)
    found = crosscheck.ask(path, reading, own)
    assert (reading.trust.value, found.outcome) == ("trusted", "differs")
    assert "signingCredential.untrusted" in found.sentence


def test_a_mail_certificate_that_it_trusts_stays_untrusted_with_us(
    forge: Forge, actions_of: Any, authority: Authority, tmp_path: Path
) -> None:
    strict = profile_from_pem("strict", authority.pem)
    path = tmp_path / "mail.jpg"
    signer = authority.identity(ExtendedKeyUsageOID.EMAIL_PROTECTION)
    path.write_bytes(forge([actions_of[0]()], by=signer, trust=strict))
    reading = verify.read(path, strict)
    found = crosscheck.ask(path, reading, strict)
    assert (reading.trust.value, found.outcome) == ("untrusted", "differs")
    assert "and we say untrusted" in found.sentence
