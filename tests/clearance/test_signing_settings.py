"""The table [signing]: which key, which clock, whose name; one place for a key, and no secret in the table."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from clearance import clock
from clearance.errors import ConfigurationError, SettingsInvalid
from clearance.home import identity_of, require_trust
from clearance.secret_sources import in_file
from clearance.settings import Settings, load
from clearance.signing_settings import signing_of
from provenance.authority import create_authority, issue
from provenance.errors import KeyUnavailable
from provenance.preflight import preflight
from tests.provenance.authorities import make_authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority `ca` and a signer `signer` of it, whose key opens with "key word"."""
    folder = tmp_path_factory.mktemp("issued")
    create_authority(folder / "ca", "Harbour Pictures", passphrase=b"word", now=clock.now())
    issue(
        folder / "ca",
        folder / "signer",
        "Desk",
        purpose="claim-signing",
        passphrase=lambda: b"word",
        life=timedelta(days=30),
        now=clock.now(),
        key_passphrase=b"key word",
    )
    return folder


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings of a home whose clearance.toml ends in this text."""

    def home(text: str) -> Settings:
        (tmp_path / "clearance.toml").write_text(f'device = "cpu"\n{text}', encoding="utf-8")
        return load(home=str(tmp_path), environment={})

    return home


def secret(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(f"{text}\nnot this line\n", encoding="utf-8")
    path.chmod(mode)
    return path


def file_table(issued: Path, more: str = "") -> str:
    signer = issued / "signer"
    return f"""
[signing.signer]
chain = "{signer / "chain.pem"}"
root = "{signer / "root.pem"}"
[signing.signer.file]
key = "{signer / "signer.key.pem"}"
{more}
"""


def test_a_key_in_a_file_opens_with_the_passphrase_of_a_file_or_of_a_person(
    issued: Path, written: Callable[[str], Settings], tmp_path: Path
) -> None:
    asked: list[str] = []

    def person(what: str) -> bytes:
        asked.append(what)
        return b"key word"

    settings = written(file_table(issued))
    preflight(identity_of(settings, ask=person), now=clock.now())
    assert asked == [f"passphrase of {issued / 'signer' / 'signer.key.pem'}"]
    with pytest.raises(KeyUnavailable, match="give its passphrase"):
        identity_of(settings)
    file = secret(tmp_path / "word", "key word")
    preflight(identity_of(written(file_table(issued, f'passphrase_file = "{file}"'))), now=clock.now())


def test_the_root_of_the_settings_is_whom_the_home_trusts(issued: Path, written: Callable[[str], Settings]) -> None:
    trusted = require_trust(written(file_table(issued))).certificates("claim")
    assert [c.subject.rfc4514_string() for c in trusted] == ["CN=Harbour Pictures C2PA Root,O=Harbour Pictures"]


def test_a_program_signs_by_the_settings(issued: Path, written: Callable[[str], Settings], tmp_path: Path) -> None:
    script = tmp_path / "signer.py"
    script.write_text(
        "import sys\n"
        "from cryptography.hazmat.primitives import hashes, serialization\n"
        "from cryptography.hazmat.primitives.asymmetric import ec\n"
        "key = serialization.load_pem_private_key(open(sys.argv[1], 'rb').read(), b'key word')\n"
        "sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read(), ec.ECDSA(hashes.SHA256())))\n"
    )
    key = issued / "signer" / "signer.key.pem"
    settings = written(
        f'[signing.signer]\nchain = "{issued / "signer" / "chain.pem"}"\n'
        f'[signing.signer.command]\nargv = ["{sys.executable}", "-I", "{script}", "{key}"]\n'
    )
    preflight(identity_of(settings), now=clock.now())


def test_an_organisation_puts_its_identity_to_what_is_signed(
    issued: Path, written: Callable[[str], Settings], tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization

    union = make_authority("Union Root")
    leaf, key = union.issue(ExtendedKeyUsageOID.EMAIL_PROTECTION, name="Union")
    (tmp_path / "union.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + union.pem)
    (tmp_path / "union.key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "union.key.pem").chmod(0o600)
    file = secret(tmp_path / "word", "key word")
    settings = written(
        file_table(issued, f'passphrase_file = "{file}"')
        + '[signing.organisation]\nchain = "union.pem"\nroles = ["cawg.publisher"]\n'
        '[signing.organisation.file]\nkey = "union.key.pem"\n'
    )
    identity = identity_of(settings)
    assert identity.organisation is not None
    assert identity.organisation.roles == ("cawg.publisher",)
    preflight(identity, now=clock.now())


def test_time_stamps_follow_the_settings_unless_the_command_line_says_otherwise(
    issued: Path, written: Callable[[str], Settings], tmp_path: Path
) -> None:
    file = secret(tmp_path / "word", "key word")
    table = file_table(issued, f'passphrase_file = "{file}"')
    stamps = (
        '[signing.time_stamps]\nurls = ["http://a.example/", "http://b.example/"]\n'
        'no_timestamp = "allow"\nlimit_s = 2\n'
    )
    configured = identity_of(written(table + stamps)).time_stamps
    assert configured is not None
    assert (configured.urls, configured.when_unreachable, configured.limit_s) == (
        ("http://a.example/", "http://b.example/"),
        "allow",
        2.0,
    )
    typed = identity_of(written(table + stamps), time_stampers=["http://c.example/"], no_timestamp="fail").time_stamps
    assert typed == replace(configured, urls=("http://c.example/",), when_unreachable="fail")
    named = identity_of(written(table), time_stampers=["http://c.example/"]).time_stamps
    assert named is not None
    assert named.when_unreachable == "fail"
    assert identity_of(written(table)).time_stamps is None
    with pytest.raises(ConfigurationError, match="no time-stamp authority"):
        identity_of(written(table), no_timestamp="fail")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[signing]\nkey = "x"', r"signing\.key"),
        ('[signing.signer]\nchain = "c"', "exactly one"),
        ('[signing.signer]\nchain = "c"\nfile = {key = "k"}\nkms = {key_id = "k"}', "exactly one"),
        ('[signing.signer]\nchain = "c"\ncommand = {argv = []}', "argv"),
        ('[signing.signer]\nchain = "c"\ncommand = {argv = ["x"], limit_s = 0}', "limit_s"),
        ('[signing.signer]\nchain = "c"\npkcs11 = {module = "m", token = "t", label = "l", pin = "73519"}', r"pin\]"),
        ('[signing.time_stamps]\nurls = ["ftp://a/"]', "urls"),
        ('[signing.time_stamps]\nurls = ["http://a/"]\nno_timestamp = "maybe"', "no_timestamp"),
        ("signing = 3", "signing"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place_and_without_its_value(
    written: Callable[[str], Settings], text: str, reason: str
) -> None:
    with pytest.raises(SettingsInvalid, match=reason) as caught:
        signing_of(written(text))
    assert "73519" not in str(caught.value)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    assert in_file(secret(tmp_path / "good", "word")) == b"word"
    with pytest.raises(ConfigurationError, match="chmod 600"):
        in_file(secret(tmp_path / "open", "word", 0o644))
    with pytest.raises(ConfigurationError, match="empty first line"):
        in_file(secret(tmp_path / "empty", ""))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        in_file(tmp_path / "absent")


def test_a_token_whose_pin_nobody_knows_is_told(written: Callable[[str], Settings], issued: Path) -> None:
    settings = written(
        f'[signing.signer]\nchain = "{issued / "signer" / "chain.pem"}"\n'
        'pkcs11 = {module = "/m.so", token = "studio", label = "l"}\n'
    )
    with pytest.raises(ConfigurationError, match="PIN of token studio"):
        identity_of(settings)


def test_doctor_judges_the_certificates_of_the_settings_without_asking_for_a_secret(
    issued: Path, written: Callable[[str], Settings]
) -> None:
    from clearance.diagnosis import diagnose

    checks = diagnose(written(file_table(issued)), now=clock.now())
    (identity,) = (check for check in checks if check.name == "signing identity")
    # It was issued for thirty days.
    assert identity.state == "note"
    assert "Harbour Pictures" in identity.detail
