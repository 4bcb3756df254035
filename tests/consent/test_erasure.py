"""Erasure: nothing of the person is left in any file, what proves past use stays, and a receipt says so."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from consent.erasure_receipt import check, key_id
from consent.errors import ErasureInvalid, ErasureUnfinished, PerformerErased, RecordInvalid, UnknownPerformer
from consent.grant import NewGrant
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)
VECTOR = b"a-distinctive-vector-" * 30
PICTURE = b"a-distinctive-picture" * 500


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def person(registry: Registry, now: datetime) -> Performer:
    return registry.add_performer(
        "Zephyrine Quillfeather", legal_name="Zelda Quagmire", contact="zelda@example.org", domicile="US-IL",
        unions=["Guild of Quillfeathers"], represented_by="Quillfeather Agency", minor=False, now=now,
    )  # fmt: skip


@pytest.fixture
def secrets(
    registry: Registry,
    person: Performer,
    performer: Performer,
    enrolled: Callable[..., str],
    new_grant: Callable[..., NewGrant],
    home: Path,
    now: datetime,
) -> dict[str, bytes]:
    """Everything of the person that must be nowhere after an erasure, with a name for each; all on disk now."""
    for owner in (person.ref, performer.ref):
        enrolled(owner, NewTemplate(VECTOR, "model@1", "ab" * 32, "good", image=PICTURE), keeps_images=True)
    registry.record_grant(new_grant(person.ref), now)
    registry.mark_relatives(person.ref, performer.ref, "look-alike", now=now)
    with closing(sqlite3.connect(home / "registry.db")) as database:
        vector, image = database.execute(
            "SELECT sealed_vector, sealed_image FROM template WHERE performer = ?", (person.ref,)
        ).fetchone()
        (identity,) = database.execute("SELECT sealed_identity FROM performer WHERE ref = ?", (person.ref,)).fetchone()
    with closing(sqlite3.connect(home / "keys.db")) as database:
        (wrapped,) = database.execute("SELECT wrapped FROM data_key WHERE performer = ?", (person.ref,)).fetchone()
    return {
        "stage name": b"Zephyrine Quillfeather",
        "name for comparison": b"zephyrine quillfeather",
        "union": b"Guild of Quillfeathers",
        "representative": b"Quillfeather Agency",
        "sealed vector": vector[:40],
        "end of the sealed picture": image[-40:],
        "sealed identity": identity[:40],
        "wrapped data key": wrapped,
        "data key": registry._keys.data_keys(person.ref)[0],
    }


def found_in(home: Path, wanted: dict[str, bytes]) -> set[str]:
    raw = b"\0".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
    return {name for name, secret in wanted.items() if secret in raw}


def test_nothing_of_the_person_is_left_in_any_file(
    registry: Registry, person: Performer, secrets: dict[str, bytes], home: Path, now: datetime
) -> None:
    assert found_in(home, secrets) == set(secrets) - {"data key"}
    registry.biometrics.erase(person.ref, reason="request", now=now)
    assert found_in(home, secrets) == set()
    registry.close()
    assert found_in(home, secrets) == set()


def test_what_proves_past_use_stays_and_the_others_are_untouched(
    registry: Registry, person: Performer, performer: Performer, secrets: dict[str, bytes], now: datetime
) -> None:
    grants, releases = registry.grants(person.ref), registry.releases(person.ref)
    registry.biometrics.erase(person.ref, reason="withdrawal", now=now)
    erased = registry.performer(person.ref)
    assert erased.erased == now
    assert erased.stage_name == ""
    assert (erased.domicile, erased.unions, erased.represented_by, erased.minor) == (None, (), None, None)
    assert registry.grants(person.ref) == grants
    assert registry.releases(person.ref) == releases
    assert registry.relatives() == {}
    assert [t.performer for t in registry.templates("model@1", on=DAY)] == [performer.ref]
    assert registry.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"


def test_an_erased_performer_is_not_enrolled_and_has_no_name_again(
    registry: Registry, person: Performer, secrets: dict[str, bytes], template: NewTemplate, now: datetime
) -> None:
    registry.biometrics.erase(person.ref, reason="request", now=now)
    with pytest.raises(PerformerErased):
        registry.identity(person.ref)
    with pytest.raises(PerformerErased):
        registry.enrol(person.ref, [template], on=DAY, now=now)
    with pytest.raises(PerformerErased):
        registry.biometrics.rotate(person.ref, now)
    assert registry.add_performer("Zephyrine Quillfeather", now=now).ref != person.ref


def test_the_receipt_says_what_was_destroyed_and_holds_offline(
    registry: Registry, person: Performer, secrets: dict[str, bytes], now: datetime
) -> None:
    (template,) = (t.reference for t in registry.templates("model@1", on=DAY) if t.performer == person.ref)
    receipt = registry.biometrics.erase(person.ref, reason="request", operator="officer-7", now=now)
    public = pem(registry._keys.signing_key("erasure"))
    checked = check(json.dumps(receipt).encode(), public)
    assert checked["destroyed"]["templates"] == [template]
    assert (checked["destroyed"]["images"], checked["destroyed"]["likenesses"]) == (1, 1)
    assert (checked["reason"], checked["operator"]) == ("request", "officer-7")
    assert checked["law"].startswith("GDPR Art. 17(1)")
    (kept,) = registry.grants(person.ref)
    assert checked["kept"]["grants"] == [kept.id]
    assert kept.scope.characters == ("Captain Ardent",)
    assert {"characters", "description"} <= set(checked["kept"]["texts_of_grants"])
    assert "Quillfeather" not in json.dumps(receipt)
    again = registry.biometrics.erase(person.ref, reason="retention", now=now)
    assert again == receipt


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("performer",), "P-00000000"),
        (("erased",), "2020-01-01T00:00:00Z"),
        (("destroyed", "templates"), []),
        (("kept", "grants"), []),
        (("reason",), "unlawful"),
        (("schema",), "clearance.erasure/2"),
        (("key_id",), "0" * 16),
        (("signature",), "AAAA"),
    ],
)
def test_an_altered_receipt_is_refused(
    registry: Registry, person: Performer, secrets: dict[str, bytes], now: datetime, path: tuple[str, ...], value: Any
) -> None:
    receipt = registry.biometrics.erase(person.ref, reason="request", now=now)
    part = receipt
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(ErasureInvalid):
        check(json.dumps(receipt).encode(), pem(registry._keys.signing_key("erasure")))


def test_a_receipt_does_not_hold_under_another_key(registry: Registry, performer: Performer, now: datetime) -> None:
    receipt = registry.biometrics.erase(performer.ref, reason="request", now=now)
    other = Ed25519PrivateKey.generate()
    with pytest.raises(ErasureInvalid, match="another key"):
        check(json.dumps(receipt).encode(), pem(other))
    receipt["key_id"] = key_id(other.public_key())
    with pytest.raises(ErasureInvalid, match="altered"):
        check(json.dumps(receipt).encode(), pem(other))


@given(text=st.binary(max_size=200) | st.recursive(
    st.none() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["schema", "signature", "key_id", "x"]), inner, max_size=4), max_leaves=8,
).map(lambda value: json.dumps(value).encode()), key=st.binary(max_size=60))  # fmt: skip
def test_any_bytes_as_a_receipt_or_its_key_give_our_error(text: bytes, key: bytes) -> None:
    for public in (key, pem(Ed25519PrivateKey.from_private_bytes(bytes(32)))):
        with pytest.raises(ErasureInvalid):
            check(text, public)


def test_an_unknown_reason_or_performer_destroys_nothing(
    registry: Registry, person: Performer, secrets: dict[str, bytes], home: Path, now: datetime
) -> None:
    with pytest.raises(RecordInvalid, match="withdrawal"):
        registry.biometrics.erase(person.ref, reason="because", now=now)
    with pytest.raises(UnknownPerformer):
        registry.biometrics.erase("P-00000000", reason="request", now=now)
    with pytest.raises(RecordInvalid, match="not been erased"):
        registry.biometrics.erasure_receipt(person.ref)
    assert found_in(home, secrets) == set(secrets) - {"data key"}


def test_an_interrupted_erasure_is_finished_by_the_same_call(
    registry: Registry, person: Performer, performer: Performer, secrets: dict[str, bytes], home: Path, now: datetime
) -> None:
    from consent import erasure

    with registry._database.writing() as session:
        erasure.erase(session, person.ref, reason="request", operator="unnamed", now=now)
    # Killed here: the rows are gone, the key is not; the gallery of the others still opens.
    assert [t.performer for t in registry.templates("model@1", on=DAY)] == [performer.ref]
    registry.biometrics.erase(person.ref, reason="request", now=now)
    assert found_in(home, secrets) == set()


def test_a_reader_that_keeps_the_log_open_is_said_and_not_passed_over(
    registry: Registry, person: Performer, secrets: dict[str, bytes], home: Path, now: datetime
) -> None:
    registry._database._reader.dispose()
    with closing(sqlite3.connect(home / "registry.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM template").fetchone()
        with registry._database._reader.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 100")
        with pytest.raises(ErasureUnfinished, match="run the same command again"):
            registry.biometrics.erase(person.ref, reason="request", now=now)
    registry.biometrics.erase(person.ref, reason="request", now=now)
    assert found_in(home, secrets) == set()
