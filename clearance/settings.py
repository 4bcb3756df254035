"""Where things live and how to judge: flags over CLEARANCE_* variables over clearance.toml in the home over defaults.

Every value remembers where it came from, so that `doctor` can show it. Nothing here opens a database or a model.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from clearance.errors import HomeMissing, SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

TOML_NAME: Final = "clearance.toml"
SIGNING_TABLE: Final = "signing"
"""A table that `clearance.signing_settings` reads: nested, and of no use on the command line."""
_DEVICES: Final = ("auto", "cpu", "cuda", "tensorrt")
_SEARCH_MODES: Final = ("registry", "declared", "detect")
# The names that `consent.key_source` knows; nothing here loads that room.
_KEY_PROVIDERS: Final = ("file", "passphrase", "pkcs11", "kms")
_SAMPLINGS: Final = ("default", "every-frame", "preview")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it came from, in words."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    home: folder of registry, keys and identity. cache: folder of built model packs. database_url: SQLAlchemy
    address, "" for the SQLite file in the home. device: auto | cpu | cuda | tensorrt
    (only auto falls back to the CPU).
    model_pack: name of the installed model pack to use. second_pack: name of another, whose recogniser is used
    beside the first's, "" for none.
    calibration: path of a calibration file, "" for the one shipped with the default pack.
    search_mode: registry (faces are searched among all enrolled performers), declared (only among those the
    declaration names) or detect (faces are found and compared with nobody). sampling: default | every-frame |
    preview (keyframes alone): which frames of a film are searched.
    commercial_purpose: true | false, whether the judged use earns money (rule B13).
    approved_packs: comma-separated ids of packs that counsel has approved, which may therefore block.
    operator: an id (never a name) of who runs this, for the record of changes. key_provider: file | passphrase |
    pkcs11 | kms, where a new registry's root key lies; pkcs11_* and kms_*: what those two need. holder_keys:
    comma-separated files with private keys of performers who hold their own.
    trust_profile: whose signatures count: profiles of the home by name, or paths, with commas between; "" for the
    home's development root, if any.
    policies: comma-separated ids of packs that judge every delivery beside CORE, BIO and PROV.
    search_purpose: why faces are searched among all enrolled performers (rule B11). retention_policy: where the
    public policy for keeping and deleting templates stands (rule B2). impact_assessment: the reference of the data
    protection impact assessment (rule B9).
    """

    home: Setting
    cache: Setting
    database_url: Setting
    device: Setting
    model_pack: Setting
    second_pack: Setting
    calibration: Setting
    search_mode: Setting
    sampling: Setting
    commercial_purpose: Setting
    approved_packs: Setting
    operator: Setting
    key_provider: Setting
    pkcs11_module: Setting
    pkcs11_token: Setting
    pkcs11_key: Setting
    kms_key: Setting
    kms_region: Setting
    holder_keys: Setting
    trust_profile: Setting
    policies: Setting
    search_purpose: Setting
    retention_policy: Setting
    impact_assessment: Setting

    @property
    def home_path(self) -> Path:
        return Path(self.home.value)

    @property
    def cache_path(self) -> Path:
        return Path(self.cache.value)

    @property
    def packs_in_use(self) -> tuple[str, ...]:
        """The names of the model packs that make a template: one, or two."""
        return tuple(filter(None, (self.model_pack.value, self.second_pack.value)))

    @property
    def approved(self) -> frozenset[str]:
        return frozenset(filter(None, (p.strip() for p in self.approved_packs.value.split(","))))

    @property
    def packs(self) -> tuple[str, ...]:
        """The packs that judge every delivery beside CORE, BIO and PROV."""
        return tuple(filter(None, (p.strip().upper() for p in self.policies.value.split(","))))

    def items(self) -> tuple[tuple[str, Setting], ...]:
        """Return every setting by name, in the order of the class."""
        return tuple((field.name, getattr(self, field.name)) for field in fields(self))


_DEFAULTS: Final = {
    "database_url": "",
    "device": "auto",
    "model_pack": "opencv-zoo",
    "second_pack": "",
    "calibration": "",
    "search_mode": "registry",
    "sampling": "default",
    "commercial_purpose": "true",
    "approved_packs": "",
    "operator": "unnamed",
    "key_provider": "file",
    "pkcs11_module": "",
    "pkcs11_token": "",
    "pkcs11_key": "clearance",
    "kms_key": "",
    "kms_region": "",
    "holder_keys": "",
    "trust_profile": "",
    "policies": "",
    "search_purpose": "",
    "retention_policy": "",
    "impact_assessment": "",
}
_PERMITTED: Final = {
    "device": _DEVICES,
    "search_mode": _SEARCH_MODES,
    "sampling": _SAMPLINGS,
    "commercial_purpose": ("true", "false"),
    "key_provider": _KEY_PROVIDERS,
}


def load(
    *, home: str | None, flags: Mapping[str, str | None] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Return the settings that hold for this run.

    home, and flags by setting: what the command line said, None where it said nothing.
    Raises SettingsInvalid naming the file or variable, the key and what is permitted.
    """
    home_setting = _home(home, environment)
    written = _read_toml(Path(home_setting.value) / TOML_NAME)
    values = {"cache": _default_cache()}
    values |= {key: Setting(value, "default") for key, value in _DEFAULTS.items()}
    values |= written
    for key in values:
        variable = f"CLEARANCE_{key.upper()}"
        if environment.get(variable):
            values[key] = Setting(environment[variable], variable)
    values |= {key: Setting(value, "the command line") for key, value in (flags or {}).items() if value is not None}
    for key, permitted in _PERMITTED.items():
        if values[key].value not in permitted:
            raise SettingsInvalid(
                f'{values[key].source}: {key} is "{values[key].value}"; write one of {", ".join(permitted)}'
            )
    if values["second_pack"].value == values["model_pack"].value:
        raise SettingsInvalid(
            f'{values["second_pack"].source}: second_pack is "{values["second_pack"].value}", as is model_pack; name '
            "another pack, or leave it empty"
        )
    return Settings(home=home_setting, **values)


def is_home(settings: Settings) -> bool:
    """Return whether `clearance init` has made a home there."""
    return (settings.home_path / TOML_NAME).is_file()


def require_home(settings: Settings) -> Path:
    """Return the home's folder; raises HomeMissing where `clearance init` has not made one."""
    if not is_home(settings):
        raise HomeMissing(settings.home_path)
    return settings.home_path


def _home(home: str | None, environment: Mapping[str, str]) -> Setting:
    if home and home != environment.get("CLEARANCE_HOME"):
        return Setting(str(Path(home).absolute()), "--home")
    if environment.get("CLEARANCE_HOME"):
        return Setting(str(Path(environment["CLEARANCE_HOME"]).absolute()), "CLEARANCE_HOME")
    return Setting(platformdirs.user_data_dir("clearance", appauthor=False), "default")


def _default_cache() -> Setting:
    return Setting(platformdirs.user_cache_dir("clearance", appauthor=False), "default")


def _read_toml(path: Path) -> dict[str, Setting]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(
            f"{path} is not valid TOML ({error}); mend it, or remove it to use the defaults"
        ) from error
    permitted = {"cache", *_DEFAULTS}
    found: dict[str, Setting] = {}
    for key, value in document.items():
        if key == SIGNING_TABLE:
            continue
        if key not in permitted:
            raise SettingsInvalid(f'{path}: unknown setting "{key}"; permitted are {", ".join(sorted(permitted))}')
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ",".join(value)
        if not isinstance(value, str):
            raise SettingsInvalid(f'{path}: {key} must be text; write {key} = "..."')
        found[key] = Setting(value, str(path))
    return found
