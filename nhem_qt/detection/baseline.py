"""What the gray value is without emission, and how much it flickers by itself."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import Sample

_MOST_SAMPLES = 1000
_LEAST_SAMPLES = 3


class Baseline:
    """Running median of the last `baseline_s` seconds: a flicker does not move it, breathing does."""

    __slots__ = ("_settling_s", "_sorted", "_span_s", "_window", "level")

    def __init__(self, config: DetectorConfig) -> None:
        self._span_s = config.baseline_s
        self._settling_s = config.settling_s
        self._window: deque[tuple[float, float]] = deque()
        self._sorted: list[float] = []
        self.level: float | None = None

    def add(self, sample: Sample) -> None:
        """Take in one sample without emission."""
        window, ordered = self._window, self._sorted
        window.append((sample.t_s, sample.gray))
        insort(ordered, sample.gray)
        while window[0][0] < sample.t_s - self._span_s or len(window) > _MOST_SAMPLES:
            del ordered[bisect_left(ordered, window.popleft()[1])]
        if self.level is not None or self._has_settled(sample.t_s):
            self.level = ordered[len(ordered) // 2]

    def _has_settled(self, now_s: float) -> bool:
        return len(self._window) >= _LEAST_SAMPLES and now_s - self._window[0][0] >= self._settling_s


class Noise:
    """Standard deviation of the gray value from picture to picture.

    A recorder repeats pictures: only fresh ones count, or the noise would seem to be nought.
    """

    __slots__ = ("_last_gray", "_still_gray", "sigma")

    _LEAST, _MOST = 0.1, 1.5
    _SHARE = 0.05  # of one fresh picture in the running mean
    _SIGMA_PER_STEP = 0.89  # sigma = sqrt(pi) / 2 * mean |difference of two|

    def __init__(self, config: DetectorConfig) -> None:
        self._still_gray = config.still_gray
        self._last_gray: float | None = None
        self.sigma = self._LEAST

    def add(self, gray: float) -> None:
        """Take in one gray value; a jump counts as four sigma at most."""
        last = self._last_gray
        if last is None:
            self._last_gray = gray
        elif abs(gray - last) > self._still_gray:
            self._last_gray = gray
            step = min(abs(gray - last), 4 * self.sigma)
            sigma = self.sigma + self._SHARE * (self._SIGMA_PER_STEP * step - self.sigma)
            self.sigma = min(max(sigma, self._LEAST), self._MOST)
