"""The keys that the ledger's commitments are made with: one per performer, and one of the registry itself.

They lie in keys.db beside the data keys and are never replaced: a rotation seals records anew, while what was once
committed to must go on being comparable. They are destroyed with the performer's data key, and what was committed to
can then be compared with nothing any more.
"""

from collections.abc import Callable, Container, Iterable
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from consent.errors import TemplateUnreadable
from consent.kek import Kek
from consent.key_database import KeyDatabase
from consent.keys import KEY_BYTES
from consent.stored import blob

# The name under which the registry's own keys are kept, beside those of performers.
REGISTRY: Final = "registry"


class LedgerKeys:
    """The part of the key store that keeps the ledger's keys."""

    database: KeyDatabase

    def __init__(self) -> None:
        self._ledger: dict[str, bytes] = {}
        self._derived: dict[tuple[str, str], bytes] = {}
        self._ledger_seen: bytes | None = None

    def kek(self) -> Kek:
        """Return the key-encryption key in force."""
        raise NotImplementedError

    def add_all(self, performers: Iterable[str]) -> None:
        """Make the keys of each performer, all of them or none."""
        raise NotImplementedError

    def ensure_ledger_keys(self, names: Iterable[str]) -> None:
        """Make what key stores of earlier versions lack: the registry's own keys, and ledger keys of performers."""
        wanted = [name for name in (REGISTRY, *names) if not self.holds(name)]
        if REGISTRY in wanted:
            self.add_all((REGISTRY,))
            wanted.remove(REGISTRY)
        kek = self.kek()
        rows = [(name, kek.wrap(KeyDatabase.fresh(), owner_of(name), 1)) for name in wanted]
        with self.database.writing() as connection:
            connection.executemany("INSERT INTO ledger_key VALUES (?, ?)", rows)

    def holds(self, name: str) -> bool:
        """Return whether there is a ledger key of that name: a performer's reference, or REGISTRY."""
        return name in self._ledger_wrapped()

    def derived(self, name: str, purpose: str) -> bytes:
        """Return a key for one purpose, derived (HKDF-SHA-256, RFC 5869) from the ledger key of that name.

        Raises TemplateUnreadable when there is none.
        """
        return self.deriver(purpose)(name)

    def deriver(self, purpose: str) -> Callable[[str], bytes]:
        """Return derived() for many names in a row: what is remembered is checked once, here."""
        wrapped, kept, kek = self._ledger_wrapped(), self._derived, self.kek()

        def derived(name: str) -> bytes:
            if (name, purpose) not in kept:
                try:
                    key = kek.unwrap(blob(wrapped[name]), owner_of(name), 1)
                except (LookupError, TypeError, ValueError) as error:
                    raise TemplateUnreadable(
                        f"the ledger key of {name} is missing or does not open; restore {self.database.path} from a "
                        "backup"
                    ) from error
                kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"clearance|{purpose}".encode())
                kept[name, purpose] = kdf.derive(key)
            return kept[name, purpose]

        return derived

    def held_names(self) -> Container[str]:
        """Return the names of all ledger keys there are: performers' references, and REGISTRY."""
        return self._ledger_wrapped().keys()

    def _ledger_wrapped(self) -> dict[str, bytes]:
        counter = self.database.change_counter()
        if counter != self._ledger_seen:
            with self.database.reading() as connection:
                self._ledger = dict(connection.execute("SELECT name, wrapped FROM ledger_key").fetchall())
            # A key that another process destroyed must not live on in what is remembered.
            self._derived = {kept: key for kept, key in self._derived.items() if kept[0] in self._ledger}
            self._ledger_seen = counter
        return self._ledger


def owner_of(name: str) -> str:
    """Return what a wrapped ledger key is bound to, so that no other key can stand in for it."""
    return f"ledger/{name}"
