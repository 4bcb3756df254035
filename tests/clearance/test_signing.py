"""Signing says only what the audit of that very file found, and never damages anything."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from clearance.demo import media
from clearance.grants import grant_document
from clearance.home import registry_of
from clearance.settings import load
from provenance.consent_assertion import record_commitment
from provenance.sequence_list import check_list
from provenance.trust import load as load_trust
from provenance.verify import read
from tests.provenance import films

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

COMPOSITE = ("--source-type", "compositeWithTrainedAlgorithmicMedia")


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "keeper-still.jpg"
    media.retouched(media.COLLINS).save(path, quality=92)
    return path


def test_a_covered_file_is_signed_and_its_commitment_opens_with_the_salt_on_record(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    before = still.read_bytes()
    out = tmp_path / "signed.jpg"
    done = clearance("--home", studio.home, "sign", still, "--out", out, "-d", studio.declaration(tmp_path), *COMPOSITE)
    assert done.code == 0, done
    assert still.read_bytes() == before
    reading = read(out, load_trust(studio.home / "identity" / "root.pem"))
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    assert reading.consent is not None
    data: Any = reading.consent.data
    (subject,) = data["subjects"]
    with registry_of(load(home=str(studio.home))) as registry:
        signed = hashlib.sha256(out.read_bytes()).hexdigest()
        (event,) = (e for e in registry.events() if e.kind == "signed" and e.subject == signed)
        detail = dict(event.detail)
        record = json.dumps(
            grant_document(registry.grant(detail["grant"])), sort_keys=True, separators=(",", ":")
        ).encode()
    assert subject["ref"] == detail["ref"]
    assert subject["consentRecordHash"] == record_commitment(bytes.fromhex(detail["salt"]), record)


def test_signing_again_keeps_the_history(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    home, declaration = ("--home", studio.home), studio.declaration(tmp_path)
    first, second = tmp_path / "first.jpg", tmp_path / "keeper-second.jpg"
    assert clearance(*home, "sign", still, "--out", first, "-d", declaration, *COMPOSITE).code == 0
    first.rename(still)
    done = clearance(*home, "sign", still, "--out", second, "-d", declaration, *COMPOSITE)
    assert "history kept" in done.out
    assert read(second, None).manifests == 2


def test_a_camera_source_type_is_refused_where_a_replica_is_declared(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signed.jpg"
    declaration = studio.declaration(tmp_path)
    done = clearance(
        *("--home", studio.home, "sign", still, "--out", out, "-d", declaration, "--source-type", "digitalCapture")
    )
    assert done.code == 1
    assert "digitalCapture" in done.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "portrait", "code", "rule"),
    [("senator.jpg", media.OBAMA_STANDING, 1, "K10"), ("keeper-x.jpg", "strangers", 3, "K14")],
)
def test_a_blocked_or_held_file_is_not_signed_and_the_rule_is_named(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, name: str, portrait: str, code: int, rule: str
) -> None:
    path, out = tmp_path / name, tmp_path / "signed.jpg"
    (media.strangers() if portrait == "strangers" else media.retouched(portrait)).save(path, quality=92)
    done = clearance("--home", studio.home, "sign", path, "--out", out, "-d", studio.declaration(tmp_path), *COMPOSITE)
    assert done.code == code, done
    assert rule in done.err
    assert not out.exists()


def test_an_unknown_source_type_and_an_existing_destination_are_refused(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    base = ("--home", studio.home, "sign", still, "-d", studio.declaration(tmp_path))
    unknown = clearance(*base, "--out", tmp_path / "x.jpg", "--source-type", "madeUp")
    assert unknown.code == 2
    assert "trainedAlgorithmicMedia" in unknown.err
    for taken in (still, studio.papers / "keeper.jpg"):
        before = taken.read_bytes()
        assert clearance(*base, "--out", taken, *COMPOSITE).code == 2
        assert taken.read_bytes() == before
    nowhere = clearance(*base, *COMPOSITE)
    assert (nowhere.code, "name the signed copy" in nowhere.err) == (2, True)


def test_a_tampered_source_is_not_signed_over(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    home, declaration = ("--home", studio.home), studio.declaration(tmp_path)
    signed = tmp_path / "keeper-signed.jpg"
    assert clearance(*home, "sign", still, "--out", signed, "-d", declaration, *COMPOSITE).code == 0
    content = bytearray(signed.read_bytes())
    content[-len(content) // 4] ^= 1
    signed.write_bytes(content)
    done = clearance(*home, "sign", signed, "--out", tmp_path / "again.jpg", "-d", declaration, *COMPOSITE)
    assert done.code == 4
    assert not (tmp_path / "again.jpg").exists()


def test_a_covered_file_says_what_follows_from_declaration_and_grants(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signed.jpg"
    declaration = studio.declaration(tmp_path)
    plate = tmp_path / "plate.exr"
    plate.write_bytes(films.made("OpenEXR"))
    done = clearance(
        *("--home", studio.home, "sign", still, "--out", out, "-d", declaration, "--ingredient", plate, "--json")
    )
    assert done.code == 0, done
    printed = json.loads(done.out)
    assert (printed["schema"], printed["audited"], printed["sidecar"]) == ("clearance.signing/1", True, False)
    reading = read(out, load_trust(studio.home / "identity" / "root.pem"))
    assert reading.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert [action.name for action in reading.actions] == ["c2pa.created", "c2pa.placed"]
    assert reading.actions[0].agent == "FaceComposer 4.1"
    (ingredient,) = reading.ingredients
    assert (ingredient.relationship, ingredient.integrity.value) == ("componentOf", "absent")
    stated = {assertion.label: assertion for assertion in reading.assertions}
    assert all(assertion.created for assertion in reading.assertions)
    # The demo's grant is silent on machine learning, and silence permits nothing.
    training: Any = stated["cawg.training-mining"].data
    assert {entry["use"] for entry in training["entries"].values()} == {"notAllowed"}
    metadata: Any = stated["cawg.metadata"].data
    assert metadata["xmpDM:projectName"] == "NIGHT-HARBOUR"


def test_a_file_signed_without_an_audit_says_so_and_states_no_consent(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    # The senator's grant has expired: an audit would block this file.
    path, out = tmp_path / "senator-plate.mxf", tmp_path / "senator-plate.mxf.c2pa"
    path.write_bytes(films.made("MXF (MPEG-2)"))
    declaration = studio.declaration(tmp_path)
    base = ("--home", studio.home, "sign", path, "-d", declaration)
    assert clearance(*base, "--without-audit", "").code == 2
    assert not out.exists()
    done = clearance(*base, "--without-audit", "the registry was being moved")
    assert done.code == 0, done
    assert "without an audit" in done.out
    reading = read(path, load_trust(studio.home / "identity" / "root.pem"), sidecar=out.read_bytes())
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    assert reading.consent is None
    stated = {assertion.label: assertion.data for assertion in reading.assertions}
    assert stated["org.clearance.no-audit"] == {"schemaVersion": "1.0", "reason": "the registry was being moved"}
    training: Any = stated["cawg.training-mining"]
    assert {entry["use"] for entry in training["entries"].values()} == {"notAllowed"}
    root = studio.home / "identity" / "root.pem"
    verified = clearance("verify", path, "--trust", root)
    assert (verified.code, verified.out.split()[0]) == (0, "WARN")
    for shown in (verified.out, clearance("inspect", path, "--trust", root).out):
        assert "nobody judged the file before it was signed: the registry was being moved" in shown
    with registry_of(load(home=str(studio.home))) as registry:
        assert any(event.kind == "signed-without-audit" for event in registry.events())


def test_numbered_frames_are_audited_and_signed_as_one(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    frames = []
    for number in (1, 2, 3):
        frames.append(tmp_path / f"keeper-plate.{number:04}.png")
        media.retouched(media.COLLINS).resize((512, 512)).rotate(number / 4).save(frames[-1])
    before = [frame.read_bytes() for frame in frames]
    pattern = tmp_path / "keeper-plate.%04d.png"
    base = ("--home", studio.home, "sign", pattern, "-d", studio.declaration(tmp_path))
    assert clearance(*base, "--out", tmp_path / "x.c2pa").code == 2
    done = clearance(*base)
    assert done.code == 0, done
    assert [frame.read_bytes() for frame in frames] == before
    listed = tmp_path / "keeper-plate.####.png.sha256.json"
    manifest = (tmp_path / "keeper-plate.####.png.c2pa").read_bytes()
    assert check_list(listed.read_bytes(), frames) is None
    reading = read(listed, load_trust(studio.home / "identity" / "root.pem"), sidecar=manifest)
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    assert reading.consent is not None


def test_a_broken_ingredient_is_evidence_that_does_not_hold(
    clearance: Callable[..., Typed], studio: Studio, still: Path, tmp_path: Path
) -> None:
    home, declaration = ("--home", studio.home), studio.declaration(tmp_path)
    plate, out = tmp_path / "keeper-plate.jpg", tmp_path / "out.jpg"
    assert clearance(*home, "sign", still, "--out", plate, "-d", declaration, "--without-audit", "a plate").code == 0
    plate.write_bytes(plate.read_bytes() + b"\0")
    words = ("--ingredient", plate, "--without-audit", "a test")
    assert clearance(*home, "sign", still, "--out", out, "-d", declaration, *words).code == 4
    assert not out.exists()
