"""A root key on a PKCS#11 token (an HSM, a smart card, SoftHSM): it never leaves the token.

AES-256-GCM by the token, with a nonce of ours. The one file that knows python-pkcs11 (extra [pkcs11]). Source: OASIS
PKCS #11 v3.1, section 6.13.3 (CKM_AES_GCM).
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from consent.errors import KeyRefused, KeyUnreachable

_NONCE_BYTES: Final = 12
_TAG_BITS: Final = 128
_KEY_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class Pkcs11Place:
    """Where the key is: the module's library, the token's label, the key's label; pin is asked when it is needed."""

    module: str
    token: str
    key: str
    pin: Callable[[], str] = field(repr=False)


class Pkcs11Key:
    """A key provider whose key is an AES key of a token, which is asked to wrap and unwrap."""

    name: Final = "pkcs11"

    def __init__(self, place: Pkcs11Place, pin: str, key_id: str) -> None:
        self._place = place
        self._pin = pin
        self.key_id = key_id

    @classmethod
    def create(cls, place: Pkcs11Place) -> "Pkcs11Key":
        """Return the token's key of that label, made there, not extractable, when the token has none.

        Raises KeyRefused for a wrong PIN, KeyUnreachable when module or token cannot be used.
        """
        pin = place.pin()
        with _session(place, pin, writing=True) as session:
            import pkcs11

            try:
                session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=place.key)
            except pkcs11.NoSuchKey:
                session.generate_key(
                    pkcs11.KeyType.AES,
                    _KEY_BITS,
                    label=place.key,
                    id=secrets.token_bytes(8),
                    store=True,
                    template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
                )
        return cls.load(place, pin=pin)

    @classmethod
    def load(cls, place: Pkcs11Place, *, pin: str | None = None) -> "Pkcs11Key":
        """Return the token's key of that label. Raises KeyRefused or KeyUnreachable."""
        pin = place.pin() if pin is None else pin
        with _session(place, pin) as session:
            import pkcs11

            key = _key(session, place)
            named = place.key.encode() + b"|" + bytes(key[pkcs11.Attribute.ID])
        return cls(place, pin, hashlib.sha256(b"clearance pkcs11 key|" + named).hexdigest()[:16])

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return the key sealed by the token; it opens only with the same context."""
        import pkcs11

        nonce = secrets.token_bytes(_NONCE_BYTES)
        with _session(self._place, self._pin) as session:
            sealed = _key(session, self._place).encrypt(
                data_key,
                mechanism=pkcs11.Mechanism.AES_GCM,
                mechanism_param=pkcs11.GCMParams(nonce, context, _TAG_BITS),
            )
        return nonce + bytes(sealed)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key. Raises ValueError when key, context or bytes are not those of wrap()."""
        import pkcs11

        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        with _session(self._place, self._pin) as session:
            key = _key(session, self._place)
            try:
                opened = key.decrypt(
                    sealed,
                    mechanism=pkcs11.Mechanism.AES_GCM,
                    mechanism_param=pkcs11.GCMParams(nonce, context, _TAG_BITS),
                )
            # Tokens differ in how they name a tag that is not right.
            except (pkcs11.PKCS11Error, ValueError) as error:
                raise ValueError("the token does not open these bytes with this key and context") from error
        return bytes(opened)


def _key(session: Any, place: Pkcs11Place) -> Any:
    import pkcs11

    try:
        return session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=place.key)
    except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned) as error:
        raise KeyRefused(
            f"the token {place.token!r} has not exactly one key {place.key!r}; set pkcs11_key to the right label, or "
            "restore the key on the token"
        ) from error


@contextmanager
def _session(place: Pkcs11Place, pin: str, *, writing: bool = False) -> Iterator[Any]:
    for setting, value in (("pkcs11_module", place.module), ("pkcs11_token", place.token), ("pkcs11_key", place.key)):
        if not value:
            raise KeyUnreachable(f"the key provider pkcs11 needs the setting {setting}; set it in clearance.toml")
    try:
        import pkcs11
    except ImportError as error:
        raise KeyUnreachable('python-pkcs11 is not installed; install "clearance[pkcs11]"') from error
    try:
        token = pkcs11.lib(place.module).get_token(token_label=place.token)
        session = token.open(rw=writing, user_pin=pin)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
        raise KeyRefused(
            f"the token {place.token!r} refuses the PIN ({type(error).__name__}); several wrong ones may lock it"
        ) from error
    except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned) as error:
        raise KeyRefused(
            f"{place.module} has not exactly one token {place.token!r}; insert it, or correct pkcs11_token"
        ) from error
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise KeyUnreachable(
            f"the PKCS#11 module {place.module} cannot be used ({type(error).__name__}); check pkcs11_module"
        ) from error
    with session:
        yield session
