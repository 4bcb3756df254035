"""Who signs, by the table [signing] of clearance.toml: where the key is, who vouches for the time, in whose name.

Without the table the home's own identity signs. File names are relative to the home. No secret stands in the table:
passphrases and PINs lie in files that only their owner may read, or are asked for.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clearance.errors import SettingsInvalid
from clearance.settings import SIGNING_TABLE, TOML_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clearance.settings import Settings

Url = Annotated[str, Field(pattern=r"^https?://[^\s/@]+(/\S*)?$", max_length=500)]
NoTimestamp = Literal["fail", "allow"]
Seconds = Annotated[float, Field(gt=0, le=600)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileKey(_Table):
    """A key in a PEM file."""

    key: Path
    passphrase_file: Path | None = None


class Pkcs11Key(_Table):
    """A key in a PKCS#11 token; module is the path of the token's library."""

    module: Path
    token: str
    label: str
    pin_file: Path | None = None


class KmsKey(_Table):
    """A key in AWS KMS."""

    key_id: str
    region: str | None = None
    endpoint: Url | None = None
    message: Literal["digest", "raw"] = "digest"
    limit_s: Seconds = 10.0


class CommandKey(_Table):
    """A program that signs what it reads on stdin."""

    argv: tuple[str, ...] = Field(min_length=1)
    limit_s: Seconds = 30.0


class Signer(_Table):
    """A certificate chain, and the one place where its key is."""

    chain: Path
    root: Path | None = None
    file: FileKey | None = None
    pkcs11: Pkcs11Key | None = None
    kms: KmsKey | None = None
    command: CommandKey | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Signer:
        if sum(place is not None for place in (self.file, self.pkcs11, self.kms, self.command)) != 1:
            raise ValueError("a signer's key is in exactly one of the tables file, pkcs11, kms and command")
        return self


class Organisation(Signer):
    """An organisation that puts its identity to what is signed."""

    roles: tuple[str, ...] = ("cawg.producer",)


class TimeStamps(_Table):
    """Time-stamp authorities in order of preference."""

    urls: tuple[Url, ...] = Field(min_length=1)
    no_timestamp: NoTimestamp = "fail"
    limit_s: Seconds = 8.0


class Signing(_Table):
    """The whole table; a part that is missing is None."""

    signer: Signer | None = None
    organisation: Organisation | None = None
    time_stamps: TimeStamps | None = None


def signing_of(settings: Settings) -> Signing:
    """Return the table [signing] of the home. Raises SettingsInvalid with the first thing that is wrong in it."""
    path = settings.home_path / TOML_NAME
    try:
        document: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Signing.model_validate(document.get(SIGNING_TABLE, {}))
    except (FileNotFoundError, NotADirectoryError):
        return Signing()
    except ValidationError as error:
        # The value is not repeated: it may be a secret put in the wrong place.
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join((SIGNING_TABLE, *map(str, first["loc"])))
        raise SettingsInvalid(f"{path}: [{where}]: {first['msg']}; see README.md, Signing keys") from None
