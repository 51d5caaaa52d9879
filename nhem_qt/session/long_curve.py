"""The curve of a whole session, however long.

To open one reads all of it once; after that any part is given at a cost that does not depend on its length.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.session.archive import KeptSession
from nhem_qt.session.history import Curve, gap_s
from nhem_qt.session.overview import STRETCH_TICKS, Overview, Stretches, read_overview
from nhem_qt.session.reading import open_to_read
from nhem_qt.session.sample_blocks import BLOCK_TICKS, SampleBlocks
from nhem_qt.session.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nhem_qt.session.history import History
    from nhem_qt.session.info import Span

# In more stretches than that the samples are not drawn one by one: 32768 ticks.
_STRETCHES_IN_FULL = 512
_MOST_STRETCHES = 2048

# The one in which it lies, or at an edge both, and that of a neighbour far away.
_READS_FOR_A_MOMENT = 3


class LongCurve:
    """The curve of a session, running or kept: from the ring in memory, the file, and the overview for the rest.

    The session may add meanwhile; one thread may read. `rate_hz` tells what a gap is.
    """

    def __init__(
        self, overview: Overview, rate_hz: float, ring: History | None = None, path: Path | None = None
    ) -> None:
        self._overview = overview
        self._gap_s = gap_s(rate_hz)
        self._ring = ring
        self._blocks = None if path is None else SampleBlocks(path)
        self._put_off = 0
        self._reads_left = 0

    @property
    def count(self) -> int:
        """Changes when there is more to draw."""
        return self._overview.count + self._put_off

    @property
    def first_s(self) -> float:
        """Time of the first sample, seconds since the session started; 0 if there is none."""
        return self._overview.first_s

    @property
    def last_s(self) -> float:
        """Time of the last sample, seconds since the session started; 0 if there is none."""
        return self._overview.last_s

    def part(self, begin_s: float, end_s: float) -> Curve:
        """Return what lies in this time, in ascending times, and one neighbour on either side.

        A part of about 32768 ticks or less is given sample by sample, a longer one as lowest and highest values of
        stretches. So is what can be read neither from memory nor from the file, and what is still to be read: one block
        is read at a time, and `count` changes until all are. A row without values stands in a gap.
        """
        return self._part(begin_s, end_s, reads=1)

    def simulated(self, begin_s: float, end_s: float) -> Curve:
        """Return what the program invented in this time of a running session, to be drawn as that alone."""
        return Curve.empty() if self._ring is None else self._opened(self._ring.simulated(begin_s, end_s))

    def at(self, t_s: float) -> Curve | None:
        """Return the sample nearest to a moment; the two rows of its stretch if only that is known; None in a gap."""
        near = self._part(t_s - self._gap_s, t_s + self._gap_s, reads=_READS_FOR_A_MOMENT)
        is_sample = ~np.isnan(near.in_peak_region)
        distances_s = np.where(is_sample, np.abs(near.t_s - t_s), np.inf)
        if distances_s.min(initial=np.inf) <= self._gap_s:
            nearest = int(distances_s.argmin())
            return near.rows(nearest, nearest + 1)
        is_gap = np.isnan(near.frame_index)
        return None if (is_sample | is_gap).all() else self._stretch_at(t_s)

    def _part(self, begin_s: float, end_s: float, reads: int) -> Curve:
        self._reads_left = reads
        stretches = self._overview.between(begin_s, end_s)
        return _cut(_joined(self._parts(stretches), self._gap_s), begin_s, end_s)

    def _stretch_at(self, t_s: float) -> Curve | None:
        stretches = self._overview.between(t_s, t_s)
        around = np.flatnonzero((stretches.first_s <= t_s) & (t_s <= stretches.last_s))
        return stretches.rows(around[0], around[0] + 1).as_curve(self._gap_s) if len(around) else None

    def _parts(self, stretches: Stretches) -> list[Curve]:
        """Return the rows of these stretches: the older ones from the file, the newer ones from the ring."""
        if len(stretches) > _STRETCHES_IN_FULL:
            return [_condensed(stretches).as_curve(self._gap_s)]
        held = self._from_ring(stretches)
        older = [*self._older(stretches, float(held.frame_index[0]) if len(held.t_s) else math.inf)]
        # The last of the older ones may be a stretch of which the ring holds a part.
        told_to = older[-1].frame_index[-1] if older else -1.0
        newer = held.rows(int(np.searchsorted(held.frame_index, told_to, "right")), len(held.t_s))
        return [*older, self._opened(newer)]

    def _from_ring(self, stretches: Stretches) -> Curve:
        if self._ring is None or not len(stretches):
            return Curve.empty()
        return self._ring.between(stretches.first_frame[0], stretches.last_frame[-1])

    def _older(self, stretches: Stretches, held_from: float) -> Iterator[Curve]:
        """Yield what lies before the frame index from which on the ring has it: samples, or stretches instead."""
        older = stretches.rows(0, int(np.searchsorted(stretches.first_frame, held_from)))
        numbers = older.first_frame // BLOCK_TICKS
        cuts = np.flatnonzero(np.diff(numbers, prepend=-1.0, append=np.inf))
        for first, end in pairwise(map(int, cuts)):
            inside = older.rows(first, end)
            last_frame = min(float(inside.last_frame[-1]), held_from - 1)
            block = self._block(int(numbers[first]), last_frame)
            if block is None:
                yield inside.as_curve(self._gap_s)
            else:
                edges = np.searchsorted(block.frame_index, (inside.first_frame[0], last_frame + 1))
                yield self._opened(block.rows(*map(int, edges)))

    def _block(self, number: int, last_frame: float) -> Curve | None:
        """Return a block of the file that reaches to this frame index, if it can be had now."""
        if self._blocks is None:
            return None
        block = self._blocks.held(number, last_frame)
        if block is None and not self._reads_left:
            self._put_off += 1
        elif block is None:
            block = self._blocks.read(number, last_frame)
            # To fail costs nothing.
            self._reads_left -= block is not None
        return block

    def _opened(self, samples: Curve) -> Curve:
        return samples.opened_before(np.flatnonzero(np.diff(samples.t_s) > self._gap_s) + 1)


def open_long_curve(path: Path, span: Span | None = None) -> LongCurve:
    """Return the curve of a kept session, with a span only that part; the file is not kept open.

    Raises StoreError if the file is no session.
    """
    with KeptSession(path) as kept:
        rate_hz = kept.info.rate_hz
    try:
        with contextlib.closing(open_to_read(path)) as connection:
            overview = read_overview(connection, span)
    except (sqlite3.Error, OSError, TypeError, ValueError) as error:
        raise StoreError(f"The samples in {path.name} cannot be read ({error}): choose another session") from error
    return LongCurve(overview, rate_hz, path=path)


def _condensed(stretches: Stretches) -> Stretches:
    """Join stretches until they are few; always the same ones, so that nothing flickers while it is scrolled."""
    numbers = stretches.first_frame // STRETCH_TICKS
    doublings = max(0, math.ceil(math.log2((numbers[-1] - numbers[0] + 1) / _MOST_STRETCHES)))
    return stretches.merged(numbers // 2**doublings)


def _joined(parts: Sequence[Curve], longest_s: float) -> Curve:
    """Put parts together that follow one another; where time has passed between two of them is a gap."""
    curve = Curve.joined(parts)
    seams = np.cumsum([len(part.t_s) for part in parts])[:-1]
    seams = seams[(seams > 0) & (seams < len(curve.t_s))]
    return curve.opened_before(seams[curve.t_s[seams] - curve.t_s[seams - 1] > longest_s])


def _cut(curve: Curve, begin_s: float, end_s: float) -> Curve:
    first = int(np.searchsorted(curve.t_s, begin_s, "left")) - 1
    return curve.rows(max(first, 0), int(np.searchsorted(curve.t_s, end_s, "right")) + 1)
