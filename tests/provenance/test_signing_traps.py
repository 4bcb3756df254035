"""The engine's traps in signing, each shown on the engine itself where it can be, and that ours is not caught."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import c2pa  # type: ignore[import-untyped]  # the package ships no types
import pytest

from provenance import formats, verify
from provenance.engine import engine_settings
from provenance.errors import (
    DestinationUnusable,
    IdentityUnusable,
    InPlaceSigning,
    ManifestInvalid,
    SigningFailed,
)
from provenance.sidecar import content, sidecar_path
from provenance.sign import SigningReceipt, sign

from . import films
from .conftest import created

if TYPE_CHECKING:
    from provenance.identity import SigningIdentity
    from provenance.trust import TrustProfile

    from .conftest import Studio


def sign_it(studio: Studio, source: Path, destination: Path | None, **more: Any) -> SigningReceipt:
    return sign(
        source,
        destination,
        identity=more.pop("identity", studio.identity),
        trust=studio.profile,
        source_type=more.pop("source_type", "trainedAlgorithmicMedia"),
        now=studio.now,
        **more,
    )


def raw(
    data: bytes,
    media_type: str,
    identity: SigningIdentity,
    trust: TrustProfile,
    assertions: list[dict[str, Any]] | None = None,
    *,
    embed: bool = True,
) -> tuple[bytes, bytes]:
    """The engine alone: the manifest and what it wrote."""
    document = {"claim_generator_info": [{"name": "other"}], "assertions": assertions or [created()]}
    with c2pa.Context.from_dict(engine_settings(trust)) as context:
        builder = c2pa.Builder(document, context=context)
        if not embed:
            builder.set_no_embed()
        signer = c2pa.Signer.from_callback(identity.sign, c2pa.C2paSigningAlg.ES256, identity.chain_pem.decode())
        out = io.BytesIO()
        return builder.sign(signer, media_type, io.BytesIO(data), out), out.getvalue()


@pytest.mark.parametrize(("name", "kind"), [("MP3", "audio/mpeg"), ("FLAC", "audio/flac")])
def test_the_engines_own_sidecar_belongs_to_an_altered_file_and_ours_to_the_source(
    studio: Studio, name: str, kind: str
) -> None:
    _, written = raw(films.made(name), kind, studio.identity, studio.profile, embed=False)
    assert written != films.made(name)
    source = studio.folder / "sound"
    source.write_bytes(films.made(name))
    sign_it(studio, source, None, sidecar=True)
    reading = verify.read(source, studio.profile, sidecar=content(sidecar_path(source)))
    assert (source.read_bytes(), reading.integrity.value) == (films.made(name), "valid")


def test_a_manifest_read_without_its_file_does_not_hold(studio: Studio) -> None:
    source, alone = studio.source(), studio.folder / "elsewhere.c2pa"
    sign_it(studio, source, alone, sidecar=True)
    assert verify.read(alone, studio.profile).integrity.value != "valid"
    assert not verify.read(source, studio.profile).present


def test_a_source_type_of_no_list_passes_the_engine_and_not_us(studio: Studio) -> None:
    bogus = "http://cv.iptc.org/newscodes/digitalsourcetype/paintedByAngels"
    _, written = raw(studio.media["jpg"], "image/jpeg", studio.identity, studio.profile, [created(bogus)])
    path = studio.folder / "bogus.jpg"
    path.write_bytes(written)
    assert verify.read(path, studio.profile).integrity.value == "valid"
    with pytest.raises(ManifestInvalid, match="unknown"):
        sign_it(studio, studio.source(), studio.folder / "signed.jpg", source_type=bogus)


def test_the_engine_files_unmarked_assertions_as_gathered_and_ours_are_all_created(studio: Studio) -> None:
    unmarked = created()
    del unmarked["created"]
    _, written = raw(studio.media["jpg"], "image/jpeg", studio.identity, studio.profile, [unmarked])
    path = studio.folder / "gathered.jpg"
    path.write_bytes(written)
    assert not all(action.created for action in verify.read(path, studio.profile).actions)
    assert all(action.created for action in verify.read(studio.signed(), studio.profile).actions)


def test_a_destination_longer_than_the_result_keeps_no_trailing_bytes(studio: Studio) -> None:
    destination = studio.folder / "signed.jpg"
    destination.write_bytes(b"longer" * 100_000)
    sign_it(studio, studio.source(), destination, overwrite=True)
    assert destination.stat().st_size < 100_000
    assert verify.read(destination, studio.profile).integrity.value == "valid"


def test_the_key_is_not_touched_for_a_file_that_was_not_judged(studio: Studio) -> None:
    def untouched(_: bytes) -> bytes:
        raise AssertionError("the key was used")

    with pytest.raises(SigningFailed, match="judged"):
        sign_it(
            studio,
            studio.source(),
            studio.folder / "signed.jpg",
            identity=replace(studio.identity, sign=untouched),
            expected_sha256="00" * 32,
        )


def test_an_error_of_this_package_that_the_key_raises_reaches_the_caller_as_it_is(studio: Studio) -> None:
    def locked(_: bytes) -> bytes:
        raise IdentityUnusable("the token is locked; unlock it")

    with pytest.raises(IdentityUnusable, match="unlock"):
        sign_it(
            studio,
            studio.source(),
            studio.folder / "signed.jpg",
            identity=replace(studio.identity, sign=locked),
        )


def test_a_source_named_by_a_symbolic_link_is_signed_and_the_link_stays(studio: Studio) -> None:
    link = studio.folder / "link.jpg"
    link.symlink_to(studio.source())
    sign_it(studio, link, studio.folder / "signed.jpg")
    sign_it(studio, link, None, sidecar=True)
    assert link.is_symlink()
    assert link.read_bytes() == studio.media["jpg"]
    assert sidecar_path(link).is_file()


def test_a_sidecar_named_as_a_hard_link_of_the_source_never_replaces_it(studio: Studio) -> None:
    source = studio.source()
    taken = studio.folder / "taken.c2pa"
    taken.hardlink_to(source)
    with pytest.raises(InPlaceSigning):
        sign_it(studio, source, taken, sidecar=True, overwrite=True)
    assert source.read_bytes() == studio.media["jpg"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="the operating system has no folder of that kind")
def test_a_folder_in_which_nothing_can_be_written_is_refused(studio: Studio) -> None:
    for sidecar, name in ((False, "signed.jpg"), (True, "source.jpg.c2pa")):
        with pytest.raises(DestinationUnusable):
            sign_it(studio, studio.source(), Path("/proc") / name, sidecar=sidecar)
    assert {path.name for path in studio.folder.iterdir()} == {"source.jpg"}


_ON_A_FULL_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from provenance import identity, sign, trust
from provenance.errors import SigningError
folder, sidecar = Path(sys.argv[1]), sys.argv[2] == "sidecar"
me = identity.load_identity(folder / "identity")
profile = trust.load(folder / "identity" / "root.pem")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    sign.sign(folder / "source.mp4", None if sidecar else folder / "signed.mp4", identity=me, trust=profile,
              source_type="trainedAlgorithmicMedia", now=datetime.now(UTC), sidecar=sidecar)
    print("signed")
except SigningError as error:
    print(type(error).__name__)
"""


@pytest.fixture
def film(tmp_path: Path, studio: Studio) -> bytes:
    from provenance.identity import create_development_identity

    create_development_identity(tmp_path / "identity", now=studio.now)
    padding = os.urandom(1 << 20)
    whole = films.made("MP4 (H.264)") + (len(padding) + 8).to_bytes(4, "big") + b"free" + padding
    (tmp_path / "source.mp4").write_bytes(whole)
    return whole


def on_a_full_disk(folder: Path, how: str, limit: int) -> str:
    command = [sys.executable, "-W", "error", "-c", _ON_A_FULL_DISK, str(folder), how, str(limit)]
    root = str(Path(formats.__file__).parents[1])
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": root})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("how", "limit"), [("embedded", 300_000), ("embedded", 0), ("sidecar", 1_000), ("sidecar", 0)])
def test_a_full_disk_leaves_the_source_whole_and_nothing_half_made(
    tmp_path: Path, film: bytes, how: str, limit: int
) -> None:
    assert on_a_full_disk(tmp_path, how, limit) in {"SigningFailed", "DestinationUnusable"}
    assert (tmp_path / "source.mp4").read_bytes() == film
    assert {path.name for path in tmp_path.iterdir()} == {"identity", "source.mp4"}


def test_a_sidecar_needs_no_room_for_a_copy(tmp_path: Path, film: bytes) -> None:
    assert on_a_full_disk(tmp_path, "sidecar", len(film) // 4) == "signed"
    assert {path.name for path in tmp_path.iterdir()} == {"identity", "source.mp4", "source.mp4.c2pa"}


def test_a_sidecar_says_nothing_of_the_files_name_or_folder(studio: Studio) -> None:
    source = studio.folder / "Jane Doe" / "closeup.dpx"
    source.parent.mkdir()
    source.write_bytes(films.made("DPX"))
    sign_it(studio, source, None)
    manifest = content(sidecar_path(source))
    assert b"Jane" not in manifest
    assert b"closeup" not in manifest
    reading = verify.read(source, studio.profile, sidecar=manifest)
    assert "thumbnail" not in json.dumps([assertion.label for assertion in reading.assertions])
