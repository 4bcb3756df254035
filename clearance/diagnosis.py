"""What works here and what does not, check by check, each with what to do next: what `clearance doctor` shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, Literal, cast

from clearance.exit_codes import exit_code_of
from clearance.home import IDENTITY_FOLDER, identity_of, registry_of, trust_profile
from clearance.likeness import calibration_in_use, face_model
from clearance.packs import packs_named
from clearance.settings import is_home
from clearance.signing_settings import signing_of
from detectors.errors import CalibrationUnusable, ModelMismatch
from detectors.runtime import device_in_words, provider_report
from provenance.identity import content_of, subject_of
from provenance.pki import lint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clearance.settings import Settings
    from detectors.pack import ModelPack
    from detectors.runtime import Device

State = Literal["ok", "note", "wrong"]
_OPENCV_BUILDS: Final = ("opencv-python", "opencv-python-headless")
_NO_DEVICE: Final = ("an NVIDIA device that answers",)
_RENEWAL: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its state and a sentence."""

    name: str
    state: State
    detail: str


def diagnose(settings: Settings, *, now: datetime) -> tuple[Check, ...]:
    """Return every check, in the order in which a user would mend things."""
    parts: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("home", lambda: _home(settings)),
        ("registry", lambda: _registry(settings)),
        ("ONNX Runtime", _runtime),
        ("OpenCV", _opencv),
        ("GPU", lambda: _gpu(settings)),
        ("face model", lambda: _model(settings)),
        ("signing identity", lambda: _identity(settings, now)),
        ("trust", lambda: _trust(settings, now)),
        ("rule packs", lambda: _packs(settings)),
    )
    return tuple(_checked(name, look) for name, look in parts)


def _checked(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:
        # A known error is a finding about this machine; anything else is a defect and must surface as one.
        if exit_code_of(error) is None:
            raise
        return Check(name, "wrong", str(error))


def _home(settings: Settings) -> Check:
    if is_home(settings):
        return Check("home", "ok", settings.home.value)
    return Check("home", "note", f'none at {settings.home.value}; make one with "clearance init"')


def _registry(settings: Settings) -> Check:
    if not is_home(settings):
        return Check("registry", "note", "comes with the home")
    with registry_of(settings) as registry:
        performers, grants = len(registry.performers()), len(registry.grants())
        storage = registry.upkeep.storage()
    return Check(
        "registry",
        "ok",
        f"opens with its key; {performers} performers, {grants} grants; {storage.kind}, schema {storage.schema}, "
        f"{storage.size_bytes / 2**20:.1f} MB",
    )


def _runtime() -> Check:
    report = provider_report()
    if report.conflict:
        return Check("ONNX Runtime", "wrong", report.conflict)
    return Check("ONNX Runtime", "ok", f"{', '.join(report.distributions)}; offers {', '.join(report.offered)}")


def _gpu(settings: Settings) -> Check:
    report = provider_report()
    # A machine without a GPU is in order; one whose settings ask for it is not.
    lacking = report.missing_for_cuda if report.cuda_device else (*_NO_DEVICE, *report.missing_for_cuda)
    asked = settings.device.value
    if asked == "tensorrt":
        lacking += report.missing_for_tensorrt
    if lacking:
        state: State = "wrong" if asked in ("cuda", "tensorrt") else "note" if report.cuda_device else "ok"
        return Check("GPU", state, f"not used; missing: {'; '.join(lacking)}")
    beyond = f"; missing for TensorRT: {'; '.join(report.missing_for_tensorrt)}" if report.missing_for_tensorrt else ""
    return Check("GPU", "ok", f"an NVIDIA device answers and CUDA's libraries are found{beyond}")


def _opencv() -> Check:
    builds = [name for name in _OPENCV_BUILDS if _is_installed(name)]
    if len(builds) > 1:
        return Check(
            "OpenCV",
            "wrong",
            f"{' and '.join(builds)} are both installed and share one folder; uninstall both and install "
            "opencv-python-headless",
        )
    return Check("OpenCV", "ok", f"{builds[0]} {version(builds[0])}" if builds else "a build of another name")


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def _model(settings: Settings) -> Check:
    model = face_model(settings)
    pack = model.pack
    device = device_in_words(cast("Device", settings.device.value), model.providers, provider_report())
    detail = f"{pack.name} {pack.version} on {device}; {_terms(pack)}"
    for part in pack.parts:
        detail += f"; {part.name} {part.version}: {_terms(part)}, SHA-256 {part.sha256}"
    try:
        calibration_in_use(settings, pack, 0)
    except (CalibrationUnusable, ModelMismatch) as error:
        return Check("face model", "wrong", f"{detail}; {error}")
    return Check("face model", "ok", detail)


def _terms(pack: ModelPack) -> str:
    uses = {True: "commercial use allowed", False: "no commercial use", None: "commercial use not stated"}
    held = f" (held: {pack.licence_held})" if pack.licence_held else ""
    return f"licence {pack.licence}{held}, {uses[pack.commercial_use]}"


def _identity(settings: Settings, now: datetime) -> Check:
    signer = signing_of(settings).signer
    if signer is not None:
        # Its key may be a token's or ask for a passphrase: it is tried when something is signed.
        chain_pem = content_of(settings.home_path / signer.chain)
        return _judged(f"{subject_of(chain_pem)}, key kept elsewhere", chain_pem, now)
    if not (settings.home_path / IDENTITY_FOLDER).is_dir():
        return Check("signing identity", "note", 'none, so nothing can be signed; "clearance init --dev" makes one')
    identity = identity_of(settings)
    return _judged(identity.name, identity.chain_pem, now)


def _judged(name: str, chain_pem: bytes, now: datetime) -> Check:
    faults = lint(chain_pem, now=now)
    if faults:
        return Check("signing identity", "wrong", "; ".join(faults))
    soon = lint(chain_pem, now=now + _RENEWAL)
    if soon:
        return Check("signing identity", "note", f"{name}: within {_RENEWAL.days} days {'; '.join(soon)}")
    return Check("signing identity", "ok", name)


def _trust(settings: Settings, now: datetime) -> Check:
    profile = trust_profile(settings)
    if profile is None:
        return Check("trust", "note", "no roots in the home; name some with verify --trust FILE")
    stale = "; ".join(f"{one.uri} is stale: {why}" for one, why in profile.stale(now))
    if stale:
        return Check("trust", "wrong", f'{stale}; see "clearance provenance trust check"')
    return Check("trust", "ok", f"{profile.name}: {len(profile.certificates('claim'))} roots for claim signers")


def _packs(settings: Settings) -> Check:
    packs = packs_named((), home=settings.home_path)
    return Check("rule packs", "ok", ", ".join(f"{p.id} {p.version} ({len(p.rules)} rules)" for p in packs))
