"""How much of a long work is done, and the place where it can be cancelled."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Progress: TypeAlias = Callable[[float], None]
"""Is told the share that is done, 0-1; may raise, which ends the work and undoes it."""

_Item = TypeVar("_Item")

# Some milliseconds of work: so soon a wish to cancel is seen, and so seldom that asking costs nothing.
_BATCH = 1000


def no_progress(_share: float) -> None:
    """Tell nobody."""


def part_of(progress: Progress, begin: float, end: float) -> Progress:
    """Return the progress of a part of the work, which is that between two shares of the whole."""
    return lambda share: progress(begin + share * (end - begin))


def watched(
    items: Iterable[_Item], count: int, progress: Progress, seen: Callable[[Sequence[_Item]], None] | None = None
) -> Iterator[_Item]:
    """Yield about `count` items and tell the progress; `seen` is given each of them, many at once."""
    return itertools.chain.from_iterable(_batches(items, count, progress, seen))


def _batches(
    items: Iterable[_Item], count: int, progress: Progress, seen: Callable[[Sequence[_Item]], None] | None
) -> Iterator[Sequence[_Item]]:
    rest, done = iter(items), 0
    while batch := list(itertools.islice(rest, _BATCH)):
        progress(min(done / max(count, 1), 1.0))
        done += len(batch)
        if seen is not None:
            seen(batch)
        yield batch
