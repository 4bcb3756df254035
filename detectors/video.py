"""Moving pictures, frame by frame: what a file declares, its frames in order, and where reading broke off.

Decoding is FFmpeg's, through PyAV, with one demuxer per file that the caller names. Frames keep their
decoder's own pixel layout (ISO/IEC 23091-2) until somebody asks for the picture: most are never searched.
Slices, not frames, are decoded in parallel: that was the fastest on few cores and keeps memory small.
"""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np

from detectors.colour import displayed, transfer_of
from detectors.errors import NoPicture, UnreadableMedia
from detectors.ffmpeg import FFMPEG_ERRORS
from detectors.film_tags import is_attached, not_searched, pixels, shown_s, timecode_of
from detectors.interlacing import without_combing
from detectors.signatures import Signature
from detectors.values import Picture, Transfer

MAX_FRAME_PIXELS = 64_000_000
"""Beyond 8K film (8192 x 4320, 35 million); a larger frame is an attack or an error."""
_LIMITS = {"max_pixels": str(MAX_FRAME_PIXELS)}
THUMBNAIL = (32, 18)
_THUMBNAIL_SOURCE_WIDTH = 320
# The first plane of these layouts is eight-bit luma.
_LUMA_FIRST = frozenset(
    [
        "gray",
        "nv12",
        "nv21",
        *(f"yuv{j}{s}p" for j in ("", "j") for s in ("410", "411", "420", "422", "440", "444")),
    ]
)
# A file whose last picture comes this much before its declared end has lost its tail.
_MISSING_TAIL_S = 0.6
_CLOCK_RESET_S = 0.5
_USUAL_PERIOD_S = 0.04


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What the container declares, and the size of the first picture once upright."""

    width: int
    height: int
    duration_s: float | None
    frame_rate: float | None
    frames: int | None
    transfer: Transfer = "display"
    timecode: str | None = None
    not_searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture that has not been converted yet."""

    time_s: float
    """From the first picture of the file."""
    duration_s: float
    """As stamped; by the mean frame rate where nothing sensible is."""
    is_key: bool
    raw: av.VideoFrame
    stretch: float
    """Width of a pixel over its height."""

    def picture(self) -> Picture:
        """Return the upright picture with square pixels, in the order blue, green, red, for a BT.709 screen.

        Where two fields of different moments are woven into one picture, it is made of one field alone.
        """
        bgr = without_combing(displayed(self.raw, width=self.raw.width, height=self.raw.height), self.raw)
        width = max(1, round(self.raw.width * self.stretch))
        if width != self.raw.width:
            bgr = np.asarray(cv2.resize(bgr, (width, self.raw.height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        turns = _quarter_turns(self.raw)
        return np.ascontiguousarray(np.rot90(bgr, turns) if turns else bgr, dtype=np.uint8)

    def thumbnail(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Return the brightness in 32 x 18 fields, (18, 32) float32 in 0-255; not turned upright."""
        raw = self.raw
        if raw.format.name in _LUMA_FIRST:
            plane = raw.planes[0]
            lines = np.frombuffer(memoryview(plane), dtype=np.uint8)[: plane.line_size * raw.height]
            luma = lines.reshape(raw.height, plane.line_size)[:, : raw.width]
            step = max(1, raw.width // _THUMBNAIL_SOURCE_WIDTH)
            luma = np.ascontiguousarray(luma[::step, ::step])
        else:
            small = raw.reformat(width=THUMBNAIL[0] * 4, height=THUMBNAIL[1] * 4, format="gray")
            luma = np.asarray(small.to_ndarray(), dtype=np.uint8)
        return np.asarray(cv2.resize(luma, THUMBNAIL, interpolation=cv2.INTER_AREA), dtype=np.float32)


class VideoReader:
    """The frames of one film, once, in the order of presentation; counts what it could not read."""

    def __init__(self, path: Path, signature: Signature, *, keyframes_only: bool = False) -> None:
        """keyframes_only: the decoder passes over all other frames."""
        self._path = path
        self._signature = signature
        self._keyframes_only = keyframes_only
        self._packets = 0
        self._latest_s = 0.0
        self.frames_decoded = 0
        self.declared: VideoFacts | None = None
        """What the container says, once the first frame was asked for; the size is that of the stored picture."""
        self.end_s = 0.0
        """Where the last decoded picture ends."""
        self.unreadable_from_s: float | None = None

    @property
    def frames_skipped(self) -> int:
        """Frames that the file holds and the decoder was told to pass over."""
        return max(0, self._packets - self.frames_decoded) if self._keyframes_only else 0

    def __iter__(self) -> Generator[Frame, None, None]:
        """Yield every frame that can be decoded; raises UnreadableMedia or NoPicture if there is none."""
        with _opened(self._path, self._signature) as (container, stream):
            self.declared = _declared(container, stream)
            period = 1.0 / self.declared.frame_rate if self.declared.frame_rate else _USUAL_PERIOD_S
            stretch = _stretch(stream)
            start: float | None = None
            last_s = 0.0
            if self._keyframes_only:
                stream.codec_context.skip_frame = "NONKEY"
            for raw in self._raw_frames(container, stream):
                # PyAV types time as always set; a frame without a time stamp has None all the same.
                given: float | None = raw.time
                moment = given if given is not None else self.end_s + (start or 0.0)
                if start is None or moment - start < last_s - _CLOCK_RESET_S:
                    # The first frame, or a clock that starts again as in joined recordings: time goes on.
                    start = moment - self.end_s
                time_s = last_s = max(0.0, moment - start)
                length_s = shown_s(raw, stream) or period
                if raw.is_corrupt:
                    self._lost(time_s)
                self.frames_decoded += 1
                self.end_s = time_s + length_s
                yield Frame(time_s, length_s, bool(raw.key_frame), raw, stretch)
            if self.frames_decoded == 0:
                raise UnreadableMedia(self._path, "holds no picture that can be decoded; ask for the file again")
            declared_s = _own_duration_s(stream)
            if declared_s is None and len(container.streams) == 1:
                declared_s = self.declared.duration_s
            if self._keyframes_only:
                # The film goes on for as long as there are packets.
                self.end_s = max(self.end_s, self._latest_s - (start or 0.0) + period)
            if declared_s is not None and self.end_s < declared_s - _MISSING_TAIL_S:
                self._lost(self.end_s)

    def _raw_frames(self, container: Any, stream: Any) -> Iterator[av.VideoFrame]:
        """Yield what the decoder gives; a packet that fails is passed over, a broken container ends it."""
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except FFMPEG_ERRORS:
                self._lost(self.end_s)
                return
            if packet is None:
                return
            if packet.size:
                self._packets += 1
                if packet.pts is not None:
                    self._latest_s = max(self._latest_s, float(packet.pts * packet.time_base))
            try:
                decoded = packet.decode()
            except av.error.EOFError:
                return
            except FFMPEG_ERRORS:
                self._lost(self.end_s)
                continue
            for raw in decoded:
                if raw.width * raw.height > MAX_FRAME_PIXELS:
                    raise UnreadableMedia(self._path, "has frames larger than 8K film; scale it down")
                yield raw

    def _lost(self, time_s: float) -> None:
        """Note that pictures are missing or damaged from here on."""
        if self.unreadable_from_s is None:
            self.unreadable_from_s = time_s


def video_facts(path: Path, signature: Signature) -> VideoFacts:
    """Return what a film declares, with the size of its first picture.

    Raises NoPicture for sound alone, UnreadableMedia where not even one picture can be decoded.
    """
    reader = VideoReader(path, signature)
    with closing(iter(reader)) as frames:
        first = next(frames)
    width, height = max(1, round(first.raw.width * first.stretch)), first.raw.height
    if _quarter_turns(first.raw) % 2:
        width, height = height, width
    declared = reader.declared
    if declared is None:
        raise UnreadableMedia(path, "declares nothing; ask for the file again")
    return replace(declared, width=width, height=height, transfer=transfer_of(first.raw))


@contextmanager
def _opened(path: Path, signature: Signature) -> Iterator[tuple[Any, Any]]:
    """Open a film with the demuxer of its format; yields (container, stream of pictures)."""
    if not signature.decoder:
        raise NoPicture(path, f"holds {signature.name}, which is sound alone; name a file with pictures")
    try:
        container = av.open(
            str(path),
            format=signature.decoder,
            # A film must never make the demuxer open anything but itself.
            options={"protocol_whitelist": "file", **_LIMITS},
            metadata_errors="ignore",
        )
    except FFMPEG_ERRORS as error:
        message = f"is truncated or broken {signature.name} ({type(error).__name__}); ask for the file again"
        raise UnreadableMedia(path, message) from error
    with container:
        # A cover picture in a sound file is stored as a stream of one frame.
        streams: list[Any] = [s for s in container.streams.video if not is_attached(s)]
        if not streams:
            if not len(container.streams):
                raise UnreadableMedia(path, "holds neither pictures nor sound; ask for the file again")
            raise NoPicture(path, "holds sound alone; name a file with pictures")
        streams = [s for s in streams if s.codec_context is not None]
        if not streams:
            raise UnreadableMedia(path, "holds pictures in a coding that is not read here; convert it to H.264")
        stream = max(streams, key=pixels)
        # A frame that claims an enormous size is refused before memory is taken for it.
        stream.codec_context.options = _LIMITS
        stream.thread_type = "SLICE"
        yield container, stream


def _declared(container: Any, stream: Any) -> VideoFacts:
    """Return the stream's declarations; the size is that of the stored picture."""
    rate = stream.average_rate or stream.guessed_rate
    duration = _own_duration_s(stream)
    if duration is None and container.duration is not None:
        duration = container.duration / av.time_base
    return VideoFacts(
        width=int(stream.width or 0),
        height=int(stream.height or 0),
        duration_s=duration if duration is not None and 0 < duration < 1e7 else None,
        frame_rate=float(rate) if rate and 0 < rate < 1e4 else None,
        frames=int(stream.frames) or None,
        timecode=timecode_of(container),
        not_searched=not_searched(container, stream),
    )


def _own_duration_s(stream: Any) -> float | None:
    """Return the duration of the pictures alone; the container's may be that of a longer sound."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return _clock_seconds(stream.metadata.get("DURATION", ""))


def _clock_seconds(text: str) -> float | None:
    """Return the seconds of Matroska's duration tag ("00:01:02.500000000"), None if it is anything else."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def _stretch(stream: Any) -> float:
    """Return the width of a pixel over its height; 1 where nothing sensible is declared."""
    ratio = stream.sample_aspect_ratio
    return float(ratio) if ratio and 0.25 <= ratio <= 4 else 1.0


def _quarter_turns(raw: av.VideoFrame) -> int:
    """Return by how many quarter turns against the clock the stored picture must be turned."""
    return round(raw.rotation / 90) % 4
