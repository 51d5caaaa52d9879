"""A curve of any length in as many stretches as a picture has columns, gathered while its samples pass by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nhem_qt.frame import SourceKind
from nhem_qt.session.progress import no_progress, watched
from nhem_qt.session.table import STORED_SAMPLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nhem_qt.session.archive import KeptSession
    from nhem_qt.session.progress import Progress
    from nhem_qt.session.table import Row

_T_S, _GRAY, _BASELINE, _THRESHOLD, _SOURCE = map(
    STORED_SAMPLE_COLUMNS.index, ("t_s", "gray", "baseline", "threshold", "source")
)


class Stretch(NamedTuple):
    """A stretch of a curve: its times in s, its extreme gray values, its mean levels; None where there are none."""

    first_s: float
    last_s: float
    low: float | None
    high: float | None
    baseline: float | None
    threshold: float | None

    @property
    def middle_s(self) -> float:
        """The time between the first and the last sample."""
        return (self.first_s + self.last_s) / 2


class CondensedCurve:
    """Gathers the stored cells of samples from `first_s` to `last_s` into at most `count` stretches."""

    def __init__(self, first_s: float, last_s: float, count: int) -> None:
        self._first_s = first_s
        # A little wider, so that the last sample falls into the last stretch.
        self._width_s = max((last_s - first_s) / count * (1 + 1e-9), 1e-6)
        self._begin, self._low = np.full((2, count), np.inf)
        self._end, self._high = np.full((2, count), -np.inf)
        self._levels = np.zeros((2, count))
        self._level_counts = np.zeros((2, count))

    @classmethod
    def of(cls, kept: KeptSession, count: int, progress: Progress = no_progress) -> CondensedCurve:
        """Read the whole curve of a kept session; raises StoreError."""
        curve = cls(*ends_s(kept), count)
        for _ in watched(kept.sample_cells(), kept.sample_count, progress, curve.add):
            pass
        return curve

    def add(self, rows: Sequence[Row]) -> None:
        """Gather some samples."""
        columns = list(zip(*rows, strict=True))
        t_s, gray = _numbers(columns[_T_S]), _numbers(columns[_GRAY])
        if SourceKind.SIMULATED in columns[_SOURCE]:
            gray[np.asarray(columns[_SOURCE]) == SourceKind.SIMULATED] = np.nan
        place = np.clip(((t_s - self._first_s) / self._width_s).astype(np.int64), 0, len(self._low) - 1)
        np.minimum.at(self._begin, place, t_s)
        np.maximum.at(self._end, place, t_s)
        np.fmin.at(self._low, place, gray)
        np.fmax.at(self._high, place, gray)
        for number, column in enumerate((_BASELINE, _THRESHOLD)):
            self._add_level(number, place, _numbers(columns[column]))

    def stretches(self) -> list[Stretch]:
        """Return the stretches that hold any sample, in time order."""
        with np.errstate(invalid="ignore"):
            levels = self._levels / self._level_counts
        low, high = (np.where(np.isinf(values), np.nan, values) for values in (self._low, self._high))
        table = np.stack((self._begin, self._end, low, high, *levels), axis=1)[self._begin < np.inf]
        return [Stretch(first_s, last_s, *map(_value, values)) for first_s, last_s, *values in table.tolist()]

    def _add_level(self, number: int, place: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        known = ~np.isnan(values)
        count = len(self._low)
        self._levels[number] += np.bincount(place[known], values[known], count)
        self._level_counts[number] += np.bincount(place[known], minlength=count)


def ends_s(kept: KeptSession) -> tuple[float, float]:
    """Return the times of the first and the last sample of a kept session, 0 if there are none; raises StoreError."""
    first, newest = next(kept.sample_cells(), None), kept.newest_samples(1)
    return (float(first[_T_S] or 0.0) if first else 0.0), (newest[0].measurement.t_s if newest else 0.0)


def _value(number: float) -> float | None:
    return None if math.isnan(number) else number


def _numbers(cells: Sequence[object]) -> NDArray[np.float64]:
    """Return a column; NaN where there is nothing."""
    return np.array(cells, dtype=np.float64)
