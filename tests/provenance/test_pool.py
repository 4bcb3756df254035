"""Whatever a file does to its reader, the caller gets a value in bounded time, and the next file is read."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from provenance import verify
from provenance.errors import SourceMissing
from provenance.pool import Limits, ReaderPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provenance.consent_assertion import LikenessConsent
    from provenance.trust import TrustProfile

    from .conftest import Studio

KILLERS = "tests.provenance.killers"
TIGHT = Limits(memory_bytes=1 << 30, seconds=2.0)


@pytest.fixture(scope="module")
def dangerous() -> Iterator[ReaderPool]:
    with ReaderPool(workers=1, limits=TIGHT, reader=f"{KILLERS}:by_name") as pool:
        yield pool


def named(folder: Path, name: str, content: bytes) -> Path:
    path = folder / f"{name}.jpg"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        ("segfault", "signal 11 (SIGSEGV)"),
        ("sleep", "was stopped after 2 s"),
        ("loop", "stopped after 2 s"),
        ("grow", "needed more memory"),
        ("grow-slowly", "needed more memory|was stopped after 2 s"),
        ("leave", "ended with code 0"),
        ("raise", "broke down (KeyError)"),
        ("recurse", "nested too deeply"),
        ("write", "ended by signal 25 (SIGXFSZ)|broke down (OSError)"),
    ],
)
def test_a_reader_that_breaks_down_is_a_value_and_the_next_file_is_read(
    dangerous: ReaderPool, studio: Studio, media: dict[str, bytes], deed: str, why: str
) -> None:
    started = time.monotonic()
    reading = dangerous.read(named(studio.folder, deed, media["jpg"]), studio.profile)
    assert time.monotonic() - started < 30
    assert reading.integrity.value == "unreadable"
    assert any(one in reading.integrity.why for one in why.split("|")), reading.integrity.why
    assert "nobody should see" not in reading.integrity.why
    assert [remark.code for remark in reading.remarks] == ["reader.stopped"]
    assert reading.trust.value == "absent"
    assert dangerous.read(studio.signed(), studio.profile).trust.value == "trusted"
    assert not (studio.folder / "left-behind").exists() or not (studio.folder / "left-behind").stat().st_size


def test_processor_time_is_limited_also_where_the_clock_is_not(studio: Studio, media: dict[str, bytes]) -> None:
    from provenance.pool import _Stopped, _Worker
    from provenance.worker import Question

    worker = _Worker(f"{KILLERS}:by_name", TIGHT)
    try:
        question = Question(named(studio.folder, "loop", media["jpg"]), None, 1)
        with pytest.raises(_Stopped, match="processor time"):
            worker.answer(question, 30)
    finally:
        worker.close()


def test_what_a_reader_prints_is_no_answer(dangerous: ReaderPool, studio: Studio, media: dict[str, bytes]) -> None:
    reading = dangerous.read(named(studio.folder, "shout", media["jpg"]), studio.profile)
    assert reading.integrity.value == "absent"


def test_an_answer_that_is_none_is_never_a_reading(studio: Studio) -> None:
    with ReaderPool(workers=1, reader=f"{KILLERS}:nonsense") as pool:
        assert pool.read(studio.source(), None).integrity.value == "unreadable"


def test_a_reader_that_cannot_even_start_is_a_value(studio: Studio) -> None:
    with ReaderPool(workers=1, reader="provenance.verify:no_such_reader") as pool:
        reading = pool.read(studio.source(), None)
    assert (reading.integrity.value, reading.remarks[0].code) == ("unreadable", "reader.stopped")


@pytest.mark.parametrize("suffix", ["jpg", "mp4"])
def test_a_pool_says_what_reading_here_says(
    studio: Studio, consent: LikenessConsent, suffix: str, pool: ReaderPool
) -> None:
    path = studio.signed(suffix, consent)
    here, there = verify.read(path, studio.profile), pool.read(path, studio.profile)
    assert here == there


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(workers=2) as running:
        yield running


def test_a_missing_file_is_an_error_and_the_worker_lives_on(pool: ReaderPool, studio: Studio) -> None:
    with pytest.raises(SourceMissing, match="no-such"):
        pool.read(studio.folder / "no-such.jpg", None)
    assert pool.read(studio.signed(), studio.profile).integrity.value == "valid"


def test_many_threads_get_each_their_own_answer(pool: ReaderPool, studio: Studio, media: dict[str, bytes]) -> None:
    signed, plain = studio.signed(), named(studio.folder, "plain", media["jpg"])
    coming = [(path, pool.submit(path, studio.profile)) for path in [signed, plain] * 20]
    assert all(future.result().present is (path == signed) for path, future in coming)


def test_a_worker_that_died_in_its_sleep_is_replaced(studio: Studio) -> None:
    with ReaderPool(workers=1) as pool:
        pool.read(studio.source(), None)
        (idle,) = pool._idle
        os.kill(idle.process.pid, 9)
        idle.process.wait()
        assert pool.read(studio.signed(), studio.profile).integrity.value == "valid"


def test_closing_ends_a_reader_that_hangs(studio: Studio, media: dict[str, bytes]) -> None:
    pool = ReaderPool(workers=1, reader=f"{KILLERS}:by_name")
    coming = pool.submit(named(studio.folder, "sleep", media["jpg"]), None)
    deadline = time.monotonic() + 10
    while not pool._busy and time.monotonic() < deadline:
        time.sleep(0.01)
    closing = threading.Thread(target=pool.close)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()
    assert coming.result(1).integrity.value == "unreadable"


def test_a_reader_sees_no_secret_of_its_starter(monkeypatch: pytest.MonkeyPatch, studio: Studio) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with ReaderPool(workers=1, reader=f"{KILLERS}:environment") as pool:
        assert "AWS_SECRET_ACCESS_KEY" not in pool.read(studio.source(), None).integrity.why


def test_a_reader_loads_nothing_heavy_and_nothing_of_the_caller(studio: Studio) -> None:
    with ReaderPool(workers=1, reader=f"{KILLERS}:modules") as pool:
        loaded = set(pool.read(studio.source(), None).integrity.why.split())
    assert "c2pa" in loaded
    heavy = {"numpy", "pydantic", "sqlmodel", "av", "PIL", "cv2", "onnxruntime", "clearance", "consent", "pytest"}
    assert not loaded & heavy


def test_a_delivery_cannot_slip_code_into_its_reader(
    monkeypatch: pytest.MonkeyPatch, studio: Studio, signed_bytes: Callable[[str], bytes], profile: TrustProfile
) -> None:
    for module in ("c2pa", "json", "puremagic"):
        (studio.folder / f"{module}.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(studio.folder)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    named(studio.folder, "signed", signed_bytes("jpg"))
    from pathlib import Path

    with ReaderPool(workers=1) as pool:
        assert pool.read(Path("signed.jpg"), profile).integrity.value == "valid"
