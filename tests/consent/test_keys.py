"""The key file and the sealing of records."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import ConsentError, KeyFileInsecure, RegistryExists, RegistryUnreadable
from consent.keys import KeyFile, seal, unseal

KEY = bytes(range(32))


def test_a_key_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "registry.key"
    KeyFile.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["registry.key"]


def test_a_loaded_key_opens_what_the_created_one_wrapped(tmp_path: Path) -> None:
    created = KeyFile.create(tmp_path / "registry.key")
    loaded = KeyFile.load(tmp_path / "registry.key")
    assert loaded.key_id == created.key_id
    assert loaded.unwrap(created.wrap(KEY, b"here"), b"here") == KEY


def test_a_wrapped_key_does_not_open_in_another_context_or_under_another_key(tmp_path: Path) -> None:
    one, other = KeyFile.create(tmp_path / "one.key"), KeyFile.create(tmp_path / "other.key")
    wrapped = one.wrap(KEY, b"here")
    with pytest.raises(ValueError):
        one.unwrap(wrapped, b"there")
    with pytest.raises(ValueError):
        other.unwrap(wrapped, b"here")


def test_an_existing_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "registry.key"
    key_id = KeyFile.create(path).key_id
    with pytest.raises(RegistryExists, match=r"registry\.key"):
        KeyFile.create(path)
    assert KeyFile.load(path).key_id == key_id
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "registry.key"
    KeyFile.create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileInsecure, match="chmod 600"):
        KeyFile.load(path)


def test_a_missing_key_file_is_reported_by_name(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnreadable, match=r"registry\.key"):
        KeyFile.load(tmp_path / "registry.key")
    with pytest.raises(RegistryUnreadable):
        KeyFile.load(tmp_path)


@given(content=st.binary(max_size=300) | st.binary(max_size=60).map(lambda b: b"clearance-registry-key-1\n" + b))
def test_any_bytes_as_a_key_file_give_our_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConsentError):
        KeyFile.load(path)


@given(st.binary(max_size=100), st.integers(min_value=0), st.integers(0, 255))
def test_a_changed_byte_never_opens(plain: bytes, position: int, mask: int) -> None:
    sealed = bytearray(seal(KEY, plain, b"context"))
    assert unseal(KEY, bytes(sealed), b"context") == plain
    sealed[position % len(sealed)] ^= mask or 1
    with pytest.raises(ValueError):
        unseal(KEY, bytes(sealed), b"context")


@given(st.binary(max_size=80))
def test_any_bytes_as_a_sealed_record_are_refused(sealed: bytes) -> None:
    with pytest.raises(ValueError):
        unseal(KEY, sealed, b"context")
