"""Where the root key of a registry is to come from, and the provider that it gives: made new, or opened.

The registry remembers which provider sealed its keys; a source holds what each of them may need. Secrets (a
passphrase, a PIN) are asked for when a provider needs them, and by nobody else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from consent.errors import KeyRefused, RecordInvalid, RegistryUnreadable
from consent.keys import KeyFile, KeyProvider

ProviderName: TypeAlias = Literal["file", "passphrase", "pkcs11", "kms"]
PROVIDERS: Final[tuple[str, ...]] = get_args(ProviderName)
KEY_FILE: Final = "registry.key"
SEALED_KEY_FILE: Final = "registry.sealed-key"


def _no_passphrase() -> str:
    raise KeyRefused("a passphrase is needed; name a file that holds it in CLEARANCE_PASSPHRASE_FILE")


def _no_pin() -> str:
    raise KeyRefused("the token's PIN is needed; name a file that holds it in CLEARANCE_PKCS11_PIN_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """What the key providers may need; provider is the one that a new registry gets."""

    provider: str = "file"
    passphrase: Callable[[], str] = field(repr=False, default=_no_passphrase)
    new_passphrase: Callable[[], str] | None = field(repr=False, default=None)
    pkcs11_module: str = ""
    pkcs11_token: str = ""
    pkcs11_key: str = ""
    pkcs11_pin: Callable[[], str] = field(repr=False, default=_no_pin)
    kms_key: str = ""
    kms_region: str = ""
    scrypt_cost: int | None = None


def made(source: KeySource, folder: Path, registry_id: str) -> KeyProvider:
    """Return a new root key of the source's provider. Raises RegistryExists, KeyRefused, KeyUnreachable.

    folder: for key files, which must not be there. With pkcs11 a key of that label is made on the token when it has
    none; with kms the key must exist.
    """
    _require_known(source.provider)
    if source.provider == "file":
        return KeyFile.create(folder / KEY_FILE)
    if source.provider == "passphrase":
        from consent.passphrase_key import COST, PassphraseKey

        passphrase = (source.new_passphrase or source.passphrase)()
        return PassphraseKey.create(folder / SEALED_KEY_FILE, passphrase, cost=source.scrypt_cost or COST)
    return _outside(source.provider, source, registry_id, create=True)


def opened(provider: str, source: KeySource, folder: Path, registry_id: str) -> KeyProvider:
    """Return the root key of a registry that names this provider.

    Raises KeyRefused, KeyUnreachable, RegistryUnreadable when it is missing or unknown.
    """
    if provider not in PROVIDERS:
        raise RegistryUnreadable(
            f"the key database names the unknown key provider {provider[:40]!r}; restore it from its backup, or "
            "install the version that wrote it"
        )
    if provider == "file":
        return KeyFile.load(folder / KEY_FILE)
    if provider == "passphrase":
        from consent.passphrase_key import PassphraseKey

        if not (folder / SEALED_KEY_FILE).exists():
            raise RegistryUnreadable(f"the key file {folder / SEALED_KEY_FILE} is missing; restore it from its backup")
        return PassphraseKey.load(folder / SEALED_KEY_FILE, source.passphrase())
    return _outside(provider, source, registry_id, create=False)


def key_file_of(provider: str, folder: Path) -> Path | None:
    """Return the file in which a provider's root key lies, None for one that keeps it outside."""
    return {"file": folder / KEY_FILE, "passphrase": folder / SEALED_KEY_FILE}.get(provider)


def _outside(provider: str, source: KeySource, registry_id: str, *, create: bool) -> KeyProvider:
    if provider == "pkcs11":
        from consent.pkcs11_key import Pkcs11Key, Pkcs11Place

        place = Pkcs11Place(source.pkcs11_module, source.pkcs11_token, source.pkcs11_key, source.pkcs11_pin)
        return Pkcs11Key.create(place) if create else Pkcs11Key.load(place)
    from consent.kms_key import KmsKey, KmsPlace

    return KmsKey(KmsPlace(source.kms_key, source.kms_region, registry_id))


def _require_known(provider: str) -> None:
    if provider not in PROVIDERS:
        raise RecordInvalid(f"{provider!r} is no key provider; use one of {', '.join(PROVIDERS)}")
