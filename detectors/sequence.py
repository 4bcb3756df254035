"""Numbered stills as one asset: a film delivered as one file per frame, named by a pattern.

The pattern is printf's, as editing and rendering tools write it: "shot.%04d.exr", one number per name. Numbers
that are missing are named, files that cannot be read are passed over and noted; time goes by the number, at the
rate that the files carry (OpenEXR's framesPerSecond, DPX's film and television headers) or at 24 per second.
"""

import hashlib
import os
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from detectors.content import checked_signature, digest_and_head, signature_at
from detectors.errors import MislabelledMedia, MissingMedia, UnreadableMedia
from detectors.image import pages, still_facts
from detectors.production import production_still
from detectors.signatures import Signature
from detectors.values import Media, Picture
from detectors.video import THUMBNAIL

MAX_FILES = 600_000
"""Nearly seven hours at 24 frames per second."""
ASSUMED_RATE = 24.0
_CONVERSION = re.compile(r"%(?:0(\d{1,2}))?d")
_THUMBNAIL_SOURCE_WIDTH = 320


@dataclass(frozen=True, slots=True)
class NumberedFile:
    """One file of a sequence."""

    number: int
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class SequenceFrame:
    """One decoded file of a sequence."""

    time_s: float
    """From the sequence's first number."""
    duration_s: float
    is_key: bool
    """Never: in a sequence every file stands alone, so keyframes say nothing about the shots."""
    shown: Callable[[int], Picture]
    """Gives every n-th row and column of the upright picture, in the order blue, green, red."""
    width: int
    """Of the stored picture."""

    def picture(self) -> Picture:
        """Return the upright picture in the order blue, green, red."""
        return self.shown(1)

    def thumbnail(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Return the brightness in 32 x 18 fields, (18, 32) float32 in 0-255."""
        grey = cv2.cvtColor(self.shown(max(1, self.width // _THUMBNAIL_SOURCE_WIDTH)), cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.resize(grey, THUMBNAIL, interpolation=cv2.INTER_AREA), dtype=np.float32)


class SequenceReader:
    """The frames of one sequence, once, in the order of their numbers; counts what it could not read."""

    def __init__(self, pattern: Path, frame_rate: float) -> None:
        self._pattern = pattern
        self._period = 1.0 / frame_rate
        self.frames_decoded = 0
        self.frames_skipped = 0
        """Always none: there is nothing to gain by passing a file over."""
        self.end_s = 0.0
        """Where the last decoded picture ends."""
        self.unreadable_from_s: float | None = None

    def __iter__(self) -> Generator[SequenceFrame, None, None]:
        """Yield every frame that can be decoded; raises UnreadableMedia if there is none."""
        files = files_of(self._pattern)
        first = expected = files[0].number
        for file in files:
            if file.number > expected:
                self._lost((expected - first) * self._period)
            expected = file.number + 1
            time_s = (file.number - first) * self._period
            try:
                shown, width = _decoded(file.path)
            except UnreadableMedia:
                self._lost(time_s)
                continue
            self.frames_decoded += 1
            self.end_s = time_s + self._period
            yield SequenceFrame(time_s, self._period, is_key=False, shown=shown, width=width)
        if self.frames_decoded == 0:
            raise UnreadableMedia(self._pattern, "holds no picture that can be decoded; ask for the files again")

    def _lost(self, time_s: float) -> None:
        """Note that pictures are missing or damaged from here on."""
        if self.unreadable_from_s is None:
            self.unreadable_from_s = time_s


def is_pattern(path: Path) -> bool:
    """Return whether path names numbered files; a file of exactly that name is a file."""
    return _CONVERSION.search(path.name) is not None and not path.exists()


def files_of(pattern: Path) -> list[NumberedFile]:
    """Return the files that the pattern names, by number; raises MissingMedia if there is none."""
    conversion = _CONVERSION.search(pattern.name)
    if conversion is None or _CONVERSION.search(pattern.name, conversion.end()) is not None:
        raise MissingMedia(pattern, 'is no pattern with one number in it; write it as "shot.%04d.exr"')
    width = int(conversion[1] or 1)
    head, tail = pattern.name[: conversion.start()], pattern.name[conversion.end() :]
    named = re.compile(rf"{re.escape(head)}([0-9]{{{width},18}}){re.escape(tail)}")
    found = []
    try:
        with os.scandir(pattern.parent) as entries:
            for entry in entries:
                match = named.fullmatch(entry.name)
                # More digits than the width are right only without a leading zero, as printf writes them.
                if match is None or (len(match[1]) > width and match[1].startswith("0")) or not entry.is_file():
                    continue
                found.append(NumberedFile(int(match[1]), Path(entry.path)))
                if len(found) > MAX_FILES:
                    raise UnreadableMedia(pattern, f"names more than {MAX_FILES} files; split the sequence")
    except (OSError, ValueError) as error:
        raise MissingMedia(pattern, f"its folder cannot be read ({type(error).__name__}); check the path") from error
    if not found:
        raise MissingMedia(pattern, "no file has such a name; check the pattern")
    return sorted(found, key=lambda file: file.number)


def sequence_media(pattern: Path) -> Media:
    """Return what a sequence is; every file is read once for the digest, the first readable one decoded.

    Raises MissingMedia, MislabelledMedia (any file whose content is not what its suffix says), UnreadableMedia
    where not one file can be decoded.
    """
    files = files_of(pattern)
    listing = hashlib.sha256()
    found: Media | None = None
    for file in files:
        digest, head = digest_and_head(file.path)
        listing.update(f"{digest}  {file.path.name}\n".encode("utf-8", "surrogateescape"))
        try:
            signature = checked_signature(file.path, head)
            found = found or _described(pattern, files, file.path, signature)
        except UnreadableMedia:
            continue  # this file is missing from the film; the reader says from when
    if found is None:
        raise UnreadableMedia(pattern, "holds no picture that can be decoded; ask for the files again")
    return replace(found, sha256=listing.hexdigest())


def _described(pattern: Path, files: Sequence[NumberedFile], first: Path, signature: Signature) -> Media:
    """Return what a sequence is by its first readable file, without the digest."""
    if signature.kind != "image":
        raise MislabelledMedia(first, f"holds {signature.name}, but a sequence is made of stills; name it alone")
    facts = still_facts(first, signature)
    return Media(
        path=pattern,
        sha256="",
        kind="sequence",
        format=signature.name,
        width=facts.width,
        height=facts.height,
        duration_s=(files[-1].number - files[0].number + 1) / (facts.frame_rate or ASSUMED_RATE),
        frame_rate=facts.frame_rate or ASSUMED_RATE,
        frames=len(files),
        transfer=facts.transfer,
        timecode=facts.timecode,
        frame_rate_is_assumed=facts.frame_rate is None,
        missing_numbers=_gaps(files),
    )


def _gaps(files: Sequence[NumberedFile]) -> tuple[tuple[int, int], ...]:
    """Return the missing numbers as (first, last) of each gap."""
    return tuple((a.number + 1, b.number - 1) for a, b in pairwise(files) if b.number > a.number + 1)


def _decoded(path: Path) -> tuple[Callable[[int], Picture], int]:
    """Return a still's picture, by the step between its rows and columns, and its width."""
    signature = signature_at(path)
    if signature.is_production:
        still = production_still(path, signature)
        return still.picture, still.raw.width
    picture = next(iter(pages(path, signature)))
    return lambda step: np.ascontiguousarray(picture[::step, ::step]), picture.shape[1]
