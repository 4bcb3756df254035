"""The process that reads strangers' files: it imports this package and the engine, and lives within limits.

Questions come in as pickles from the process that started it, which it trusts; answers go out as JSON, since that
process must not trust it. Each message is preceded by its length in eight bytes.
Standard: POSIX setrlimit.
"""

from __future__ import annotations

import importlib
import os
import pickle
import resource
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from provenance.errors import SourceError
from provenance.reading_json import encoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READER = "provenance.verify:read"
LENGTH_BYTES = 8
READY = b"\xffready\xff\xff"
"""What a worker says once, when it has loaded: the time for loading is not the first file's."""
_MOST_OPEN_FILES = 128


@dataclass(frozen=True, slots=True)
class Question:
    """One file to read. cpu_s: processor seconds that this may take."""

    path: Path
    trust: Any
    cpu_s: int
    options: dict[str, Any] = field(default_factory=dict)


def serve(reader: str, memory_bytes: int) -> None:
    """Answer questions on standard input until it ends. reader: "module:function" that does the work."""
    answers, questions = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    # What the engine prints is about strangers' files, and must not come between the answers.
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_NOFILE, _MOST_OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    module, _, name = reader.partition(":")
    read: Callable[..., Any] = getattr(importlib.import_module(module), name)
    answers.write(READY)
    answers.flush()
    while (question := _next(questions)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + question.cpu_s)
        answer = _answer(read, question)
        answers.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
        answers.flush()


def _answer(read: Callable[..., Any], question: Question) -> bytes:
    """Return 'R' and the reading, or a letter and words: 'M' no such file, 'U' unreadable, 'S' beyond a limit."""
    try:
        return b"R" + encoded(read(question.path, question.trust, **question.options))
    except SourceError as error:
        kind = b"M" if type(error).__name__ == "SourceMissing" else b"U"
        return kind + str(error).encode("utf-8", "replace")
    except MemoryError:
        return b"Sneeded more memory than it may have"
    except RecursionError:
        return b"Smet a manifest that is nested too deeply"
    except Exception as error:  # noqa: BLE001 -- whatever it is, it must not pass for an answer or end the pool
        return b"S" + f"broke down ({type(error).__name__})".encode()


def _next(questions: BinaryIO) -> Question | None:
    header = questions.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    question = pickle.loads(questions.read(int.from_bytes(header, "big")))  # noqa: S301 -- from our own starter
    assert isinstance(question, Question)  # noqa: S101
    return question


def _limit(kind: int, soft: int) -> None:
    """Set a limit, unless a stricter one is in force. The hard limit stays: the next file has a limit of its own."""
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
