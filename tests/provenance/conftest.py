"""Real media, real identities and real signed files, made once per process: nothing here is a stand-in."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import av
import c2pa  # type: ignore[import-untyped]  # the package ships no types
import numpy as np
import pytest
from PIL import Image

from provenance.consent_assertion import AssetScan, Checkpoint, LikenessConsent, PolicyOutcome, Region, Subject
from provenance.engine import engine_settings
from provenance.identity import SigningIdentity, create_development_identity
from provenance.manifest import Agent
from provenance.sign import sign
from provenance.trust import TrustProfile, profile_from_pem

from .authorities import Authority, TimeStamper, make_authority, running_time_stamper


def missing(program: str) -> NoReturn:
    """Skip a test for want of a program; where everything is decided (CI) its absence is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{program} is not installed, and here every test has to run; see .ci/run")
    pytest.skip(f"{program} is not installed")


STILLS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}


def _still(kind: str) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def _movie(container: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as movie:
        track = movie.add_stream("h264", rate=25)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for shade in range(0, 200, 20):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), shade, np.uint8), format="rgb24")
            movie.mux(track.encode(frame))
        movie.mux(track.encode(None))
    return out.getvalue()


@pytest.fixture(scope="session")
def media() -> dict[str, bytes]:
    """An unsigned file of each format, by its suffix."""
    return {suffix: _still(kind) for suffix, kind in STILLS.items()} | {s: _movie(s) for s in ("mp4", "mov")}


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> SigningIdentity:
    return create_development_identity(tmp_path_factory.mktemp("identity") / "studio", now=now)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> SigningIdentity:
    return create_development_identity(tmp_path_factory.mktemp("identity") / "stranger", now=now)


def root_of(identity: SigningIdentity) -> bytes:
    assert identity.root_pem is not None
    return identity.root_pem


@pytest.fixture(scope="session")
def profile(identity: SigningIdentity) -> TrustProfile:
    return profile_from_pem("studio", root_of(identity))


@pytest.fixture(scope="session")
def consent() -> LikenessConsent:
    return LikenessConsent(
        asset_scan=AssetScan("yunet-2023mar", "ab" * 32, 240, "every-6th-frame", 3, 0, 1440),
        subjects=(
            Subject(
                ref="urn:uuid:6f1c3a52-30a8-4f0c-9d1e-0a4b5c6d7e8f",
                decision="granted",
                consent_record_hash="cd" * 32,
                scope=("digital-replica",),
                project="P-17",
                valid_from="2026-01-01T00:00:00Z",
                valid_until="2027-01-01T00:00:00Z",
                region=Region(1.0, 4.5),
                receipts=("R-7K2M9QXA",),
            ),
        ),
        policy=PolicyOutcome("core", "1.0.0", "ef" * 32, "pass"),
        decided_at="2026-11-22T08:00:00Z",
        registry_snapshot="01" * 32,
        checkpoint=Checkpoint("clearance.example.org/ledger", 1289, "23" * 32),
    )


@dataclass(frozen=True)
class Studio:
    """Somebody who signs files into a folder of their own."""

    folder: Path
    media: dict[str, bytes]
    identity: SigningIdentity
    profile: TrustProfile
    now: datetime

    def source(self, suffix: str = "jpg") -> Path:
        path = self.folder / f"source.{suffix}"
        path.write_bytes(self.media[suffix])
        return path

    def signed(self, suffix: str = "jpg", consent: LikenessConsent | None = None) -> Path:
        path = self.folder / f"signed.{suffix}"
        sign(
            self.source(suffix),
            path,
            identity=self.identity,
            trust=self.profile,
            source_type="trainedAlgorithmicMedia",
            now=self.now,
            agent=Agent("GenX", "2"),
            consent=consent,
        )
        return path


@pytest.fixture
def studio(
    tmp_path: Path, media: dict[str, bytes], identity: SigningIdentity, profile: TrustProfile, now: datetime
) -> Studio:
    return Studio(tmp_path, media, identity, profile, now)


@pytest.fixture(scope="session")
def signed_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    media: dict[str, bytes],
    identity: SigningIdentity,
    profile: TrustProfile,
    now: datetime,
    consent: LikenessConsent,
) -> Callable[[str], bytes]:
    """The bytes of one signed file per format, with consent; made on first use."""
    made: dict[str, bytes] = {}

    def of(suffix: str) -> bytes:
        if suffix not in made:
            folder = tmp_path_factory.mktemp(suffix)
            made[suffix] = Studio(folder, media, identity, profile, now).signed(suffix, consent).read_bytes()
        return made[suffix]

    return of


@pytest.fixture(scope="session")
def development_data() -> Path:
    """The folder of real signed files beside the checkout; tests that need it are skipped without it."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "assets" / "c2pa-dev"
        if found.is_dir():
            return found
    pytest.skip("development data not present")


@pytest.fixture(scope="session")
def authority() -> Authority:
    return make_authority("Odd Root")


Forge = Callable[..., bytes]


@pytest.fixture(scope="session")
def forge(media: dict[str, bytes], identity: SigningIdentity, profile: TrustProfile) -> Forge:
    """Make a signed JPEG the way any other tool might: what our own signing would refuse included."""

    def made(
        assertions: list[dict[str, Any]],
        *,
        by: SigningIdentity = identity,
        trust: TrustProfile | None = profile,
        parent: bytes | None = None,
        tsa: str | None = None,
        remote: str | None = None,
        embed: bool = True,
        update: bool = False,
        **definition: Any,
    ) -> bytes:
        settings = engine_settings(trust)
        settings["verify"] = {"verify_after_sign": False, "verify_trust": True}
        if tsa:
            del settings["core"]
        context = c2pa.Context.from_dict(settings)
        document = {"claim_generator_info": [{"name": "other"}], "assertions": assertions, **definition}
        builder = c2pa.Builder(document, context=context)
        source = media["jpg"] if parent is None else parent
        if update:
            builder.set_intent(c2pa.C2paBuilderIntent.UPDATE)
        elif parent is not None:
            builder.add_ingredient({"relationship": "parentOf", "label": "parent"}, "image/jpeg", io.BytesIO(parent))
        if remote:
            builder.set_remote_url(remote)
        if not embed:
            builder.set_no_embed()
        signer = c2pa.Signer.from_callback(by.sign, c2pa.C2paSigningAlg.ES256, by.chain_pem.decode(), tsa)
        out = io.BytesIO()
        builder.sign(signer, "image/jpeg", io.BytesIO(source), out)
        return out.getvalue()

    return made


IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def created(source_type: str | None = IPTC + "trainedAlgorithmicMedia", **more: Any) -> dict[str, Any]:
    action = {"action": "c2pa.created", **({"digitalSourceType": source_type} if source_type else {}), **more}
    return {"label": "c2pa.actions.v2", "created": True, "data": {"actions": [action]}}


def opened(*further: dict[str, Any]) -> dict[str, Any]:
    first = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    return {"label": "c2pa.actions.v2", "created": True, "data": {"actions": [first, *further]}}


@pytest.fixture(scope="session")
def actions_of() -> tuple[Callable[..., dict[str, Any]], Callable[..., dict[str, Any]]]:
    """The two ways a list of actions begins: created, opened."""
    return created, opened


@pytest.fixture(scope="session")
def time_stamper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStamper]:
    if shutil.which("openssl") is None:
        missing("the openssl program")
    with running_time_stamper(tmp_path_factory.mktemp("tsa")) as running:
        yield running
