"""What the gray value is without emission."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import Sample

_LEAST_SAMPLES, _MOST_SAMPLES = 3, 1000


class Baseline:
    """Running median of the last `baseline_s` seconds: a flicker does not move it, breathing does."""

    __slots__ = ("_settling_s", "_sorted", "_span_s", "_window", "level")

    def __init__(self, config: DetectorConfig) -> None:
        self._span_s = config.baseline_s
        self._settling_s = config.settling_s
        self._window: deque[Sample] = deque()
        self._sorted: list[float] = []
        self.level: float | None = None

    def add(self, sample: Sample) -> None:
        """Take in one sample without emission."""
        window, ordered = self._window, self._sorted
        window.append(sample)
        insort(ordered, sample.gray)
        while window[0].t_s < sample.t_s - self._span_s or len(window) > _MOST_SAMPLES:
            del ordered[bisect_left(ordered, window.popleft().gray)]
        if self.level is not None or self._has_settled(sample.t_s):
            self.level = ordered[len(ordered) // 2]

    def _has_settled(self, now_s: float) -> bool:
        return len(self._window) >= _LEAST_SAMPLES and now_s - self._window[0].t_s >= self._settling_s
