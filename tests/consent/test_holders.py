"""Data keys that a performer holds: nothing of theirs opens without the private key, and nobody is passed silently."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from consent import holders
from consent.errors import HolderKeyInvalid, HolderKeyMissing, RecordInvalid, TemplateUnreadable
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)


def pems(key: X25519PrivateKey) -> tuple[bytes, bytes]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def held(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> X25519PrivateKey:
    """The key of the holder of the fixture's performer; another performer is enrolled under a key of ours."""
    key = X25519PrivateKey.generate()
    enrolled(performer.ref, template)
    enrolled(registry.add_performer("Bo Reed", now=now).ref, NewTemplate(b"other", "model@1", "cd" * 32, "good"))
    registry.biometrics.hold(performer.ref, pems(key)[1], now)
    return key


def test_without_the_holders_key_the_performer_is_named_as_not_searched(
    registry: Registry, performer: Performer, held: X25519PrivateKey
) -> None:
    opened = registry.biometrics.gallery("model@1", on=DAY)
    assert [t.vector for t in opened.templates] == [b"other"]
    assert opened.not_searched == (performer.ref,)
    assert registry.biometrics.gallery("model@2", on=DAY).not_searched == ()
    with pytest.raises(HolderKeyMissing, match="--holder-key"):
        registry.identity(performer.ref)
    assert dict(registry.events(2)[1].detail)["not-searched"] == "1"


def test_with_the_holders_key_the_performer_is_searched_in_that_run_alone(
    registry: Registry, performer: Performer, held: X25519PrivateKey, home: Path, template: NewTemplate
) -> None:
    with Registry.open(home, holder_keys=[holders.private_key(pems(held)[0])]) as run:
        opened = run.biometrics.gallery("model@1", on=DAY)
        assert {t.vector for t in opened.templates} == {b"other", template.vector}
        assert opened.not_searched == ()
    another = holders.private_key(pems(X25519PrivateKey.generate())[0])
    with Registry.open(home, holder_keys=[another]) as run:
        assert run.biometrics.gallery("model@1", on=DAY).not_searched == (performer.ref,)


def test_no_copy_that_we_could_open_stays(registry: Registry, performer: Performer, held: X25519PrivateKey) -> None:
    path = registry._keys.database.path
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM data_key WHERE performer = ?", (performer.ref,)).fetchone() == (
            0,
        )
        (wrapped,) = database.execute("SELECT wrapped FROM holder_key").fetchone()
    assert len(wrapped) == 32 + 32 + 16
    with pytest.raises(RecordInvalid, match="release-hold"):
        registry.biometrics.rotate(performer.ref, registry.performer(performer.ref).registered)


def test_keys_that_were_copied_before_the_handover_open_nothing_of_now(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, template)
    old = registry._keys.data_keys(performer.ref)
    registry.biometrics.hold(performer.ref, pems(X25519PrivateKey.generate())[1], now)
    with registry._database.reading() as session:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        from consent.sealed import sealed_columns

        columns = [(getattr(row, column), name) for row, column, name in sealed_columns(session, performer.ref)]
    assert len(columns) == 2
    for sealed, name in columns:
        with pytest.raises(Exception, match=r"^$"):
            AESGCM(old[0]).decrypt(sealed[:12], sealed[12:], f"clearance|{performer.ref}|{name}|1".encode())


def test_a_hold_is_given_back_with_the_private_key_and_not_without(
    registry: Registry, performer: Performer, held: X25519PrivateKey, home: Path, now: datetime
) -> None:
    with pytest.raises(HolderKeyMissing):
        registry.biometrics.release_hold(performer.ref, now)
    with Registry.open(home, holder_keys=[holders.private_key(pems(held)[0])]) as run:
        run.biometrics.release_hold(performer.ref, now)
    assert registry.biometrics.gallery("model@1", on=DAY).not_searched == ()
    assert registry.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"
    with pytest.raises(RecordInvalid, match="not held"):
        registry.biometrics.release_hold(performer.ref, now)
    kinds = [e.kind for e in registry.events() if e.subject == performer.ref]
    assert kinds[:3] == ["key-hold-released", "key-held", "data-key-rotated"]


def test_a_rotation_of_all_keys_leaves_a_held_one_to_its_holder(
    registry: Registry, held: X25519PrivateKey, home: Path, now: datetime
) -> None:
    registry.keyring.rotate(now)
    with Registry.open(home, holder_keys=[holders.private_key(pems(held)[0])]) as run:
        assert len(run.templates("model@1", on=DAY)) == 2


def test_a_performer_whose_key_is_held_is_enrolled_only_with_the_key(
    registry: Registry, performer: Performer, held: X25519PrivateKey, template: NewTemplate, now: datetime
) -> None:
    with pytest.raises(HolderKeyMissing):
        registry.enrol(performer.ref, [template], on=DAY, now=now)


def test_a_held_key_of_another_performer_or_registry_does_not_open() -> None:
    key = X25519PrivateKey.generate()
    holder = holders.private_key(pems(key)[0])
    held = holders.sealed_to(holder.public, bytes(32), "P-1", 1, "registry")
    assert holders.opened(held, holder, "registry") == bytes(32)
    for changed in (("P-2", 1, "registry"), ("P-1", 2, "registry"), ("P-1", 1, "other")):
        performer, version, registry = changed
        moved = holders.HeldKey(performer, version, holder.public, held.wrapped)
        with pytest.raises(TemplateUnreadable):
            holders.opened(moved, holder, registry)


def test_keys_of_other_kinds_are_refused() -> None:
    key = generate_private_key(SECP256R1())
    with pytest.raises(HolderKeyInvalid, match="X25519"):
        holders.private_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(HolderKeyInvalid, match="X25519"):
        holders.public_key(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(HolderKeyInvalid, match="X25519"):
        holders.sealed_to(bytes(32), bytes(32), "P-1", 1, "registry")


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"-----BEGIN PUBLIC KEY-----\n" + b))
def test_any_bytes_as_a_holders_key_give_our_error(content: bytes) -> None:
    for read in (holders.public_key, holders.private_key):
        with pytest.raises(HolderKeyInvalid):
            read(content)
