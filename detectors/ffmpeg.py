"""What FFmpeg's bindings raise on hostile files, for whoever decodes with them."""

import av.error

FFMPEG_ERRORS: tuple[type[Exception], ...] = (
    av.error.FFmpegError,
    # PyAV's bindings raise these on broken headers.
    OSError,
    ValueError,
    TypeError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
)
