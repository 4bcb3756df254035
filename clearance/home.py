"""The home: a folder with the settings file, the registry and its keys, and perhaps a development identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clearance.errors import ConfigurationError, HomeExists
from clearance.folders import is_taken, made_whole
from clearance.settings import TOML_NAME, require_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from clearance.settings import Settings
    from clearance.signing_identity import Ask
    from clearance.signing_settings import NoTimestamp
    from consent.registry import Registry
    from provenance.identity import SigningIdentity
    from provenance.trust import TrustProfile

IDENTITY_FOLDER: Final = "identity"
ROOT_CERTIFICATE: Final = "root.pem"

_TOML: Final = """\
# Settings of this home. A CLEARANCE_* variable or a flag overrules a line here; "clearance doctor" shows the result.
# device = "auto"               # auto, cpu, cuda or tensorrt; only auto falls back to the CPU
# model_pack = "opencv-zoo"     # "clearance models list" shows the packs that are installed
# calibration = ""              # a file made by "clearance models calibrate"; else the one shipped with the pack
# search_mode = "registry"      # registry: all enrolled; declared: those the declaration names; detect: nobody
# sampling = "default"          # default, every-frame or preview (keyframes alone)
# commercial_purpose = true     # does the judged use earn money?
# approved_packs = []           # rule packs that counsel has approved, which may therefore block
# [signing]                     # a key elsewhere, time-stamps, an organisation's identity: README.md, "Signing keys"
"""


def create(settings: Settings, *, development_identity: bool, now: datetime) -> Path:
    """Return the new home: settings, registry and keys, and a development signing identity where asked for.

    A failure leaves nothing half-made. Raises HomeExists where there is a home, or any other content, already.
    """
    from consent.registry import Registry
    from provenance.identity import create_development_identity

    home = settings.home_path
    if is_taken(home):
        raise HomeExists(home)
    with made_whole(home, mode=0o700) as building:
        Registry.create(building, url=settings.database_url.value or None, now=now).close()
        if development_identity:
            create_development_identity(building / IDENTITY_FOLDER, now=now)
        (building / TOML_NAME).write_text(_TOML, encoding="utf-8")
    return home


def registry_of(settings: Settings) -> Registry:
    """Return the home's registry, open; a context manager that closes it."""
    from consent.registry import Registry

    return Registry.open(require_home(settings), url=settings.database_url.value or None)


def identity_of(
    settings: Settings,
    *,
    ask: Ask | None = None,
    time_stampers: Sequence[str] = (),
    no_timestamp: NoTimestamp | None = None,
) -> SigningIdentity:
    """Return the signing identity of the settings, by default the home's own.

    ask: for a passphrase or PIN, given what it opens in words. time_stampers, no_timestamp: what the command line
    says in place of the settings. What is missing or unusable is named by the error.
    """
    from clearance.signing_identity import configured_identity

    folder = require_home(settings) / IDENTITY_FOLDER
    return configured_identity(settings, folder, ask=ask, time_stampers=time_stampers, no_timestamp=no_timestamp)


def trust_profile(settings: Settings, *, file: Path | None = None) -> TrustProfile | None:
    """Return whose signatures count: the roots in file, else the signing identity's root, else None."""
    from provenance.trust import load

    if file is not None:
        return load(file)
    from clearance.signing_settings import signing_of

    signer = signing_of(settings).signer
    if signer is not None and signer.root is not None:
        return load(settings.home_path / signer.root)
    root = settings.home_path / IDENTITY_FOLDER / ROOT_CERTIFICATE
    return load(root) if root.is_file() else None


def require_trust(settings: Settings) -> TrustProfile:
    """Return the trust profile of the home; raises ConfigurationError where it has none."""
    profile = trust_profile(settings)
    if profile is None:
        raise ConfigurationError(
            f'{settings.home_path} has no signing identity; make a home with one: "clearance --home DIR init --dev"'
        )
    return profile
