"""The condensed curve of a whole session: what is drawn where the samples are too many to be drawn."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from nhem_qt.session.history import Curve
from nhem_qt.session.reading import MEASURED_GRAY

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

    from nhem_qt.monitor import Sample
    from nhem_qt.session.info import Span

STRETCH_TICKS = 64

# 13 hours at 45 Hz, 2 MB: what a session needs is taken at its begin, and it does not grow while it runs.
_FIRST_CAPACITY = 32_768

_FRAMES = "SELECT min(frame_index), max(frame_index) FROM sample WHERE t_s BETWEEN ? AND ?"
_NO_END = 2**62

# The last sample of a stretch tells its levels: that is one seek, a mean would be one more walk over all samples.
_STRETCHES = f"""
SELECT first.frame_index, last.frame_index, first.t_s, last.t_s, low, high, last.baseline, last.threshold
FROM (
    SELECT min(frame_index) AS first_frame, max(frame_index) AS last_frame,
           min({MEASURED_GRAY}) AS low, max({MEASURED_GRAY}) AS high
    FROM sample WHERE frame_index BETWEEN ? AND ? GROUP BY frame_index / {STRETCH_TICKS}
)
JOIN sample AS first ON first.frame_index = first_frame
JOIN sample AS last ON last.frame_index = last_frame
ORDER BY first_frame
"""  # noqa: S608 - a number and an expression of this package


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Columns of consecutive stretches of a curve, each of shape (n,); NaN where there is no value.

    First and last frame index and time in s, lowest and highest gray value, and the levels at the last sample.
    """

    first_frame: NDArray[np.float64]
    last_frame: NDArray[np.float64]
    first_s: NDArray[np.float64]
    last_s: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    baseline: NDArray[np.float64]
    threshold: NDArray[np.float64]

    @classmethod
    def of_samples(cls, curve: Curve) -> Self:
        """Take every sample as a stretch."""
        frame, t_s, gray = curve.frame_index, curve.t_s, curve.gray
        return cls(frame, frame, t_s, t_s, gray, gray, curve.baseline, curve.threshold)

    def __len__(self) -> int:
        return len(self.first_frame)

    def rows(self, first: int, end: int) -> Stretches:
        """Return a view of the stretches from number `first` up to, but not including, number `end`."""
        return Stretches(*(getattr(self, field.name)[first:end] for field in fields(self)))

    def merged(self, keys: NDArray[np.float64]) -> Stretches:
        """Join neighbours that have the same key; there must be one stretch at least."""
        firsts = np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))
        lasts = np.append(firsts[1:], len(keys)) - 1
        return Stretches(
            self.first_frame[firsts],
            self.last_frame[lasts],
            self.first_s[firsts],
            self.last_s[lasts],
            np.fmin.reduceat(self.low, firsts),
            np.fmax.reduceat(self.high, firsts),
            self.baseline[lasts],
            self.threshold[lasts],
        )

    def as_curve(self, gap_s: float) -> Curve:
        """Return two rows for each, with its lowest and with its highest value; no line leads over longer gaps.

        What only samples have is NaN, `in_peak_region` as well.
        """
        unknown = np.full(2 * len(self), np.nan)
        curve = Curve(
            _in_turn(self.first_frame, self.last_frame),
            _in_turn(self.first_s, self.last_s),
            _in_turn(self.low, self.high),
            unknown,
            np.repeat(self.baseline, 2),
            np.repeat(self.threshold, 2),
            unknown,
        )
        return curve.opened_before(2 * np.flatnonzero(self.first_s[1:] - self.last_s[:-1] > gap_s) + 2)


class Overview:
    """All stretches of a session, STRETCH_TICKS ticks of the schedule each; any thread may read while one adds."""

    def __init__(self) -> None:
        # Empty memory would be taken only when it is written to.
        self._columns = np.full((len(fields(Stretches)), _FIRST_CAPACITY), np.nan)
        self._begun = 0
        self._newest: list[Any] = []
        self._next_frame = -1
        self._lock = threading.Lock()
        self.count = 0
        """Number of samples added."""
        self.first_s = 0.0
        """Time of the first sample; 0 as long as there is none."""

    @classmethod
    def of_rows(cls, rows: list[Any]) -> Self:
        """Make one of the cells of all stretches; raises TypeError or ValueError where they are no numbers."""
        overview = cls()
        if rows:
            overview._columns = np.array(rows, dtype=np.float64).T.copy()
            overview._newest = list(rows[-1])
            overview.first_s = float(rows[0][2])
        overview._begun = overview.count = len(rows)
        return overview

    @property
    def last_s(self) -> float:
        """Time of the last sample; 0 as long as there is none."""
        newest = self._newest
        return float(newest[3]) if newest else 0.0

    def add(self, sample: Sample) -> None:
        """Take in the next sample; frame indices and times must be ascending."""
        measured = sample.measurement
        frame, t_s, gray = measured.frame_index, measured.t_s, measured.measured_gray
        with self._lock:
            if frame >= self._next_frame:
                self._begin(frame, t_s)
            newest = self._newest
            newest[1], newest[3] = frame, t_s
            newest[6], newest[7] = sample.baseline, sample.threshold
            if gray is not None:
                # Written so that anything takes the place of NaN.
                if not newest[4] <= gray:
                    newest[4] = gray
                if not newest[5] >= gray:
                    newest[5] = gray
            self.count += 1

    def between(self, begin_s: float, end_s: float) -> Stretches:
        """Return a copy of the stretches that have a part in this time, and of one neighbour on either side."""
        with self._lock:
            self._put_newest()
            stretches = Stretches(*self._columns[:, : self._begun])
            first = int(np.searchsorted(stretches.last_s, begin_s, "left")) - 1
            end = int(np.searchsorted(stretches.first_s, end_s, "right")) + 1
            return Stretches(*self._columns[:, max(first, 0) : min(end, self._begun)].copy())

    def _begin(self, frame: int, t_s: float) -> None:
        """Begin a stretch."""
        self._put_newest()
        if self._begun == 0:
            self.first_s = t_s
        if self._begun == self._columns.shape[1]:
            self._columns = np.concatenate((self._columns, np.empty_like(self._columns)), axis=1)
        self._begun += 1
        self._newest = [frame, frame, t_s, t_s, np.nan, np.nan, None, None]
        self._next_frame = (frame // STRETCH_TICKS + 1) * STRETCH_TICKS

    def _put_newest(self) -> None:
        """Bring the column of the newest stretch up to date: too costly to be done for every sample."""
        if self._begun:
            self._columns[:, self._begun - 1] = np.array(self._newest, dtype=np.float64)


def read_overview(connection: sqlite3.Connection, span: Span | None = None) -> Overview:
    """Return the stretches of a session's file, with a span only of that; raises what a damaged file causes."""
    frames = (0, _NO_END) if span is None else connection.execute(_FRAMES, (span.begin_s, span.end_s)).fetchone()
    connection.execute("PRAGMA temp_store = MEMORY")
    return Overview.of_rows(connection.execute(_STRETCHES, frames).fetchall())


def thinned(curve: Curve, width_s: float) -> Curve:
    """Return the lowest and the highest value of every `width_s` seconds in two rows; what is open stays open."""
    keys = np.where(np.isnan(curve.frame_index), np.nan, curve.t_s // width_s)
    return Stretches.of_samples(curve).merged(keys).as_curve(np.inf) if len(keys) else curve


def _in_turn(ones: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack((ones, others)).ravel()
