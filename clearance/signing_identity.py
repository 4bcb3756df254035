"""The identity that signs, made of the settings: from a file, a token, AWS KMS or a program, whichever they name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clearance.errors import ConfigurationError
from clearance.secret_sources import as_text, in_file
from clearance.signing_settings import signing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clearance.settings import Settings
    from clearance.signing_settings import NoTimestamp, Signer, Signing
    from provenance.identity import SigningIdentity
    from provenance.time_stamping import TimeStamping

    Ask = Callable[[str], bytes]
    """Asks a person for a secret, named in words."""


def configured_identity(
    settings: Settings,
    folder: Path,
    *,
    ask: Ask | None,
    time_stampers: Sequence[str] = (),
    no_timestamp: NoTimestamp | None = None,
) -> SigningIdentity:
    """Return the identity of the settings, or that in folder where they name none.

    ask: for a passphrase or PIN that no file holds; None if nobody can be asked. time_stampers and no_timestamp
    stand above the settings where they say something.
    Raises SettingsInvalid, ConfigurationError for a secret that cannot be had, and the errors of `provenance`.
    """
    from provenance.identity import load_identity

    signing, home = signing_of(settings), settings.home_path
    if signing.signer is None:
        identity = load_identity(folder, passphrase=_asking(ask, f"passphrase of {folder}"))
    else:
        identity = _identity(signing.signer, home, ask)
    if signing.organisation is not None:
        from provenance.organisation import Organisation

        own = _identity(signing.organisation, home, ask)
        identity = replace(identity, organisation=Organisation(own, signing.organisation.roles))
    return replace(identity, time_stamps=_time_stamps(signing, tuple(time_stampers), no_timestamp))


def _identity(signer: Signer, home: Path, ask: Ask | None) -> SigningIdentity:
    from provenance.identity import content_of, file_identity

    chain, root = home / signer.chain, None if signer.root is None else home / signer.root
    if signer.file is not None:
        key = home / signer.file.key
        secret = _secret(signer.file.passphrase_file, home, ask, f"passphrase of {key}")
        return file_identity(chain, key, root, passphrase=secret)
    chain_pem, root_pem = content_of(chain), None if root is None else content_of(root)
    if signer.pkcs11 is not None:
        from provenance.pkcs11_key import pkcs11_identity

        token = signer.pkcs11
        pin = _secret(token.pin_file, home, ask, f"PIN of token {token.token}")
        if pin is None:
            raise ConfigurationError(f"nobody can be asked for the PIN of token {token.token}; set pin_file")
        return pkcs11_identity(
            chain_pem, root_pem, module=str(token.module), token=token.token, label=token.label, pin=as_text(pin())
        )
    if signer.kms is not None:
        from provenance.kms_key import kms_identity

        return kms_identity(chain_pem, root_pem, **signer.kms.model_dump())
    assert signer.command is not None  # noqa: S101 -- the table has exactly one place
    from provenance.external_command import command_identity

    return command_identity(chain_pem, root_pem, argv=signer.command.argv, limit_s=signer.command.limit_s)


def _secret(file: Path | None, home: Path, ask: Ask | None, what: str) -> Callable[[], bytes] | None:
    if file is not None:
        return lambda: in_file(home / file)
    return _asking(ask, what)


def _asking(ask: Ask | None, what: str) -> Callable[[], bytes] | None:
    return None if ask is None else lambda: ask(what)


def _time_stamps(signing: Signing, urls: tuple[str, ...], no_timestamp: NoTimestamp | None) -> TimeStamping | None:
    configured = signing.time_stamps
    if configured is None and not urls:
        if no_timestamp == "fail":
            raise ConfigurationError("no time-stamp authority is named; name one with --tsa or in the settings")
        return None
    from provenance.time_stamping import TimeStamping

    if configured is None:
        return TimeStamping(urls, no_timestamp or "fail")
    return TimeStamping(urls or configured.urls, no_timestamp or configured.no_timestamp, configured.limit_s)
