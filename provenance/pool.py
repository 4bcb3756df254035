"""Reading in processes of their own: whatever a file does to its reader, the caller gets a value.

Workers are started as new programs (never forked), one for each processor, within limits of memory and time; one that
breaks down or is stopped is replaced, and the file that did it is unreadable, with the reason.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance import frames
from provenance.errors import SourceMissing, SourceUnreadable
from provenance.judging import stopped
from provenance.reading_json import decoded
from provenance.worker import LENGTH_BYTES, READER, READY, Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self

    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

_ROOT = Path(__file__).resolve().parents[1]
# Without the folder of the caller in the search path: it may hold a stranger's delivery.
_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from provenance.worker import serve
serve(sys.argv[2], int(sys.argv[3]))
"""
# Keys and tokens of the caller are no business of a process that reads strangers' files.
_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
_MOST_ANSWER_BYTES = 512 << 20
_PIECE = 1 << 20
_LOADING_S = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take. Seconds hold for the clock and for the processor alike."""

    memory_bytes: int = 3 << 30
    seconds: float = 60.0
    seconds_per_gigabyte: float = 60.0

    def seconds_for(self, paths: Sequence[Path]) -> float:
        """Return how long reading these files may take."""
        size = 0
        for path in paths:
            with contextlib.suppress(OSError, ValueError):
                size += path.stat().st_size
        return self.seconds + self.seconds_per_gigabyte * size / 1e9


class _Stopped(Exception):
    """The worker gave no answer, because of this."""


class _Worker:
    """One running process. Not for two threads at a time."""

    def __init__(self, reader: str, limits: Limits) -> None:
        command = [sys.executable, "-P", "-c", _PROGRAM, str(_ROOT), reader, str(limits.memory_bytes)]
        self.process = subprocess.Popen(  # noqa: S603 -- our own interpreter and program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            bufsize=0,
        )
        self._ready = False

    def answer(self, question: Question, seconds: float) -> bytes:
        """Return the answer to a question. Raises _Stopped, after which this worker is of no more use."""
        if not self._ready:
            self._ready = self._take(len(READY), time.monotonic() + _LOADING_S, _LOADING_S) == READY
        content = pickle.dumps(question)
        try:
            self._send(len(content).to_bytes(LENGTH_BYTES, "big") + content)
        except OSError as error:
            raise _Stopped(self._end()) from error
        deadline = time.monotonic() + seconds
        length = int.from_bytes(self._take(LENGTH_BYTES, deadline, seconds), "big")
        if not 1 <= length <= _MOST_ANSWER_BYTES:
            raise _Stopped("gave an answer of no sensible length")
        return self._take(length, deadline, seconds)

    def _send(self, content: bytes) -> None:
        assert self.process.stdin is not None  # noqa: S101
        view = memoryview(content)
        while view:
            view = view[self.process.stdin.write(view) or 0 :]

    def _take(self, count: int, deadline: float, seconds: float) -> bytes:
        assert self.process.stdout is not None  # noqa: S101
        taken = bytearray()
        descriptor = self.process.stdout.fileno()
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while len(taken) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not waiting.poll(left * 1000):
                raise _Stopped(f"was stopped after {seconds:.0f} s")
            piece = os.read(descriptor, min(_PIECE, count - len(taken)))
            if not piece:
                raise _Stopped(self._end())
            taken += piece
        return bytes(taken)

    def _end(self) -> str:
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "stopped answering"
        if code >= 0:
            return f"ended with code {code}"
        with contextlib.suppress(ValueError):
            if -code == signal.SIGXCPU:
                return "used up its processor time"
            return f"was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"was ended by signal {-code}"

    def close(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class ReaderPool:
    """Readers in processes of their own, for any number of threads. Close it, or use it as a context."""

    def __init__(self, *, workers: int | None = None, limits: Limits | None = None, reader: str = READER) -> None:
        """workers: one for each processor unless given. reader: "module:function" called with path, trust, options."""
        self.size = workers or os.cpu_count() or 1
        self._limits = limits or Limits()
        self._reader = reader
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="reader")
        self._lock = threading.Lock()
        # One is started at once, so that it loads while its caller still prepares the first question.
        self._idle = [_Worker(reader, self._limits)]
        self._busy: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker; what still waits to be read is cancelled."""
        with self._lock:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.process.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.close()

    def submit(self, path: Path, trust: TrustProfile | None, **options: Any) -> Future[ProvenanceReading]:
        """Return the reading to come; the options are those of `verify.read`."""
        return self._threads.submit(self.read, path, trust, **options)

    def read(self, path: Path, trust: TrustProfile | None, **options: Any) -> ProvenanceReading:
        """Return what `verify.read` says, read in a process of its own; unreadable if that process gave no answer.

        Raises SourceMissing or SourceUnreadable.
        """
        fragments = tuple(Path(fragment).absolute() for fragment in options.pop("fragments", ()))
        files = frames.of(path) if frames.is_pattern(path) else (path,)
        seconds = self._limits.seconds_for((*files, *fragments))
        options = {**options, "fragments": fragments} if fragments else options
        question = Question(Path(path).absolute(), trust, int(seconds) + 1, options)
        worker = self._taken()
        try:
            answer = worker.answer(question, seconds)
            reading = _reading(answer)
        except (_Stopped, ValueError) as error:
            self._dropped(worker)
            why = str(error) if isinstance(error, _Stopped) else "gave an answer that is none"
            return stopped(f"the reader {why}; it may use {self._limits.memory_bytes >> 20} MB and {seconds:.0f} s")
        except (SourceMissing, SourceUnreadable):
            self._returned(worker)
            raise
        except BaseException:
            # Interrupted in the middle of an answer: nobody may take the rest of it for the next one.
            self._dropped(worker)
            raise
        self._returned(worker)
        return reading

    def _taken(self) -> _Worker:
        with self._lock:
            # One that died while nobody asked it anything is not the next file's fault.
            living = [worker for worker in self._idle if worker.process.poll() is None]
            dead = [worker for worker in self._idle if worker not in living]
            self._idle = living
            worker = self._idle.pop() if self._idle else None
        for one in dead:
            one.close()
        worker = worker or _Worker(self._reader, self._limits)
        with self._lock:
            self._busy.add(worker)
        return worker

    def _returned(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            if not self._closed:
                self._idle.append(worker)
                return
        worker.close()

    def _dropped(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
        worker.close()


def _reading(answer: bytes) -> ProvenanceReading:
    """Return the reading in an answer. Raises what it says, ValueError if it is none."""
    kind, content = answer[:1], answer[1:]
    if kind == b"R":
        return decoded(content)
    said = content.decode("utf-8")
    if kind == b"M":
        raise SourceMissing(said)
    if kind == b"U":
        raise SourceUnreadable(said)
    raise _Stopped(said)
