"""What a file is: its digest, kind, format and size, decided by its content.

The first bytes are compared with the signatures of the formats that are read here, and the file is then
opened as exactly that format: probing every format a library knows would let a playlist or a script pass for
a film and name further files. JPEG, PNG, WebP, TIFF, GIF, BMP and AVIF go through Pillow, HEIC through libheif;
OpenEXR, DPX, MP4/QuickTime, Matroska/WebM, AVI, MPEG transport and programme streams, MXF, Flash video and Ogg
through PyAV (FFmpeg). Numbered files named by a pattern ("shot.%04d.exr") are one asset.
"""

from pathlib import Path

from detectors.content import checked_signature, digest_and_head
from detectors.content import signature_at as signature_at
from detectors.image import still_facts
from detectors.sequence import is_pattern, sequence_media
from detectors.values import Media
from detectors.video import video_facts


def identify(path: Path) -> Media:
    """Return what the file at path is; the whole file is read once for its digest.

    path may be a pattern such as "shot.%04d.exr" for numbered stills. Raises MissingMedia, UnreadableMedia,
    MislabelledMedia, NoPicture. Of a film the first picture is decoded, of a still none (OpenEXR and DPX
    excepted), of a sequence the first readable file: what breaks off half-way is found by the scan.
    """
    if is_pattern(path):
        return sequence_media(path)
    digest, head = digest_and_head(path)
    signature = checked_signature(path, head)
    if signature.kind == "image":
        still = still_facts(path, signature)
        return Media(
            path=path,
            sha256=digest,
            kind="image",
            format=signature.name,
            width=still.width,
            height=still.height,
            duration_s=None,
            frame_rate=None,
            frames=still.pages,
            transfer=still.transfer,
            timecode=still.timecode,
        )
    facts = video_facts(path, signature)
    return Media(
        path=path,
        sha256=digest,
        kind="video",
        format=signature.name,
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        frame_rate=facts.frame_rate,
        frames=facts.frames,
        transfer=facts.transfer,
        timecode=facts.timecode,
        not_searched=facts.not_searched,
    )
