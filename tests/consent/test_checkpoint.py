"""Checkpoints: the published note opens, ours opens under its key alone, and no other text does."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from consent.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint, verifier_key_of
from consent.errors import CheckpointInvalid

# The example of golang.org/x/mod/sumdb/note, which C2SP signed-note describes.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "clearance/registry/test"
VERIFIER = verifier_key_of(NAME, KEY.public_key())
STATE = Checkpoint(NAME, 12, b"r" * 32, b"m" * 32, datetime(2026, 9, 30, 12, 0, 0, 250_000, tzinfo=UTC))
NOTE = sign_checkpoint(STATE, KEY)


def signed(body: str) -> str:
    """Return a note of any text under the test's key."""
    raw = base64.b64decode(NOTE.rsplit(" ", 1)[1])[:4] + KEY.sign(body.encode("utf-8", "surrogatepass"))
    return f"{body}\n\N{EM DASH} {NAME} {base64.b64encode(raw).decode()}\n"


def test_a_checkpoint_opens_under_its_key() -> None:
    assert open_checkpoint(NOTE, VERIFIER) == STATE
    assert NOTE.split("\n")[:5] == [
        NAME,
        "12",
        base64.b64encode(b"r" * 32).decode(),
        f"map {base64.b64encode(b'm' * 32).decode()}",
        "time 2026-09-30T12:00:00.250000Z",
    ]


def test_the_signature_of_the_published_note_holds_and_the_note_is_no_checkpoint() -> None:
    with pytest.raises(CheckpointInvalid, match="another log"):
        open_checkpoint(PUBLISHED, PUBLISHED_KEY)
    with pytest.raises(CheckpointInvalid, match="does not hold"):
        open_checkpoint(PUBLISHED.replace("answer", "answers"), PUBLISHED_KEY)


def test_signatures_of_witnesses_stand_beside_ours() -> None:
    body, _, ours = NOTE.rpartition("\n\n")
    witness = "\N{EM DASH} witness.example/w " + base64.b64encode(b"abcd" + b"x" * 72).decode()
    for lines in (f"{witness}\n{ours}", f"{ours}{witness}\n"):
        assert open_checkpoint(f"{body}\n\n{lines}", VERIFIER) == STATE
    with pytest.raises(CheckpointInvalid, match="no signature"):
        open_checkpoint(f"{body}\n\n{witness}\n", VERIFIER)


def test_extension_lines_that_we_do_not_know_are_passed_over() -> None:
    body = NOTE.rpartition("\n\n")[0] + "\nshard 7\n"
    assert open_checkpoint(signed(body), VERIFIER) == STATE


ROOT = base64.b64encode(b"r" * 32).decode()
MAP = f"map {ROOT}\n"
TIME = "time 2026-09-30T12:00:00Z\n"


@pytest.mark.parametrize(
    "body",
    [
        f"other\n12\n{ROOT}\n{MAP}{TIME}",
        f"{NAME}\n012\n{ROOT}\n{MAP}{TIME}",
        f"{NAME}\n-1\n{ROOT}\n{MAP}{TIME}",
        f"{NAME}\n9999999999999999999\n{ROOT}\n{MAP}{TIME}",
        f"{NAME}\n١٢\n{ROOT}\n{MAP}{TIME}",
        f"{NAME}\n12\n{ROOT[:-4]}\n{MAP}{TIME}",
        f"{NAME}\n12\n{ROOT[:-2]}t=\n{MAP}{TIME}",
        f"{NAME}\n12\n{ROOT}\n{TIME}",
        f"{NAME}\n12\n{ROOT}\n{MAP}",
        f"{NAME}\n12\n{ROOT}\n{MAP}{MAP}{TIME}",
        f"{NAME}\n12\n{ROOT}\n{MAP}{TIME}{TIME}",
        f"{NAME}\n12\n{ROOT}\n{MAP}time yesterday\n",
        f"{NAME}\n12\n{ROOT}\n{MAP}time 2026-02-30T12:00:00Z\n",
        f"{NAME}\n12\n{ROOT}\n{MAP}time 2026-09-30T12:00:00+02:00\n",
        f"{NAME}\n12\n{ROOT}\n\n{MAP}{TIME}",
        f"{NAME}\n12\n",
        f"{NAME}\n",
        f"{NAME}\r\n12\n{ROOT}\n{MAP}{TIME}",
        f"{NAME}\n12\n{ROOT}\n{MAP}{TIME}\ud800\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(signed(body), VERIFIER)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a+b",
        VERIFIER[:-4],
        VERIFIER.replace("registry", "registri"),
        VERIFIER.replace("+", "+0", 1),
        "a+b+c",
        "+" * 9,
    ],
)
def test_a_verifier_key_that_was_copied_wrongly_is_refused(key: str) -> None:
    with pytest.raises(CheckpointInvalid, match="verifier key"):
        open_checkpoint(NOTE, key)


@given(position=st.integers(0, len(NOTE) - 1), character=st.characters(exclude_categories=()))
def test_no_changed_character_goes_unseen(position: int, character: str) -> None:
    changed = NOTE[:position] + character + NOTE[position + 1 :]
    if changed == NOTE:
        return
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(changed, VERIFIER)


@given(
    note=st.text(st.characters(exclude_categories=())) | st.binary().map(lambda b: b.decode("utf-8", "surrogateescape"))
)
def test_any_text_as_a_checkpoint_gives_our_error(note: str) -> None:
    for text in (note, signed(note), f"{note}\n\n\N{EM DASH} {NAME} {note}\n"):
        with pytest.raises(CheckpointInvalid):
            open_checkpoint(text, VERIFIER)
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(NOTE, note)
