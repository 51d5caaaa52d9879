"""The newest samples and peaks in memory: written by the worker, read by the window."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nhem_qt.frame import SourceKind
from nhem_qt.session.table import sample_cells, sample_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nhem_qt.detection import Peak, Rejection
    from nhem_qt.monitor import Sample
    from nhem_qt.session.table import Row

# What is stored of a sample, then the peak and the rejection that were decided on it, in one tuple.
_Held: TypeAlias = tuple[Any, ...]

CURVE_COLUMNS = ("frame_index", "t_s", "gray", "gray_large", "baseline", "threshold", "in_peak_region")

_GAP_S = 0.5
_GAP_TICKS = 2.5


def gap_s(rate_hz: float) -> float:
    """Return the longest time between two samples over which a line is drawn; a longer one is left open."""
    return max(_GAP_S, _GAP_TICKS / rate_hz)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Columns of consecutive samples, each of shape (n,); NaN where there is no value. Times in s, gray 0-255."""

    frame_index: NDArray[np.float64]
    t_s: NDArray[np.float64]
    gray: NDArray[np.float64]
    gray_large: NDArray[np.float64]
    baseline: NDArray[np.float64]
    threshold: NDArray[np.float64]
    in_peak_region: NDArray[np.float64]

    @classmethod
    def empty(cls) -> Curve:
        """Return a curve without rows."""
        return cls(*np.empty((len(CURVE_COLUMNS), 0)))

    @classmethod
    def joined(cls, parts: Sequence[Curve]) -> Curve:
        """Return the rows of all parts, one part after the other; there must be one at least."""
        return cls(*map(np.concatenate, zip(*(part.columns for part in parts), strict=True)))

    @property
    def columns(self) -> tuple[NDArray[np.float64], ...]:
        """All columns, in the order of the fields."""
        return tuple(getattr(self, name) for name in CURVE_COLUMNS)

    def rows(self, first: int, end: int) -> Curve:
        """Return a view of the rows from number `first` up to, but not including, number `end`."""
        return Curve(*(column[first:end] for column in self.columns))

    def opened_before(self, places: NDArray[np.intp]) -> Curve:
        """Return a copy with a row that has nothing but a time before each of these rows: no line is drawn there."""
        if not len(places):
            return self
        middles_s = (self.t_s[places - 1] + self.t_s[places]) / 2
        fillings = (middles_s if name == "t_s" else np.nan for name in CURVE_COLUMNS)
        pairs = zip(self.columns, fillings, strict=True)
        return Curve(*(np.insert(column, places, filling) for column, filling in pairs))


class History:
    """Ring of the last `capacity` samples, and the last `peak_capacity` peaks and rejected candidates."""

    def __init__(self, capacity: int, peak_capacity: int) -> None:
        # Column by column: the times must lie side by side to be searched without copying them.
        self._columns = np.full((len(CURVE_COLUMNS), capacity), np.nan)
        self._capacity = capacity
        self._count = 0
        self._lock = threading.Lock()
        self._peaks: deque[Peak] = deque(maxlen=peak_capacity)
        self._rejections: deque[Rejection] = deque(maxlen=peak_capacity)
        self._last: Sample | None = None
        # Python's search for garbage holds up all threads; tuples of numbers and words it passes over.
        self._held: deque[_Held] = deque(maxlen=capacity)
        self._simulated: deque[tuple[float, float]] = deque(maxlen=capacity)

    @property
    def count(self) -> int:
        """Number of samples ever added."""
        return self._count

    @property
    def last(self) -> Sample | None:
        """The newest sample."""
        return self._last

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The last samples, oldest first; they are put together anew, which takes 5 us each."""
        return self.newest(self._capacity)

    @property
    def cells(self) -> list[Row]:
        """Those of `sample_cells` for the last samples, oldest first."""
        with self._lock:
            held = list(self._held)
        return [one[:-2] for one in held]

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """The last peaks, oldest first."""
        with self._lock:
            return tuple(self._peaks)

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """The last rejected candidates, oldest first."""
        with self._lock:
            return tuple(self._rejections)

    def add(self, sample: Sample) -> None:
        """Append a sample; the oldest one gives way. Frame indices must be ascending, and so must the times."""
        with self._lock:
            self._columns[:, self._count % self._capacity] = _values(sample)
            self._count += 1
            self._held.append(_row_of(sample))
            self._note(sample)
            if sample.measurement.source is SourceKind.SIMULATED:
                self._simulated.append((sample.measurement.t_s, sample.measurement.gray or 0.0))

    def replace_last(self, sample: Sample) -> None:
        """Exchange the newest sample for what the end of the stream made of it."""
        with self._lock:
            self._held[-1] = _row_of(sample)
            self._note(sample)

    def add_rejection(self, rejection: Rejection) -> None:
        """Append a rejected candidate that came with no sample."""
        with self._lock:
            self._rejections.append(rejection)

    def newest(self, count: int) -> tuple[Sample, ...]:
        """Return the last `count` samples, oldest first."""
        with self._lock:
            held = list(self._held)
        return tuple(sample_of(one[:-2], *one[-2:]) for one in held[-count:])

    def since(self, t_s: float) -> Curve:
        """Return a copy of the samples from `t_s` on; the times must be ascending."""
        with self._lock:
            return self._slice(self._find("t_s", t_s))

    def between(self, first_frame: float, last_frame: float) -> Curve:
        """Return a copy of the held samples from one frame index to another, both included."""
        with self._lock:
            return self._slice(self._find("frame_index", first_frame), self._find("frame_index", last_frame + 1))

    def simulated(self, begin_s: float, end_s: float) -> Curve:
        """Return times and gray values of what was simulated meanwhile, and measured nowhere."""
        with self._lock:
            is_over = not self._simulated or self._simulated[-1][0] < begin_s
            rows = [] if is_over else [row for row in self._simulated if begin_s <= row[0] <= end_s]
        t_s, gray = np.array(rows, dtype=np.float64).reshape(-1, 2).T
        unknown = np.full(len(rows), np.nan)
        return Curve(unknown, t_s, gray, unknown, unknown, unknown, unknown)

    def rate_hz(self, over_s: float = 2.0) -> float:
        """Return how many samples per second were measured in the last `over_s` seconds; 0 if too few to tell.

        Those that measured nothing count as time in which nothing was measured, up to the newest one.
        """
        last = self.last
        if last is None:
            return 0.0
        curve = self.since(last.measurement.t_s - over_s)
        seconds = float(curve.t_s[-1] - curve.t_s[0])
        return np.count_nonzero(~np.isnan(curve.gray[1:])) / seconds if seconds > 0 else 0.0

    def _find(self, name: str, value: float) -> int:
        """Return the number of the first held sample that has at least this value in an ascending column."""
        oldest = self._count - len(self._held)
        split = oldest + self._capacity - oldest % self._capacity
        column = self._columns[CURVE_COLUMNS.index(name)]
        for first, end in ((oldest, min(split, self._count)), (split, self._count)):
            stretch = column[first % self._capacity :][: max(0, end - first)]
            found = int(np.searchsorted(stretch, value))
            if found < len(stretch):
                return first + found
        return self._count

    def _slice(self, first: int, end: int | None = None) -> Curve:
        """Copy the samples from number `first` on, up to but not including number `end`."""
        start, length = first % self._capacity, max(0, (self._count if end is None else end) - first)
        ahead = self._columns[:, start : start + length]
        around = self._columns[:, : length - ahead.shape[1]]
        return Curve(*np.concatenate((ahead, around), axis=1))

    def _note(self, sample: Sample) -> None:
        self._last = sample
        if sample.peak is not None:
            self._peaks.append(sample.peak)
        if sample.rejection is not None:
            self._rejections.append(sample.rejection)


def _row_of(sample: Sample) -> _Held:
    return (*sample_cells(sample), sample.peak, sample.rejection)


def _values(sample: Sample) -> tuple[float, ...]:
    measured = sample.measurement
    values = (measured.measured_gray, measured.gray_large, sample.baseline, sample.threshold)
    numbers = (np.nan if value is None else value for value in values)
    return (measured.frame_index, measured.t_s, *numbers, sample.in_peak_region)
