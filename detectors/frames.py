"""The pictures of a film, whether it is one file or one file per frame."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from detectors.content import signature_at
from detectors.sequence import ASSUMED_RATE, SequenceReader
from detectors.values import Media, Picture
from detectors.video import VideoReader


class Frame(Protocol):
    """One decoded picture of a film, not yet converted."""

    @property
    def time_s(self) -> float:
        """From the first picture."""

    @property
    def duration_s(self) -> float:
        """How long it stays on the screen."""

    @property
    def is_key(self) -> bool:
        """Whether the coding begins anew with it, as it often does where a shot begins."""

    def picture(self) -> Picture:
        """Return the upright picture with square pixels, in the order blue, green, red."""

    def thumbnail(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Return the brightness in 32 x 18 fields, (18, 32) float32 in 0-255."""


class FrameReader(Protocol):
    """The frames of one film, once, in the order of presentation; counts what it could not read."""

    @property
    def frames_decoded(self) -> int:
        """Frames given so far."""

    @property
    def frames_skipped(self) -> int:
        """Frames that the film holds and that were passed over undecoded, as asked."""

    @property
    def end_s(self) -> float:
        """Where the last decoded picture ends."""

    @property
    def unreadable_from_s(self) -> float | None:
        """Time from which pictures were missing or damaged; None while all could be read."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame that can be decoded; raises UnreadableMedia or NoPicture if there is none."""


def frames_of(media: Media, *, keyframes_only: bool = False) -> FrameReader:
    """Return a reader of the film's frames: of a film or a sequence, not of a still (see `image.pages`).

    keyframes_only: all other frames are passed over undecoded; every frame of a sequence stands by itself.
    """
    if media.kind == "sequence":
        return SequenceReader(media.path, media.frame_rate or ASSUMED_RATE)
    return VideoReader(media.path, signature_at(media.path), keyframes_only=keyframes_only)
