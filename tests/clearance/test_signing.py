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
from provenance.trust import load as load_trust
from provenance.verify import read

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
