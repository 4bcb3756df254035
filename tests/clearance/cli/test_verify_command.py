"""`verify` on the command line: profiles, revocation by file and by asking, several files, sequences, odd paths."""

from __future__ import annotations

import importlib.util
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from PIL import Image

import clearance as package
import provenance
from clearance.evidence import table
from clearance.verify import Terms, verify_all
from provenance import crosscheck
from provenance.identity import create_development_identity
from provenance.pki import CLAIM_SIGNING
from provenance.sequence_list import list_of
from provenance.sidecar import list_path, sidecar_path
from provenance.sign import sign
from provenance.trust import load, profile_from_pem
from tests.provenance.authorities import make_authority
from tests.provenance.beside import sealed_beside
from tests.provenance.responders import running_responder

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.crosscheck import Outcome
    from tests.clearance.conftest import Typed
    from tests.provenance.authorities import Authority


def certificate_of(signed_still: str) -> x509.Certificate:
    """Return the signer's certificate of the signed still."""
    (chain,) = Path(signed_still).parent.glob("identity/chain.pem")
    return x509.load_pem_x509_certificates(chain.read_bytes())[0]


def root_of(signed_still: str) -> str:
    return str(Path(signed_still).parent / "identity" / "root.pem")


@pytest.mark.parametrize("package_name", [package, provenance])
def test_the_table_in_the_readme_is_the_table_in_use(package_name: object) -> None:
    readme = Path(str(getattr(package_name, "__file__", ""))).with_name("README.md").read_text("utf-8")
    assert f"<!-- evidence -->\n{table()}\n<!-- /evidence -->" in readme


def test_an_auditor_holds_what_is_not_known_to_be_unrevoked(clearance: Callable[..., Typed], signed_still: str) -> None:
    root = root_of(signed_still)
    assert clearance("verify", signed_still, "--trust", root).code == 0
    held = clearance("verify", signed_still, "--trust", root, "--profile", "auditor")
    assert held.code == 3
    assert "revocation not checked" in held.out


@pytest.mark.parametrize("form", ["lines", "json"])
def test_a_serial_number_on_a_revocation_file_ends_in_4(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path, form: str
) -> None:
    certificate = certificate_of(signed_still)
    listed = tmp_path / "revoked"
    if form == "json":
        entry = {"serial": f"{certificate.serial_number:x}", "issuer": certificate.issuer.rfc4514_string()}
        listed.write_text(json.dumps({"schema": "clearance.revocation/1", "revoked": [entry]}))
    else:
        listed.write_text(f"# stolen\n{certificate.serial_number:X}; keyCompromise; 2026-11-01\n")
    done = clearance("verify", signed_still, "--trust", root_of(signed_still), "--revoked", listed)
    assert done.code == 4
    assert "is revoked" in done.out


def test_a_complete_and_current_revocation_file_lets_an_auditor_pass_offline(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    listed = tmp_path / "revoked.json"

    def verified(next_update: datetime) -> Typed:
        document = {
            "schema": "clearance.revocation/1",
            "next_update": next_update.isoformat(),
            "covers": [certificate_of(signed_still).issuer.rfc4514_string()],
            "revoked": [],
        }
        listed.write_text(json.dumps(document))
        root = root_of(signed_still)
        return clearance("verify", signed_still, "--trust", root, "--profile", "auditor", "--revoked", listed)

    now = datetime.now(UTC)
    assert verified(now + timedelta(days=1)).code == 0
    stale = verified(now - timedelta(days=1))
    assert stale.code == 3
    assert "out of date" in stale.out


def test_revoked_is_4_by_asking_and_a_responder_that_is_down_is_held_by_an_auditor(
    clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    authority = make_authority("Asked Root")
    root, path = tmp_path / "root.pem", tmp_path / "signed.jpg"
    root.write_bytes(authority.pem)
    Image.new("RGB", (32, 32)).save(tmp_path / "plain.jpg")
    with running_responder(authority) as responder:
        sign(
            tmp_path / "plain.jpg",
            path,
            identity=responder.signer(),
            trust=profile_from_pem("x", authority.pem),
            source_type="digitalCapture",
            now=datetime.now(UTC),
        )
        responder.state = "revoked"
        asked = clearance("verify", path, "--trust", root, "--profile", "auditor", "--ocsp")
        assert (asked.code, responder.url.rstrip("/") in asked.out) == (4, True)
    down = clearance("verify", path, "--trust", root, "--profile", "auditor", "--ocsp")
    assert down.code == 3
    assert "unreachable" in down.out


def test_an_auditor_asks_whether_the_signers_of_ingredients_still_stand(
    clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    plate_signer, desk = make_authority("Plate Root"), make_authority("Desk Root")
    root, now = tmp_path / "roots.pem", datetime.now(UTC)
    root.write_bytes(plate_signer.pem + desk.pem)
    both = profile_from_pem("x", root.read_bytes())
    Image.new("RGB", (32, 32)).save(tmp_path / "plain.jpg")
    for authority, source, out in ((plate_signer, "plain", "plate"), (desk, "plate", "final")):
        sign(
            *(tmp_path / f"{source}.jpg", tmp_path / f"{out}.jpg"),
            identity=authority.identity(CLAIM_SIGNING),
            trust=both,
            source_type="digitalCapture",
            now=now,
        )
    listed = tmp_path / "revoked.json"

    def verified(covered: tuple[Authority, ...], revoked: tuple[str, ...] = ()) -> Typed:
        document = {
            "schema": "clearance.revocation/1",
            "next_update": (now + timedelta(days=1)).isoformat(),
            "covers": [one.certificate.subject.rfc4514_string() for one in covered],
            "revoked": [{"serial": serial} for serial in revoked],
        }
        listed.write_text(json.dumps(document))
        order = ("verify", tmp_path / "final.jpg", "--trust", root, "--profile", "auditor", "--revoked", listed)
        return clearance(*order)

    assert verified((plate_signer, desk)).code == 0
    half = verified((desk,))
    assert (half.code, "its ingredient" in half.out, "revocation not checked" in half.out) == (3, True, True)
    plain = json.loads(clearance("inspect", tmp_path / "final.jpg", "--trust", root, "--json").out)
    (parent,) = plain["ingredients"]
    assert verified((plate_signer, desk), (parent["signer"]["serial"],)).code == 4


def test_the_worst_of_several_files_is_the_exit_code(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    data = bytearray(Path(signed_still).read_bytes())
    data[-20] ^= 1
    broken, plain = tmp_path / "broken.jpg", tmp_path / "plain.jpg"
    broken.write_bytes(data)
    Image.new("RGB", (32, 32)).save(plain)
    root = root_of(signed_still)
    assert clearance("verify", signed_still, plain, "--trust", root).code == 3
    done = clearance("verify", signed_still, broken, plain, "--trust", root, "--json")
    document = json.loads(done.out)
    assert (done.code, document["schema"], document["verdict"]) == (4, "clearance.verifications/1", "invalid")
    assert [file["verdict"] for file in document["files"]] == ["warn", "invalid", "review"]


def test_inspect_takes_several_files(clearance: Callable[..., Typed], signed_still: str) -> None:
    document = json.loads(clearance("inspect", signed_still, signed_still, "--json").out)
    assert [file["schema"] for file in document["files"]] == ["clearance.inspection/1"] * 2


@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing", "dangling"])
@pytest.mark.parametrize("name", ["odd.jpg", "odd.zip"])
def test_what_is_no_regular_file_is_refused_at_once(
    clearance: Callable[..., Typed], tmp_path: Path, kind: str, name: str
) -> None:
    path = tmp_path / name
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "dangling":
        path.symlink_to(tmp_path / "elsewhere")
    done = clearance("verify", path)
    assert done.code == 2
    assert name in done.err


@pytest.mark.parametrize("option", [["--ocsp"], ["--revoked", "list.txt"], ["--fragment", "1.m4s"], ["--cross-check"]])
def test_what_only_media_can_be_asked_is_refused_for_a_bundle(
    clearance: Callable[..., Typed], tmp_path: Path, option: list[str]
) -> None:
    done = clearance("verify", tmp_path / "bundle.zip", *option)
    assert done.code == 2
    assert "not to a bundle" in done.err


def test_a_link_to_a_signed_file_is_that_file(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    link = tmp_path / "link.jpg"
    link.symlink_to(signed_still)
    assert clearance("verify", link, "--trust", root_of(signed_still)).code == 0


def test_a_file_that_changes_while_it_is_read_is_not_judged_by_either_state(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clearance import verify

    path = tmp_path / "growing.jpg"
    path.write_bytes(Path(signed_still).read_bytes())
    digest = verify._digest

    def late(of: Path) -> str:
        found = digest(of)
        with path.open("ab") as stream:
            stream.write(b"more")
        return found

    monkeypatch.setattr(verify, "_digest", late)
    done = clearance("verify", path, "--trust", root_of(signed_still))
    assert done.code == 4
    assert "changed while it was read" in done.out


def test_a_file_s_name_cannot_drive_the_terminal(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J\u202egpj.exe"
    Image.new("RGB", (8, 8)).save(path, "JPEG")
    out = clearance("verify", path).out + clearance("inspect", path).out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_an_unusable_revocation_file_is_named(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    listed = tmp_path / "revoked.txt"
    listed.write_text("not a serial\n")
    done = clearance("verify", signed_still, "--revoked", listed)
    assert done.code == 2
    assert "line 1" in done.err


def test_two_frames_of_a_signed_sequence_swapped_end_in_4(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    now = datetime.now(UTC)
    identity = create_development_identity(tmp_path / "identity", now=now)
    pattern = tmp_path / "shot.%04d.exr"
    frames = [tmp_path / f"shot.{n:04d}.exr" for n in range(1, 6)]
    for number, frame in enumerate(frames):
        frame.write_bytes(b"\x76\x2f\x31\x01" + bytes([number]) * 100)
    listed = list_of(frames)
    list_path(pattern).write_bytes(listed)
    sidecar_path(pattern).write_bytes(sealed_beside(identity, load(tmp_path / "identity" / "root.pem"), listed))
    root = tmp_path / "identity" / "root.pem"
    good = clearance("verify", pattern, "--trust", root)
    assert (good.code, "every frame" in good.out) == (0, True)
    frames[1].rename(tmp_path / "aside")
    frames[2].rename(frames[1])
    (tmp_path / "aside").rename(frames[2])
    swapped = clearance("verify", pattern, "--trust", root)
    assert swapped.code == 4
    assert "not what was signed" in swapped.out
    frames[1].unlink()
    assert clearance("verify", pattern, "--trust", root).code == 4


# --- who should have signed, and a second implementation


def test_the_expected_signer_passes_and_anybody_else_is_no_evidence(
    clearance: Callable[..., Typed], signed_still: str
) -> None:
    certificate = certificate_of(signed_still)
    verify = ("verify", signed_still, "--trust", root_of(signed_still), "--signer")
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    for stated in ("CN=clearance DEVELOPMENT signer", f"sha256:{fingerprint}", f"serial:{certificate.serial_number:x}"):
        done = clearance(*verify, stated)
        assert (done.code, "as expected" in done.out) == (0, True)
    done = clearance(*verify, "O=Studio X")
    assert (done.code, "O=Studio X was expected" in done.out) == (4, True)
    document = json.loads(clearance(*verify, "O=Studio X", "--json").out)
    assert (document["verdict"], document["expected_signer"]["as_expected"]) == ("invalid", False)
    assert clearance(*verify, "Studio X").code == 2


def test_without_an_expected_signer_nobody_is_called_the_right_one(
    clearance: Callable[..., Typed], signed_still: str
) -> None:
    done = clearance("verify", signed_still, "--trust", root_of(signed_still))
    assert "signed by" in done.out
    assert not any(word in done.out for word in ("as expected", "correct", "right signer"))


def test_an_expected_signer_that_nobody_vouches_for_is_still_held(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(make_authority("Other").pem)
    done = clearance("verify", signed_still, "--trust", other, "--signer", "CN=clearance DEVELOPMENT signer")
    assert done.code == 3


def test_an_unsigned_file_is_held_whoever_was_expected(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(path)
    assert clearance("verify", path, "--signer", "O=Studio X").code == 3


def test_an_altered_file_stays_altered_whoever_signed_it(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    path = tmp_path / "altered.jpg"
    path.write_bytes(Path(signed_still).read_bytes() + b"\0")
    done = clearance("verify", path, "--trust", root_of(signed_still), "--signer", "O=Studio X")
    assert (done.code, "changed after signing" in done.out) == (4, True)


def test_a_second_implementation_that_agrees_changes_nothing(
    clearance: Callable[..., Typed], signed_still: str
) -> None:
    done = clearance("verify", signed_still, "--trust", root_of(signed_still), "--cross-check", "--json")
    document = json.loads(done.out)
    assert (done.code, document["cross_check"]["outcome"]) == (0, "agrees")
    untrusted = clearance("verify", signed_still, "--cross-check")
    assert untrusted.code == 3


@pytest.mark.parametrize(
    ("altered", "outcome", "code"),
    [
        (False, "differs", 3),
        (False, "not_assessed", 3),
        (False, "agrees", 0),
        (True, "differs", 4),
        (True, "agrees", 4),
    ],
)
def test_what_a_second_implementation_says_never_makes_a_file_better(
    signed_still: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, altered: bool, outcome: Outcome, code: int
) -> None:
    path = tmp_path / "file.jpg"
    path.write_bytes(Path(signed_still).read_bytes() + (b"\0" if altered else b""))
    monkeypatch.setattr(crosscheck, "ask", lambda *_: crosscheck.CrossCheck(outcome, "it says something"))
    (done,) = verify_all([path], Terms(load(Path(root_of(signed_still))), cross_check=True))
    assert done.verdict.exit_code == code


def test_a_cross_check_without_the_extra_ends_in_2(
    clearance: Callable[..., Typed], signed_still: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: None)
    done = clearance("verify", signed_still, "--cross-check")
    assert (done.code, "clearance[cross-check]" in done.err) == (2, True)
