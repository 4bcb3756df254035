"""Items made ahead arrive whole, in order and bounded in number; their maker ends with whoever takes them."""

import threading
from collections.abc import Iterator

import pytest

from detectors.ahead import ahead


def test_items_come_in_order_and_end() -> None:
    assert list(ahead(iter(range(100)), depth=3)) == list(range(100))
    assert list(ahead(iter(()))) == []


def test_no_more_than_depth_and_two_items_exist_at_once() -> None:
    made = 0

    def counted() -> Iterator[int]:
        nonlocal made
        for n in range(50):
            made += 1
            yield n

    for taken in ahead(counted(), depth=2):
        assert made <= taken + 1 + 2 + 1
    assert made == 50


def test_what_the_maker_raises_comes_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    taken: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        taken.extend(ahead(broken()))
    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_closing_early_closes_the_source_in_its_own_thread_and_ends_the_thread() -> None:
    made_in, closed_in = [], []

    def endless() -> Iterator[int]:
        made_in.append(threading.get_ident())
        try:
            while True:
                yield 0
        finally:
            closed_in.append(threading.get_ident())

    items = ahead(endless())
    next(items)
    items.close()
    assert made_in == closed_in != [threading.get_ident()]
    assert not any(thread.name == "ahead" for thread in threading.enumerate())
