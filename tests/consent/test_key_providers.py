"""Root keys under a passphrase, on a PKCS#11 token and in AWS KMS: real files, a real token, a real API in process."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.errors import ConsentError, KeyRefused, KeyUnreachable, RecordInvalid, RegistryUnreadable
from consent.key_source import KeySource
from consent.keys import KeyProvider
from consent.kms_key import KmsKey, KmsPlace
from consent.passphrase_key import PassphraseKey
from consent.pkcs11_key import Pkcs11Key, Pkcs11Place
from consent.registry import Registry

KEY = bytes(range(32))
COST = 2**14
WORDS = "five random words in a row"


def wraps_bound_to_a_context(provider: KeyProvider, same: KeyProvider) -> None:
    """Assert what every provider promises; same: the same root key, opened again."""
    wrapped = provider.wrap(KEY, b"here")
    assert KEY not in wrapped
    assert same.key_id == provider.key_id
    assert same.unwrap(wrapped, b"here") == KEY
    with pytest.raises(ValueError):
        same.unwrap(wrapped, b"there")
    for changed in (wrapped[:-1], b"", wrapped[:-1] + bytes([wrapped[-1] ^ 1])):
        with pytest.raises(ValueError):
            same.unwrap(changed, b"here")


def carries_a_registry(home: Path, source: KeySource, now: datetime) -> None:
    """Assert that a registry is made and opened again with the source."""
    with Registry.create(home, now=now, keys=source) as registry:
        ref = registry.add_performer("Ada Vale", legal_name="Adelaide", now=now).ref
        assert registry.keyring.status().provider == source.provider
    with Registry.open(home, keys=replace(source, provider="file")) as registry:
        assert registry.identity(ref).legal_name == "Adelaide"


def test_a_passphrase_opens_what_it_sealed_and_no_other_does(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    made = PassphraseKey.create(path, WORDS, cost=COST)
    assert path.stat().st_mode & 0o777 == 0o600
    wraps_bound_to_a_context(made, PassphraseKey.load(path, WORDS))
    with pytest.raises(KeyRefused, match="passphrase"):
        PassphraseKey.load(path, WORDS + " ")


def test_a_short_passphrase_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RecordInvalid, match="at least 8"):
        PassphraseKey.create(tmp_path / "sealed", "short", cost=COST)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [('"n": 16384', '"n": 1073741824'), ('"n": 16384', '"n": 1024'), ('"n": 16384', '"n": 16385'),
     ('"r": 8', '"r": 4194304'), ('"p": 1', '"p": 4096'), ('"r": 8', '"r": true'), ('"p": 1', '"p": null')],
)  # fmt: skip
def test_costs_beyond_the_bounds_are_refused_without_paying_them(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "sealed"
    PassphraseKey.create(path, WORDS, cost=COST)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(RegistryUnreadable):
        PassphraseKey.load(path, WORDS)


def test_a_changed_cost_does_not_open_even_within_the_bounds(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    PassphraseKey.create(path, WORDS, cost=COST)
    path.write_text(path.read_text().replace('"p": 1', '"p": 2'))
    with pytest.raises(KeyRefused):
        PassphraseKey.load(path, WORDS)


@given(content=st.binary(max_size=300) | st.binary(max_size=80).map(lambda b: b"clearance-registry-key-scrypt-1\n" + b))
@settings(max_examples=60)
def test_any_bytes_as_a_sealed_key_file_give_our_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-sealed-{os.getpid()}"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConsentError):
        PassphraseKey.load(path, WORDS)


def test_a_passphrase_carries_a_registry(home: Path, now: datetime) -> None:
    source = KeySource(provider="passphrase", passphrase=lambda: WORDS, scrypt_cost=COST)
    carries_a_registry(home, source, now)


@pytest.fixture(scope="session")
def token(softhsm: str) -> Pkcs11Place:
    """A SoftHSM token of this test run."""
    return Pkcs11Place(softhsm, "vault", "registry", lambda: "1234")


def test_a_token_wraps_and_unwraps(token: Pkcs11Place) -> None:
    place = replace(token, key="wrapping")
    wraps_bound_to_a_context(Pkcs11Key.create(place), Pkcs11Key.load(place))
    assert Pkcs11Key.create(place).key_id == Pkcs11Key.load(place).key_id


def test_the_key_of_a_token_does_not_leave_it(token: Pkcs11Place) -> None:
    import pkcs11

    Pkcs11Key.create(token)
    with pkcs11.lib(token.module).get_token(token_label=token.token).open(user_pin="1234") as session:
        key = session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=token.key)
        assert key[pkcs11.Attribute.EXTRACTABLE] is False
        with pytest.raises(pkcs11.PKCS11Error):
            key[pkcs11.Attribute.VALUE]


def test_another_key_of_the_token_opens_nothing(token: Pkcs11Place) -> None:
    one, other = (Pkcs11Key.create(replace(token, key=label)) for label in ("one", "other"))
    assert one.key_id != other.key_id
    with pytest.raises(ValueError):
        other.unwrap(one.wrap(KEY, b"here"), b"here")


def test_a_wrong_pin_a_wrong_token_a_wrong_key_and_a_wrong_module_are_told_apart(token: Pkcs11Place) -> None:
    Pkcs11Key.create(token)
    with pytest.raises(KeyRefused, match="PIN"):
        Pkcs11Key.load(replace(token, pin=lambda: "4321"))
    with pytest.raises(KeyRefused, match="'elsewhere'"):
        Pkcs11Key.load(replace(token, token="elsewhere"))  # noqa: S106 -- a label
    with pytest.raises(KeyRefused, match="'nothing'"):
        Pkcs11Key.load(replace(token, key="nothing"))
    with pytest.raises(KeyUnreachable, match=r"/nowhere/module\.so"):
        Pkcs11Key.load(replace(token, module="/nowhere/module.so"))
    with pytest.raises(KeyUnreachable, match="pkcs11_token"):
        Pkcs11Key.load(replace(token, token=""))


def test_a_token_carries_a_registry_and_takes_one_over(token: Pkcs11Place, tmp_path: Path, now: datetime) -> None:
    source = KeySource(
        provider="pkcs11",
        pkcs11_module=token.module,
        pkcs11_token=token.token,
        pkcs11_key="registry",
        pkcs11_pin=token.pin,
    )
    carries_a_registry(tmp_path / "new", source, now)
    with Registry.create(tmp_path / "moved", now=now) as registry:
        ref = registry.add_performer("Bo Reed", legal_name="Robert", now=now).ref
        registry.keyring.move(source, now)
    assert list((tmp_path / "moved" / "keys").iterdir()) == []
    with Registry.open(tmp_path / "moved", keys=source) as registry:
        assert registry.identity(ref).legal_name == "Robert"
    with pytest.raises(KeyRefused, match="token"):
        Registry.open(tmp_path / "moved", keys=replace(source, pkcs11_key="one-that-is-not-there"))


@pytest.fixture
def cloud_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The ARN of a key in a KMS that runs in this process."""
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("kms", region_name="eu-central-1").create_key()["KeyMetadata"]["Arn"]


def test_a_cloud_key_wraps_and_unwraps_for_one_registry(cloud_key: str) -> None:
    place = KmsPlace(cloud_key, "eu-central-1", "registry-1")
    wraps_bound_to_a_context(KmsKey(place), KmsKey(place))
    with pytest.raises(ValueError):
        KmsKey(replace(place, registry_id="registry-2")).unwrap(KmsKey(place).wrap(KEY, b"here"), b"here")


def test_a_cloud_key_carries_a_registry_and_another_one_does_not_open_it(
    cloud_key: str, home: Path, now: datetime
) -> None:
    import boto3

    source = KeySource(provider="kms", kms_key=cloud_key, kms_region="eu-central-1")
    carries_a_registry(home, source, now)
    other = boto3.client("kms", region_name="eu-central-1").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(KeyRefused, match="another key"):
        Registry.open(home, keys=replace(source, kms_key=other))
    with pytest.raises(KeyRefused, match="NotFound"):
        Registry.open(home, keys=replace(source, kms_key="alias/none"))
    with pytest.raises(KeyUnreachable, match="kms_key"):
        Registry.open(home)
