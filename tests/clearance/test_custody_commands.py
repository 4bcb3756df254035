"""Keys, holders, look-alikes, retention and erasure as a user meets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from clearance.demo import media
from clearance.home import registry_of
from clearance.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

RELEASED = ("--release-signed", "2026-01-01", "--jurisdiction", "US-IL")


@pytest.fixture
def home(clearance: Callable[..., Typed], tmp_path: Path) -> tuple[str, str]:
    """The option that names a home with one enrolled performer, `keeper`."""
    chosen = ("--home", str(tmp_path / "home"))
    clearance(*chosen, "init")
    return chosen


@pytest.fixture
def keeper(clearance: Callable[..., Typed], home: tuple[str, str], studio: Studio) -> str:
    ref = clearance(*home, "performer", "add", "the keeper").out.strip()
    done = clearance(*home, "performer", "enrol", ref, studio.papers / "keeper.jpg", *RELEASED)
    assert done.code == 0, done
    return ref


@pytest.fixture
def holder(tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of a holder's private and public key."""
    key = X25519PrivateKey.generate()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "still.jpg"
    media.retouched(media.COLLINS).save(path, quality=92)
    return path


def test_a_home_under_a_passphrase_is_made_opened_rotated_and_moved(
    clearance: Callable[..., Typed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, home = tmp_path / "secret", ("--home", tmp_path / "home")
    secret.write_text("five random words in a row\n")
    monkeypatch.setenv("CLEARANCE_PASSPHRASE_FILE", str(secret))
    secret.chmod(0o644)
    exposed = clearance(*home, "init", "--key-provider", "passphrase")
    assert (exposed.code, "chmod 600" in exposed.err, (tmp_path / "home").exists()) == (2, True, False)
    secret.chmod(0o600)
    assert clearance(*home, "init", "--key-provider", "passphrase").code == 0
    assert clearance(*home, "performer", "add", "somebody").code == 0
    before = json.loads(clearance(*home, "keys", "status", "--json").out)
    assert (before["provider"], before["data_keys"], before["leftover"]) == ("passphrase", 1, [])
    assert "1 key wrapped" in clearance(*home, "keys", "rotate").out
    secret.write_text("other words than those\n")
    refused = clearance(*home, "keys", "status")
    assert (refused.code, "passphrase does not open" in refused.err) == (2, True)
    secret.write_text("five random words in a row\n")
    assert clearance(*home, "keys", "move", "--to", "file").code == 0
    monkeypatch.delenv("CLEARANCE_PASSPHRASE_FILE")
    after = json.loads(clearance(*home, "keys", "status", "--json").out)
    assert (after["provider"], after["key_encryption_key"] != before["key_encryption_key"]) == ("file", True)
    nobody = clearance(*home, "keys", "move", "--to", "passphrase")
    assert (nobody.code, "CLEARANCE_PASSPHRASE_FILE" in nobody.err) == (2, True)


def test_a_provider_without_its_settings_says_which_one_it_needs(
    clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    for provider, setting in (("kms", "kms_key"), ("pkcs11", "pkcs11_module")):
        environment_missing = clearance("--home", tmp_path / provider, "init", "--key-provider", provider)
        assert environment_missing.code == 2
        assert setting in environment_missing.err or "PIN" in environment_missing.err
        assert not (tmp_path / provider).exists()


def test_the_face_of_somebody_else_on_record_is_held_until_a_human_has_looked(
    clearance: Callable[..., Typed], home: tuple[str, str], keeper: str, still: Path
) -> None:
    other = clearance(*home, "performer", "add", "the same face").out.strip()
    held = clearance(*home, "performer", "enrol", other, still, *RELEASED)
    assert held.code == 3
    assert keeper in held.err
    shown = json.loads(clearance(*home, "performer", "show", other, "--json").out)
    assert (shown["templates"], shown["releases"]) == (0, [])
    assert clearance(*home, "performer", "enrol", other, still, *RELEASED, "--different-person").code == 0
    with registry_of(load(home=home[1])) as registry:
        (looked,) = [e for e in registry.events() if e.kind == "different-person"]
    assert dict(looked.detail)["other"] == keeper
    twin = clearance(*home, "performer", "add", "a twin").out.strip()
    for known in (keeper, other):
        clearance(*home, "performer", "relate", twin, known, "--kind", "twin")
    assert clearance(*home, "performer", "enrol", twin, still, *RELEASED).code == 0


def test_a_release_without_a_jurisdiction_is_refused_before_any_face_is_measured(
    clearance: Callable[..., Typed], home: tuple[str, str], tmp_path: Path
) -> None:
    ref = clearance(*home, "performer", "add", "somebody").out.strip()
    refused = clearance(*home, "performer", "enrol", ref, tmp_path / "none.jpg", "--release-signed", "2026-01-01")
    assert (refused.code, "--jurisdiction" in refused.err) == (2, True)


def test_a_performer_who_holds_the_key_is_named_as_not_searched_unless_the_key_is_given(
    clearance: Callable[..., Typed],
    studio: Studio,
    home: tuple[str, str],
    keeper: str,
    holder: tuple[Path, Path],
    still: Path,
    tmp_path: Path,
) -> None:
    private, public = holder
    assert clearance(*home, "performer", "hold", keeper, "--holder-key", public).code == 0
    scanned = json.loads(clearance(*home, "scan", still, "--json").out)["files"][0]
    assert scanned["not_searched"] == [keeper]
    assert scanned["appearances"][0]["decision"] == "no_match"
    assert f"not searched: {keeper}" in clearance(*home, "scan", still).out
    found = json.loads(clearance(*home, "scan", still, "--holder-key", private, "--json").out)["files"][0]
    assert (found["not_searched"], found["appearances"][0]["decision"]) == ([], "match")
    declaration = studio.declaration(tmp_path, **{studio.keeper: keeper})
    judged = clearance(*home, "gate", still, "-d", declaration, "--json")
    document = json.loads(judged.out)
    assert judged.code in (1, 3)
    assert document["not_searched"] == [keeper]
    assert any(keeper in limit and "holder's key" in limit for limit in document["limits"])
    assert clearance(*home, "performer", "release-hold", keeper).code == 2
    assert clearance(*home, "performer", "release-hold", keeper, "--holder-key", private).code == 0
    assert json.loads(clearance(*home, "scan", still, "--json").out)["files"][0]["not_searched"] == []


def test_a_declared_performer_who_could_not_be_searched_for_is_not_said_to_be_absent(
    clearance: Callable[..., Typed],
    studio: Studio,
    home: tuple[str, str],
    keeper: str,
    holder: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    from importlib.resources import files

    import jsonschema

    clearance(*home, "performer", "hold", keeper, "--holder-key", holder[1])
    named = tmp_path / "keeper-still.jpg"
    media.retouched(media.COLLINS).save(named, quality=92)
    declaration = studio.declaration(tmp_path, **{studio.keeper: keeper})
    report = tmp_path / "report"
    judged = clearance(*home, "audit", named, "-d", declaration, "--out", report, "--json")
    document = json.loads(judged.out)
    assert [r["seen"] for r in document["assets"][0]["replicas"]] == [None]
    jsonschema.validate(document, json.loads((files("clearance") / "schemas/audit-1.json").read_text()))
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "not searched: the holder&#39;s key was not given" in page


def test_an_erasure_gives_a_receipt_that_is_checked_offline(
    clearance: Callable[..., Typed], home: tuple[str, str], keeper: str, tmp_path: Path
) -> None:
    receipt, key = tmp_path / "receipt.json", tmp_path / "key.pem"
    assert clearance(*home, "performer", "erase", keeper, "--reason", "request").code == 2
    erased = clearance(*home, "performer", "erase", keeper, "--reason", "request", "--yes", "--out", receipt)
    assert erased.code == 0, erased
    key.write_text(clearance(*home, "keys", "status", "--public").out)
    checked = clearance("--home", tmp_path / "none", "performer", "check-erasure", receipt, "--key", key)
    assert (checked.code, "1 templates" in checked.out) == (0, True)
    receipt.write_text(receipt.read_text().replace(keeper, "P-00000000"))
    assert clearance("performer", "check-erasure", receipt, "--key", key).code == 4
    assert "(erased)" in clearance(*home, "performer", "list").out
    assert "(erased)" in clearance(*home, "performer", "show", keeper).out


def test_a_withdrawn_release_is_due_at_once_and_destroyed_only_when_asked(
    clearance: Callable[..., Typed], home: tuple[str, str], keeper: str
) -> None:
    shown = json.loads(clearance(*home, "retention", "show", "--json").out)["retained"]
    assert [(each["performer"], each["templates"]) for each in shown] == [(keeper, 1)]
    assert "BIPA" in shown[0]["citation"]
    assert "nothing is due" in clearance(*home, "retention", "run").out
    release = shown[0]["release"]
    assert clearance(*home, "performer", "withdraw", keeper, release, "--on", "2026-02-01").code == 0
    dry = clearance(*home, "retention", "run")
    assert keeper in dry.out
    assert "nothing was changed" in dry.err
    assert clearance(*home, "retention", "run", "--apply", "--dry-run").code == 2
    assert keeper in clearance(*home, "retention", "run", "--apply").out
    assert json.loads(clearance(*home, "retention", "show", "--json").out)["retained"] == []


def test_the_end_of_a_purpose_makes_templates_due(
    clearance: Callable[..., Typed], home: tuple[str, str], keeper: str
) -> None:
    release = json.loads(clearance(*home, "retention", "show", "--json").out)["retained"][0]["release"]
    assert clearance(*home, "retention", "end-purpose", keeper, release, "--on", "2026-02-01").code == 0
    (shown,) = json.loads(clearance(*home, "retention", "show", "--json").out)["retained"]
    assert shown["due"] == "2026-02-02"
