"""What a film's container says about its streams and frames, beyond their size and rate.

PyAV (FFmpeg) reads the tags: time codes of QuickTime, MXF and Matroska (SMPTE ST 12-1), and the lengths that
frames of a variable rate are stamped with.
"""

from typing import Any

import av

_LONGEST_SHOWN_S = 600.0
_LONGEST_TIMECODE = 32
_ATTACHED_PICTURE = 0x0400  # AV_DISPOSITION_ATTACHED_PIC


def timecode_of(container: Any) -> str | None:
    """Return the time code of the first picture, as the container or one of its streams carries it."""
    for tags in (container.metadata, *(stream.metadata for stream in container.streams)):
        text = tags.get("timecode", "")
        if 0 < len(text) <= _LONGEST_TIMECODE and text.isascii() and text.isprintable():
            return str(text)
    return None


def not_searched(container: Any, searched: Any) -> tuple[str, ...]:
    """Return one sentence for each stream of pictures but the searched one."""
    return tuple(
        f"stream {stream.index} is {'a cover' if is_attached(stream) else 'a further picture track'} "
        f"({stream.width or 0} x {stream.height or 0}) that was not searched; extract it and scan it alone"
        for stream in container.streams.video
        if stream.index != searched.index
    )


def is_attached(stream: Any) -> bool:
    """Return whether a stream is a cover picture."""
    return bool(int(stream.disposition) & _ATTACHED_PICTURE)


def pixels(stream: Any) -> int:
    """Return the pixels of a stream's frames as declared; 0 where nothing is."""
    return int(stream.width or 0) * int(stream.height or 0) if stream.codec_context is not None else 0


def shown_s(raw: av.VideoFrame, stream: Any) -> float | None:
    """Return how long a picture is stamped to stay on the screen, None where that is not sensible."""
    base = raw.time_base or stream.time_base
    shown = float(raw.duration * base) if raw.duration and base else 0.0
    return shown if 0.0 < shown <= _LONGEST_SHOWN_S else None
