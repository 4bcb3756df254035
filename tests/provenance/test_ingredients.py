"""What went into a file: named, bound by digest, with its own history, and refused where that is broken."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from provenance import verify
from provenance.errors import IngredientUnusable, ManifestInvalid, SigningFailed, SourceMissing
from provenance.manifest import Edit
from provenance.sidecar import sidecar_path
from provenance.sign import SigningReceipt, sign

from . import films

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.identity import SigningIdentity

    from .conftest import Studio


def made_of(studio: Studio, *components: Path, **more: Any) -> SigningReceipt:
    return sign(
        studio.source("mp4"),
        studio.folder / "out.mp4",
        identity=more.pop("identity", studio.identity),
        trust=studio.profile,
        source_type="compositeWithTrainedAlgorithmicMedia",
        now=studio.now,
        components=components,
        **more,
    )


def test_every_ingredient_is_placed_by_an_action_that_names_it(studio: Studio) -> None:
    plate, signed = studio.folder / "Jane Doe plate.exr", studio.signed("jpg")
    plate.write_bytes(films.made("OpenEXR"))
    made_of(studio, plate, signed)
    reading = verify.read(studio.folder / "out.mp4", studio.profile)
    assert [action.name for action in reading.actions] == ["c2pa.created", "c2pa.placed", "c2pa.placed"]
    assert [(i.relationship, i.integrity.value, i.trust.value) for i in reading.ingredients] == [
        ("componentOf", "absent", "absent"),
        ("componentOf", "valid", "trusted"),
    ]
    assert reading.manifests == 2
    assert all(assertion.created for assertion in reading.assertions)
    content = (studio.folder / "out.mp4").read_bytes()
    assert b"Jane" not in content
    # RFC 6920: whoever has the plate can tell that it was this one.
    digest = base64.urlsafe_b64encode(hashlib.sha256(plate.read_bytes()).digest()).decode().rstrip("=")
    assert f"ni:///sha-256;{digest}" in json.dumps([assertion.data for assertion in reading.assertions])


def test_an_ingredient_brings_the_manifest_that_is_kept_beside_it(studio: Studio) -> None:
    plate = studio.folder / "plate.mxf"
    plate.write_bytes(films.made("MXF (MPEG-2)"))
    options: dict[str, Any] = {"identity": studio.identity, "trust": studio.profile, "now": studio.now}
    first = sign(plate, None, source_type="digitalCapture", **options)
    made_of(studio, plate)
    (ingredient,) = verify.read(studio.folder / "out.mp4", studio.profile).ingredients
    assert (ingredient.manifest_label, ingredient.integrity.value) == (first.manifest_label, "valid")
    sidecar_path(plate).write_bytes(sidecar_path(plate).read_bytes()[:-40])
    with pytest.raises(IngredientUnusable, match=r"plate\.mxf\.c2pa"):
        made_of(studio, plate, overwrite=True)


def test_a_parent_and_an_ingredient_with_one_history_are_both_kept(studio: Studio) -> None:
    signed = studio.signed("mp4")
    copy = studio.folder / "copy.mp4"
    copy.write_bytes(signed.read_bytes())
    out = studio.folder / "second.mp4"
    sign(
        signed,
        out,
        identity=studio.identity,
        trust=studio.profile,
        source_type="compositeWithTrainedAlgorithmicMedia",
        now=studio.now,
        components=(copy,),
    )
    reading = verify.read(out, studio.profile)
    assert [i.relationship for i in reading.ingredients] == ["parentOf", "componentOf"]
    assert (reading.manifests, reading.chain_intact) == (2, True)


def test_a_broken_missing_or_circular_ingredient_is_refused(studio: Studio) -> None:
    signed = studio.signed("jpg")
    signed.write_bytes(signed.read_bytes() + b"\0")
    with pytest.raises(IngredientUnusable, match="broken manifest"):
        made_of(studio, signed)
    with pytest.raises(IngredientUnusable, match="source itself"):
        made_of(studio, studio.source("mp4"))
    with pytest.raises(SourceMissing):
        made_of(studio, studio.folder / "none.mov")
    assert not (studio.folder / "out.mp4").exists()


def test_an_ingredient_that_changes_while_it_is_used_is_refused(studio: Studio) -> None:
    plate = studio.folder / "plate.exr"
    plate.write_bytes(films.made("OpenEXR"))

    def meddling(data: bytes) -> bytes:
        plate.write_bytes(b"another plate")
        return studio.identity.sign(data)

    meddler: SigningIdentity = replace(studio.identity, sign=meddling)
    with pytest.raises(SigningFailed, match="changed while"):
        made_of(studio, plate, identity=meddler)
    assert not (studio.folder / "out.mp4").exists()


def test_a_placing_without_its_ingredient_cannot_be_stated(studio: Studio) -> None:
    with pytest.raises(ManifestInvalid, match=r"c2pa\.placed"):
        made_of(studio, edits=(Edit("c2pa.placed"),))


@pytest.mark.parametrize("complete", [True, False])
def test_actions_are_called_complete_only_if_asked_for(studio: Studio, complete: bool) -> None:
    made_of(studio, all_actions_included=complete)
    said = verify.read(studio.folder / "out.mp4", studio.profile).all_actions_included
    assert said is (True if complete else None)
