"""Signing: what is stated, what is kept, and that nothing is ever lost or half-written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from provenance import verify
from provenance.errors import (
    IdentityUnusable,
    ManifestInvalid,
    ParentUnusable,
    SigningFailed,
    SourceMissing,
    UnsupportedFormat,
)
from provenance.labels import CONSENT
from provenance.manifest import Agent, Edit, ExtraAssertion
from provenance.sign import SigningReceipt, sign

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance.consent_assertion import LikenessConsent
    from provenance.identity import SigningIdentity

    from .conftest import Studio

FORMATS = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "tif": "image/tiff",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}


def sign_it(
    studio: Studio,
    source: Path,
    destination: Path,
    *,
    identity: SigningIdentity | None = None,
    source_type: str = "trainedAlgorithmicMedia",
    consent: LikenessConsent | None = None,
    edits: Sequence[Edit] = (),
    extra: Sequence[ExtraAssertion] = (),
    expected_sha256: str | None = None,
    overwrite: bool = False,
) -> SigningReceipt:
    return sign(
        source,
        destination,
        identity=identity or studio.identity,
        trust=studio.profile,
        source_type=source_type,
        now=studio.now,
        agent=Agent("GenX", "2"),
        consent=consent,
        edits=edits,
        extra=extra,
        expected_sha256=expected_sha256,
        overwrite=overwrite,
    )


def left_behind(studio: Studio) -> set[str]:
    return {path.name for path in studio.folder.iterdir()} - {"source.jpg", "signed.jpg"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_is_signed_and_read_back_as_trusted(studio: Studio, suffix: str, consent: LikenessConsent) -> None:
    source, destination = studio.source(suffix), studio.folder / f"out.{suffix}"
    receipt = sign_it(studio, source, destination, consent=consent)
    reading = verify.read(destination, studio.profile)
    assert receipt.media_type == FORMATS[suffix]
    assert receipt.source_sha256 == hashlib.sha256(studio.media[suffix]).hexdigest()
    assert receipt.signed_sha256 == hashlib.sha256(destination.read_bytes()).hexdigest()
    assert source.read_bytes() == studio.media[suffix]
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    assert reading.manifest_label == receipt.manifest_label
    assert not receipt.parent_kept
    assert reading.consent is not None
    assert reading.consent.created


def test_everything_is_stated_by_the_signer_and_nothing_gathered(studio: Studio, consent: LikenessConsent) -> None:
    destination = studio.folder / "out.jpg"
    edits = (Edit("c2pa.color_adjustments", Agent("Grade", "5"), studio.now), Edit("org.example.regraded"))
    training = ExtraAssertion(
        "cawg.training-mining", {"entries": {"cawg.ai_generative_training": {"use": "notAllowed"}}}
    )
    sign_it(studio, studio.source(), destination, consent=consent, edits=edits, extra=(training,))
    reading = verify.read(destination, studio.profile)
    assert all(assertion.created for assertion in reading.assertions)
    assert all(action.created for action in reading.actions)
    names = [action.name for action in reading.actions]
    assert names == ["c2pa.created", "c2pa.color_adjustments", "org.example.regraded"]
    assert reading.actions[0].agent == "GenX 2"
    assert reading.actions[1].when == studio.now.astimezone(UTC).replace(microsecond=0)
    assert "cawg.training-mining" in {assertion.label for assertion in reading.assertions}


def test_re_signing_keeps_the_history_and_says_so(studio: Studio, consent: LikenessConsent) -> None:
    first, second = studio.signed(consent=consent), studio.folder / "second.jpg"
    receipt = sign_it(studio, first, second, source_type="compositeWithTrainedAlgorithmicMedia")
    reading = verify.read(second, studio.profile)
    assert receipt.parent_kept
    assert reading.manifests == 2
    assert reading.actions[0].name == "c2pa.opened"
    assert reading.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert reading.declared_source_types == (
        "compositeWithTrainedAlgorithmicMedia",
        "trainedAlgorithmicMedia",
    )
    (parent,) = reading.ingredients
    assert (parent.relationship, parent.integrity.value, parent.trust.value) == (
        "parentOf",
        "valid",
        "trusted",
    )
    assert reading.consent is None
    assert CONSENT in {assertion.label for assertion in reading.inherited_assertions}
    assert reading.chain_intact


def test_a_tampered_parent_is_never_signed_over(studio: Studio) -> None:
    parent = studio.signed()
    parent.write_bytes(parent.read_bytes() + b"more")
    with pytest.raises(ParentUnusable, match="broken manifest"):
        sign_it(studio, parent, studio.folder / "child.jpg")
    assert not (studio.folder / "child.jpg").exists()


def test_a_failing_key_leaves_the_destination_as_it_was_and_names_the_failure(studio: Studio) -> None:
    def broken(_: bytes) -> bytes:
        raise ConnectionError("the key is unreachable")

    destination = studio.folder / "signed.jpg"
    destination.write_bytes(b"before")
    with pytest.raises(SigningFailed, match="ConnectionError") as caught:
        sign_it(
            studio,
            studio.source(),
            destination,
            identity=replace(studio.identity, sign=broken),
            overwrite=True,
        )
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert destination.read_bytes() == b"before"
    assert left_behind(studio) == set()


def test_a_wrong_signature_is_never_published(studio: Studio, stranger: SigningIdentity) -> None:
    forged = replace(studio.identity, sign=stranger.sign)
    with pytest.raises(SigningFailed):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", identity=forged)
    assert not (studio.folder / "signed.jpg").exists()
    assert left_behind(studio) == set()


def test_a_source_that_cannot_be_parsed_leaves_nothing_behind(studio: Studio) -> None:
    source = studio.source()
    source.write_bytes(studio.media["jpg"][:20] + b"\0" * 40)
    with pytest.raises((SigningFailed, ParentUnusable)):
        sign_it(studio, source, studio.folder / "signed.jpg")
    assert left_behind(studio) == set()


def test_a_source_that_changes_while_it_is_signed_is_refused(studio: Studio) -> None:
    source = studio.source()

    def meddling(data: bytes) -> bytes:
        with source.open("ab") as stream:
            stream.write(b"late frame")
        return studio.identity.sign(data)

    with pytest.raises(SigningFailed, match="changed while"):
        sign_it(studio, source, studio.folder / "signed.jpg", identity=replace(studio.identity, sign=meddling))
    assert not (studio.folder / "signed.jpg").exists()


def test_another_file_under_the_name_of_the_judged_one_is_not_signed(studio: Studio) -> None:
    source = studio.source()
    with pytest.raises(SigningFailed, match="not the file that was judged"):
        sign_it(studio, source, studio.folder / "signed.jpg", expected_sha256="0" * 64)
    assert not (studio.folder / "signed.jpg").exists()
    judged = hashlib.sha256(source.read_bytes()).hexdigest()
    assert sign_it(studio, source, studio.folder / "signed.jpg", expected_sha256=judged).source_sha256 == judged


@pytest.mark.parametrize(
    "source_type",
    ["madeUpMedia", "", "softwareImage", "http://c2pa.org/digitalsourcetype/empty", "https://example.org/x"],
)
def test_a_source_type_outside_the_current_list_is_refused(studio: Studio, source_type: str) -> None:
    with pytest.raises(ManifestInvalid, match="source type"):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", source_type=source_type)


@pytest.mark.parametrize("name", ["c2pa.created", "c2pa.opened", "c2pa.redacted", "edited", "c2pa.Edited!", ""])
def test_an_action_that_would_break_the_order_or_the_form_is_refused(studio: Studio, name: str) -> None:
    with pytest.raises(ManifestInvalid, match="action"):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", edits=(Edit(name),))


def test_an_extra_assertion_with_a_face_vector_is_refused(studio: Studio) -> None:
    extra = ExtraAssertion("org.example.notes", {"v": [0.25, -0.5] * 64})
    with pytest.raises(ManifestInvalid, match="face vector"):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", extra=(extra,))


def test_consent_cannot_be_smuggled_in_as_an_untyped_assertion(studio: Studio) -> None:
    with pytest.raises(ManifestInvalid, match="typed value"):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", extra=(ExtraAssertion(CONSENT, {}),))


def test_a_manifest_above_the_engines_limit_is_refused_in_words(studio: Studio) -> None:
    extra = ExtraAssertion("org.example.notes", {f"k{i}": "word " * 70 for i in range(3000)})
    with pytest.raises(ManifestInvalid, match="bytes"):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", extra=(extra,))
    assert left_behind(studio) == set()


def test_an_expired_certificate_is_refused_before_anything_is_written(studio: Studio) -> None:
    later = replace(studio, now=studio.now + timedelta(days=400))
    with pytest.raises(IdentityUnusable, match="expired"):
        sign_it(later, studio.source(), studio.folder / "signed.jpg")


def test_a_missing_source_and_an_unsignable_one_are_named(studio: Studio) -> None:
    with pytest.raises(SourceMissing):
        sign_it(studio, studio.folder / "none.jpg", studio.folder / "signed.jpg")
    text = studio.folder / "notes.jpg"
    text.write_text("not a picture at all")
    with pytest.raises(UnsupportedFormat):
        sign_it(studio, text, studio.folder / "signed.jpg")


def test_neither_a_thumbnail_nor_the_file_name_gets_into_the_manifest(studio: Studio) -> None:
    source = studio.folder / "Jane Doe closeup.jpg"
    source.write_bytes(studio.media["jpg"])
    first, second = studio.folder / "first.jpg", studio.folder / "second.jpg"
    sign_it(studio, source, first)
    sign_it(studio, first, second)
    reading = verify.read(second, studio.profile)
    every = [*reading.assertions, *reading.inherited_assertions]
    assert not [assertion.label for assertion in every if "thumbnail" in assertion.label]
    assert "Jane" not in json.dumps([assertion.data for assertion in every])
    assert b"Jane" not in second.read_bytes()
