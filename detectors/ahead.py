"""Items made by a thread of their own, a few ahead of whoever takes them.

FFmpeg and ONNX Runtime both let go of the interpreter's lock, so decoding and searching overlap on two cores.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

# How long a maker that found the queue full waits before it looks whether anybody still wants its items.
_LOOK_UP_S = 0.1


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    """One item on its way."""

    value: T


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing follows; cause: what the maker raised."""

    cause: BaseException | None


def ahead(items: Iterator[T], depth: int = 1) -> Generator[T, None, None]:
    """Yield the same items in the same order, up to depth of them made before they are asked for.

    What items raises is raised here, after the items before it. If the generator is closed early, the thread
    ends before close() returns. depth + 2 items exist at most: one being made, one being used.
    """
    queue: Queue[_Item[T] | _End] = Queue(maxsize=depth)
    unwanted = Event()
    thread = Thread(target=_make, args=(items, queue, unwanted), name="ahead", daemon=True)
    thread.start()
    try:
        while isinstance(taken := queue.get(), _Item):
            yield taken.value
            # Or the item would live on while the next one is waited for.
            del taken
        if taken.cause is not None:
            raise taken.cause
    finally:
        unwanted.set()
        _emptied(queue)
        thread.join()


def _make(items: Iterator[T], queue: "Queue[_Item[T] | _End]", unwanted: Event) -> None:
    """Put items into the queue until they end or nobody wants them."""
    cause: BaseException | None = None
    try:
        for value in items:
            if not _put(queue, _Item(value), unwanted):
                break
            del value
    except BaseException as error:  # noqa: BLE001 - it is raised in the thread that asked for the items
        cause = error
    finally:
        # A generator holds an open file, which is closed where it was opened.
        if isinstance(items, Generator):
            items.close()
    _put(queue, _End(cause), unwanted)


def _put(queue: "Queue[_Item[T] | _End]", item: _Item[T] | _End, unwanted: Event) -> bool:
    """Return whether the item could be handed on."""
    while not unwanted.is_set():
        try:
            queue.put(item, timeout=_LOOK_UP_S)
        except Full:
            continue
        return True
    return False


def _emptied(queue: "Queue[_Item[T] | _End]") -> None:
    """Let a waiting maker go on."""
    try:
        while True:
            queue.get_nowait()
    except Empty:
        return
