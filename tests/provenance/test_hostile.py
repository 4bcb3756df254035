"""Hostile files of every format, through the reader in its own process: a clear answer in bounded time and memory."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PIL import Image

from provenance.pool import Limits, ReaderPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provenance.identity import SigningIdentity
    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

    from .conftest import Forge, Studio

LIMITS = Limits(memory_bytes=1536 << 20, seconds=10)
SLACK_S = 20


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(workers=1, limits=LIMITS) as running:
        yield running


def answered(pool: ReaderPool, path: Path, profile: TrustProfile) -> ProvenanceReading:
    """Return the reading, which came within the limits and is no pass."""
    started = time.monotonic()
    reading = pool.read(path, profile)
    assert time.monotonic() - started < LIMITS.seconds + SLACK_S
    return reading


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def chunk_of_png(content: bytes) -> bytes:
    import zlib

    return len(content).to_bytes(4, "big") + b"caBX" + content + zlib.crc32(b"caBX" + content).to_bytes(4, "big")


C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
STORE = bytes.fromhex("63327061001100108000 00aa00389b71".replace(" ", "")) + b"\x03c2pa\0"


def superbox(content: bytes, label: bytes = b"c2pa") -> bytes:
    return box(b"jumb", box(b"jumd", STORE[:16] + b"\x03" + label + b"\0") + content)


def in_png(png: bytes, store: bytes) -> bytes:
    return png[:33] + chunk_of_png(store) + png[33:]


def in_movie(movie: bytes, store: bytes) -> bytes:
    head = int.from_bytes(movie[:4], "big")
    content = C2PA_UUID + bytes(4) + b"manifest\0" + bytes(8) + store
    return movie[:head] + box(b"uuid", content) + movie[head:]


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = superbox(content, b"a")
    return superbox(content)


STORES: dict[str, Callable[[], bytes]] = {
    "100 MB of zeros": lambda: superbox(bytes(100 << 20)),
    "100 MB of boxes": lambda: superbox(superbox(b"", b"urn:c2pa:x") * 1_500_000),
    "5,000 boxes deep": lambda: nested(5000),
    "nothing inside": lambda: superbox(b""),
    "a length beyond the end": lambda: superbox(b"")[:-4] + b"\xff" * 4,
    "a length of zero": lambda: bytes(4) + superbox(b"")[4:],
}


@pytest.mark.parametrize("container", ["png", "mp4"])
@pytest.mark.parametrize("what", STORES)
def test_a_monstrous_manifest_is_unreadable_in_bounded_time_and_memory(
    pool: ReaderPool, studio: Studio, what: str, container: str
) -> None:
    wrap = in_png if container == "png" else in_movie
    path = studio.folder / f"hostile.{container}"
    path.write_bytes(wrap(studio.media[container], STORES[what]()))
    reading = answered(pool, path, studio.profile)
    assert reading.integrity.value in {"unreadable", "invalid", "absent"}
    assert reading.trust.value != "trusted"


@pytest.mark.parametrize("suffix", ["mp4", "png"])
def test_a_manifest_twice_in_one_file_is_never_valid(
    pool: ReaderPool, studio: Studio, signed_bytes: Callable[[str], bytes], suffix: str
) -> None:
    data = signed_bytes(suffix)
    if suffix == "mp4":
        at = data.index(C2PA_UUID) - 8
        part = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    else:
        at = data.index(b"caBX") - 4
        part = data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    path = studio.folder / f"twice.{suffix}"
    path.write_bytes(data[:at] + part + data[at:])
    reading = answered(pool, path, studio.profile)
    assert reading.integrity.value in {"unreadable", "invalid"}


def other_formats() -> dict[str, bytes]:
    picture = Image.effect_noise((64, 48), 40)
    made = {}
    for suffix, kind in (("gif", "GIF"), ("bmp", "BMP"), ("avif", "AVIF"), ("pdf", "PDF")):
        out = io.BytesIO()
        picture.convert("RGB").save(out, kind)
        made[suffix] = out.getvalue()
    for suffix, codec in (("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "mp3"), ("mkv", "mpeg4"), ("avi", "mpeg4")):
        out = io.BytesIO()
        with av.open(out, "w", format={"mkv": "matroska"}.get(suffix, suffix)) as container:
            if suffix in {"mkv", "avi"}:
                film = container.add_stream("mpeg4", rate=25)
                film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
                container.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
                container.mux(film.encode(None))
            else:
                _sound(container, codec)
        made[suffix] = out.getvalue()
    made["svg"] = b'<svg xmlns="http://www.w3.org/2000/svg"><metadata/><rect width="5" height="5"/></svg>'
    made["exr"] = b"\x76\x2f\x31\x01" + bytes(300)
    return made


def _sound(container: Any, codec: str) -> None:
    track = container.add_stream(codec, rate=44100)
    samples = np.zeros((1, 1152 * 2), np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate = 44100
    for packet in (*track.encode(frame), *track.encode(None)):
        container.mux(packet)


OTHERS = other_formats()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "mp4", "mov", *OTHERS])
def test_a_file_of_any_format_cut_anywhere_or_with_bytes_turned_is_never_a_pass(
    pool: ReaderPool, studio: Studio, signed_bytes: Callable[[str], bytes], suffix: str
) -> None:
    data = OTHERS[suffix] if suffix in OTHERS else signed_bytes(suffix)
    path = studio.folder / f"damaged.{suffix}"
    random = np.random.default_rng(11)
    for step in range(12):
        damaged = bytearray(data)
        if step % 2:
            del damaged[int(random.integers(4, len(data))) :]
        for at in random.integers(0, len(damaged), 4 * (step // 2) or 1):
            damaged[at] ^= int(random.integers(1, 256))
        path.write_bytes(damaged)
        reading = answered(pool, path, studio.profile)
        assert reading.integrity.value != "valid" or bytes(damaged) == data
        assert reading.trust.value != "trusted" or bytes(damaged) == data


HOSTILE_TEXT = "<script>alert(1)</script>\x1b[31m\u202e'; DROP TABLE x;--\0\x07"


def test_script_and_control_characters_come_back_as_they_are_for_whoever_shows_them(
    pool: ReaderPool, studio: Studio, forge: Forge, actions_of: Any
) -> None:
    text = HOSTILE_TEXT.replace("\0", "")
    agent = {"name": text, "version": text}
    path = studio.folder / "hostile.jpg"
    path.write_bytes(forge([actions_of[0](softwareAgent=agent)], title=text))
    reading = answered(pool, path, studio.profile)
    assert reading.integrity.value == "valid"
    assert reading.actions[0].agent == f"{text} {text}"


def test_a_chain_of_thirty_signed_ingredients_is_read_to_its_end(
    pool: ReaderPool, studio: Studio, forge: Forge, actions_of: Any, identity: SigningIdentity
) -> None:
    data = forge([actions_of[0]()])
    for _ in range(30):
        data = forge([actions_of[1]()], parent=data)
    path = studio.folder / "deep.jpg"
    path.write_bytes(data)
    reading = answered(pool, path, studio.profile)
    assert reading.integrity.value == "valid"
    assert [ingredient.depth for ingredient in reading.ingredients] == list(range(1, 31))
