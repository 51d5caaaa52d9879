"""How much the gray value changes by itself, from picture to picture and from second to second."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.detection.config import DetectorConfig
    from nhem_qt.detection.history import Sample


class Noise:
    """Standard deviation of the gray value from picture to picture.

    A recorder repeats pictures: only fresh ones count, or the noise would seem to be nought.
    """

    __slots__ = ("_config", "_last_gray", "sigma")

    _SIGMA_PER_STEP = 0.89  # sigma = sqrt(pi) / 2 * mean |difference of two|

    def __init__(self, config: DetectorConfig) -> None:
        self._config = config
        self._last_gray: float | None = None
        self.sigma = config.least_noise_gray

    def add(self, gray: float) -> None:
        """Take in one gray value; a jump counts as four sigma at most."""
        config, last = self._config, self._last_gray
        if last is None:
            self._last_gray = gray
        elif abs(gray - last) > config.still_gray:
            self._last_gray = gray
            step = min(abs(gray - last), 4 * self.sigma)
            sigma = self.sigma + (self._SIGMA_PER_STEP * step - self.sigma) / config.noise_pictures
            self.sigma = min(max(sigma, config.least_noise_gray), config.most_noise_gray)


class Motion:
    """Standard deviation by which the mean gray value changes within a second: breathing, pulse, speckle.

    The same scatter is in the difference of every peak. Means over a quarter of a second are compared with those one
    second before; some ten seconds of that count, and before there are as many, what the configuration expects.
    """

    __slots__ = ("_config", "_count", "_due_s", "_means", "_sum", "sigma")

    _LAG = 4
    _SIGMA_PER_CHANGE = 1.15  # sigma = sqrt(pi / 2) * mean |change|, less for the changes that are cut

    def __init__(self, config: DetectorConfig) -> None:
        self._config = config
        self.sigma = config.motion_gray
        self.interrupt()

    def interrupt(self) -> None:
        """Compare nothing across an emission or a change of scene."""
        self._means: deque[float] = deque(maxlen=self._LAG)
        self._due_s: float | None = None
        self._sum, self._count = 0.0, 0

    def add(self, sample: Sample) -> None:
        """Take in one sample without emission."""
        if self._due_s is None:
            self._due_s = sample.t_s + self._config.motion_rest_s
        elif sample.t_s >= self._due_s:
            self._complete_mean()
            self._due_s = sample.t_s + self._config.motion_window_s
        self._sum += sample.gray
        self._count += 1

    def _complete_mean(self) -> None:
        mean = self._sum / self._count
        if len(self._means) == self._LAG:
            change = min(abs(mean - self._means[0]), 2 * self.sigma)
            self.sigma += (self._SIGMA_PER_CHANGE * change - self.sigma) / self._config.motion_changes
            self.sigma = max(self.sigma, self._config.least_motion_gray)
        self._means.append(mean)
        self._sum, self._count = 0.0, 0
