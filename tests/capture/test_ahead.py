"""Items made ahead: the same ones, no more than are allowed, and no thread left behind."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import pytest

from nhem_qt.capture.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30.0


class BrokenError(Exception):
    """What a maker of items may fail with."""


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ahead"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100])
def test_all_items_come_in_their_order_and_the_thread_ends(count: int) -> None:
    assert list(ahead(iter(range(count)), 3)) == list(range(count))
    assert threads() == []


def test_an_error_comes_in_the_place_of_its_item_and_the_thread_ends() -> None:
    def failing() -> Iterator[int]:
        yield from range(5)
        raise BrokenError

    items = ahead(failing(), 3)
    assert [next(items) for _ in range(5)] == list(range(5))
    with pytest.raises(BrokenError):
        next(items)
    assert threads() == []
    assert list(items) == []


def test_items_are_made_while_another_is_worked_on_but_no_more_than_are_allowed() -> None:
    made, fourth, fifth = [], threading.Event(), threading.Event()

    def counted() -> Iterator[int]:
        for item in range(100):
            made.append(item)
            if item == 1 + 3:
                fourth.set()
            elif item == 1 + 3 + 1:
                fifth.set()
            yield item

    items = ahead(counted(), 3)
    assert next(items) == 0
    assert next(items) == 1
    assert fourth.wait(PATIENCE_S)
    assert not fifth.is_set()
    assert next(items) == 2
    assert fifth.wait(PATIENCE_S)
    items.close()
    assert len(made) <= 1 + 3 + 2


def test_who_asks_for_one_item_only_starts_no_thread() -> None:
    numbers = itertools.count()
    items = ahead(numbers, 3)
    assert next(items) == 0
    assert threads() == []
    assert next(numbers) == 1


@pytest.mark.parametrize("taken", [0, 1, 2, 5])
def test_closing_ends_the_thread_wherever_it_is(taken: int) -> None:
    items = ahead(itertools.count(), 3)
    assert list(itertools.islice(items, taken)) == list(range(taken))
    items.close()
    assert threads() == []
