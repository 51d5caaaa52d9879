"""What two runs of the detection found in the same samples, side by side."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nhem_qt.detection import DetectorConfig, Peak


class FoundBy(StrEnum):
    """Which of the two runs found an emission."""

    BOTH = "both"
    ONLY_KEPT = "only kept"
    ONLY_AGAIN = "only again"


@dataclass(frozen=True, slots=True)
class Pair:
    """One emission as the session has it (`kept`) and as it was found again; not both are None."""

    kept: Peak | None
    again: Peak | None

    @property
    def found_by(self) -> FoundBy:
        """Which of the two found it."""
        if self.again is None:
            return FoundBy.ONLY_KEPT
        return FoundBy.ONLY_AGAIN if self.kept is None else FoundBy.BOTH

    @property
    def changed_colour(self) -> bool:
        """Whether both found it, but do not agree on its colour."""
        return self.kept is not None and self.again is not None and self.kept.color != self.again.color

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """What there is of it: one peak or two, the kept one first."""
        return tuple(peak for peak in (self.kept, self.again) if peak is not None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All emissions that a session has or that `config` finds in it, in time order."""

    pairs: tuple[Pair, ...]
    config: DetectorConfig

    @property
    def again(self) -> tuple[Peak, ...]:
        """The peaks that were found again, in time order."""
        return tuple(pair.again for pair in self.pairs if pair.again is not None)

    @property
    def changed_colour(self) -> int:
        """How many of those that both found changed their colour."""
        return sum(pair.changed_colour for pair in self.pairs)

    def count(self, found_by: FoundBy) -> int:
        """Return how many were found by both, or by one of the two only."""
        return sum(pair.found_by is found_by for pair in self.pairs)


def paired(kept: Sequence[Peak], again: Sequence[Peak]) -> tuple[Pair, ...]:
    """Match the peaks of two runs, each in time order and without overlap among themselves; every peak comes once.

    Two peaks can be a pair if they share a moment. Those that share the longest time are paired first, then the next
    ones of what is left; of equally long times the earlier one is taken. The order of the two runs plays no part.
    """
    partners: dict[Peak, Peak] = {}
    taken: set[Peak] = set()
    for one, other in sorted(_meetings(kept, again), key=_by_shared_time):
        if one not in partners and other not in taken:
            partners[one] = other
            taken.add(other)
    pairs = [Pair(peak, partners.get(peak)) for peak in kept]
    pairs += [Pair(None, peak) for peak in again if peak not in taken]
    return tuple(sorted(pairs, key=_shared_since_s))


def _meetings(kept: Sequence[Peak], again: Sequence[Peak]) -> Iterator[tuple[Peak, Peak]]:
    for peak in kept:
        first = bisect_left(again, peak.start_s, key=attrgetter("end_s"))
        last = bisect_right(again, peak.end_s, key=attrgetter("start_s"))
        for other in again[first:last]:
            yield peak, other


def _shared_since_s(pair: Pair) -> float:
    """When all peaks of the pair have begun: in this order the peaks of either run are in time order."""
    return max(peak.start_s for peak in pair.peaks)


def _by_shared_time(meeting: tuple[Peak, Peak]) -> tuple[float, float]:
    one, other = meeting
    begin_s, end_s = max(one.start_s, other.start_s), min(one.end_s, other.end_s)
    return begin_s - end_s, begin_s
