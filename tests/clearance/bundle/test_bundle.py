"""A bundle made of a real audit verifies as it is, and not when anything of it, or of its media, is another's."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clearance.bundle.archive import ENVELOPE, LIST
from clearance.bundle.listing import Listing
from clearance.bundle.verify import NAMES, verify_bundle
from provenance import expected_signer
from provenance.identity import create_development_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clearance.bundle.steps import BundleVerification
    from tests.clearance.bundle.conftest import Submission
    from tests.clearance.conftest import Typed

# Bytes to alter, spread over the whole file; tests/bench alters 5,000.
FLIPS = 300
# Records to bend out of shape.
SHAPES = 40


README = Path(__file__).resolve().parents[3] / "README.md"


def outcomes(found: BundleVerification) -> dict[str, str]:
    """Return the outcome of each step by its name."""
    return {step.name: step.found.outcome for step in found.steps}


def test_a_bundle_with_its_media_holds_in_every_step_that_was_asked_for(submission: Submission) -> None:
    found = verify_bundle(submission.bundle, submission.asked(media=submission.media))
    assert [step.name for step in found.steps] == list(NAMES)
    left = {name: outcome for name, outcome in outcomes(found).items() if outcome != "ok"}
    assert left == {"signer": "not_checked", "time": "not_checked", "checkpoint": "not_checked"}, found.why
    assert found.verdict.exit_code == 0


def test_the_auditor_profile_holds_what_was_not_checked(submission: Submission) -> None:
    found = verify_bundle(submission.bundle, replace(submission.asked(), strict=True))
    assert found.verdict.exit_code == 3


def test_a_signer_whom_nobody_vouches_for_holds_the_bundle(submission: Submission, tmp_path: Path) -> None:
    assert verify_bundle(submission.bundle, replace(submission.asked(), trust=None)).verdict.exit_code == 3
    other = create_development_identity(tmp_path / "other", now=submission.asked().now)
    again = submission.signed_again(
        tmp_path / "again.zip", submission.members() | {"keys/chain.pem": other.chain_pem}, other
    )
    found = submission.verified(again)
    assert outcomes(found)["envelope signature"] == "ok"
    assert outcomes(found)["chain"] == "not_checked"
    assert found.verdict.exit_code == 3


def test_another_signer_than_the_expected_one_is_invalid(submission: Submission) -> None:
    asked = replace(submission.asked(), expected=expected_signer.parse("O=Somebody Else"))
    assert verify_bundle(submission.bundle, asked).verdict.exit_code == 4


def test_every_altered_byte_is_found(submission: Submission, tmp_path: Path) -> None:
    whole, file = submission.bundle.read_bytes(), tmp_path / "altered.zip"
    chance = random.Random(7)
    for place in (*range(0, 200, 4), *(chance.randrange(len(whole)) for _ in range(FLIPS))):
        altered = bytearray(whole)
        altered[place] ^= 1 << chance.randrange(8)
        file.write_bytes(altered)
        assert submission.verified(file).verdict.exit_code == 4, place


def changed_record(submission: Submission, change: Callable[[dict[str, Any]], None]) -> dict[str, bytes]:
    """Return the members with another record."""
    members = submission.members()
    document = json.loads(members["report.json"])
    change(document)
    return members | {"report.json": json.dumps(document).encode()}


def milder(document: dict[str, Any]) -> None:
    document["assets"][1]["verdict"] = "pass"


def without_a_finding(document: dict[str, Any]) -> None:
    document["assets"][1]["findings"].pop()


def longer_term(document: dict[str, Any]) -> None:
    document["assets"][0]["facts"]["use"]["date"] = "2032-06-01T00:00:00Z"


def of_another_file(document: dict[str, Any]) -> None:
    document["assets"][0]["facts"]["asset"]["sha256"] = "0" * 64


def an_answer_of_nobody(document: dict[str, Any]) -> None:
    answer = {"rule": "CORE.K14", "role": "legal counsel", "answer": "yes", "reasons": "because"}
    document["assets"][0]["facts"]["attestations"] = [answer]


LIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a milder verdict": (milder, "rules judged again"),
    "a finding left out": (without_a_finding, "rules judged again"),
    "facts of another file": (of_another_file, "rules judged again"),
    "an answer that nobody signed": (an_answer_of_nobody, "answers and waivers"),
    "a use after the end of the term": (longer_term, "receipts at use"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_record_that_its_own_signer_changed_is_found_out(lie: str, submission: Submission, tmp_path: Path) -> None:
    change, step = LIES[lie]
    found = submission.verified(submission.signed_again(tmp_path / "lie.zip", changed_record(submission, change)))
    assert outcomes(found)["envelope signature"] == "ok"
    assert outcomes(found)[step] == "invalid"
    assert found.verdict.exit_code == 4


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a document."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from places(part, (*path, key))


def test_a_record_of_whatever_shape_gives_an_answer(submission: Submission, tmp_path: Path) -> None:
    chance = random.Random(11)
    every = [path for path in places(json.loads(submission.members()["report.json"])) if "findings" not in path[:-1]]
    for path in chance.sample(every, SHAPES):
        junk: object = chance.choice((None, 7, -1e300, "\x1b[2J", [], {}, [None], {"a": []}, True))

        def put(document: dict[str, Any], path: tuple[Any, ...] = path, junk: object = junk) -> None:
            inner: Any = document
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = junk

        found = submission.verified(submission.signed_again(tmp_path / "any.zip", changed_record(submission, put)))
        assert len(found.steps) == len(NAMES)
        assert all(step.line.isprintable() for step in found.steps)


def test_a_pack_with_milder_rules_is_found_out(submission: Submission, tmp_path: Path) -> None:
    members = submission.members()
    name = "packs/CORE/pack.yaml"
    members[name] += b"# milder\n"
    found = submission.verified(submission.signed_again(tmp_path / "pack.zip", members))
    assert outcomes(found)["packs"] == "invalid"


@pytest.mark.parametrize(
    ("part", "step"),
    [
        ("receipts/", "receipts at use"),
        ("ledger/inclusion", "inclusion proofs"),
        ("ledger/standing", "consents today"),
        ("ledger/consistency", "checkpoint"),
    ],
)
def test_evidence_that_is_left_out_holds_the_bundle(
    part: str, step: str, submission: Submission, tmp_path: Path
) -> None:
    members = {name: content for name, content in submission.members().items() if not name.startswith(part)}
    found = submission.verified(submission.signed_again(tmp_path / "less.zip", members))
    assert outcomes(found)[step] == "held"
    assert found.verdict.exit_code == 3


def test_a_waiver_that_is_left_out_is_missed(submission: Submission, tmp_path: Path) -> None:
    members = {name: content for name, content in submission.members().items() if not name.startswith("waivers/")}
    assert len(members) == len(submission.members()) - 1
    found = outcomes(submission.verified(submission.signed_again(tmp_path / "less.zip", members)))
    assert (found["rules judged again"], found["answers and waivers"]) == ("invalid", "invalid")


def test_other_media_under_the_same_name_is_invalid_and_missing_media_is_held(
    submission: Submission, tmp_path: Path
) -> None:
    shutil.copytree(submission.media, tmp_path / "media")
    still = tmp_path / "media" / "keeper-still.jpg"
    still.write_bytes(still.read_bytes() + b"\0")
    assert verify_bundle(submission.bundle, submission.asked(media=tmp_path / "media")).verdict.exit_code == 4
    still.unlink()
    assert verify_bundle(submission.bundle, submission.asked(media=tmp_path / "media")).verdict.exit_code == 3


def test_the_checkpoint_an_auditor_kept_is_compared(
    clearance: Callable[..., Typed], submission: Submission, tmp_path: Path
) -> None:
    own = submission.members()["ledger/checkpoint.txt"].decode()
    asked = submission.asked()
    found = verify_bundle(submission.bundle, replace(asked, last_checkpoint=own))
    assert outcomes(found)["checkpoint"] == "ok"
    assert clearance("--home", tmp_path / "home", "init").code == 0
    assert clearance("--home", tmp_path / "home", "ledger", "checkpoint", "--out", tmp_path / "note.txt").code == 0
    foreign = (tmp_path / "note.txt").read_text(encoding="utf-8")
    found = verify_bundle(submission.bundle, replace(asked, last_checkpoint=foreign))
    assert outcomes(found)["checkpoint"] == "invalid"


def test_keys_of_another_registry_verify_nothing(
    submission: Submission, clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    assert clearance("--home", tmp_path / "home", "init").code == 0
    key = clearance("--home", tmp_path / "home", "consent", "receipt", "key").out
    found = verify_bundle(submission.bundle, replace(submission.asked(), issuer_key=key))
    assert outcomes(found)["receipts at use"] == "invalid"


def test_nothing_personal_is_in_an_auditors_bundle(submission: Submission) -> None:
    members = submission.members()
    assert not [name for name in members if name.endswith(".jpg")]
    assert b"data:image/jpeg" not in members["report.html"]
    assert json.loads(members["report.json"])["view"]["audience"] == "auditor"
    assert {"report.html", "report.pdf", "findings.csv", "report.sarif", "junit.xml"} <= members.keys()
    for word in (b"stand-in", b"DIGITAL REPLICA RIDER"):
        assert not [name for name, content in submission.members().items() if word in content]


def test_a_receipt_in_a_bundle_shows_term_territories_kinds_and_life_alone(
    submission: Submission, clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    (name,) = (name for name in submission.members() if name.startswith("receipts/"))
    (tmp_path / "receipt").write_bytes(submission.members()[name])
    (tmp_path / "key").write_bytes(submission.members()["keys/issuer.jwk"])
    done = clearance("consent", "receipt", "verify", tmp_path / "receipt", "--issuer-key", tmp_path / "key", "--json")
    shown = json.loads(done.out)["claims"].keys()
    assert {"term", "lifecycle"} <= shown
    assert not shown & {"characters", "compensation", "signatory", "projects", "media", "evidence"}


@pytest.mark.parametrize("altered", [None, "bundle.json", "bundle.dsse.json"])
def test_openssl_alone_checks_who_signed_a_bundle(submission: Submission, tmp_path: Path, altered: str | None) -> None:
    found = re.search(r"<!-- bundle -->\n```sh\nunzip .*?\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "keys").mkdir()
    shutil.copy(submission.home / "identity" / "root.pem", tmp_path)
    for name in ("bundle.json", "bundle.dsse.json", "keys/chain.pem"):
        (tmp_path / name).write_bytes(submission.members()[name])
    if altered is not None:
        content = (tmp_path / altered).read_bytes()
        place = content.index(b'"sig": "') + 50 if altered == "bundle.dsse.json" else 50
        other = b"A" if content[place : place + 1] != b"A" else b"B"
        (tmp_path / altered).write_bytes(content[:place] + other + content[place + 1 :])
    done = subprocess.run(["sh", "-c", found[1]], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == (0 if altered is None else 4), done.stderr


def test_a_newer_list_names_the_version_that_is_needed(submission: Submission, tmp_path: Path) -> None:
    members = submission.members()
    from clearance.bundle.archive import written

    members[LIST] = members[LIST].replace(b"clearance.bundle/1", b"clearance.bundle/2")
    file = tmp_path / "newer.zip"
    file.write_bytes(written(members))
    found = submission.verified(file)
    assert found.verdict.exit_code == 4
    assert "version of clearance that made it" in found.why


_BLIND = """
import sys
HEAVY = {"sqlmodel", "sqlalchemy", "alembic", "numpy", "onnxruntime", "insightface", "cv2", "av"}
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HEAVY:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
from clearance.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_bundle_verifies_where_there_is_no_database_no_model_and_no_numpy(submission: Submission) -> None:
    root = submission.home / "identity" / "root.pem"
    typed = ("verify", submission.bundle, "--trust", root, "--media", submission.media, "--json")
    done = subprocess.run([sys.executable, "-c", _BLIND, *map(str, typed)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "clearance.bundle-verification/1"
    assert len(document["steps"]) == len(NAMES)


def test_the_command_line_shows_and_verifies_and_never_overwrites(
    clearance: Callable[..., Typed], submission: Submission
) -> None:
    listed = clearance("bundle", "show", submission.bundle)
    assert listed.code == 0
    assert "report.json" in listed.out
    root = submission.home / "identity" / "root.pem"
    walked = clearance("verify", submission.bundle, "--trust", root, "--signer", "O=Nobody")
    assert walked.code == 4
    assert walked.out.count("\n") > len(NAMES)
    again = clearance("--home", submission.home, "bundle", "create", submission.report, "--out", submission.bundle)
    assert again.code == 2
    assert clearance("verify", submission.media / "keeper-still.jpg", "--media", submission.media).code == 2


def test_openssl_alone_checks_the_signature_of_a_bundle(submission: Submission, tmp_path: Path) -> None:
    members = submission.members()
    payload, kind = members[LIST], b"application/vnd.clearance.bundle+json"
    (tmp_path / "signed").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
    signature = json.loads(members[ENVELOPE])["signatures"][0]["sig"]
    (tmp_path / "sig").write_bytes(base64.b64decode(signature))
    (tmp_path / "chain.pem").write_bytes(members["keys/chain.pem"])
    typed = ["openssl", "x509", "-in", "chain.pem", "-pubkey", "-noout", "-out", "key.pem"]
    subprocess.run(typed, cwd=tmp_path, check=True, capture_output=True)
    typed = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "signed"]
    assert subprocess.run(typed, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / "signed").write_bytes((tmp_path / "signed").read_bytes() + b" ")
    assert subprocess.run(typed, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def test_the_shipped_schema_is_that_of_the_list(submission: Submission) -> None:
    schema = json.loads(files("clearance").joinpath("schemas/bundle-1.json").read_text(encoding="utf-8"))
    assert schema == Listing.model_json_schema(by_alias=True)
    jsonschema.Draft202012Validator(schema).validate(json.loads(submission.members()[LIST]))


def test_another_declaration_than_the_reports_is_refused(
    clearance: Callable[..., Typed], submission: Submission, tmp_path: Path
) -> None:
    other = tmp_path / "declaration.yaml"
    text = submission.declaration.read_text(encoding="utf-8")
    other.write_text(text.replace("Example VFX", "Other VFX"), encoding="utf-8")
    out = tmp_path / "bundle.zip"
    done = clearance("--home", submission.home, "bundle", "create", submission.report, "-d", other, "--out", out)
    assert done.code == 2
    assert "not the declaration" in done.err
    assert not out.exists()
