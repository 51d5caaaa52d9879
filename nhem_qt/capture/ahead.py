"""Items that are made before they are asked for."""

from __future__ import annotations

import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# Whoever takes the items computes, and keeps Python from the thread that makes them for so long: a core would lie idle
# for a part of Python's own 5 ms.
_SWITCH_INTERVAL_S = 0.0001

_Item = TypeVar("_Item")


def ahead(items: Iterator[_Item], count: int) -> Generator[_Item, None, None]:
    """Yield the items in their order, with at most `count` made before their turn, in a thread of its own.

    The thread begins when the second item is asked for, and is gone after the last one, after an error, which is raised
    in the place of its item, and after `close`.
    """
    # Whoever only looks at the first one has no use for more.
    first = next(items, None)
    if first is None:
        return
    yield first
    made: SimpleQueue[_Item | BaseException | None] = SimpleQueue()
    room, closed = threading.Semaphore(count), threading.Event()
    thread = threading.Thread(target=_make, args=(items, made, room, closed), name="ahead", daemon=True)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    thread.start()
    try:
        while (item := made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            room.release()
            yield item
    finally:
        closed.set()
        room.release()
        thread.join()


def _make(
    items: Iterator[_Item],
    made: SimpleQueue[_Item | BaseException | None],
    room: threading.Semaphore,
    closed: threading.Event,
) -> None:
    """Put the items where they are taken from, each as soon as there is room; at the end None, or what went wrong."""
    try:
        while room.acquire() and not closed.is_set():
            made.put(item := next(items, None))
            if item is None:
                return
    except BaseException as error:  # noqa: BLE001 - it is raised where the item is asked for
        made.put(error)
