"""The home: a folder with the settings file, the registry and its keys, and perhaps a development identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clearance import trusted
from clearance.errors import ConfigurationError, HomeExists
from clearance.folders import is_taken, made_whole
from clearance.key_material import holder_keys_of, key_source_of
from clearance.settings import TOML_NAME, require_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from clearance.settings import Settings
    from clearance.signing_identity import Ask
    from clearance.signing_settings import NoTimestamp
    from consent.archive import Manifest
    from consent.migration import Migrated
    from consent.registry import Registry
    from provenance.identity import SigningIdentity
    from provenance.trust import TrustProfile

IDENTITY_FOLDER: Final = "identity"
ROOT_CERTIFICATE: Final = "root.pem"

_TOML: Final = """\
# Settings of this home. A CLEARANCE_* variable or a flag overrules a line here; "clearance doctor" shows the result.
# device = "auto"               # auto, cpu, cuda or tensorrt; only auto falls back to the CPU
# model_pack = "opencv-zoo"     # "clearance models list" shows the packs that are installed
# second_pack = ""              # another pack whose scores are averaged with the first's; needs a calibration of both
# calibration = ""              # a file made by "clearance models calibrate"; else the one shipped with the pack
# search_mode = "registry"      # registry: all enrolled; declared: those the declaration names; detect: nobody
# sampling = "default"          # default, every-frame or preview (keyframes alone)
# commercial_purpose = true     # does the judged use earn money?
# policies = []                 # rule packs that judge every delivery beside CORE, BIO and PROV: US-CA, SAG-TV, ...
# approved_packs = []           # rule packs that counsel has approved, which may therefore block
# search_purpose = ""           # why faces are searched among all enrolled performers
# retention_policy = ""         # where your public policy for keeping and deleting templates stands
# impact_assessment = ""        # the reference of your data protection impact assessment
# operator = "unnamed"          # an id, never a name: who asked, in the record of changes
# key_provider = "file"         # for a new home: file, passphrase, pkcs11 or kms; later "clearance keys move"
# pkcs11_module = ""            # path of the token's library; pkcs11_token and pkcs11_key are the labels
# kms_key = ""                  # id, ARN or alias of a key in AWS KMS, and kms_region
# holder_keys = []              # files with private keys of performers who hold their own data key
# trust_profile = []            # whose signatures count: "clearance provenance trust list" shows the profiles
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
        Registry.create(
            building, url=settings.database_url.value or None, now=now, keys=key_source_of(settings)
        ).close()
        if development_identity:
            create_development_identity(building / IDENTITY_FOLDER, now=now)
        (building / TOML_NAME).write_text(_TOML, encoding="utf-8")
    return home


def registry_of(settings: Settings) -> Registry:
    """Return the home's registry, open; a context manager that closes it."""
    from consent.registry import Registry

    return Registry.open(
        require_home(settings),
        url=settings.database_url.value or None,
        keys=key_source_of(settings),
        holder_keys=holder_keys_of(settings),
    )


def restore(settings: Settings, file: Path, *, now: datetime) -> Manifest:
    """Return the manifest of the backup that was restored as a new home; the key file is not in it.

    A failure leaves nothing half-made. Raises HomeExists where there is a home, or any other content, already.
    """
    from consent.backup import restore_backup

    home = settings.home_path
    if is_taken(home):
        raise HomeExists(home)
    with made_whole(home, mode=0o700) as building:
        manifest = restore_backup(file, building, now=now, url=settings.database_url.value or None)
        (building / TOML_NAME).write_text(_TOML, encoding="utf-8")
    return manifest


def migrate(settings: Settings, *, backup: Path | None, now: datetime) -> Migrated:
    """Return what was done to bring the home's registry to the current schema; a copy of it is made first."""
    from consent.migration import migrate

    return migrate(require_home(settings), settings.database_url.value or None, backup=backup, now=now)


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


def trust_profile(settings: Settings) -> TrustProfile | None:
    """Return whose signatures count: the profile that is set, else the home's development root, else None."""
    from provenance.trust import load

    if settings.trust_profile.value:
        return trusted.chosen(settings.home_path, settings.trust_profile)
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
            f"{settings.home_path} has no signing identity and no trust profile is set; make a home with one "
            '("clearance --home DIR init --dev"), or name whom you trust (--trust)'
        )
    return profile
